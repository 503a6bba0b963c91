"""The first page, and what is kept about people."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from requests_app.views.drafts import open_drafts
from requests_app.views.public import public_case, released_cases
from requests_app.views.resident import card, for_cards
from requests_app.views.shared import own_cases
from services.models import Role

OWN_AT_MOST = 3  # open cases on the first page
PUBLIC_AT_MOST = 3  # finished cases on the first page


@login_not_required
@never_cache
@require_safe
def home(request):
    """One big button, one's own open cases, and how it works."""
    at = timezone.now()
    context = {
        "begun": open_drafts(request).first(),
        "cards": [card(case, at) for case in for_cards(own_cases(request).under_way())[:OWN_AT_MOST]],
        "finished": [public_case(case) for case in released_cases()[:PUBLIC_AT_MOST]],
        "is_household": _is_household(request.user, at),
    }
    return render(request, "requests/home.html", context)


def _is_household(user, at):
    if not user.is_authenticated:
        return False
    return any(held.role == Role.HOUSEHOLD for held in user.current_memberships(timezone.localdate(at)))


@login_not_required
@require_safe
def privacy(request):
    """What is stored and who sees it."""
    return render(request, "requests/privacy.html")
