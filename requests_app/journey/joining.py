"""Joining (我也遇到): what somebody is about to file may be reported already, and then goes on with that.

Whoever joins has a request of their own, with its code, its notices and its rating; it is merged as it is filed.
"""

from datetime import timedelta

from requests_app.models import WORKED_ON, ServiceRequest

LATELY = timedelta(days=14)
FILED_WITH = "joins"  # the fact of the first event that names the request to go on with


def reported(estate, building, category, at):
    """What anybody may join who has that trouble there: worked on, filed lately, nothing confidential; oldest first.

    Without ``building``, what was filed for the estate or a public place of it. One estate is of one community.
    """
    if not category.is_public or category.is_against_firm:
        # What is nobody else's business, and what the property firm must not learn the names of.
        return ServiceRequest.objects.none()
    lately = ServiceRequest.objects.filter(estate=estate, category=category, created_at__gte=at - LATELY)
    open_to_all = lately.filter(building=building, status__in=WORKED_ON, is_confidential=False, against=None)
    return open_to_all.order_by("created_at", "pk")


def was_joined(case):
    """True where whoever filed ``case`` asked to go on with another."""
    return FILED_WITH in case.events.get(serial=1).facts


def may_join(case, parent, at):
    """True where ``case`` was filed to go on with ``parent`` and still can."""
    asked = case.events.get(serial=1).facts.get(FILED_WITH) == parent.pk
    return asked and reported(case.estate, case.building, case.category, at).filter(pk=parent.pk).exists()
