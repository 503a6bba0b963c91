"""One's own data: the privacy notice and consent to it."""

from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from requests_app.forms.mydata import ConsentForm
from requests_app.mydata import consents
from requests_app.views.shared import next_page
from requests_app.views.sharing import Share, for_everybody
from services.models import PrivacyNotice, Retention

# Session key: the version that somebody without an account agreed to in this browser session.
AGREED = "agreed"
TO_WHOM = gettext_lazy(
    "Your name, phone number and room are shown only to those who handle your request, and every look at your number "
    "is recorded."
)
MAX_DIGITS = 4  # of a version's number


@for_everybody
def privacy(request):
    """What is stored, who sees it, how long; earlier versions stay readable."""
    published = PrivacyNotice.objects.published(timezone.now())
    versions, asked = list(published), request.GET.get("version", "")
    shown = versions[0] if versions else None
    if asked:
        number = int(asked) if asked.isdecimal() and len(asked) <= MAX_DIGITS else 0
        shown = get_object_or_404(published, version=number)
    return render(
        request,
        "requests/privacy.html",
        {
            "share": Share(_("What is stored, and who sees it"), TO_WHOM, reverse("requests:privacy")),
            "notice": shown,
            "is_current": not asked or shown == versions[0],
            "sections": shown.sections(get_language()) if shown else [],
            "times": Retention.objects.select_related("category"),
            "others": [one for one in versions if one != shown],
        },
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def agree(request):
    """The notice once more, and the box to tick; whoever agreed already goes on."""
    at, onward = timezone.now(), next_page(request) or resolve_url("home")
    notice = consents.asked_of(request.user, at)
    if notice is None:
        return redirect(onward)
    form = ConsentForm(request.POST or None, notice=notice)
    if form.is_valid():
        consents.give(notice, at, user=request.user)
        return redirect(onward)
    context = {
        "form": form,
        "notice": notice,
        "sections": notice.sections(get_language()),
        "news": notice.news(get_language()),
        "is_anew": request.user.consents.exists(),
        "next": onward,
    }
    return render(request, "requests/agree.html", context)


def by_way_of_consent(request, user, onward):
    """``onward``, or first the page that asks ``user`` to agree to the notice that holds now."""
    if consents.asked_of(user, timezone.now()) is None:
        return onward
    return f"{reverse('requests:agree')}?{urlencode({'next': onward})}"


def consent_form(request, at):
    """The form that a filing shows before it is sent; None where this visitor agreed already."""
    notice = consents.asked_of(request.user, at, agreed=request.session.get(AGREED))
    return ConsentForm(request.POST or None, notice=notice) if notice else None


def keep_consent(request, notice, case, at):
    """Write down what was ticked when ``case`` was filed: to the account, or to the case where there is none."""
    if request.user.is_authenticated:
        consents.give(notice, at, user=request.user)
    else:
        consents.give(notice, at, case=case)
        request.session[AGREED] = notice.version
