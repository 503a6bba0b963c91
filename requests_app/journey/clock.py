"""When a limit ends. Pure functions of the times given; no database.

Every moment is aware; a day is a day in the calendar's own time zone. Each call costs O(days).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.models import Limit

TimeUnit = Limit.TimeUnit
DAY = timedelta(days=1)
AMBER = 0.75  # of the time a limit gives
# Without an end, a calendar that never opens would be walked for ever; the longest limit still fits in.
HORIZON = 20000  # days


class NoWorkingTime(ValueError):
    """The calendar has no working hours left to count."""


@dataclass(frozen=True)
class Calendar:
    """Which days work, and between which hours.

    ``exceptions`` holds the days on which Monday-to-Friday does not hold, ``announced`` the years whose holidays are
    known; ``blocks`` are (opens, closes) in order and do not overlap.
    """

    blocks: tuple[tuple[time, time], ...]
    exceptions: Mapping[date, bool] = field(default_factory=dict)
    announced: frozenset[int] = frozenset()
    zone: ZoneInfo = ZoneInfo("Asia/Shanghai")

    def is_working(self, day: date) -> bool:
        """True on working days, make-up weekends included."""
        return self.exceptions.get(day, day.weekday() < 5)

    def at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone)

    def intervals(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Every stretch of working time from ``start`` on, the first one cut at ``start``."""
        day = start.astimezone(self.zone).date()
        for offset in range(HORIZON):
            today = day + offset * DAY
            if not self.is_working(today):
                continue
            for opens, closes in self.blocks:
                begin, end = max(self.at(today, opens), start), self.at(today, closes)
                if begin < end:
                    yield begin, end
        raise NoWorkingTime(f"no working hours within {HORIZON} days after {start}")


def due(start: datetime, amount: int, unit: str, calendar: Calendar) -> datetime:
    """The moment a limit of ``amount`` ``unit`` that began at ``start`` ends.

    ``MINUTES`` run round the clock. ``HOURS`` are working hours. ``WORKDAYS`` and ``DAYS`` do not count the day of
    the start; they end at closing time of the last working day, or with the last calendar day (Civil Code of the
    PRC, articles 201 and 203). Raises NoWorkingTime where the calendar never opens.
    """
    if unit == TimeUnit.MINUTES:
        return start + timedelta(minutes=amount)
    if unit == TimeUnit.HOURS:
        return after_work(start, timedelta(hours=amount), calendar)
    if unit == TimeUnit.WORKDAYS:
        return _close_of_workday(start, amount, calendar)
    if unit == TimeUnit.DAYS:
        return calendar.at(start.astimezone(calendar.zone).date() + (amount + 1) * DAY, time.min)
    raise ValueError(f"unknown unit of time: {unit}")


def amber(start: datetime, end: datetime, unit: str, calendar: Calendar) -> datetime:
    """The moment from which a limit that runs from ``start`` to ``end`` counts as nearly over.

    Three quarters of its working time where it counts working time, otherwise of the time on the wall.
    """
    if unit in (TimeUnit.MINUTES, TimeUnit.DAYS):
        return start + AMBER * (end - start)
    return after_work(start, AMBER * worked(start, end, calendar), calendar)


def is_provisional(start: datetime, end: datetime, unit: str, calendar: Calendar) -> bool:
    """True where the limit counts working days of a year whose holidays are not announced: it may still move."""
    if unit not in (TimeUnit.HOURS, TimeUnit.WORKDAYS):
        return False
    years = range(start.astimezone(calendar.zone).year, end.astimezone(calendar.zone).year + 1)
    return any(year not in calendar.announced for year in years)


def worked(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """The working time between ``start`` and ``end``; nothing where ``end`` comes first."""
    total = timedelta()
    if end <= start:
        return total
    for begin, finish in calendar.intervals(start):
        if begin >= end:
            break
        total += min(finish, end) - begin
        if finish >= end:
            break
    return total


def after_work(start: datetime, duration: timedelta, calendar: Calendar) -> datetime:
    """The moment at which ``duration`` of working time has passed since ``start``."""
    if not duration:
        return start
    left = duration
    for begin, end in calendar.intervals(start):
        if end - begin >= left:
            return begin + left
        left -= end - begin
    raise NoWorkingTime


def _close_of_workday(start, amount, calendar):
    """Closing time of the ``amount``-th working day after the day of ``start``."""
    if not calendar.blocks:
        raise NoWorkingTime("the calendar has no working hours")
    day = start.astimezone(calendar.zone).date()
    for offset in range(1, HORIZON):
        today = day + offset * DAY
        amount -= calendar.is_working(today)
        if amount == 0:
            return calendar.at(today, calendar.blocks[-1][1])
    raise NoWorkingTime(f"no working day within {HORIZON} days after {start}")
