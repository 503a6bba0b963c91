"""What of a case is kept from whom: personal data from those without need, internal words from those outside.

``contact_of`` is the one way to name, phone and room of a case, for pages, the API, exports and print.
"""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from requests_app.models import Assignment
from services.masking import mask_name, mask_phone, mask_room
from services.models import Role, Unit, codes_below

OUTSIDE = (Role.HOUSEHOLD,)


@dataclass(frozen=True)
class Contact:
    """Name, phone and room as one reader may see them; ``is_kept`` where they may see none of them, not even masked."""

    name: str
    phone: str
    room: str
    is_kept: bool = False


NOTHING = Contact("", "", "", is_kept=True)


def contact_of(case, reader, at, revealed=False):
    """The Contact of ``case`` as ``reader``, who sees the case, may see it at ``at``.

    In full for the signed-in resident alone, and for others where a look was just recorded (``revealed``); otherwise
    masked, or nothing. Whoever proved a tracking code knows four digits of the number, and a household knows what it
    wrote down; neither needs the rest on a screen. Lists want ``with_contact()``.
    """
    is_own = reader.is_authenticated and case.resident_id == reader.pk
    if not is_own and is_kept_from(case, reader, at):
        return NOTHING
    if is_own or revealed:
        return Contact(case.contact_name, case.contact_phone, case.room)
    return Contact(mask_name(case.contact_name), mask_phone(case.contact_phone), mask_room(case.room))


def phone_to_tell(case):
    """The number that word of ``case`` is sent to where its resident has no account; never to be shown."""
    return case.contact_phone


def is_kept_from(case, reader, at):
    """True where name, phone and room of ``case`` are hidden from ``reader`` altogether.

    If the case is confidential, from everybody who serves at a department; otherwise from those who serve at the unit
    complained about, above it or below it. An office elsewhere that they hold as well changes nothing.
    """
    if not (case.is_confidential or case.against_id) or not reader.is_authenticated:
        return False
    held = reader.current_memberships(timezone.localdate(at))
    departments = [one.unit for one in held if one.unit.kind == Unit.Kind.DEPARTMENT]
    if case.is_confidential:
        return bool(departments)
    return any(unit.covers(case.against.code) or case.against.covers(unit.code) for unit in departments)


def with_phones_open_to(cases, user):
    """Those of ``cases`` whose phone number ``user`` may look at, and so may find by it.

    Whoever serves on a case, a department while it works on it, and nobody it is kept from; not who merely reads. As
    for one case: nobody serves on a request of their own.
    """
    scope, kept = Q(pk__in=[]), Q(pk__in=[])
    for held in user.current_memberships(timezone.localdate()):
        code = held.unit.code
        if held.role in (Role.BRANCH, Role.DISPATCHER, Role.SUPERVISOR, Role.CALLER):
            scope |= codes_below("area", code)
        elif held.role == Role.OFFICER:
            scope |= Q(pk__in=Assignment.objects.current().filter(codes_below("unit__code", code)).values("case"))
        if held.unit.kind == Unit.Kind.DEPARTMENT:
            above = [code[:length] for length in range(6, len(code) + 1)]
            kept |= Q(is_confidential=True) | codes_below("against__code", code) | Q(against__code__in=above)
    return cases.filter(scope).exclude(kept).exclude(resident=user)


def reads_internals(user, case):
    """True where ``user`` serves on ``case`` and reads what is said among the units; residents do not.

    For a case that ``user`` may see at all. Nobody serves on a request of their own. Prefetched assignments save a
    query.
    """
    if not user.is_authenticated or case.resident_id == user.pk:
        return False
    units = [held.unit for held in user.current_memberships(timezone.localdate()) if held.role not in OUTSIDE]
    codes = [case.area, *(assignment.unit.code for assignment in case.assignments.all())] if units else []
    return any(unit.covers(code) for unit in units for code in codes)
