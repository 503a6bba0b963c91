"""Following a case without an account: its code and four digits of the phone number."""

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from requests_app.forms.tracking import TrackForm
from requests_app.models import ServiceRequest
from requests_app.quotas import TooManyTries, address_of, give_back, hashed, spend
from requests_app.views.drafts import plain
from requests_app.views.shared import TRACKED, tracked_cases

# Wrong guesses; a right one is given back. Four digits have 10 000 values, so one code stands for years of guessing.
# A whole quarter may share one address of a mobile network.
TRIES_PER_ADDRESS, ADDRESS_WINDOW = 30, timedelta(minutes=10)
TRIES_PER_CODE, CODE_WINDOW = 5, timedelta(hours=1)
CODE_AT_MOST = 20  # characters of it that are taken from the address
TRACKED_AT_MOST = 20  # cases one session keeps open
NO_DIGITS = "----"  # compared where there is no such case, so that both answers take as long


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def track(request):
    """The form, and the way to the case; no such code and not yours have one and the same answer."""
    # The code on a paper receipt may be scanned; the digits of the phone are asked all the same.
    form = TrackForm(request.POST or None, initial={"code": plain(request.GET.get("code", ""))[:CODE_AT_MOST]})
    if not form.is_valid():
        return render(request, "requests/track.html", {"form": form})
    try:
        case = tracked_case(request, timezone.now(), **form.cleaned_data)
    except TooManyTries as refusal:
        problem = _(
            "There were too many wrong tries. Please try again in %(minutes)s minutes, sign in, or ask your community."
        )
        context = {"form": form, "problem": problem % {"minutes": refusal.minutes}}
        return render(request, "requests/track.html", context, status=429)
    if case is None:
        form.add_error(None, _("No request fits these two numbers. Please compare both with the receipt."))
        return render(request, "requests/track.html", {"form": form})
    opened = [pk for pk in tracked_cases(request) if pk != case.pk]
    request.session[TRACKED] = [*opened, case.pk][-TRACKED_AT_MOST:]
    return redirect(case)


def tracked_case(request, at, code, last_digits):
    """The case both numbers belong to, or None. Every try is counted first; TooManyTries when the limit is reached."""
    counters = (
        (hashed("track-address", address_of(request)), TRIES_PER_ADDRESS, ADDRESS_WINDOW),
        (hashed("track-code", code), TRIES_PER_CODE, CODE_WINDOW),
    )
    for key, limit, window in counters:
        spend(key, limit, window, at)
    case = ServiceRequest.objects.filter(code=code).first()
    known = case.contact_phone[-4:] if case and case.contact_phone else NO_DIGITS
    if not constant_time_compare(known, last_digits):
        return None
    for key, _limit, window in counters:
        give_back(key, window, at)
    return case
