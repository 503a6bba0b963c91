"""Calendars, pauses and starts as hypothesis draws them, and a count of single minutes to compare with."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import compress, islice
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from requests_app.journey import clock
from services.models import Limit

SHANGHAI = ZoneInfo("Asia/Shanghai")
Unit = Limit.TimeUnit
BLOCKS = ((time(8, 30), time(12, 0)), (time(14, 30), time(18, 0)))
HORIZON = 40  # days an oracle looks at
DAY_MINUTES = 24 * 60
WORKING_WEEKS = [
    BLOCKS,
    ((time(9), time(17)),),
    ((time(8), time(10)), (time(10), time(11, 30)), (time(20), time(23, 59))),
]
FIRST_DAYS = [date(2026, 2, 9), date(2026, 2, 23), date(2026, 4, 27), date(2026, 9, 21), date(2026, 12, 21)]
AMOUNTS = {Unit.MINUTES: 2000, Unit.HOURS: 24, Unit.WORKDAYS: 6, Unit.DAYS: 9}


@dataclass
class Scene:
    """A calendar, pauses and a start, in minutes after midnight of ``first``."""

    first: date
    calendar: clock.Calendar
    start: int
    pauses: list

    def moment(self, minute):
        return datetime.combine(self.first, time.min, SHANGHAI) + timedelta(minutes=minute)

    def minute(self, moment):
        return (moment - self.moment(0)) // timedelta(minutes=1)

    def pairs(self):
        return [(self.moment(begin), self.moment(end)) for begin, end in self.pauses]

    def open_minutes(self):
        """A byte a minute: 1 while the offices are open."""
        minutes = bytearray(HORIZON * DAY_MINUTES)
        for offset in range(HORIZON):
            day = self.first + timedelta(days=offset)
            if not self.calendar.exceptions.get(day, day.isoweekday() < 6):
                continue
            for opens, closes in self.calendar.blocks:
                closes = min(closes, self.calendar.closes.get(day, closes))
                begin, end = (offset * DAY_MINUTES + t.hour * 60 + t.minute for t in (opens, closes))
                minutes[begin:end] = b"\1" * max(0, end - begin)
        return minutes

    def without_pauses(self, minutes):
        minutes = bytearray(minutes)
        for begin, end in self.pauses:
            minutes[begin:end] = bytes(end - begin)
        return minutes

    def due(self, amount, unit, minutes):
        """The minute at which the limit ends, by looking at every minute; 1 in ``minutes`` may count."""
        running = self.without_pauses(minutes)
        if unit in (Unit.MINUTES, Unit.HOURS):
            wanted = amount * 60 if unit == Unit.HOURS else amount
            counted = compress(range(self.start, len(running)), running[self.start :])
            return next(islice(counted, wanted - 1, None)) + 1
        days = range(self.start // DAY_MINUTES + 1, HORIZON)
        last = (minutes.rfind(1, day * DAY_MINUTES, (day + 1) * DAY_MINUTES) for day in days)
        return next(islice((minute for minute in last if minute >= 0 and running[minute]), amount - 1, None)) + 1


@st.composite
def scenes(draw):
    first, blocks = draw(st.sampled_from(FIRST_DAYS)), draw(st.sampled_from(WORKING_WEEKS))
    kinds = draw(st.dictionaries(st.integers(0, 15), st.sampled_from([True, False, 7, 10, 12, 16]), max_size=5))
    special = {first + timedelta(days=offset): kind for offset, kind in kinds.items()}
    closes = {day: time(kind) for day, kind in special.items() if kind > 1}
    years = draw(st.sampled_from([frozenset({2026}), frozenset({2026, 2027}), frozenset()]))
    calendar = clock.Calendar(blocks, {day: bool(kind) for day, kind in special.items()}, years, SHANGHAI, closes)
    edges = sorted(draw(st.sets(st.integers(0, 12 * 24 * 4), max_size=6)))
    pauses = [(15 * begin, 15 * end) for begin, end in zip(edges[::2], edges[1::2], strict=False)]
    return Scene(first, calendar, draw(st.integers(0, 6 * DAY_MINUTES)), draw(st.permutations(pauses)))
