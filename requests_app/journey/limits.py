"""Which limit holds for a case, and the calendar it is counted on."""

import hashlib
import json
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, time
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Aggregate, Q, Subquery, TextField, Value
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


def calendar_for(unit):
    """The calendar ``unit`` works by: the statutory days, and its own hours or those of the nearest unit above.

    One query, which reads the days too. Raises ImproperlyConfigured while no unit above it has working hours.
    """
    prefixes = [unit.code[:length] for length in range(6, len(unit.code) + 1)]
    rows = WorkingBlock.objects.filter(unit__code__in=prefixes).order_by("opens")
    rows = list(rows.annotate(**STATUTORY).values_list("unit__code", "opens", "closes", *STATUTORY))
    if not rows:
        raise ImproperlyConfigured(f"no working hours for {unit} or any unit above it: load the seeds")
    nearest = max((code for code, *_rest in rows), key=len)
    blocks = _merged((opens, closes) for code, opens, closes, *_days in rows if code == nearest)
    days, years = rows[0][-2:]
    return copy(_calendar(days, years, blocks))


def statutory_calendar():
    """The days that are holidays, worked or short for everybody, without working hours; two queries."""
    return copy(_calendar(next(iter(_all_days()), None), next(iter(_all_years()), None), ()))


class AsJson(Aggregate):
    """All rows as one list, in JSON, as text."""

    function = "JSON_GROUP_ARRAY"
    output_field = TextField()

    def as_postgresql(self, compiler, connection, **context):
        template = "JSONB_AGG(%(expressions)s)::text"
        return super().as_sql(compiler, connection, template=template, **context)


def _all_days():
    """Every day of the statutory calendar in one text; no row where there is none."""
    days = CalendarDay.objects.order_by().annotate(one=Value(1)).values("one")
    return days.annotate(text=AsJson(JSONArray("date", "is_working", "closes_at", "name"))).values_list(
        "text", flat=True
    )


def _all_years():
    """Every announced year in one text; no row where there is none."""
    years = CalendarYear.objects.filter(is_announced=True).order_by().annotate(one=Value(1)).values("one")
    return years.annotate(text=AsJson("year")).values_list("text", flat=True)


STATUTORY = {"days": Subquery(_all_days()), "years": Subquery(_all_years())}


# Making a calendar and its digest costs more than reading what it says: the same words give the same calendar, whoever
# changed them meanwhile and wherever.
@lru_cache(maxsize=128)
def _calendar(days, years, blocks):
    """The calendar of ``days`` and ``years`` as they were read, with the hours ``blocks``; shared, so never changed."""
    days = [
        (date.fromisoformat(day), bool(works), closes, name) for day, works, closes, name in json.loads(days or "[]")
    ]
    calendar = Calendar(
        blocks=blocks,
        exceptions={day: works for day, works, _closes, _name in days},
        closes={day: time.fromisoformat(closes) for day, _works, closes, _name in days if closes},
        names={day: name for day, _works, _closes, name in days},
        announced=frozenset(json.loads(years or "[]")),
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


def _known_limits(case):
    """Every limit that holds for ``case``, by its step.

    The category's own limit wins, then its group's, then its urgency's, then the general one.
    """
    category = case.category
    groups = [category.pk, category.parent_id]
    rows = Limit.objects.filter(Q(category__in=groups) | Q(category=None, urgency__in=[case.urgency, ""]))
    ordered = sorted(rows.order_by(), key=lambda limit: _specificity(limit, category))
    return {limit.step: limit for limit in ordered}


def _named(found, step):
    if step not in found:
        raise ImproperlyConfigured(f"no limit for {step}: load the seeds")
    return found[step]


class Rules:
    """The limits of one case and the calendars of those who hold it, each read once."""

    def __init__(self, case):
        self._case, self._limits, self._calendars = case, None, {}

    def limit(self, step):
        """The Limit of ``step``; ImproperlyConfigured where there is none."""
        if self._limits is None:
            self._limits = _known_limits(self._case)
        return _named(self._limits, step)

    @property
    def calendar(self):
        """The calendar of whoever holds the case now; the branch's where nobody who serves has it."""
        unit = self._case.holding_unit or self._case.branch
        if unit.pk not in self._calendars:
            self._calendars[unit.pk] = calendar_for(unit)
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
