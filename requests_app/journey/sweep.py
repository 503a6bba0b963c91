"""What happens because a time has come: lapse, auto-sign, and the clearing away of what nobody needs."""

import logging
from datetime import timedelta

from django.db import transaction

from requests_app.journey import attempts, workflow
from requests_app.journey.parties import SYSTEM
from requests_app.journey.pauses import ASKED_BY
from requests_app.journey.recompute import recompute
from requests_app.journey.refusals import StepRefused
from requests_app.models import Act, Draft, Holder, KeptAnswer, Presence, Quota, ServiceRequest, Status
from requests_app.photos import discard_files
from services.models import ApiToken, CalendarYear, OpenSession, SignInCode

logger = logging.getLogger(__name__)

# Which act ends a status whose deadline has passed.
TIMED = {Status.DISPATCHED: Act.SIGN, Status.FULFILLED: Act.LAPSE, Status.PARKED: Act.UNPARK}
# Cases whose deadlines a changed calendar moves; the next sweep goes on.
RECOUNTED_AT_ONCE = 1000
DRAFTS_KEPT = timedelta(days=7)
FAILED = "failed"


def sweep(at):
    """Take every step that is due at ``at``; how often each act was taken, and how many failed, as a dict.

    Safe to run every minute and several times at once: each step goes through the one door, which lets one win. A
    case that fails is logged and left for the next sweep; it does not keep the others waiting.
    """
    done = {**dict.fromkeys([*TIMED.values(), Act.RESUME, Act.ALARM, Act.RECOMPUTE], 0), FAILED: 0}
    for act, cases in _due_steps(at):
        # Read as a list: an open read would keep SQLite from writing in between.
        for pk in list(cases.values_list("pk", flat=True)):
            outcome = _attempt(_take, pk, act, at)
            done[FAILED if outcome is None else act] += int(outcome is not False)
    for key in list(Draft.objects.filter(updated_at__lt=at - DRAFTS_KEPT).values_list("pk", flat=True)):
        done[FAILED] += _attempt(_clear_draft, key, at) is None
    for pk in list(attempts.time_passed(at).values_list("pk", flat=True)):
        done[FAILED] += _attempt(_end_missed, pk, at) is None
    Quota.objects.filter(expires_at__lt=at).delete()
    Presence.objects.over(at).delete()
    ApiToken.objects.over(at).delete()
    KeptAnswer.objects.over(at).delete()
    SignInCode.objects.over(at).delete()
    OpenSession.objects.over(at).delete()
    if CalendarYear.objects.filter(recount=True).exists():
        counted = recompute(at, most=RECOUNTED_AT_ONCE)
        done[Act.RECOMPUTE] += counted.moved
        done[FAILED] += counted.failed
    return done


def _due_steps(at):
    """(act, the cases it is due for), those that move a case before the alarms of those that stayed."""
    late = ServiceRequest.objects.late(at).order_by("due_at")
    for status, act in TIMED.items():
        yield act, late.filter(status=status)
    yield Act.RESUME, late.filter(status__in=ASKED_BY, holder=Holder.RESIDENT)
    yield Act.ALARM, ServiceRequest.objects.filter(alarm_at__lte=at).order_by("alarm_at")


def _attempt(work, *args):
    """What ``work`` says; None where it failed, which is logged with its arguments."""
    try:
        return work(*args)
    except Exception:
        logger.exception("the sweep could not finish %s for %s", work.__name__, args[0])
        return None


def _take(pk, act, at):
    try:
        workflow.take(ServiceRequest(pk=pk), act, by=SYSTEM, at=at)
    except StepRefused:
        # Somebody, or another sweep, was quicker.
        return False
    return True


@transaction.atomic
def _end_missed(pk, at):
    """End a call task nobody came to; one that was called meanwhile has ended already."""
    case = ServiceRequest.objects.select_for_update().get(follow_ups=pk)
    task = attempts.time_passed(at).filter(pk=pk, case=case).first()
    if task is not None:
        attempts.end_missed(task, at)
    return task is not None


@transaction.atomic
def _clear_draft(key, at):
    """Delete a draft nobody came back to, its photos and their files; one that was just filed has none any more."""
    draft = Draft.objects.select_for_update().filter(pk=key, updated_at__lt=at - DRAFTS_KEPT).first()
    if draft is None:
        return False
    photos = list(draft.photos.all())
    draft.delete()
    transaction.on_commit(lambda: discard_files(photos))
    return True
