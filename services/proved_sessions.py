"""Whether this session has proved the second factor: kept in the session, so that no page asks the database."""

from datetime import timedelta

from services.models import OpenSession

PROVED = "second_factor"  # {"user": key, "at": seconds since 1970}
FRESH = timedelta(minutes=10)


def is_proved(request):
    return request.session.get(PROVED, {}).get("user") == request.user.pk


def is_fresh(request, at):
    """True where it was proved a moment ago: recent enough for changing it."""
    return is_proved(request) and at.timestamp() - request.session[PROVED]["at"] < FRESH.total_seconds()


def remember_proof(request, at):
    """From now on this session, under a new key, is one with a second factor."""
    former = request.session.session_key
    request.session[PROVED] = {"user": request.user.pk, "at": at.timestamp()}
    request.session.cycle_key()
    OpenSession.objects.moved(former, request.session.session_key)
