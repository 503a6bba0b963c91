"""Which limit holds for a case, and the calendar it is counted on."""

import hashlib
import json
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, time
from functools import cache, cached_property, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import Aggregate, TextField, Value
from django.db.models.functions import JSONArray

from requests_app.journey import clock
from requests_app.models import Deadline
from services.models import CalendarDay, CalendarEdition, CalendarYear, Limit, WorkingBlock


@dataclass(frozen=True)
class Calendar(clock.Calendar):
    """A calendar that is kept, as it stands, with what was counted on it."""

    @cached_property
    def edition(self):
        """The key of the CalendarEdition with this content, which is written where there is none."""
        if not CalendarEdition.objects.filter(pk=self.digest).exists():
            # Another step may be writing the same one.
            edition = CalendarEdition(pk=self.digest, **self._content)
            CalendarEdition.objects.bulk_create([edition], ignore_conflicts=True)
        return self.digest

    @cached_property
    def digest(self):
        """The same for calendars with the same days and hours."""
        return _digest(self._content)

    @property
    def _content(self):
        return {
            "days_digest": self.days_digest,
            "blocks": [[_clock(opens), _clock(closes)] for opens, closes in self.blocks],
            "days": {
                day.isoformat(): [works, _clock(self.closes.get(day)), self.names.get(day, "")]
                for day, works in self.exceptions.items()
            },
            "announced": sorted(self.announced),
        }

    @cached_property
    def days_digest(self):
        """The same for calendars whose statutory days are the same."""
        days = [[day.isoformat(), works, _clock(self.closes.get(day))] for day, works in self.exceptions.items()]
        return _digest([sorted(days), sorted(self.announced)])

    def with_hours_of(self, other):
        """These days with the working hours of ``other``."""
        return replace(self, blocks=other.blocks)

    @classmethod
    def of(cls, edition):
        """The calendar that was kept as ``edition``."""
        days = {date.fromisoformat(day): said for day, said in edition.days.items()}
        return cls(
            blocks=tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in edition.blocks),
            exceptions={day: works for day, (works, _closes, _name) in days.items()},
            closes={day: time.fromisoformat(closes) for day, (_works, closes, _name) in days.items() if closes},
            names={day: name for day, (_works, _closes, name) in days.items()},
            announced=frozenset(edition.announced),
            zone=ZoneInfo(settings.TIME_ZONE),
        )


def _clock(moment):
    return moment and moment.isoformat()


def _digest(content):
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class Said(NamedTuple):
    """Limits and calendars as the database says them now: each table in one text, in JSON."""

    limits: str
    blocks: str
    days: str
    years: str
    editions: str


def said_now():
    """One query, which Django puts together once in a process."""
    with connection.cursor() as cursor:
        cursor.execute(*_asked())
        return Said(*(text or "[]" for text in cursor.fetchone()))


@cache
def _asked():
    tables = (
        (Limit.objects.all(), ("id", "category", "urgency", "step", "amount", "time_unit", "basis")),
        (WorkingBlock.objects.all(), ("unit__code", "opens", "closes")),
        (CalendarDay.objects.all(), ("date", "is_working", "closes_at", "name")),
        (CalendarYear.objects.filter(is_announced=True), ("year",)),
        (CalendarEdition.objects.all(), ("digest",)),
    )
    texts = [_as_one_text(rows, columns).query.sql_with_params() for rows, columns in tables]
    sql = ", ".join(f"({text})" for text, _params in texts)
    return f"SELECT {sql}", [param for _text, params in texts for param in params]


def _as_one_text(rows, columns):
    every = rows.order_by().annotate(one=Value(1)).values("one")
    return every.annotate(text=AsJson(JSONArray(*columns))).values_list("text", flat=True)


class AsJson(Aggregate):
    """All rows as one list, in JSON, as text."""

    function = "JSON_GROUP_ARRAY"
    output_field = TextField()

    def as_postgresql(self, compiler, connection, **context):
        template = "JSONB_AGG(%(expressions)s)::text"
        return super().as_sql(compiler, connection, template=template, **context)


def calendar_for(unit, said=None):
    """The calendar ``unit`` works by: the statutory days, and its own hours or those of the nearest unit above.

    One query, none where what the database has ``said`` is known. Raises ImproperlyConfigured while no unit above it
    has working hours.
    """
    said = said or said_now()
    hours = _hours(said.blocks)
    nearest = next((code for code in unit.codes_above if code in hours), None)
    if nearest is None:
        raise ImproperlyConfigured(f"no working hours for {unit} or any unit above it: load the seeds")
    calendar = copy(_calendar(said.days, said.years, hours[nearest]))
    if calendar.digest in said.editions:
        vars(calendar)["edition"] = calendar.digest  # it is kept already
    return calendar


def statutory_calendar():
    """The days that are holidays, worked or short for everybody, without working hours; one query."""
    said = said_now()
    return copy(_calendar(said.days, said.years, ()))


# To make a calendar, its digest or the limits costs more than reading what they say: the same words give the same,
# whoever changed them meanwhile and wherever. What is kept is shared, so never changed.


@lru_cache(maxsize=8)
def _hours(blocks):
    """The working hours of each unit that has its own, by its code."""
    found = {}
    for code, opens, closes in json.loads(blocks):
        found.setdefault(code, []).append((time.fromisoformat(opens), time.fromisoformat(closes)))
    return {code: _merged(hours) for code, hours in found.items()}


@lru_cache(maxsize=8)
def _every_limit(limits):
    names = ("pk", "category_id", "urgency", "step", "amount", "time_unit", "basis")
    return [Limit(**dict(zip(names, row, strict=True))) for row in json.loads(limits)]


@lru_cache(maxsize=128)
def _calendar(days, years, blocks):
    """The calendar of ``days`` and ``years`` as they were read, with the hours ``blocks``."""
    days = [(date.fromisoformat(day), bool(works), closes, name) for day, works, closes, name in json.loads(days)]
    calendar = Calendar(
        blocks=blocks,
        exceptions={day: works for day, works, _closes, _name in days},
        closes={day: time.fromisoformat(closes) for day, _works, closes, _name in days if closes},
        names={day: name for day, _works, _closes, name in days},
        announced=frozenset(year for (year,) in json.loads(years)),
        zone=ZoneInfo(settings.TIME_ZONE),
    )
    _known = calendar.digest  # kept on it, and so on every copy
    return calendar


def _merged(blocks):
    """The blocks in order, those that touch or overlap made one, so that no hour counts twice."""
    merged = []
    for opens, closes in sorted(blocks):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return tuple(merged)


def limits_for(case, steps):
    """The limit of each of ``steps`` for ``case``, as a dict by step; one query.

    Raises ImproperlyConfigured where a step has none.
    """
    found = _known_limits(case)
    return {step: _named(found, step) for step in steps}


def _known_limits(case, said=None):
    """Every limit that holds for ``case``, by its step.

    The category's own limit wins, then its group's, then its urgency's, then the general one.
    """
    category, said = case.category, said or said_now()
    of_category, of_urgency = (category.pk, category.parent_id), (case.urgency, "")
    rows = [
        limit
        for limit in _every_limit(said.limits)
        if (limit.category_id in of_category if limit.category_id else limit.urgency in of_urgency)
    ]
    return {limit.step: limit for limit in sorted(rows, key=lambda limit: _specificity(limit, category))}


def _named(found, step):
    if step not in found:
        raise ImproperlyConfigured(f"no limit for {step}: load the seeds")
    return found[step]


class Rules:
    """The limits of one case and the calendars of those who hold it, read once."""

    def __init__(self, case):
        self._case, self._calendars = case, {}

    def limit(self, step):
        """The Limit of ``step``; ImproperlyConfigured where there is none."""
        return _named(self._limits, step)

    @cached_property
    def _said(self):
        return said_now()

    @cached_property
    def _limits(self):
        return _known_limits(self._case, self._said)

    @property
    def calendar(self):
        """The calendar of whoever holds the case now; the branch's where nobody who serves has it."""
        unit = self._case.holding_unit or self._case.branch
        if unit.pk not in self._calendars:
            self._calendars[unit.pk] = calendar_for(unit, self._said)
        return self._calendars[unit.pk]

    @cached_property
    def days(self):
        """The statutory days as they are now."""
        return statutory_calendar()

    def calendar_now(self, deadline):
        """The hours ``deadline`` was counted with, on the statutory days as they are now."""
        if deadline.calendar is None:
            return self.calendar
        return self.days.with_hours_of(Calendar.of(deadline.calendar))


def rules_of(case):
    """The Rules of ``case``. Kept on the object, because one step asks for them several times."""
    if not hasattr(case, "_rules"):
        case._rules = Rules(case)
    return case._rules


def _specificity(limit, category):
    return (limit.category_id == category.pk, limit.category_id is not None, limit.urgency)


COUNTED = ["due_at", "amber_at", "is_provisional", "calendar"]


def recount(deadline, calendar, pauses=()):
    """Count ``deadline`` anew from its start, with what was granted on top and without ``pauses``; not saved.

    ``pauses`` are (begin, end) pairs. The fields in COUNTED are set.
    """
    start, unit = deadline.started_at, deadline.time_unit
    deadline.due_at = clock.due(start, deadline.amount + deadline.extended_by, unit, calendar, pauses)
    deadline.amber_at = clock.amber(start, deadline.due_at, unit, calendar, pauses)
    deadline.is_provisional = clock.is_provisional(start, deadline.due_at, unit, calendar, pauses)
    deadline.calendar_id = calendar.edition


def start_clock(case, limit, at, calendar, amount=None):
    """A Deadline, not saved, that runs from ``at`` by ``limit``, or by the smaller ``amount`` somebody chose."""
    amount = amount or limit.amount
    due_at = clock.due(at, amount, limit.time_unit, calendar)
    return Deadline(
        case=case,
        step=limit.step,
        amount=amount,
        time_unit=limit.time_unit,
        basis=limit.basis,
        started_at=at,
        amber_at=clock.amber(at, due_at, limit.time_unit, calendar),
        due_at=due_at,
        is_provisional=clock.is_provisional(at, due_at, limit.time_unit, calendar),
        calendar_id=calendar.edition,
    )
