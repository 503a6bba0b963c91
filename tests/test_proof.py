"""The proof of a due date: hand-worked examples, and what must hold of every proof."""

import json
from datetime import date, datetime, time, timedelta

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from requests_app.journey import clock
from requests_app.journey.proof import ROWS, Why, by_day, proof
from tests.scenes import AMOUNTS, BLOCKS, DAY_MINUTES, HORIZON, SHANGHAI, Unit, scenes

pytestmark = pytest.mark.once


def calendar_of_2026():
    """The days of the seeds, and a half day of this test."""
    rows = json.loads((django_settings.BASE_DIR / "seeds/calendar_days.json").read_text(encoding="utf-8"))
    days = {date.fromisoformat(row["date"]): row for row in rows if row["date"].startswith("2026")}
    womens_day = date(2026, 3, 9)
    return clock.Calendar(
        blocks=BLOCKS,
        exceptions={day: row["is_working"] for day, row in days.items()} | {womens_day: True},
        announced=frozenset({2026}),
        zone=SHANGHAI,
        closes={womens_day: time(12)},
        names={day: row["name"] for day, row in days.items()} | {womens_day: "妇女节"},
    )


CALENDAR = calendar_of_2026()


def at(month, day, hour, minute=0, year=2026):
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def told(days):
    """One row as text: its days, why, its name, and what counted."""
    first, last, chief = days.first, days.last, days.chief
    when = f"{first.month}.{first.day}" + (f"-{last.month}.{last.day}" if first != last else "")
    counted = str(days.time)[:-3] if days.time else "-".join(map(str, sorted({*(days.nth or ())})))
    name = "" if chief.pause else chief.name
    return " ".join(filter(None, [when, str(chief.why), name, counted, "?" if chief.is_assumed else ""]))


@pytest.mark.parametrize(
    ("start", "amount", "unit", "pauses", "rows", "end"),
    [
        # Spring Festival: off from the 15th to the 23rd, worked on Saturday the 14th.
        (at(2, 13, 9), 2, Unit.WORKDAYS, [],
         ["2.13 first_day", "2.14 make_up 春节调休上班 1", "2.15-2.23 holiday 春节", "2.24 working 2"], at(2, 24, 18)),
        (at(2, 14, 16), 4, Unit.HOURS, [],
         ["2.14 make_up 春节调休上班 2:00", "2.15-2.23 holiday 春节", "2.24 working 2:00"], at(2, 24, 10, 30)),
        (at(2, 14, 16), 3, Unit.DAYS, [],
         ["2.14 first_day 春节调休上班", "2.15 calendar_day 春节 1", "2.16 calendar_day 春节 2",
          "2.17 calendar_day 春节 3"], at(2, 18, 0)),
        (at(2, 14, 23), 1440, Unit.MINUTES, [],
         ["2.14 round_the_clock 春节调休上班 1:00", "2.15 round_the_clock 春节 23:00"], at(2, 15, 23)),
        # Asked on the 13th, answered after the festival: what lies between is the resident's.
        (at(2, 12, 9), 2, Unit.WORKDAYS, [(at(2, 13, 10), at(2, 24, 9))],
         ["2.12 first_day", "2.13-2.14 paused", "2.15-2.23 holiday 春节", "2.24 working 1", "2.25 working 2"],
         at(2, 25, 18)),
        # National Day: off from 1 to 7 October; worked on Sunday 20 September and Saturday 10 October.
        (at(9, 29, 10), 3, Unit.WORKDAYS, [],
         ["9.29 first_day", "9.30 working 1", "10.1-10.7 holiday 国庆节", "10.8 working 2", "10.9 working 3"],
         at(10, 9, 18)),
        (at(10, 1, 10), 3, Unit.WORKDAYS, [],
         ["10.1 first_day 国庆节", "10.2-10.7 holiday 国庆节", "10.8 working 1", "10.9 working 2",
          "10.10 make_up 国庆节调休上班 3"], at(10, 10, 18)),
        (at(9, 18, 17), 2, Unit.WORKDAYS, [],
         ["9.18 first_day", "9.19 weekend", "9.20 make_up 国庆节调休上班 1", "9.21 working 2"], at(9, 21, 18)),
        (at(9, 30, 15), 4, Unit.HOURS, [],
         ["9.30 working 3:00", "10.1-10.7 holiday 国庆节", "10.8 working 1:00"], at(10, 8, 9, 30)),
        (at(9, 30, 19), 1, Unit.HOURS, [],
         ["9.30 closed", "10.1-10.7 holiday 国庆节", "10.8 working 1:00"], at(10, 8, 9, 30)),
        (at(10, 1, 8), 120, Unit.MINUTES, [], ["10.1 round_the_clock 国庆节 2:00"], at(10, 1, 10)),
        (at(9, 30, 8), 2, Unit.DAYS, [],
         ["9.30 first_day", "10.1 calendar_day 国庆节 1", "10.2 calendar_day 国庆节 2"], at(10, 3, 0)),
        # A half day, and a year nobody knows yet.
        (at(3, 6, 9), 2, Unit.WORKDAYS, [],
         ["3.6 first_day", "3.7-3.8 weekend", "3.9 half_day 妇女节 1", "3.10 working 2"], at(3, 10, 18)),
        (at(3, 9, 10), 3, Unit.HOURS, [], ["3.9 half_day 妇女节 2:00", "3.10 working 1:00"], at(3, 10, 9, 30)),
        (at(12, 31, 9), 2, Unit.WORKDAYS, [],
         ["12.31 first_day", "1.1 working 1 ?", "1.2-1.3 weekend ?", "1.4 working 2 ?"], at(1, 4, 18, year=2027)),
    ],
)  # fmt: skip
def test_a_proof_reads_as_somebody_with_a_calendar_would_count(start, amount, unit, pauses, rows, end):
    spans = proof(start, amount, unit, CALENDAR, pauses)
    assert [told(days) for days in by_day(spans)] == rows
    assert spans[-1].end == end == clock.due(start, amount, unit, CALENDAR, pauses)


def test_the_hours_of_a_day_are_told_apart():
    spans = proof(at(3, 2, 8), 5, Unit.HOURS, CALENDAR, [(at(3, 2, 9), at(3, 2, 10))])
    assert [(f"{span.begin:%H:%M}-{span.end:%H:%M}", str(span.why), span.is_counted) for span in spans] == [
        ("08:00-08:30", "closed", False),
        ("08:30-09:00", "working", True),
        ("09:00-10:00", "paused", False),
        ("10:00-12:00", "working", True),
        ("12:00-14:30", "break", False),
        ("14:30-17:00", "working", True),
    ]


def test_a_long_proof_puts_days_that_count_alike_together():
    assert [told(days) for days in by_day(proof(at(3, 2, 9), 90, Unit.DAYS, CALENDAR))][:2] == [
        "3.2 first_day", "3.3-3.8 calendar_day 1-6",
    ]  # fmt: skip
    rows = by_day(proof(at(3, 2, 9), 5000, Unit.WORKDAYS, CALENDAR))
    assert ROWS < len(rows) < 2200
    assert told(rows[-1]).split()[-2].split("-")[-1] == "5000"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scene=scenes(), fraction=st.integers(1, 100))
def test_a_proof_has_no_gaps_adds_up_to_the_limit_and_ends_when_it_ends(scene, fraction):
    start, calendar, pauses = scene.moment(scene.start), scene.calendar, scene.pairs()
    working, always = scene.open_minutes(), b"\1" * (HORIZON * DAY_MINUTES)
    for unit, most in AMOUNTS.items():
        amount = max(1, most * fraction // 100)
        spans = proof(start, amount, unit, calendar, pauses)
        assert [span.begin for span in spans] == [start, *(span.end for span in spans[:-1])]
        assert spans[-1].end == clock.due(start, amount, unit, calendar, pauses)
        assert spans[-1].is_counted
        assert all(span.day == calendar.day_of(span.begin) for span in spans)
        if unit in (Unit.WORKDAYS, Unit.DAYS):
            assert [span.nth for span in spans if span.is_counted] == list(range(1, amount + 1))
            continue
        counted = timedelta(minutes=amount) if unit == Unit.MINUTES else timedelta(hours=amount)
        assert sum((span.time for span in spans), timedelta()) == counted
        runs = scene.without_pauses(working if unit == Unit.HOURS else always)
        for span in spans:
            begin, end = scene.minute(span.begin), scene.minute(span.end)
            assert set(runs[begin:end]) == {int(span.is_counted)}, span
            assert (span.why == Why.PAUSED) == (span.pause is not None)
