"""The ladder from a near deadline to the list of the month, and the alarm of a case that stays silent."""

from django.utils import timezone

from requests_app.journey import clock
from requests_app.journey.limits import rules_of
from requests_app.models import WORKED_ON, Rung
from services.models import Limit

Clock = Limit.Step


def arm(case, at):
    """Set the next alarm of ``case`` after a step at ``at`` of which the resident hears, or that gave a new clock.

    The silence begins anew. Where no unit owes work, nothing rings.
    """
    if case.status not in WORKED_ON or case.waits_for_answer:
        case.alarm_at = case.silent_at = None
        return
    case.silent_at = _end(case, at, Clock.SILENCE)
    _set_next(case)


def ring(case, at):
    """Climb to the rung that the time has reached, and set the next alarm; what rang, as facts."""
    rang = {}
    reached = max((rung for rung, moment in ladder(case).items() if moment <= at), default=Rung.NONE)
    if reached > case.rung:
        case.rung, rang["rung"] = reached, int(reached)
        if reached == Rung.LISTED:
            case.listed_on = timezone.localdate(at)
    if case.silent_at <= at:
        rang["silent_since"] = case.silent_at
        case.silent_at = _end(case, at, Clock.SILENCE)
    _set_next(case)
    return rang


def climb_down(case, at):
    """Take ``case`` off the rungs that a moved deadline no longer reaches."""
    case.rung = min(case.rung, Rung.LATE if case.due_at < at else Rung.AMBER if case.amber_at <= at else Rung.NONE)


def ladder(case):
    """When each rung above the present one is reached while nobody moves the case: a dict of Rung to moment."""
    moments = {
        Rung.AMBER: case.amber_at,
        Rung.LATE: case.due_at,
        Rung.SUPERVISOR: _end(case, case.due_at, Clock.ESCALATION),
        Rung.LISTED: _end(case, case.due_at, Clock.LISTING),
    }
    return {rung: moment for rung, moment in moments.items() if rung > case.rung}


def _set_next(case):
    rungs = [case.amber_at] if case.rung == Rung.NONE else ladder(case).values()
    case.alarm_at = min([case.silent_at, *rungs])


def _end(case, start, step):
    rules = rules_of(case)
    limit = rules.limit(step)
    return clock.due(start, limit.amount, limit.time_unit, rules.calendar)
