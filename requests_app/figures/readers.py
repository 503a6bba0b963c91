"""Who reads whose figures: supervisors and auditors all below their unit, the others their own unit's."""

from django.http import Http404
from django.utils import timezone

from services.models import Role, Unit

READERS = (Role.BRANCH, Role.DISPATCHER, Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR)


def units_of(user, at):
    """The units whose figures ``user`` reads, each without those below it, in the order of their codes."""
    held = user.current_memberships(timezone.localdate(at)) if user.is_authenticated else ()
    units = {membership.unit for membership in held if membership.role in READERS}
    return sorted(units, key=lambda unit: unit.code)


def unit_for(user, code, at):
    """The unit of that code, or 404, also when its figures are not this user's to read."""
    unit = Unit.objects.select_related("parent").filter(code=code).first()
    if unit is None or not any(own.covers(unit.code) for own in units_of(user, at)):
        raise Http404
    return unit


def may_close(user, unit, at):
    """Whether ``user`` closes months of ``unit``: supervisors of it, or of what it lies under."""
    held = user.current_memberships(timezone.localdate(at))
    supervises = [membership.unit for membership in held if membership.role == Role.SUPERVISOR]
    return unit.kind in (Unit.Kind.DISTRICT, Unit.Kind.STREET) and any(own.covers(unit.code) for own in supervises)
