"""Attempts to reach a resident: at which hours, how often, and how a call task ends."""

from datetime import datetime, time, timedelta

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests_app.journey import refusals
from requests_app.journey.refusals import StepIncomplete
from requests_app.journey.sampling import rule_for
from requests_app.models import Act, Deadline, FollowUp, Rating, ServiceRequest, Status
from services.models import CallSlot, Limit

State = FollowUp.State
DAY = timedelta(days=1)
# A call begun before the hours ended may be put down a little later.
PUT_DOWN_WITHIN = timedelta(minutes=30)
# Where no hours are set, the day is one part.
WHOLE_DAY = CallSlot(opens=time.min, closes=time.max)


class Outcome(models.TextChoices):
    """How an attempt went."""

    REACHED = "reached", _("reached, and answered")
    NO_ANSWER = "no_answer", _("nobody answered")
    BUSY = "busy", _("busy")
    REFUSED = "refused", _("did not want to answer")
    WRONG_NUMBER = "wrong_number", _("wrong number")


# After these nobody is tried again.
ENDS = {Outcome.REACHED: State.REACHED, Outcome.REFUSED: State.REFUSED, Outcome.WRONG_NUMBER: State.UNREACHABLE}
ANSWERS = ("contacted", "solved", "satisfaction")


def open_task(case):
    """The call task of ``case`` that is still open, or None."""
    return next((task for task in case.read_once("follow_ups") if task.is_open), None)


def slots():
    """The parts of the day in which residents may be rung up, in order."""
    return list(CallSlot.objects.all()) or [WHOLE_DAY]


def slot_at(at):
    """The part of the day ``at`` lies in, or that ended just before it; None where nobody is to be rung up."""
    local, found = timezone.localtime(at), None
    for slot in slots():
        opens, closes = _moments(slot, local)
        if opens <= local < closes or (not found and closes <= local < closes + PUT_DOWN_WITHIN):
            found = slot
    return found


def next_attempt(at):
    """When the next part of the day begins after the one of an attempt at ``at``, today or tomorrow."""
    local, every, tried = timezone.localtime(at), slots(), slot_at(at)
    later = [slot for slot in every if tried is None or slot.opens > tried.opens]
    today = [opens for opens, _closes in (_moments(slot, local) for slot in later) if opens > local]
    return min(today, default=_moments(every[0], local + DAY)[0])


def _moments(slot, local):
    """When ``slot`` opens and closes on the day of ``local``."""
    day = local.date()
    return tuple(timezone.make_aware(datetime.combine(day, clock)) for clock in (slot.opens, slot.closes))


def earlier_attempts(task):
    """The calls made for ``task`` so far, oldest first."""
    return task.case.events.filter(act=Act.CALL, serial__gt=task.event.serial).order_by("serial")


def enough_attempts(task, at):
    """True where, with an attempt at ``at``, it was tried often enough and at different hours."""
    rule = rule_for(task.case.urgency)
    tried = {event.facts["slot"] for event in earlier_attempts(task)} | {str(slot_at(at))}
    return task.attempts + 1 >= rule.attempts and len(tried) >= rule.slots


def put_down_call(case, *, at, unit, outcome, contacted=None, solved=None, satisfaction="", give_up=False):
    """Count one attempt; with three answers, a refusal, a wrong number or after enough attempts the task ends."""
    if outcome not in Outcome.values:
        raise StepIncomplete("outcome", refusals.OUTCOME_UNKNOWN)
    task, answers = open_task(case), {}
    if outcome == Outcome.REACHED:
        answers = _three(contacted=contacted, solved=solved, satisfaction=satisfaction)
    state = ENDS.get(outcome, State.OPEN)
    if give_up and state == State.OPEN:
        if not enough_attempts(task, at):
            raise StepIncomplete("give_up", refusals.TRY_AGAIN_FIRST)
        state = State.UNREACHABLE
    task.attempts, task.next_at = task.attempts + 1, next_attempt(at)
    _end(task, state, at, **answers)
    return {"outcome": str(outcome), "slot": str(slot_at(at)), "attempt": task.attempts, "state": str(state), **answers}


def _three(**answers):
    """All three answers; StepIncomplete names the first that is missing."""
    for name in ANSWERS:
        if answers[name] in (None, ""):
            raise StepIncomplete(name, refusals.ANSWER_MISSING)
    if answers["satisfaction"] not in Rating.Satisfaction.values:
        raise StepIncomplete("satisfaction", refusals.ANSWER_MISSING)
    return answers


def _end(task, state, at, **answers):
    task.state, task.ended_at = state, None if state == State.OPEN else at
    for name, answer in answers.items():
        setattr(task, name, answer)
    task.save(update_fields=["state", "attempts", "next_at", "ended_at", *ANSWERS])


def answered_without_a_call(event):
    """The resident has spoken, so nobody needs to call: what they said is the answer.

    A rating answers all three questions; asking for a redo answers one, and leaves the others open.
    """
    task = open_task(event.case)
    if task is None:
        return
    said = {name: event.facts[name] for name in ANSWERS} if event.act == Act.RATE else {"solved": False}
    _end(task, State.ANSWERED, event.at, **said)


def time_passed(at):
    """Open tasks that came to nothing: the request closed by itself, and the time to ask for a redo has passed."""
    window = Deadline.objects.running().filter(case=OuterRef("case"), step=Limit.Step.CONTEST_WINDOW, due_at__gte=at)
    return FollowUp.objects.open().filter(~Exists(window), case__status=Status.CLOSED)


def end_missed(task, at):
    """Nobody called in time: the task ends without an answer, its clock with it. The case must be locked."""
    task.case.deadlines.running().filter(step=Limit.Step.FOLLOW_UP).update(ended_at=at)
    _end(task, State.MISSED, at)
    # No event says so, yet it counts.
    ServiceRequest.objects.filter(pk=task.case_id).update(is_tallied=False)
