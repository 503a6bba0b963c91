"""Which departments a case should go to, in order, and why: routes, rulings on such requests, and what was done so far.

Routes name departments by how closely they fit. A ruling comes before them: whoever it gave the duty goes first,
whoever it let go goes last. What was done in the street since then is said, and moves a department back only where
most of what it got was taken from it again. Numbers of open cases are for information.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Case, Count, F, OuterRef, Q, Subquery, Value, When, prefetch_related_objects
from django.db.models.functions import Coalesce, Substr
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from requests_app.models import Assignment, Precedent, ServiceRequest, Status
from services.models import Route, Unit, codes_below
from services.models.units import STREET_DIGITS

PAST = timedelta(days=180)  # how far back practice is read
RULED = timedelta(days=730)  # how far back rulings are read
PRACTISED_AT_MOST = 3  # departments that neither route nor ruling names
HELPERS_AT_MOST = 3
AT_DEPARTMENTS = (Status.DISPATCHED, Status.IN_HAND)
Part = Assignment.Part

ROUTE = _("The route for %(category)s in %(area)s: %(basis)s")
ROUTE_ALONE = _("The route for %(category)s in %(area)s names it.")
RULED_FIRST = _("The ruling of %(month)s gave such a request to it (%(area)s), so it goes first.")
RULED_FOR = _("The ruling of %(month)s gave such a request to it (%(area)s).")
RULED_AGAINST = _(
    "The ruling of %(month)s took such a request from it and gave it to %(other)s (%(area)s), so it goes last."
)
DONE = _("In the past %(days)s days %(led)s of %(all)s such requests in %(area)s went to it; none was returned.")
DONE_WITH_RETURNS = _(
    "In the past %(days)s days %(led)s of %(all)s such requests in %(area)s went to it; it returned %(returned)s."
)
MOSTLY_LET_GO = _("Most of them were taken from it again, so it goes last.")
RETURNED_THIS = _("It returned this very request. Given to it again, it must do the work and cannot return it.")
HAD_THIS_FIRST = _("It had this request first. Given to it again, it must do the work and cannot return it.")
LOAD = _("In hand: %(open)s, of them late: %(late)s.")

sentence = lazy(lambda words, facts: words % facts, str)


@dataclass(frozen=True)
class Past:
    """What a department did with such requests in the street: led, returned, was let go of, assisted in."""

    led: int = 0
    returned: int = 0
    let_go: int = 0
    assisted: int = 0


@dataclass(frozen=True)
class Proposal:
    """A department to dispatch to, with the reasons in sentences and what it has in hand."""

    department: Unit
    reasons: tuple[str, ...]
    past: Past
    is_routed: bool = False
    is_first: bool = False
    is_last: bool = False

    @property
    def load(self):
        """What the department has in hand, as a sentence."""
        return sentence(LOAD, {"open": self.department.open_cases, "late": self.department.late_cases})


@dataclass(frozen=True)
class Advice:
    """What to propose for one case: lead departments in order, and (department, how often) that assisted before.

    ``departments`` are all there are, to choose another one from.
    """

    proposals: list[Proposal]
    assistants: list[tuple[Unit, int]]
    departments: list[Unit]


def proposals(case, at):
    """The departments to propose for ``case`` at ``at``, the likeliest first; four queries.

    ``case`` should come from ``for_page()`` with its assignments prefetched.
    """
    return advise_each([case], at)[case.pk].proposals


def advise_each(cases, at):
    """The Advice for each of ``cases``, by its key; at most five queries, however many cases."""
    prefetch_related_objects(cases, "estate__property_firm")
    known = _Known(cases, at)
    every = list(known.units.values())
    return {case.pk: Advice(_proposals(case, known), _assistants(case, known), every) for case in cases}


def routed(case):
    """The departments that routes alone name for ``case``, the most specific first, each once; one query."""
    routes = _routes([case]).select_related("department", "area")
    firm = case.estate.property_firm
    found = holding(routes, case.category, case.area, firm)
    units = [firm if route.to_property_firm else route.department for route, _key in found]
    return [unit for unit in dict.fromkeys(units) if unit.is_active]


def holding(routes, category, area, firm):
    """Those of ``routes`` that hold for a request of ``category`` at the code ``area``, with their department's key.

    The most specific comes first: a leaf's route before its group's, then the smaller area, then the estate's own
    property firm. A route to the property firm counts only where there is one.
    """
    kinds = (category.pk, category.parent_id)
    found = [
        (route, (firm and firm.pk) if route.to_property_firm else route.department_id)
        for route in routes
        if route.category_id in kinds and area.startswith(route.area.code)
    ]
    return sorted((pair for pair in found if pair[1]), key=lambda pair: _specificity(pair[0], category), reverse=True)


def _specificity(route, category):
    return (route.category_id == category.pk, len(route.area.code), route.to_property_firm)


def _routes(cases):
    areas = {case.area[:length] for case in cases for length in range(6, len(case.area) + 1)}
    kinds = {key for case in cases for key in (case.category_id, case.category.parent_id)}
    return Route.objects.active().filter(category__in=kinds, area__code__in=areas)


class _Known:
    """Everything that is read about ``cases`` before any of them is looked at."""

    def __init__(self, cases, at):
        self.routes = list(_routes(cases).select_related("area", "category"))
        self.rulings = _rulings(cases, at)
        self.past = _past(cases, at)
        self.units = self._units(cases, at)

    def _units(self, cases, at):
        keys = {route.department_id for route in self.routes} | {case.estate.property_firm_id for case in cases}
        keys |= {key for rows in self.rulings.values() for row in rows for key in (row.returned_by, row.decided_for)}
        keys |= {unit for units in self.past.values() for unit in units}
        keys |= {key for case in cases for key in _leads_of(case)}
        led = ServiceRequest.objects.filter(lead=OuterRef("pk"), status__in=AT_DEPARTMENTS)
        counts = {"open_cases": _count(led), "late_cases": _count(led.late(at))}
        # Whoever dispatches chooses from all departments; the cases of those that may be proposed are counted.
        counts = {name: Case(When(pk__in=keys - {None}, then=count)) for name, count in counts.items()}
        return {unit.pk: unit for unit in Unit.objects.of_kind(Unit.Kind.DEPARTMENT).annotate(**counts)}


def _count(cases):
    counted = cases.order_by().annotate(one=Value(1)).values("one").annotate(number=Count("*")).values("number")
    return Coalesce(Subquery(counted), 0)


def _rulings(cases, at):
    """The rulings on each kind of request, by the category's key, the newest first."""
    rows = Precedent.objects.filter(category__in={case.category_id for case in cases}, at__gte=at - RULED)
    place = {"community": F("area__code"), "place": F("area__name")}
    fields = ("case", "category", "area", "returned_by", "decided_for", "at")
    found = defaultdict(list)
    for row in rows.annotate(**place).order_by("-at", "-pk").values_list(*fields, *place, named=True):
        found[row.category].append(row)
    return found


def _past(cases, at):
    """What each department did with each kind of request in each street: (category, street) → department → Past."""
    streets = {case.area[:STREET_DIGITS] for case in cases}
    here = Q()
    for street in streets:
        here |= codes_below("case__area", street)
    parts = Assignment.objects.filter(here, assigned_at__gte=at - PAST)
    parts = parts.filter(case__category__in={case.category_id for case in cases})
    # What was done with these very cases is no practice yet.
    parts = parts.exclude(case__in=[case.pk for case in cases if case.lead_id])
    led = Q(part=Part.LEAD)
    returned = led & Q(returned_at__isnull=False)
    counts = {
        "led": Count("pk", filter=led),
        "returned": Count("pk", filter=returned),
        "let_go": Count("pk", filter=returned & Q(ended_at__isnull=False)),
        "assisted": Count("pk", filter=Q(part=Part.ASSIST)),
    }
    rows = parts.order_by().values("case__category", "unit", street=Substr("case__area", 1, STREET_DIGITS))
    found = defaultdict(dict)
    for row in rows.annotate(**counts):
        past = Past(**{name: row[name] for name in counts})
        found[row["case__category"], row["street"]][row["unit"]] = past
    return found


def _proposals(case, known):
    """The departments for ``case`` in order; each says why it stands where it does."""
    routes = {}
    for route, key in holding(known.routes, case.category, case.area, case.estate.property_firm):
        routes.setdefault(key, route)
    rulings = _rulings_near(case, known)
    past = known.past[case.category_id, case.area[:STREET_DIGITS]]
    named = dict.fromkeys([*routes, *(row.decided_for for row in rulings), *_leads_of(case)])
    practised = sorted((-one.led, key) for key, one in past.items() if one.led and key not in named)
    keys = [*named, *(key for _led, key in practised[:PRACTISED_AT_MOST])]
    keys = [key for key in keys if _is_open_to(case, known, key)]
    found = [_proposal(case, known, key, routes.get(key), rulings, past) for key in keys]
    order = {key: place for place, key in enumerate(routes)}
    return sorted(
        found,
        key=lambda one: (
            one.is_last,
            not one.is_first,
            order.get(one.department.pk, len(order)),
            -one.past.led,
            one.department.code,
        ),
    )


def _leads_of(case):
    """The departments that lead, or led, this very case; whoever rules on a return looks at them too."""
    return [part.unit_id for part in case.assignments.all() if part.part == Part.LEAD] if case.lead_id else []


def _is_open_to(case, known, key):
    unit = known.units.get(key)
    return unit is not None and unit.is_active and not _is_elsewhere(case, known, key)


def _is_elsewhere(case, known, key):
    """True for the property firm of another estate: what it did there says nothing about this one."""
    unit = known.units.get(key)
    is_firm = unit is not None and unit.department_type == Unit.DepartmentType.PROPERTY
    return is_firm and key != case.estate.property_firm_id


def _rulings_near(case, known):
    """The rulings on such requests, the nearest first, then the newest; the case's own are history and no guide."""
    street = case.area[:STREET_DIGITS]

    def distance(row):
        return 0 if row.area == case.branch.parent_id else 1 if row.community.startswith(street) else 2

    rows = [
        row
        for row in known.rulings[case.category_id]
        if row.case != case.pk
        and not _is_elsewhere(case, known, row.returned_by)
        and not _is_elsewhere(case, known, row.decided_for)
    ]
    return sorted(rows, key=distance)


def _proposal(case, known, key, route, rulings, past):
    """The Proposal of one department: its place in the order and the sentences that explain it."""
    own = past.get(key, Past())
    word = next((row for row in rulings if key in (row.returned_by, row.decided_for)), None)
    bounce = _bounce(case, key)
    is_against = word is not None and word.decided_for != key
    is_first = bool(rulings) and rulings[0].decided_for == key and not bounce
    is_let_go = not is_first and own.let_go * 2 > own.led
    reasons = []
    if bounce:
        reasons.append(bounce)
    if word is not None:
        reasons.append(_of_ruling(word, known, is_first, is_against))
    if route is not None:
        facts = {"category": route.category.name, "area": route.area.name, "basis": route.basis}
        reasons.append(sentence(ROUTE if route.basis else ROUTE_ALONE, facts))
    if own.led:
        reasons.append(_of_practice(case, own, past))
    if is_let_go:
        reasons.append(MOSTLY_LET_GO)
    return Proposal(
        department=known.units[key],
        reasons=tuple(reasons),
        past=own,
        is_routed=route is not None,
        is_first=is_first,
        is_last=bool(bounce) or is_against or is_let_go,
    )


def _of_ruling(row, known, is_first, is_against):
    words = RULED_AGAINST if is_against else RULED_FIRST if is_first else RULED_FOR
    other = known.units.get(row.decided_for)
    month = f"{timezone.localtime(row.at):%Y-%m}"
    return sentence(words, {"month": month, "area": row.place, "other": other.name if other else ""})


def _of_practice(case, own, past):
    facts = {
        "days": PAST.days,
        "led": own.led,
        "all": sum(one.led for one in past.values()),
        "area": case.branch.parent.parent.name,
        "returned": own.returned,
    }
    return sentence(DONE_WITH_RETURNS if own.returned else DONE, facts)


def _bounce(case, key):
    """The sentence on a department that this very case would come back to; an empty text for any other."""
    parts = [part for part in case.assignments.all() if part.part == Part.LEAD] if case.lead_id else []
    if any(part.unit_id == key and part.returned_at for part in parts):
        return RETURNED_THIS
    return HAD_THIS_FIRST if parts and parts[0].unit_id == key != case.lead_id else ""


def _assistants(case, known):
    """Those that assisted most with such requests in this street, with how often."""
    past = known.past[case.category_id, case.area[:STREET_DIGITS]]
    counts = [(known.units[key], one.assisted) for key, one in past.items() if one.assisted and key in known.units]
    counts = [pair for pair in counts if pair[0].is_active]
    return sorted(counts, key=lambda pair: (-pair[1], pair[0].code))[:HELPERS_AT_MOST]
