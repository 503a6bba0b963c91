"""A route tried out on the past: where requests would have gone had it been switched on, or off, three months ago."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q

from requests_app.journey.routing import holding
from requests_app.models import Assignment
from services.models import Category, Route, Unit, codes_below

PAST = timedelta(days=90)
NUMBERS_AT_MOST = 200  # cases that are named
Part = Assignment.Part


@dataclass
class Way:
    """Requests that went to one department and would have gone to another: how many, how many it returned."""

    went_to: Unit
    would_go_to: Unit
    count: int
    returned: int


@dataclass
class Replay:
    """The first dispatches since ``since`` that a route concerns, and what became of them.

    ``altered`` are those for which the routes would now name another department first. Of these ``agreed`` went there
    all the same, ``unnamed`` would have had no route at all, and ``elsewhere`` would have gone elsewhere; ``returned``
    of these came back from the department they went to. ``numbers`` are the newest of them, each with whether it did.
    """

    since: datetime
    dispatched: int = 0
    altered: int = 0
    agreed: int = 0
    unnamed: int = 0
    elsewhere: int = 0
    returned: int = 0
    ways: list[Way] = field(default_factory=list)
    numbers: list[tuple[int, bool]] = field(default_factory=list)


def replay(route, at):
    """The Replay of ``route`` at ``at``: as if it were switched on where it is off, and off where it is on.

    Four queries, and memory for what is counted only, however many requests there were. Rulings and dispatchers'
    choices are no part of it: routes alone are compared with routes.
    """
    kinds = {kind.pk: kind for kind in Category.objects.filter(Q(pk=route.category_id) | Q(parent=route.category_id))}
    departments = {unit.pk: unit for unit in Unit.objects.of_kind(Unit.Kind.DEPARTMENT)}
    before_and_after = _before_and_after(route, kinds)
    named, ways, came_back, found = {}, Counter(), Counter(), Replay(since=at - PAST)
    for row in _dispatches(route, kinds, at):
        place = row.kind, row.place, row.firm
        if place not in named:
            asked = kinds[row.kind], row.place, departments.get(row.firm), departments
            named[place] = [_first(routes, *asked) for routes in before_and_after]
        if _goes_elsewhere(row, *named[place], found):
            way, is_returned = (row.unit, named[place][1]), row.returned_at is not None
            ways[way] += 1
            came_back[way] += is_returned
            if len(found.numbers) < NUMBERS_AT_MOST:
                found.numbers.append((row.case, is_returned))
    found.elsewhere, found.returned = ways.total(), came_back.total()
    for (went, then), count in ways.most_common():
        found.ways.append(Way(departments[went], departments[then], count, came_back[went, then]))
    return found


def _goes_elsewhere(row, now, then, found):
    """Count the dispatch ``row`` for which routes name ``now``, and with the change ``then``; True where it moves."""
    found.dispatched += 1
    if now == then:
        return False
    found.altered += 1
    found.agreed += then == row.unit
    found.unnamed += then is None
    return then not in (None, row.unit)


def _before_and_after(route, kinds):
    """The routes that hold for what ``route`` concerns, and those that would."""
    groups = {kind.parent_id for kind in kinds.values()}
    near = codes_below("area__code", route.area.code) | Q(area__code__in=_codes_above(route.area.code))
    held = Route.objects.active().filter(near, category__in={*kinds, *groups} - {None})
    present = list(held.select_related("area", "category"))
    if route.is_active:
        return present, [one for one in present if one.pk != route.pk]
    same = (route.category_id, route.area_id, route.to_property_firm)
    stay = [one for one in present if (one.category_id, one.area_id, one.to_property_firm) != same]
    return present, [*stay, route]


def _codes_above(code):
    return [code[:length] for length in range(6, len(code))]


def _dispatches(route, kinds, at):
    """The first lead of each request of ``kinds`` below the route's area, where it got one in time; newest first."""
    # Read by the requests' index on category and area, then each one's own assignments.
    led = Assignment.objects.filter(part=Part.LEAD)
    earlier = led.filter(case=OuterRef("case"), pk__lt=OuterRef("pk"))
    rows = led.filter(codes_below("case__area", route.area.code), case__category__in=kinds)
    rows = rows.filter(~Exists(earlier), assigned_at__gte=at - PAST, assigned_at__lt=at).order_by("-case")
    place = {"kind": F("case__category"), "place": F("case__area"), "firm": F("case__estate__property_firm")}
    fields = ("case", "unit", "returned_at")
    return rows.annotate(**place).values_list(*fields, *place, named=True).iterator(chunk_size=2000)


def _first(routes, kind, area, firm, departments):
    """The key of the first department that ``routes`` name, None where they name none that is in use."""
    keys = (key for _route, key in holding(routes, kind, area, firm))
    return next((key for key in keys if key in departments and departments[key].is_active), None)
