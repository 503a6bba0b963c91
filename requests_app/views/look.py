"""How pages look to somebody: the standard edition, or the elders' one with large text and buttons and fewer words."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from requests_app.views.shared import next_page
from services.models import User
from services.models.users import TextSize

COOKIE = "text-size"
COOKIE_AGE = 365 * 24 * 60 * 60  # seconds
SIZES = [size for size in TextSize.values if size]  # px, of the elders' edition
FIRST = TextSize.ELDER_22


def text_size_of(request):
    """The px in which the pages are written for whoever asks, 0 in the standard edition.

    What an account has chosen counts before what this browser was told.
    """
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and user.text_size is not None:
        return user.text_size
    kept = request.COOKIES.get(COOKIE, "")
    return int(kept) if kept.isdecimal() and int(kept) in SIZES else TextSize.STANDARD


def chosen(look, now):
    """The size that a button named ``look`` leads to from ``now``; at an end it stays there."""
    if look == "standard":
        return TextSize.STANDARD
    if look not in ("larger", "smaller") or now not in SIZES:
        return FIRST
    place = SIZES.index(now) + (1 if look == "larger" else -1)
    return SIZES[min(max(place, 0), len(SIZES) - 1)]


@login_not_required
@require_POST
def look(request):
    """Change the edition or the size of the text, and show the page again."""
    size = int(chosen(request.POST.get("look"), text_size_of(request)))
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(text_size=size)
    response = redirect(next_page(request) or settings.LOGIN_REDIRECT_URL)
    response.set_cookie(
        COOKIE, size, max_age=COOKIE_AGE, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True
    )
    return response
