"""As what somebody stands before a case."""

from dataclasses import dataclass

from django.utils import timezone

from requests_app.models.event import Party
from requests_app.models.follow_up import AT_HAND
from services.models import Role, Unit


class System:
    """The sweep: acts when a time has come, for nobody in particular."""

    is_authenticated = False
    pk = None


SYSTEM = System()


@dataclass(frozen=True)
class TrackedResident:
    """Somebody who proved a case's tracking code and phone digits in this session."""

    case_id: int
    is_authenticated = False
    pk = None


def parties_of(by, case, at):
    """What ``by`` is to ``case`` at the moment ``at``: a dict of Party to the unit acted for (None for residents).

    ``by`` is a user, a TrackedResident or SYSTEM.
    """
    if by is SYSTEM:
        return {Party.SYSTEM: None}
    if isinstance(by, TrackedResident):
        return {Party.RESIDENT: None} if by.case_id == case.pk else {}
    if not by.is_authenticated:
        return {}
    if case.resident_id == by.pk:
        # Nobody serves on a request of their own.
        return {Party.RESIDENT: None}
    found = {}
    for membership in by.current_memberships(timezone.localdate(at)):
        for party, unit in _held(membership, case):
            found.setdefault(party, unit)
    if Party.CALLER in found and had_a_hand_in(by, case, at):
        # A follow-up call is never made by somebody of a unit that handled the case.
        del found[Party.CALLER]
    return found


def had_a_hand_in(user, case, at):
    """True where ``user`` filed ``case``, or serves with its branch, its community, or a department that works or
    worked on it, one above or below such a department included. The same rule for lists is ``handled_by``.
    """
    if user.pk in (case.resident_id, case.filed_by_id):
        return True
    units = [membership.unit for membership in user.current_memberships(timezone.localdate(at))]
    departments = [unit for unit in units if unit.kind == Unit.Kind.DEPARTMENT]
    codes = [assignment.unit.code for assignment in case.parts] if departments else []
    return any(unit.kind in AT_HAND and unit.covers(case.area) for unit in units) or any(
        unit.covers(code) or unit.code.startswith(code) for unit in departments for code in codes
    )


BELOW = {
    Role.BRANCH: Party.BRANCH,
    Role.DISPATCHER: Party.DISPATCHER,
    Role.SUPERVISOR: Party.SUPERVISOR,
    Role.CALLER: Party.CALLER,
    Role.AUDITOR: Party.AUDITOR,
}


def _held(membership, case):
    """The parties one membership gives over ``case``, each with the unit it acts for."""
    unit = membership.unit
    if membership.role in BELOW and unit.covers(case.area):
        yield BELOW[membership.role], unit
    if membership.role == Role.HOUSEHOLD and case.filed_by_id == membership.user_id:
        yield Party.HOUSEHOLD, unit
    if membership.role == Role.OFFICER:
        yield from _at_department(unit, case)


def _at_department(unit, case):
    if case.lead_id and unit.covers(case.lead.code):
        yield Party.LEAD, case.lead
    for assignment in case.parts:
        # Once a department has reported its part, it reads along and no longer acts.
        if assignment.is_waiting and unit.covers(assignment.unit.code):
            yield Party.ASSISTANT, assignment.unit
            return
