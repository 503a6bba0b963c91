"""Open deadlines brought in line with a changed calendar: some at a time, in bounded memory, each case by itself."""

import logging
import time
from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Prefetch, Q

from requests_app.journey import workflow
from requests_app.journey.limits import Calendar, calendar_for, statutory_calendar
from requests_app.journey.parties import SYSTEM
from requests_app.journey.recounting import COUNT_WORK, counted_anew
from requests_app.journey.refusals import StepRefused
from requests_app.models import Act, Deadline, ServiceRequest
from services.models import CalendarEdition, CalendarYear

logger = logging.getLogger(__name__)

CHUNK = 500  # deadlines in memory at once


@dataclass
class Outcome:
    """How many cases moved and failed; ``is_done`` once every deadline was looked at and none failed."""

    moved: int = 0
    failed: int = 0
    is_done: bool = False


def recompute(at, most=None, seconds=None):
    """Count anew every running deadline that the calendar as it is now gives another end.

    At most ``most`` cases, and nothing new begun after ``seconds``. Each case goes through the one door, with an
    event; what stays where it is only takes the new calendar. Run it again to go on. When all is done the years marked
    for it are no longer.
    """
    outcome, days, last, began = Outcome(), statutory_calendar(), 0, time.monotonic()
    while True:
        last, cases = _look_through(days, last, at)
        for pk in cases:
            if (most is not None and outcome.moved >= most) or _is_over(began, seconds):
                return outcome
            _move(pk, at, outcome)
        if last is not None and _is_over(began, seconds):
            return outcome
        if last is None:
            break
    outcome.is_done = not outcome.failed
    if outcome.is_done:
        _unmark(days)
    return outcome


def _is_over(began, seconds):
    return seconds is not None and time.monotonic() - began > seconds


def waiting(days):
    """The running deadlines that were counted on other statutory days than ``days``."""
    older = CalendarEdition.objects.exclude(days_digest=days.days_digest).values("pk")
    others = Q(calendar__in=older) | Q(calendar=None)
    return Deadline.objects.running().filter(others, time_unit__in=COUNT_WORK)


@transaction.atomic
def _look_through(days, last, at):
    """One chunk after the key ``last``: (its own last key, or None at the end, and the cases of which clocks move).

    Those that end as before take the new calendar; those that would be late after the fact keep the old one.
    """
    # Locked, so that nothing is written over the step that somebody takes meanwhile.
    keys = waiting(days).filter(pk__gt=last).order_by("pk").select_for_update().values_list("pk", flat=True)
    keys = list(keys[:CHUNK])
    # Nothing is decrypted, and no calendar read for each deadline: thousands share a few.
    cases = ServiceRequest.objects.without_contact().select_related("branch__parent__parent", "lead")
    chunk = Deadline.objects.filter(pk__in=keys).prefetch_related(Prefetch("case", cases), "case__pauses")
    moving, same, calendars = {}, defaultdict(list), {}
    for deadline in chunk.order_by("pk"):
        calendar = _calendar_of(deadline, days, calendars)
        now = counted_anew(deadline, calendar, deadline.case.pauses.all(), at)
        if now is None:
            same[deadline.calendar_id, False].append(deadline.pk)
        elif now.due_at == deadline.due_at:
            same[calendar.edition, now.is_provisional].append(deadline.pk)
        else:
            moving[deadline.case_id] = True
    for (edition, is_provisional), pks in same.items():
        Deadline.objects.filter(pk__in=pks).update(calendar=edition, is_provisional=is_provisional)
    return (keys[-1] if len(keys) == CHUNK else None), list(moving)


def _calendar_of(deadline, days, known):
    """The hours ``deadline`` was counted with on ``days``; ``known`` keeps what was made before."""
    if deadline.calendar_id is None:
        unit = deadline.case.holding_unit or deadline.case.branch
        return calendar_for(unit)
    if deadline.calendar_id not in known:
        known[deadline.calendar_id] = days.with_hours_of(Calendar.of(deadline.calendar))
    return known[deadline.calendar_id]


def _move(pk, at, outcome):
    try:
        workflow.take(ServiceRequest(pk=pk), Act.RECOMPUTE, by=SYSTEM, at=at)
        outcome.moved += 1
    except StepRefused:
        # Somebody took a step meanwhile, and the clock that would have moved is over.
        pass
    except Exception:
        logger.exception("the deadlines of case %s could not be counted anew", pk)
        outcome.failed += 1


@transaction.atomic
def _unmark(days):
    """Take the marks away, unless the calendar was changed again meanwhile."""
    marked = CalendarYear.objects.select_for_update().filter(recount=True)
    if list(marked) and statutory_calendar().days_digest == days.days_digest:
        CalendarYear.objects.filter(recount=True).update(recount=False)
