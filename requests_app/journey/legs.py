"""Ball in court: who had a case, from when until when. Read from the events alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import (
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, Greatest, Least

from requests_app.models import Event, Holder
from services.models import Unit


@dataclass(frozen=True)
class Leg:
    """A stretch of time in which one holder had the case; ``unit`` is None where the holder is no unit."""

    holder: Holder
    unit: Unit | None
    begin: datetime
    end: datetime

    @property
    def duration(self) -> timedelta:
        return self.end - self.begin


def legs(events, until):
    """The legs of one case up to ``until``, from its ``events`` in their order; they follow each other without a gap.

    What happens without a change of hands adds to the leg under way. The last leg of a closed case is nobody's.
    """
    found = []
    ends = [*[event.at for event in events[1:]], until]
    for event, end in zip(events, ends, strict=True):
        holder, unit = Holder(event.holder), event.holder_unit
        if found and (found[-1].holder, found[-1].unit) == (holder, unit):
            found[-1] = Leg(holder, unit, found[-1].begin, end)
        else:
            found.append(Leg(holder, unit, event.at, end))
    return [leg for leg in found if leg.duration]


def shares(found):
    """The legs in which somebody had the case, each with where its bar begins and how long it is, in thousandths.

    The bars fill the whole exactly: each begins where the one before ends.
    """
    held = [leg for leg in found if leg.holder]
    total = sum((leg.duration for leg in held), timedelta())
    passed, bars = timedelta(), []
    for leg in held:
        begin, passed = round(1000 * (passed / total)), passed + leg.duration
        bars.append((leg, begin, round(1000 * (passed / total)) - begin))
    return bars


def sums(found):
    """How long each holder had the case, longest first: (holder, unit, time) for each."""
    times = {}
    for leg in found:
        if leg.holder:
            times[leg.holder, leg.unit] = times.get((leg.holder, leg.unit), timedelta()) + leg.duration
    return sorted(((holder, unit, time) for (holder, unit), time in times.items()), key=lambda row: -row[2])


def held_between(cases, begin, end):
    """How long each holder had any of ``cases`` between ``begin`` and ``end``: one query, longest first.

    Rows are dicts: ``holder``, ``holder_unit`` (a key, or None), ``time`` and ``cases``, the number of cases it had.
    """
    concerned = cases.filter(Q(closed_at=None) | Q(closed_at__gt=begin), created_at__lt=end)
    following = Event.objects.filter(case=OuterRef("case"), serial=OuterRef("serial") + 1).values("at")
    spans = Event.objects.filter(case__in=concerned.order_by().values("pk"), at__lt=end).exclude(holder="").order_by()
    spans = spans.annotate(until=Least(Coalesce(Subquery(following), _moment(end)), _moment(end)))
    within = ExpressionWrapper(F("until") - Greatest(F("at"), _moment(begin)), DurationField())
    rows = spans.filter(until__gt=begin).values("holder", "holder_unit")
    return rows.annotate(time=Sum(within), cases=Count("case", distinct=True)).order_by("-time")


def _moment(value):
    return Value(value, output_field=DateTimeField())
