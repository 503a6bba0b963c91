"""The clocks of one case counted anew: after a pause, with more time, or because the calendar has changed."""

from copy import copy
from datetime import UTC

from requests_app.journey import clock
from requests_app.journey.limits import COUNTED, recount, rules_of
from requests_app.models.deadline import BESIDE, PROMISES, WINDOWS
from services.models import CalendarYear, Limit

Clock = Limit.Step
# Only these depend on which days are worked.
COUNT_WORK = (Limit.TimeUnit.HOURS, Limit.TimeUnit.WORKDAYS)


def lead_by(case, deadline):
    """Let ``deadline`` be that of the case, and where its end says so, the day promised to the resident."""
    if deadline.step not in WINDOWS:
        case.due_at, case.amber_at = deadline.due_at, deadline.amber_at
    if deadline.step in PROMISES:
        case.promised_at = deadline.due_at
    elif deadline.step == Clock.SIGN:
        # The latest day the work can be done: signed at the last moment, then the whole limit.
        rules = rules_of(case)
        fulfil = rules.limit(Clock.FULFIL)
        case.promised_at = clock.due(deadline.due_at, fulfil.amount, fulfil.time_unit, rules.calendar)


def recount_clocks(case, deadlines, at):
    """Count ``deadlines`` anew on the statutory days as they are now and save them; what moved, as facts.

    The clock of whoever has the case takes the case's deadline, and the day promised to the resident, with it.
    """
    moved, pauses = [], list(case.pauses.all())
    for deadline in deadlines:
        was = deadline.due_at
        now = counted_anew(deadline, rules_of(case).calendar_now(deadline), pauses, at)
        if now is None:
            continue
        now.save(update_fields=COUNTED)
        if now.due_at != was:
            moved.append({"step": now.step, "was": was.astimezone(UTC), "now": now.due_at.astimezone(UTC)})
        if now.step not in BESIDE and (now.step == Clock.ANSWER or not case.waits_for_answer):
            lead_by(case, now)
    return {"moved": moved} if moved else {}


def counted_anew(deadline, calendar, pauses, at):
    """A copy of ``deadline`` counted on ``calendar`` without those ``pauses`` that are over; not saved.

    None where its end would come sooner and have passed at ``at``: nobody becomes late after the fact.
    """
    now = copy(deadline)
    over = [pause for pause in pauses if pause.ended_at and pause.stops(deadline.step)]
    recount(now, calendar, [(pause.started_at, pause.ended_at) for pause in over])
    return None if now.due_at < min(deadline.due_at, at) else now


def counted_on_other_days(case):
    """The running clocks of ``case`` that were counted before the statutory days were changed."""
    running = case.deadlines.running().filter(time_unit__in=COUNT_WORK).select_related("calendar")
    days = rules_of(case).days.days_digest
    return [deadline for deadline in running if deadline.calendar is None or deadline.calendar.days_digest != days]


def would_move(case, at):
    """Whether the calendar as it is now gives one of the clocks of ``case`` another end."""
    changed, pauses = counted_on_other_days(case), list(case.pauses.all())
    for deadline in changed:
        now = counted_anew(deadline, rules_of(case).calendar_now(deadline), pauses, at)
        if now is not None and now.due_at != deadline.due_at:
            return True
    return False


def news_for(deadlines, days):
    """The notices, by name, that made known what ``deadlines`` could not count with; an empty text where none did."""
    years = set()
    for deadline in deadlines:
        announced = deadline.calendar.announced if deadline.calendar else ()
        spanned = range(deadline.started_at.year, deadline.due_at.year + 2)
        years |= {year for year in spanned if year in days.announced and year not in announced}
    named = CalendarYear.objects.filter(year__in=years).exclude(basis="").order_by("year") if years else []
    return "、".join(year.basis for year in named)
