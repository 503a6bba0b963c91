"""Which departments a case should go to, in order, and why."""

from dataclasses import dataclass

from requests_app.models import ServiceRequest
from services.models import Route, Unit


@dataclass(frozen=True)
class Proposal:
    """A department to dispatch to, and the reason in words (from the route; may be empty)."""

    department: Unit
    basis: str
    area: Unit


def proposals(case: ServiceRequest) -> list[Proposal]:
    """The departments the routes name for ``case``, the most specific first, each once; one query.

    A leaf's route comes before its group's, then the smaller area. A route to the property firm counts only where
    the estate has one. ``case`` should come from ``for_page()``.
    """
    areas = [case.area[:length] for length in range(6, len(case.area) + 1)]
    categories = [case.category_id, case.category.parent_id]
    routes = Route.objects.filter(category__in=categories, area__code__in=areas)
    routes = routes.select_related("department", "area")
    found = {}
    for route in sorted(routes, key=lambda route: _specificity(route, case), reverse=True):
        department = case.estate.property_firm if route.to_property_firm else route.department
        if department and department.is_active:
            found.setdefault(department.pk, Proposal(department, route.basis, route.area))
    return list(found.values())


def _specificity(route, case):
    return (route.category_id == case.category_id, len(route.area.code), route.to_property_firm)
