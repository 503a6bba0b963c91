"""Time that stands still while the resident is asked, and what it does to the clocks."""

from datetime import UTC, timedelta

from requests_app.journey.limits import recount, rules_of
from requests_app.journey.steps import WORK_CLOCKS
from requests_app.models import Holder, Status

# Who asks in which status, and has the case again afterwards.
ASKED_BY = {
    Status.ACCEPTED: Holder.BRANCH,
    Status.REFERRED: Holder.COMMUNITY,
    Status.IN_HAND: Holder.DEPARTMENT,
}


def end(case, at):
    """Give ``case`` back to whoever asked; the deadlines that move by the pause, as facts of an event.

    The clocks are counted anew without the time in which the resident had the word.
    """
    pause = case.pauses.running().get()
    pause.ended_at = at
    pause.save(update_fields=["ended_at"])
    case.holder = pause.holder
    return recount_clocks(case, case.deadlines.running().filter(step__in=WORK_CLOCKS), at)


def recount_clocks(case, deadlines, at):
    """Count ``deadlines`` anew on the calendar of the holder and save those that move; what moved, as facts.

    The holder's own clock takes the case's deadline, and the day promised to the resident, with it.
    """
    calendar = rules_of(case).calendar
    pauses = [pause.as_stretch(at) for pause in case.pauses.all()]
    moved = []
    for deadline in deadlines:
        was = deadline.due_at
        recount(deadline, calendar, pauses)
        if deadline.due_at != was:
            deadline.save(update_fields=["due_at", "amber_at", "is_provisional"])
            moved.append({"step": deadline.step, "was": was.astimezone(UTC), "now": deadline.due_at.astimezone(UTC)})
        if deadline.step in WORK_CLOCKS and not case.waits_for_answer:
            case.due_at, case.amber_at = deadline.due_at, deadline.amber_at
            if deadline.is_promise:
                case.promised_at = deadline.due_at
    return {"moved": moved} if moved else {}


def days_spent(case, at):
    """How long questions to the resident have held ``case`` up so far."""
    return sum((finish - begin for begin, finish in (pause.as_stretch(at) for pause in case.pauses.all())), timedelta())
