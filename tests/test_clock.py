"""Clocks, by hand-worked examples from the calendar of 2026 and against a count of single minutes."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from requests_app.journey import clock
from services.models import Limit
from tests.scenes import AMOUNTS, DAY_MINUTES, HORIZON, scenes

pytestmark = pytest.mark.once

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


# Pauses, half days


WOMENS_DAY = clock.Calendar(
    blocks=BLOCKS, exceptions=FESTIVAL, closes={date(2026, 3, 9): time(12), date(2026, 3, 10): time(16)}, zone=SHANGHAI
)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "pauses", "expected"),
    [
        # Urgent: ten minutes gone, an hour of waiting, twenty more.
        (at(3, 2, 9), 30, Unit.MINUTES, [(at(3, 2, 9, 10), at(3, 2, 10, 10))], at(3, 2, 10, 30)),
        # Of a pause over lunch only the working time is left out: an hour before, half an hour after.
        (at(3, 2, 9), 4, Unit.HOURS, [(at(3, 2, 11), at(3, 2, 15))], at(3, 2, 17)),
        # Two pauses in any order.
        (at(3, 2, 9), 2, Unit.HOURS, [(at(3, 2, 11), at(3, 2, 12)), (at(3, 2, 9, 30), at(3, 2, 10))], at(3, 2, 15)),
        # Asked on Monday after work, answered on Wednesday morning: Tuesday does not count.
        (at(3, 2, 9), 2, Unit.WORKDAYS, [(at(3, 2, 19), at(3, 4, 9))], at(3, 5, 18)),
        # Asked and answered within one day: it counts, there was time left.
        (at(3, 2, 9), 1, Unit.WORKDAYS, [(at(3, 3, 9), at(3, 3, 17))], at(3, 3, 18)),
        # Answered exactly at closing time: nothing was left of the day.
        (at(3, 2, 9), 1, Unit.WORKDAYS, [(at(3, 3, 9), at(3, 3, 18))], at(3, 4, 18)),
        # Asked exactly at closing time: the whole day was there.
        (at(3, 2, 9), 1, Unit.WORKDAYS, [(at(3, 3, 18), at(3, 20, 9))], at(3, 3, 18)),
        (at(3, 2, 9), 2, Unit.DAYS, [(at(3, 3, 20), at(3, 4, 8))], at(3, 6, 0)),
        # Monday the 9th ends at noon, Tuesday the 10th at four.
        (at(3, 9, 11), 2, Unit.HOURS, [], at(3, 10, 9, 30)),
        (at(3, 6, 9), 1, Unit.WORKDAYS, [], at(3, 9, 12)),
        (at(3, 6, 9), 2, Unit.WORKDAYS, [], at(3, 10, 16)),
        (at(3, 6, 9), 1, Unit.WORKDAYS, [(at(3, 9, 11), at(3, 9, 12, 30))], at(3, 10, 16)),
    ],
)
def test_what_is_paused_does_not_count_and_a_half_day_ends_at_its_own_hour(start, amount, unit, pauses, expected):
    assert clock.due(start, amount, unit, WOMENS_DAY, pauses) == expected


def test_a_pause_of_a_year_is_passed_at_once_and_one_without_end_says_so():
    asked, answered = at(3, 3, 10), at(3, 3, 10) + timedelta(days=365)
    assert clock.due(at(3, 2, 9), 1, Unit.WORKDAYS, CALENDAR, [(asked, answered)]) == answered.replace(hour=18)
    for unit in Unit:
        with pytest.raises(clock.NoWorkingTime):
            clock.due(at(3, 2, 9), 5000, unit, CALENDAR, [(asked, clock.FOR_EVER)])


def test_a_year_passed_in_a_pause_need_not_be_announced():
    start, end = datetime(2025, 12, 1, 9, tzinfo=SHANGHAI), datetime(2027, 1, 15, 18, tzinfo=SHANGHAI)
    known = clock.Calendar(blocks=BLOCKS, announced=frozenset({2025, 2027}), zone=SHANGHAI)
    whole = (datetime(2026, 1, 1, tzinfo=SHANGHAI), datetime(2027, 1, 1, tzinfo=SHANGHAI))
    assert clock.is_provisional(start, end, Unit.WORKDAYS, known)
    assert not clock.is_provisional(start, end, Unit.WORKDAYS, known, [whole])


# Against a count minute by minute


# 700 scenes × four units × four amounts: 11 200 cases.
@settings(max_examples=700, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scene=scenes(), fraction=st.integers(1, 100))
def test_every_unit_agrees_with_a_count_minute_by_minute(scene, fraction):
    start, calendar, pauses = scene.moment(scene.start), scene.calendar, scene.pairs()
    working, always = scene.open_minutes(), b"\1" * (HORIZON * DAY_MINUTES)
    for unit, most in AMOUNTS.items():
        minutes = working if unit in (Unit.HOURS, Unit.WORKDAYS) else always
        for quarter in range(1, 5):
            amount = max(1, most * fraction * quarter // 400)
            end = clock.due(start, amount, unit, calendar, pauses)
            assert end == scene.moment(scene.due(amount, unit, minutes)), unit
        assert start <= clock.amber(start, end, unit, calendar, pauses) <= end
        assert clock.due(start, amount, unit, calendar) <= end


moments = st.integers(0, 47 * 24 * 60).map(lambda minutes: at(2, 1, 0) + timedelta(minutes=minutes))


@settings(max_examples=300, deadline=None)
@given(start=moments, minutes=st.integers(0, 30000))
def test_worked_time_agrees_with_going_that_far(start, minutes):
    duration = timedelta(minutes=minutes)
    pauses = [(at(2, 10, 9), at(2, 11, 16)), (at(3, 3, 0), at(3, 30, 11))]
    for left_out in ([], pauses):
        assert (
            clock.worked(start, clock.after_work(start, duration, CALENDAR, left_out), CALENDAR, left_out) == duration
        )


@settings(max_examples=300, deadline=None)
@given(start=moments, amount=st.integers(1, 40), unit=st.sampled_from(list(Unit)))
def test_amber_lies_between_the_start_and_the_end(start, amount, unit):
    end = clock.due(start, amount, unit, CALENDAR)
    assert start <= clock.amber(start, end, unit, CALENDAR) <= end
