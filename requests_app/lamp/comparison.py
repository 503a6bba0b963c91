"""What a signal is fairly compared with: the same unit before, and all units of its kind in the same month."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q, Sum

from requests_app.figures.counters import DISTRICT_DIGITS
from requests_app.figures.periods import month_after
from requests_app.models import Signal
from services.models import codes_below

MONTHS = 12


@dataclass(frozen=True)
class Beside:
    """Shares beside a signal's: the unit's own of the year before, and that of all units of its kind; None for none."""

    own: float | None
    others: float | None


def compare(signals):
    """{key of a signal: Beside} for ``signals`` (with their units); two queries."""
    if not signals:
        return {}
    own, others = _own(signals), _others(signals)
    return {
        one.pk: Beside(
            own.get((one.definition_id, one.unit_id, one.month)),
            others.get((one.definition_id, one.month, one.unit.kind, one.unit.code[:DISTRICT_DIGITS])),
        )
        for one in signals
    }


def _own(signals):
    """The share of each unit in the twelve months before, by definition, unit and month."""
    units, months = {one.unit_id for one in signals}, {one.month for one in signals}
    rows = Signal.objects.filter(
        unit__in=units,
        definition__in={one.definition_id for one in signals},
        month__gte=month_after(min(months), -MONTHS),
        month__lt=max(months),
    ).values_list("definition", "unit", "month", "number", "total")
    of_unit, found = defaultdict(list), {}
    for definition, unit, *row in rows:
        of_unit[definition, unit].append(row)
    for one in signals:
        begin, mine = month_after(one.month, -MONTHS), of_unit[one.definition_id, one.unit_id]
        earlier = [row[1:] for row in mine if begin <= row[0] < one.month]
        sums = map(sum, zip(*earlier, strict=True)) if earlier else (0, 0)
        found[one.definition_id, one.unit_id, one.month] = _share(*sums)
    return found


def _others(signals):
    """The share of all units of a kind in a district, by definition, month, kind and district."""
    months, districts = {one.month for one in signals}, {one.unit.code[:DISTRICT_DIGITS] for one in signals}
    found = {}
    for district in districts:
        rows = Signal.objects.filter(codes_below("unit__code", district), Q(month__in=months)).order_by()
        sums = rows.values_list("definition", "month", "unit__kind").annotate(Sum("number"), Sum("total"))
        found |= {(*key, district): _share(number, total) for *key, number, total in sums}
    return found


def _share(number, total):
    return number / total if total else None
