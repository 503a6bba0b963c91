"""Ratings from a browser in which staff had signed in.

Residents' browsers get no mark, and the site keeps no address and no description of a device. A browser in which
somebody of a unit is signed in is given one signed cookie, which says the codes of the unit and the day; it names no
person and runs out by itself. Whether a rating came with it is all that is looked at.
"""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.utils import timezone

from requests_app.models import Act, StaffRating
from requests_app.models.event import Party
from services.models import Role, SignalDefinition

COOKIE = "desk"
SALT = "requests_app.lamp.devices"
REPORTS_WORK = (Role.BRANCH, Role.DISPATCHER, Role.OFFICER)
CODES_AT_MOST = 6  # of units whose staff share one browser
DAYS_AT_MOST = 90  # the cookie's own end, whatever the definition says


def mark(request, response, at):
    """Give the browser the cookie where staff is signed in and it has none of today."""
    today = timezone.localdate(at)
    units = {one.unit.code for one in request.user.current_memberships(today) if one.role in REPORTS_WORK}
    if not units:
        return
    known = _read(request)
    if known.get("day") == today.isoformat() and units <= set(known["units"]):
        return
    codes = [*sorted(units), *(code for code in known.get("units", ()) if code not in units)][:CODES_AT_MOST]
    response.set_cookie(
        COOKIE,
        signing.dumps({"units": codes, "day": today.isoformat()}, salt=SALT),
        max_age=timedelta(days=DAYS_AT_MOST),
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def _read(request):
    """What the cookie says; nothing where there is none that is ours and not too old."""
    try:
        return signing.loads(request.COOKIES[COOKIE], salt=SALT, max_age=timedelta(days=DAYS_AT_MOST))
    except (KeyError, signing.BadSignature):
        return {}


def note(request, case):
    """Remember that the rating just given on ``case`` came from such a browser, as long as the definition says so."""
    known = _read(request)
    if not known:
        return
    definition = SignalDefinition.objects.filter(key=SignalDefinition.Key.STAFF_DEVICE, is_active=True).first()
    event = case.events.filter(act=Act.RATE, party=Party.RESIDENT).order_by("-serial").first()
    if definition is None or event is None:
        return
    last = timezone.localdate(event.at) - timedelta(days=definition.days)
    if known["day"] >= last.isoformat():
        StaffRating.objects.get_or_create(event=event, defaults={"units": known["units"], "at": event.at})
