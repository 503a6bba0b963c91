"""Counters that boards answer from, always as exact as counting.

A step marks its case (``is_tallied``) in the UPDATE it makes anyway, and does nothing more. The sweep folds marked
cases: what a case added before is taken off the counters, what it adds now is put on, its mark is taken away, all in
one transaction. Reading is the counters, and for the few cases marked since the last sweep the difference on top. So
whoever is killed at whatever moment, a case is either counted as it stands or still marked.
"""

import logging
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q, Subquery, Value

from requests_app.figures.definitions import Definitions
from requests_app.figures.measures import CLOCKS, OUTCOMES, Kind, every_fact
from requests_app.models import Deadline, FigureCount, ServiceRequest, Tally, TallyState
from services.models import Unit
from services.models.units import COMMUNITY_DIGITS, STREET_DIGITS

logger = logging.getLogger(__name__)

DISTRICT_DIGITS = 6
CHUNK = 200  # cases that are locked at once, and only as long as it takes to count them
# So many cases that changed since the last sweep a page counts by itself; with more the counters are being built.
LIVE_AT_MOST = 2000
PLACE = ("area", "estate", "category", "source")
COUNTED_STEPS = [step for of_kind in CLOCKS.values() for step in of_kind]
BY_DAY = (Kind.FILED, Kind.ENDED)


class Cell(NamedTuple):
    """Where something is counted."""

    place: str
    by: str
    member: str
    month: date

    @property
    def key(self):
        return f"{self.place}/{self.by}/{self.member}/{self.month:%Y-%m}"


def estate_place(pk):
    """The place of an estate's counters."""
    return f"estate:{pk}"


class Counting:
    """What it takes to turn facts into cells, read once."""

    def __init__(self, definitions=None, departments=None):
        self.periods = (definitions or Definitions()).periods
        if departments is None:
            departments = Unit.objects.of_kind(Unit.Kind.DEPARTMENT).values_list("code", flat=True)
        self.departments = set(departments)
        self._chains = {}

    def chain(self, code):
        """The codes of a department and of those above it."""
        if code not in self._chains:
            stems = (code[:digits] for digits in range(DISTRICT_DIGITS + 1, len(code) + 1))
            self._chains[code] = [stem for stem in stems if stem in self.departments]
        return self._chains[code]

    def fresh(self, pks, at):
        """What each of the cases ``pks`` adds as it stands at ``at``: unsaved tallies by key; two queries."""
        return self.filled(ServiceRequest.objects.filter(pk__in=pks).order_by().values_list("pk", *PLACE), pks, at)

    def filled(self, places, pks, at):
        """Unsaved tallies of the cases ``pks``, of which ``places`` are the rows (key and place); one query."""
        found = {pk: Tally(case_id=pk, place=place, facts=[]) for pk, *place in places}
        for pk, kind, rank, moment, unit, time in every_fact(pks, at):
            day, microseconds = self.periods.day_of(moment), round(time.total_seconds() * 1_000_000)
            fact = [kind, OUTCOMES[kind][rank], f"{day:%Y-%m}", f"{day:%m-%d}", unit or "", microseconds]
            found[pk].facts.append(fact)
        for tally in found.values():
            tally.facts.sort()
        return found

    def cells(self, tally):
        """(cell, "kind:outcome", number) of all that a tally adds."""
        area, estate, category, source = tally.place
        above = [area[:DISTRICT_DIGITS], area[:STREET_DIGITS], area[:COMMUNITY_DIGITS]]
        for (month, unit, day), counts in self._buckets(tally.facts).items():
            if unit:
                cells = [
                    *((unit, by, member) for by, member in (("", ""), ("category", category), ("source", source))),
                    (unit, "street", above[1]),
                    *((place, "department", unit) for place in above),
                ]
            elif day:
                cells = [(place, "day", day) for place in above]
            else:
                cells = [(place, "", "") for place in (*above, area, estate_place(estate))]
                cells += [(place, "category", category) for place in above]
                cells += [(place, "source", source) for place in above]
            first = date.fromisoformat(f"{month}-01")
            for place, by, member in cells:
                cell = Cell(place, by, str(member), first)
                for name, number in counts.items():
                    yield cell, name, number

    def _buckets(self, facts):
        """What the facts come to by month, by month and department, and by day: the worst of a kind speaks for all."""
        worst, times = defaultdict(dict), defaultdict(Counter)
        for kind, outcome, month, day, unit, time in facts:
            buckets = [(month, "", ""), *((month, code, "") for code in self.chain(unit))]
            if kind in BY_DAY:
                buckets.append((month, "", day))
            for bucket in buckets:
                if kind == Kind.LEG:
                    times[bucket][f"{kind}:{outcome}"] += time
                else:
                    rank = OUTCOMES[kind].index(outcome)
                    worst[bucket][kind] = max(rank, worst[bucket].get(kind, 0))
        return {
            bucket: {f"{kind}:{OUTCOMES[kind][rank]}": 1 for kind, rank in worst[bucket].items()} | times[bucket]
            for bucket in {*worst, *times}
        }


def marked():
    """Cases that have changed since they were counted."""
    return ServiceRequest.objects.filter(is_tallied=False).order_by("pk")


def fallen_due(since, at):
    """Cases a clock of which was due from ``since`` on and before ``at`` and still runs: they have become late."""
    clocks = Deadline.objects.running().filter(step__in=COUNTED_STEPS, due_at__lt=at)
    return (clocks.filter(due_at__gte=since) if since else clocks).order_by().values_list("case", flat=True)


def batches(rows, size):
    """``rows`` in tuples of at most ``size``."""
    rows = iter(rows)
    while batch := tuple(islice(rows, size)):
        yield batch


@dataclass
class Folded:
    """How many cases were counted, and whether there was one that somebody else had just then."""

    cases: int = 0
    skipped: int = 0


def fold(at, most=None):
    """Count every case anew that has changed, or become late, since the last time; at most about ``most`` cases.

    Safe to run several times at once, and to be killed.
    """
    done, counting = Folded(), None
    since = TallyState.objects.values_list("at", flat=True).first()
    last = 0
    while most is None or done.cases < most:
        pks = list(marked().filter(pk__gt=last).values_list("pk", flat=True)[:CHUNK])
        if not pks:
            break
        counting, last = counting or Counting(), pks[-1]
        _fold(pks, counting, at, done)
    else:
        return done
    due = list(fallen_due(since, at).distinct()) if since is None or at > since else []
    for pks in batches(due, CHUNK):
        counting = counting or Counting()
        _fold(pks, counting, at, done)
    if not done.skipped and (since is None or at > since):
        TallyState.objects.update(at=at)
    return done


@transaction.atomic
def _fold(pks, counting, at, done):
    """Count some cases anew; those that a step has locked are left for the next time."""
    state = lock()
    free = ServiceRequest.objects.filter(pk__in=pks).order_by("pk").select_for_update(skip_locked=True, no_key=True)
    free = list(free.values_list("pk", flat=True))
    fresh = counting.fresh(free, at)
    before = Tally.objects.in_bulk(free)
    add(difference(counting, before, fresh))
    Tally.objects.bulk_create(
        fresh.values(), update_conflicts=True, unique_fields=["case"], update_fields=["place", "facts"]
    )
    ServiceRequest.objects.filter(pk__in=free, is_tallied=False).update(is_tallied=True)
    grow(state)
    done.cases += len(free)
    done.skipped += len(pks) - len(free)


def lock():
    """The state of the counters, locked: one at a time changes them."""
    state = TallyState.objects.select_for_update().first()
    if state is None:
        TallyState.objects.bulk_create([TallyState(pk=1)], ignore_conflicts=True)
        state = TallyState.objects.select_for_update().get(pk=1)
    return state


def grow(state):
    state.number += 1
    state.save(update_fields=["number"])


def difference(counting, before, after):
    """What changes in which cell between two tallies of the same cases (dicts by key): {cell: Counter}."""
    change = defaultdict(Counter)
    for sign, tallies in ((-1, before), (1, after)):
        for tally in tallies.values():
            for cell, name, number in counting.cells(tally):
                change[cell][name] += sign * number
    return {
        cell: {name: n for name, n in counts.items() if n} for cell, counts in change.items() if any(counts.values())
    }


def add(change):
    """Put ``change`` ({cell: {name: number}}) on the counters; the state must be locked."""
    for cells in batches(change.items(), 400):
        known = FigureCount.objects.in_bulk([cell.key for cell, _counts in cells])
        rows = []
        for cell, counts in cells:
            row = known.get(cell.key) or FigureCount(key=cell.key, **cell._asdict())
            row.counts = summed(row.counts, counts)
            rows.append(row)
        FigureCount.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["key"], update_fields=["counts"], batch_size=400
        )


def summed(counts, more):
    total = {name: counts.get(name, 0) + more.get(name, 0) for name in {**counts, **more}}
    return {name: number for name, number in sorted(total.items()) if number}


@dataclass
class Wanted:
    """Cells that a page needs: those of ``places`` in ``months``, broken down by any of ``bys``."""

    places: set
    months: set
    bys: set = field(default_factory=lambda: {""})

    @property
    def condition(self):
        return Q(place__in=self.places, month__in=self.months, by__in=self.bys)

    def holds(self, cell):
        return cell.place in self.places and cell.month in self.months and cell.by in self.bys


class Read:
    """Counters as they are at one moment, by cell; ``waiting`` cases are not in them yet."""

    def __init__(self, cells, waiting=0):
        self._cells, self.waiting, self._members = cells, waiting, None

    def of(self, place, month, by="", member=""):
        """What is counted in one cell: {kind: {outcome: number}}, of legs seconds."""
        return by_kind(self._cells.get((place, by, str(member), month), {}))

    def members(self, place, month, by):
        """The members of one breakdown."""
        if self._members is None:
            self._members = defaultdict(list)
            for of_place, of_by, member, of_month in self._cells:
                self._members[of_place, of_by, of_month].append(member)
        return self._members.get((place, by, month), [])


def read(wanted, at, definitions, departments=None):
    """The counters that ``wanted`` (several Wanted) names, exact at ``at``; two queries, two more for what is new.

    ``departments`` are the codes of all departments; where they are not given, they are read as well.
    """
    condition = Q(pk__in=[])
    for one in wanted:
        condition |= one.condition
    while True:
        number, new = _new(at)
        folded = Subquery(TallyState.objects.values("number")[:1])
        counts = FigureCount.objects.filter(condition).annotate(number=folded)
        rows = list(counts.values_list("place", "by", "member", "month", "counts", "number"))
        # Folded in between: what is new was counted there already.
        if not rows or rows[0][-1] == number:
            break
    cells = {row[:4]: row[4] for row in rows}
    if new and len(new) <= LIVE_AT_MOST:
        change = _on_top(new, at, Counting(definitions, departments))
        for cell, counts in change.items():
            if any(one.holds(cell) for one in wanted):
                cells[cell] = summed(cells.get(cell, {}), counts)
    waiting = len(new) if len(new) > LIVE_AT_MOST else 0
    return Read(cells, waiting)


def _new(at):
    """How often the counters were changed, and the cases that they do not hold as they stand; one query."""
    state = TallyState.objects.order_by().annotate(row=Value(0)).values_list("row", "number")
    changed = marked().order_by().annotate(row=Value(1)).values_list("row", "pk")
    since = Subquery(TallyState.objects.values("at")[:1])
    clocks = Deadline.objects.running().filter(step__in=COUNTED_STEPS, due_at__gte=since, due_at__lt=at)
    late = clocks.order_by().annotate(row=Value(1)).values_list("row", "case")
    rows = state.union(changed, late, all=True).order_by("row")[: LIVE_AT_MOST + 2]
    numbers, new = [], set()
    for row, value in rows:
        if row:
            new.add(value)
        else:
            numbers.append(value)
    return (numbers or [None])[0], new


def _on_top(pks, at, counting):
    """What the cases ``pks`` change in the counters: what they add now, without what they added; two queries."""
    cases = ServiceRequest.objects.filter(pk__in=pks).order_by()
    rows = list(cases.values_list("pk", *PLACE, "tally__place", "tally__facts"))
    before = {pk: Tally(case_id=pk, place=row[-2], facts=row[-1]) for pk, *row in rows if row[-2] is not None}
    return difference(counting, before, counting.filled([row[: 1 + len(PLACE)] for row in rows], pks, at))


def by_kind(counts):
    """Counts by kind and outcome; legs in seconds."""
    found = defaultdict(dict)
    for name, number in counts.items():
        kind, outcome = _kind_and_outcome(name)
        found[kind][outcome] = number
    if Kind.LEG in found:
        found[Kind.LEG] = {holder: microseconds / 1e6 for holder, microseconds in found[Kind.LEG].items()}
    return dict(found)


@lru_cache(maxsize=1000)  # there are some dozens, and a district's board reads each of them hundreds of times
def _kind_and_outcome(name):
    kind, _colon, outcome = name.partition(":")
    return kind, outcome
