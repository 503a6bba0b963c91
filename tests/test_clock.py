"""Clocks, by hand-worked examples from the calendar of 2026 and against a count of single minutes."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from requests_app.journey import clock
from services.models import Limit

SHANGHAI = ZoneInfo("Asia/Shanghai")
Unit = Limit.TimeUnit
BLOCKS = ((time(8, 30), time(12, 0)), (time(14, 30), time(18, 0)))
# Spring Festival 2026: off from 15 to 23 February, worked on Saturday the 14th and Saturday the 28th.
FESTIVAL = {date(2026, 2, 14): True, date(2026, 2, 28): True, **{date(2026, 2, day): False for day in range(15, 24)}}
CALENDAR = clock.Calendar(blocks=BLOCKS, exceptions=FESTIVAL, zone=SHANGHAI)


def at(month, day, hour, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        # Urgent: half an hour is half an hour, at night too.
        (at(2, 14, 23, 50), 30, Unit.MINUTES, at(2, 15, 0, 20)),
        # Friday 13 February, 16:00: two hours today, two more on the worked Saturday.
        (at(2, 13, 16), 4, Unit.HOURS, at(2, 14, 10, 30)),
        # The worked Saturday, 16:00: two hours, then the festival, then Tuesday 24 February.
        (at(2, 14, 16), 4, Unit.HOURS, at(2, 24, 10, 30)),
        # Over the lunch break.
        (at(3, 2, 11, 30), 1, Unit.HOURS, at(3, 2, 15)),
        # Before opening the clock waits for half past eight.
        (at(3, 2, 6), 1, Unit.HOURS, at(3, 2, 9, 30)),
        # Exactly at the end of a block.
        (at(3, 2, 8, 30), 7, Unit.HOURS, at(3, 2, 18)),
        # The day of the start does not count; Saturday the 14th does.
        (at(2, 13, 9), 1, Unit.WORKDAYS, at(2, 14, 18)),
        (at(2, 13, 9), 2, Unit.WORKDAYS, at(2, 24, 18)),
        # Filed on a holiday.
        (at(2, 18, 9), 1, Unit.WORKDAYS, at(2, 24, 18)),
        # Five working days from Tuesday 24 February pass the worked Saturday the 28th.
        (at(2, 24, 9), 5, Unit.WORKDAYS, at(3, 2, 18)),
        # Calendar days end with the last day.
        (at(3, 3, 10), 7, Unit.DAYS, at(3, 11, 0)),
    ],
)
def test_a_limit_ends_where_a_person_counting_on_fingers_ends(start, amount, unit, expected):
    assert clock.due(start, amount, unit, CALENDAR) == expected


def test_amber_begins_when_three_quarters_of_the_working_time_are_gone():
    start, end = at(3, 2, 8, 30), at(3, 2, 18)
    assert clock.amber(start, end, Unit.HOURS, CALENDAR) == at(3, 2, 16, 15)
    assert clock.amber(at(3, 2, 0), at(3, 2, 4), Unit.MINUTES, CALENDAR) == at(3, 2, 3)


def test_a_year_without_data_counts_monday_to_friday():
    calendar = clock.Calendar(blocks=BLOCKS)
    friday = datetime(2027, 1, 1, 9, tzinfo=SHANGHAI)
    assert clock.due(friday, 1, Unit.WORKDAYS, calendar) == datetime(2027, 1, 4, 18, tzinfo=SHANGHAI)


def test_a_calendar_that_never_opens_says_so_and_does_not_run_for_ever():
    closed = clock.Calendar(blocks=())
    for unit in (Unit.HOURS, Unit.WORKDAYS):
        with pytest.raises(clock.NoWorkingTime):
            clock.due(at(3, 2, 9), 1, unit, closed)


moments = st.integers(0, 47 * 24 * 60).map(lambda minutes: at(2, 1, 0) + timedelta(minutes=minutes))


def is_open(moment):
    return CALENDAR.is_working(moment.date()) and any(o <= moment.time() < c for o, c in BLOCKS)


@settings(max_examples=150, deadline=None)
@given(start=moments, hours=st.integers(1, 12))
def test_working_hours_agree_with_a_count_minute_by_minute(start, hours):
    left, now = hours * 60, start
    while left:
        left -= is_open(now)
        now += timedelta(minutes=1)
    assert clock.due(start, hours, Unit.HOURS, CALENDAR) == now


@settings(max_examples=300, deadline=None)
@given(start=moments, minutes=st.integers(0, 30000))
def test_worked_time_agrees_with_going_that_far(start, minutes):
    duration = timedelta(minutes=minutes)
    assert clock.worked(start, clock.after_work(start, duration, CALENDAR), CALENDAR) == duration


@settings(max_examples=300, deadline=None)
@given(start=moments, amount=st.integers(1, 40), unit=st.sampled_from(list(Unit)))
def test_amber_lies_between_the_start_and_the_end(start, amount, unit):
    end = clock.due(start, amount, unit, CALENDAR)
    assert start <= clock.amber(start, end, unit, CALENDAR) <= end
