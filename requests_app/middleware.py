"""Answers that any page may need, and the door that those who serve go through first."""

from http import HTTPStatus

from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from requests_app.journey.refusals import StepRefused
from requests_app.lamp import devices
from requests_app.wording import event_sentence
from services.models import OpenSession
from services.models.open_sessions import SEEN, SEEN_EVERY
from services.proved_sessions import is_proved

# Fields of the step forms in which people write; what stands in them is shown again, never lost.
WRITTEN = ("note", "door", "text", "outcome")


class StepRefusedMiddleware:
    """Answer a step that is no longer possible with 409 and a plain page: who did what, when, and what to do now."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, StepRefused):
            return None
        events = exception.case.events.select_related("unit", "holder_unit")
        last = events.public().order_by("-serial").first()
        context = {
            "case": exception.case,
            "reason": exception.reason,
            "last": last,
            "sentence": event_sentence(last),
            "typed": [text for text in map(request.POST.get, WRITTEN) if text and text.strip()],
        }
        return render(request, "requests/409.html", context, status=409)


class SecondFactorMiddleware:
    """Let nobody who serves past the second factor, whichever page they ask for; outside the demo.

    No query of its own: who has proved it stands in the session, and memberships are read by the page anyway.
    Programs with a token have no session and are not asked.
    """

    # Where it is proved or set up, the ways out, and what browsers fetch for themselves.
    OPEN = frozenset(
        {
            "second-factor",
            "second-factor-set-up",
            "recovery-codes",
            "new-password",
            "sign-out",
            "set_language",
            "manifest",
            "service-worker",
            "offline",
            "look",
        }
    )

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        user = request.user
        if not settings.SECOND_FACTOR_REQUIRED or not user.is_authenticated or is_proved(request):
            return None
        if not user.serves(timezone.localdate()):
            return None
        # What waits at the desks is not told before.
        request.is_halfway = True
        if request.resolver_match.view_name in self.OPEN:
            return None
        if request.path.startswith("/api/"):
            return self._problem(request)
        goes_on = {"next": request.get_full_path() if request.method == "GET" else reverse("home")}
        return redirect(f"{reverse('second-factor')}?{urlencode(goes_on)}")

    def _problem(self, request):
        status = HTTPStatus.FORBIDDEN
        detail = _("This session has not proved its second factor yet. Open the site in the browser.")
        content = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
        return JsonResponse(content, status=status, content_type="application/problem+json")


class LastSeenMiddleware:
    """Write down once an hour that a session is still in use; every other request writes and asks nothing."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        seen, now = request.session.get(SEEN), timezone.now()
        # Sessions that did not come in through the sign-in page have no row to be kept.
        if seen and now.timestamp() - seen >= SEEN_EVERY.total_seconds() and request.user.is_authenticated:
            OpenSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=now)
            request.session[SEEN] = now.timestamp()
        return response


class StaffDeviceMiddleware:
    """Mark the browsers in which staff of a unit is signed in, once a day; no other browser gets the mark.

    Reads no more than the page did: whoever signs in by a session comes with the memberships that hold today.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.user.is_authenticated and not getattr(request, "is_halfway", False):
            devices.mark(request, response, timezone.now())
        return response
