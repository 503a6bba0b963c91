"""What happens because a time has come: lapse, auto-sign, and the clearing away of what nobody needs."""

from datetime import timedelta

from requests_app.journey import workflow
from requests_app.journey.parties import SYSTEM
from requests_app.journey.refusals import StepRefused
from requests_app.models import Act, Draft, Quota, ServiceRequest, Status

# Which act ends a status whose deadline has passed.
TIMED = {Status.DISPATCHED: Act.SIGN, Status.FULFILLED: Act.LAPSE}
DRAFTS_KEPT = timedelta(days=7)


def sweep(at):
    """Take every step that is due at ``at``; how often each act was taken, as a dict.

    Safe to run every minute and several times at once: each step goes through the one door, which lets one win.
    """
    taken = dict.fromkeys(TIMED.values(), 0)
    for status, act in TIMED.items():
        for case in ServiceRequest.objects.filter(status=status).late(at).order_by("due_at").iterator():
            taken[act] += _take(case, act, at)
    _clear_away(at)
    return taken


def _take(case, act, at):
    try:
        workflow.take(case, act, by=SYSTEM, at=at)
    except StepRefused:
        # Somebody, or another sweep, was quicker.
        return False
    return True


def _clear_away(at):
    for draft in Draft.objects.filter(updated_at__lt=at - DRAFTS_KEPT).prefetch_related("photos"):
        for photo in draft.photos.all():
            photo.large.delete(save=False)
            photo.small.delete(save=False)
        draft.delete()
    Quota.objects.filter(expires_at__lt=at).delete()
