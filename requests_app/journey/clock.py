"""When a limit ends. Pure functions of the times given; no database.

Every moment is aware; a day is a day in the calendar's own time zone. ``pauses`` are disjoint (begin, end) pairs in any
order; time inside them does not count, a pause's own end is outside. Each call costs O(days + pauses).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from services.models import Limit

TimeUnit = Limit.TimeUnit
DAY = timedelta(days=1)
AMBER = 0.75  # of the time a limit gives
# Without an end, a calendar that never opens would be walked for ever; the longest limit still fits in.
HORIZON = 20000  # days
FOR_EVER = datetime.max.replace(tzinfo=UTC)

Stretch = tuple[datetime, datetime]


class NoWorkingTime(ValueError):
    """The calendar has no working hours left to count."""


@dataclass(frozen=True)
class Calendar:
    """Which days work, and between which hours.

    ``exceptions`` holds the days on which Monday-to-Friday does not hold, ``closes`` the working days that end early,
    ``names`` what such days are called, ``announced`` the years whose holidays are known; ``blocks`` are (opens,
    closes) in order and do not overlap.
    """

    blocks: tuple[tuple[time, time], ...]
    exceptions: Mapping[date, bool] = field(default_factory=dict)
    announced: frozenset[int] = frozenset()
    zone: ZoneInfo = ZoneInfo("Asia/Shanghai")
    closes: Mapping[date, time] = field(default_factory=dict)
    names: Mapping[date, str] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """True on working days, make-up weekends included."""
        return self.exceptions.get(day, day.weekday() < 5)

    def hours(self, day: date) -> tuple[tuple[time, time], ...]:
        """The working hours of ``day`` as (opens, closes) in order; none on a day off."""
        if not self.is_working(day):
            return ()
        if day not in self.closes:
            return self.blocks
        early = self.closes[day]
        return tuple((opens, min(closes, early)) for opens, closes in self.blocks if opens < early)

    def at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def end_of(self, day: date, unit: str) -> datetime | None:
        """When ``day`` ends: for WORKDAYS at its own closing time, None on a day off; for DAYS at midnight."""
        if unit == TimeUnit.DAYS:
            return self.at(day + DAY, time.min)
        hours = self.hours(day)
        return self.at(day, hours[-1][1]) if hours else None

    def intervals(self, start: datetime) -> Iterator[Stretch]:
        """Every stretch of working time from ``start`` on, the first one cut at ``start``."""
        day = self.day_of(start)
        for offset in range(HORIZON):
            today = day + offset * DAY
            for opens, closes in self.hours(today):
                begin, end = max(self.at(today, opens), start), self.at(today, closes)
                if begin < end:
                    yield begin, end
        raise NoWorkingTime(f"no working hours within {HORIZON} days after {start}")


def due(start: datetime, amount: int, unit: str, calendar: Calendar, pauses: Iterable[Stretch] = ()) -> datetime:
    """The moment a limit of ``amount`` ``unit`` that began at ``start`` ends.

    ``MINUTES`` run round the clock: the time on the wall inside pauses does not count. ``HOURS`` are working hours:
    working time inside pauses does not count. ``WORKDAYS`` and ``DAYS`` do not count the day of the start; they end at
    closing time of the last working day (a half day has its own), or with the last calendar day (Civil Code of the
    PRC, articles 201 and 203). Such a day counts unless its end is paused: the pause begins before closing time (or
    midnight) and ends then or later. Raises NoWorkingTime where the calendar never opens or a pause never ends.
    """
    if unit == TimeUnit.MINUTES:
        return _after(timedelta(minutes=amount), _without([(start, FOR_EVER)], pauses))
    if unit == TimeUnit.HOURS:
        return after_work(start, timedelta(hours=amount), calendar, pauses)
    if unit in (TimeUnit.WORKDAYS, TimeUnit.DAYS):
        return _end_of_nth_day(start, amount, unit, calendar, pauses)
    raise ValueError(f"unknown unit of time: {unit}")


def amber(start: datetime, end: datetime, unit: str, calendar: Calendar, pauses: Iterable[Stretch] = ()) -> datetime:
    """The moment from which a limit that runs from ``start`` to ``end`` counts as nearly over.

    Three quarters of its working time where it counts working time, otherwise of the time on the wall; pauses are
    left out of both.
    """
    pauses = list(pauses)
    if unit in (TimeUnit.MINUTES, TimeUnit.DAYS):
        total = _total(_without([(start, end)], pauses))
        return _after(AMBER * total, _without([(start, FOR_EVER)], pauses))
    return after_work(start, AMBER * worked(start, end, calendar, pauses), calendar, pauses)


def is_provisional(
    start: datetime, end: datetime, unit: str, calendar: Calendar, pauses: Iterable[Stretch] = ()
) -> bool:
    """True where the limit counts working days of a year whose holidays are not announced: it may still move."""
    if unit not in (TimeUnit.HOURS, TimeUnit.WORKDAYS):
        return False
    return any(
        year not in calendar.announced
        for begin, finish in _without([(start, end)], pauses)
        for year in range(calendar.day_of(begin).year, calendar.day_of(finish - timedelta.resolution).year + 1)
    )


def worked(start: datetime, end: datetime, calendar: Calendar, pauses: Iterable[Stretch] = ()) -> timedelta:
    """The working time between ``start`` and ``end`` outside ``pauses``; nothing where ``end`` comes first."""
    if end <= start:
        return timedelta()
    return _total(_without(_until(end, calendar.intervals(start)), pauses))


def after_work(start: datetime, duration: timedelta, calendar: Calendar, pauses: Iterable[Stretch] = ()) -> datetime:
    """The moment at which ``duration`` of working time outside ``pauses`` has passed since ``start``."""
    if not duration:
        return start
    return _after(duration, _without(calendar.intervals(start), pauses))


def next_workday(moment: datetime, calendar: Calendar) -> datetime:
    """The midnight with which the next working day after the day of ``moment`` begins."""
    day = moment.astimezone(calendar.zone).date()
    for offset in range(1, HORIZON):
        if calendar.is_working(day + offset * DAY):
            return calendar.at(day + offset * DAY, time.min)
    raise NoWorkingTime(f"no working day within {HORIZON} days after {moment}")


def _end_of_nth_day(start, amount, unit, calendar, pauses):
    """The end of the ``amount``-th day of ``unit`` after the day of ``start`` whose end is not paused."""
    counted = (end for _day, end, pause in days_after(start, unit, calendar, pauses) if end and not pause)
    return next(islice(counted, amount - 1, None))


def days_after(
    start: datetime, unit: str, calendar: Calendar, pauses: Iterable[Stretch] = ()
) -> Iterator[tuple[date, datetime | None, Stretch | None]]:
    """The days after that of ``start``: each with its end (see ``Calendar.end_of``) and the pause over that end.

    A pause is over a moment when it begins before it and ends then or later. Raises NoWorkingTime where no day ends.
    """
    if unit == TimeUnit.WORKDAYS and not calendar.blocks:
        raise NoWorkingTime("the calendar has no working hours")
    pauses, day, ended = sorted(pauses), calendar.day_of(start), 0
    for offset in range(1, HORIZON):
        today = day + offset * DAY
        end, pause = calendar.end_of(today, unit), None
        if end is not None:
            while ended < len(pauses) and pauses[ended][1] < end:
                ended += 1
            if ended < len(pauses) and pauses[ended][0] < end:
                pause = pauses[ended]
        yield today, end, pause
    raise NoWorkingTime(f"no such day within {HORIZON} days after {start}")


def _without(stretches: Iterable[Stretch], pauses: Iterable[Stretch]) -> Iterator[Stretch]:
    """What remains of ``stretches`` (in order) outside ``pauses``."""
    pauses, ended = sorted(pauses), 0
    for begin, end in stretches:
        while ended < len(pauses) and pauses[ended][1] <= begin:
            ended += 1
        for stops, goes_on in islice(pauses, ended, None):
            if stops >= end or begin >= end:
                break
            if begin < stops:
                yield begin, stops
            begin = max(begin, goes_on)
        if begin < end:
            yield begin, end


def _until(end, stretches):
    """``stretches`` as far as ``end``, the last one cut there."""
    for begin, finish in stretches:
        if begin >= end:
            return
        yield begin, min(finish, end)
        if finish >= end:
            return


def _total(stretches):
    return sum((end - begin for begin, end in stretches), timedelta())


def _after(duration, stretches):
    """The moment at which ``duration`` of ``stretches`` has passed."""
    for begin, end in stretches:
        if end - begin >= duration:
            return begin + duration
        duration -= end - begin
    raise NoWorkingTime("a pause never ends")
