"""Why a limit ends when it ends: every stretch between start and due, counted or skipped. Pure, no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby

from requests_app.journey import clock
from requests_app.journey.clock import DAY, Calendar, Stretch, TimeUnit


class Why(StrEnum):
    """Why a stretch counts or does not."""

    # Counted
    WORKING = "working"
    MAKE_UP = "make_up"  # a Saturday or Sunday that is worked
    HALF_DAY = "half_day"
    CALENDAR_DAY = "calendar_day"
    ROUND_THE_CLOCK = "round_the_clock"
    # Skipped
    FIRST_DAY = "first_day"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    BREAK = "break"  # between two blocks of one day
    CLOSED = "closed"  # before opening or after closing time
    PAUSED = "paused"


@dataclass(frozen=True)
class Span:
    """One stretch within one day. Counted are ``time`` (limits of time) or the ``nth`` day (limits of days).

    ``name`` is what a special day is called. ``is_assumed`` says that the holidays of the year are not announced, so
    the day stands for what its weekday is. ``pause`` is the (begin, end) pair that keeps the span from counting.
    """

    begin: datetime
    end: datetime
    day: date
    why: Why
    time: timedelta = timedelta()
    nth: int = 0
    name: str = ""
    is_assumed: bool = False
    pause: Stretch | None = None

    @property
    def is_counted(self):
        return bool(self.nth or self.time)

    @property
    def seconds(self):
        return self.time.total_seconds()


def proof(start: datetime, amount: int, unit: str, calendar: Calendar, pauses: Iterable[Stretch] = ()) -> list[Span]:
    """The spans from ``start`` to the end of the limit, without gaps; raises what ``clock.due`` raises.

    What is counted adds up to ``amount`` ``unit``, and the last span is counted and ends when the limit ends.
    """
    pauses = sorted(pauses)
    end = clock.due(start, amount, unit, calendar, pauses)
    by_days = unit in (TimeUnit.WORKDAYS, TimeUnit.DAYS)
    return list(
        _of_days(start, end, unit, calendar, pauses) if by_days else _of_time(start, end, unit, calendar, pauses)
    )


def _of_days(start, end, unit, calendar, pauses):
    first, nth = calendar.day_of(start), 0
    yield Span(start, calendar.at(first + DAY, time.min), first, Why.FIRST_DAY, name=calendar.names.get(first, ""))
    for day, closing, pause in clock.days_after(start, unit, calendar, pauses):
        begin, over = calendar.at(day, time.min), min(calendar.at(day + DAY, time.min), end)
        named = _about(day, unit, calendar)
        if closing is None:
            yield Span(begin, over, day, _why_off(day, calendar), **named)
        elif pause:
            yield Span(begin, over, day, Why.PAUSED, pause=pause, **named)
        else:
            nth += 1
            yield Span(begin, over, day, _why_on(day, unit, calendar), nth=nth, **named)
        if over == end:
            return


def _of_time(start, end, unit, calendar, pauses):
    day = calendar.day_of(start)
    while calendar.at(day, time.min) < end:
        named = _about(day, unit, calendar)
        begin, over = max(calendar.at(day, time.min), start), min(calendar.at(day + DAY, time.min), end)
        for opens, closes, why in _pieces(begin, over, day, unit, calendar):
            if why in (Why.BREAK, Why.CLOSED, Why.WEEKEND, Why.HOLIDAY):
                yield Span(opens, closes, day, why, **named)
            else:
                yield from _split(opens, closes, day, why, pauses, named)
        day += DAY


def _pieces(begin, over, day, unit, calendar):
    """(begin, end, why) of everything between ``begin`` and ``over``, two moments of ``day``; pauses left aside."""
    if unit == TimeUnit.MINUTES:
        yield begin, over, Why.ROUND_THE_CLOCK
        return
    hours = calendar.hours(day)
    if not hours:
        yield begin, over, _why_off(day, calendar)
        return
    why, now = _why_on(day, unit, calendar), begin
    for opens, closes in hours:
        opens, closes = calendar.at(day, opens), min(calendar.at(day, closes), over)
        if now < min(opens, over):
            yield now, min(opens, over), Why.CLOSED if opens == calendar.at(day, hours[0][0]) else Why.BREAK
        now = max(now, opens)
        if now < closes:
            yield now, closes, why
            now = closes
    if now < over:
        yield now, over, Why.CLOSED


def _split(begin, end, day, why, pauses, named):
    """The spans of one countable piece: what runs, and what is paused."""
    for pause in pauses:
        stops, goes_on = max(pause[0], begin), min(pause[1], end)
        if stops >= goes_on:
            continue
        if begin < stops:
            yield Span(begin, stops, day, why, time=stops - begin, **named)
        yield Span(stops, goes_on, day, Why.PAUSED, pause=pause, **named)
        begin = goes_on
    if begin < end:
        yield Span(begin, end, day, why, time=end - begin, **named)


def _why_on(day, unit, calendar):
    if unit == TimeUnit.DAYS:
        return Why.CALENDAR_DAY
    if day.isoweekday() > 5:
        return Why.MAKE_UP
    return Why.HALF_DAY if day in calendar.closes else Why.WORKING


def _why_off(day, calendar):
    return Why.HOLIDAY if day in calendar.exceptions else Why.WEEKEND


def _about(day, unit, calendar):
    """What is known of ``day``: its name, and whether it only stands for its weekday."""
    counts_work = unit in (TimeUnit.HOURS, TimeUnit.WORKDAYS)
    return {
        "name": calendar.names.get(day, ""),
        "is_assumed": counts_work and day not in calendar.exceptions and day.year not in calendar.announced,
    }


# Beyond so many rows days that count alike are put together too.
ROWS = 60


@dataclass(frozen=True)
class Days:
    """One day of a proof, or several in a row of which the same is to be said."""

    spans: tuple[Span, ...]

    @property
    def first(self):
        return self.spans[0].day

    @property
    def last(self):
        return self.spans[-1].day

    @property
    def chief(self):
        """The span that says most: one that counts, or else a paused one, or else the first."""
        counted = [span for span in self.spans if span.is_counted]
        paused = [span for span in self.spans if span.pause]
        return (counted or paused or self.spans)[0]

    @property
    def time(self):
        return sum((span.time for span in self.spans), timedelta())

    @property
    def nth(self):
        """(first, last) of the days counted, None where none is."""
        counted = [span.nth for span in self.spans if span.nth]
        return (counted[0], counted[-1]) if counted else None


def by_day(spans: Iterable[Span]) -> list[Days]:
    """``spans`` as one row a day; days in a row that are skipped for one reason are one row.

    In a proof of more than ``ROWS`` rows so are whole days in a row that count for one reason.
    """
    days = [Days(tuple(spans)) for _day, spans in groupby(spans, key=lambda span: span.day)]
    rows = _joined(days, _skipped_for)
    return rows if len(rows) <= ROWS else _joined(rows, _said_of)


def _joined(rows, alike):
    """``rows`` with neighbours put together of which ``alike`` says the same, unless it is None."""
    joined = []
    for row in rows:
        if joined and alike(row) is not None and alike(row) == alike(joined[-1]):
            joined[-1] = Days(joined[-1].spans + row.spans)
        else:
            joined.append(row)
    return joined


def _skipped_for(days):
    return None if days.chief.is_counted else _said(days.chief)


def _said_of(days):
    """What may be said of several days at once; nothing of a day that counts in part."""
    reasons = {_said(span) for span in days.spans}
    return reasons.pop() if len(reasons) == 1 else None


def _said(span):
    return span.pause or (span.why, span.name, span.is_assumed)
