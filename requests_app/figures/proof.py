"""The proof that counters are what counting gives; what is not, is repaired and told.

First every case: what it adds is counted anew from its rows and compared with what it added. Then the counters: all
tallies are summed and compared with them, street by street, so that memory holds one street at a time.
"""

import logging
from collections import Counter, defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from requests_app.figures.counters import (
    CHUNK,
    DISTRICT_DIGITS,
    Cell,
    Counting,
    add,
    difference,
    estate_place,
    fold,
    grow,
    lock,
)
from requests_app.models import FigureCount, ServiceRequest, Tally
from services.models import Estate, Unit, codes_below

logger = logging.getLogger(__name__)


@dataclass
class Outcome:
    """How many cases and counters were looked at, and how many had to be repaired."""

    cases: int = 0
    wrong_cases: int = 0
    counters: int = 0
    wrong_counters: int = 0

    @property
    def is_proved(self):
        return not (self.wrong_cases or self.wrong_counters)


def prove(at):
    """Compare and repair everything; an Outcome. Each difference is logged."""
    outcome = Outcome()
    fold(at)
    counting, last = Counting(), 0
    while pks := list(ServiceRequest.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        last = pks[-1]
        _prove_cases(pks, counting, at, outcome)
    _prove_counters(outcome)
    return outcome


@transaction.atomic
def _prove_cases(pks, counting, at, outcome):
    """Compare the tallies of cases that nobody has changed since the sweep with what counting gives; mend them."""
    state = lock()
    cases = ServiceRequest.objects.filter(pk__in=pks, is_tallied=True).order_by("pk")
    steady = list(cases.select_for_update(no_key=True).values_list("pk", flat=True))
    before, fresh = Tally.objects.in_bulk(steady), counting.fresh(steady, state.at or at)
    wrong = [pk for pk in steady if _said(before.get(pk)) != _said(fresh[pk])]
    outcome.cases += len(steady)
    if not wrong:
        return
    outcome.wrong_cases += len(wrong)
    for pk in wrong:
        logger.warning("the tally of case %s was %s and is %s", pk, _said(before.get(pk)), _said(fresh[pk]))
    before = {pk: tally for pk, tally in before.items() if pk in wrong}
    fresh = {pk: fresh[pk] for pk in wrong}
    add(difference(counting, before, fresh))
    Tally.objects.bulk_create(
        fresh.values(), update_conflicts=True, unique_fields=["case"], update_fields=["place", "facts"]
    )
    grow(state)


def _said(tally):
    return tally and (list(tally.place), [list(fact) for fact in tally.facts])


@transaction.atomic
def _prove_counters(outcome):
    """Compare the counters with the sum of the tallies. Steps go on meanwhile; only the sweep waits."""
    state, counting = lock(), Counting()
    above = defaultdict(Counter)
    for street in Unit.objects.of_kind(Unit.Kind.STREET).order_by("code"):
        within = defaultdict(Counter)
        tallies = Tally.objects.filter(codes_below("case__area", street.code)).order_by()
        for tally in tallies.iterator(chunk_size=2000):
            for cell, name, number in counting.cells(tally):
                (above if _is_above(cell, counting) else within)[cell][name] += number
        estates = [estate_place(pk) for pk in Estate.objects.under(street).values_list("pk", flat=True)]
        estates += [cell.place for cell in within if cell.place.startswith("estate:")]
        _compare(within, codes_below("place", street.code) | Q(place__in=set(estates)), outcome)
    places = {cell.place for cell in above} | counting.departments
    districts = Unit.objects.of_kind(Unit.Kind.DISTRICT).values_list("code", flat=True)
    _compare(above, Q(place__in=[*places, *districts]), outcome)
    if outcome.wrong_counters:
        grow(state)


def _is_above(cell, counting):
    """Whether what is counted in ``cell`` comes from several streets."""
    return len(cell.place) == DISTRICT_DIGITS or cell.place in counting.departments


def _compare(expected, which, outcome):
    """Compare the counters ``which`` (a Q) with ``expected``; write those that differ."""
    wrong, seen = [], set()
    for row in FigureCount.objects.filter(which).iterator(chunk_size=2000):
        cell = Cell(row.place, row.by, row.member, row.month)
        seen.add(cell)
        should = _plain(expected.get(cell, {}))
        if row.counts != should:
            logger.warning("the counter %s was %s and is %s", row.key, row.counts, should)
            row.counts = should
            wrong.append(row)
    for cell in expected.keys() - seen:
        logger.warning("the counter %s was missing", cell.key)
        wrong.append(FigureCount(key=cell.key, counts=_plain(expected[cell]), **cell._asdict()))
    outcome.counters += len(seen | expected.keys())
    outcome.wrong_counters += len(wrong)
    FigureCount.objects.bulk_create(
        wrong, update_conflicts=True, unique_fields=["key"], update_fields=["counts"], batch_size=400
    )


def _plain(counts):
    return {name: number for name, number in sorted(counts.items()) if number}
