"""What of a case is kept from whom: personal data from those without need, internal words from those outside."""

from django.utils import timezone

from services.models import Role

OUTSIDE = (Role.HOUSEHOLD,)


def mask_name(name):
    """The family name alone: 李建国 → 李**; an empty text stays empty."""
    return name[:1] + "**" if name else ""


def mask_phone(phone):
    """First three and last four digits: 138****5678; an empty text stays empty."""
    return f"{phone[:3]}****{phone[-4:]}" if phone else ""


def mask_room(room):
    """Nothing of a room number but that there is one."""
    return "***" if room else ""


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
