"""Who is owed word of an event. Called by the workflow, in the transaction of the step."""

from django.db.models import Q
from django.utils import timezone

from requests_app.models import Act, Assignment, Holder, Notice, Rung, Told
from requests_app.models.event import Party
from services.models import Membership, Role, Unit

Kind = Notice.Kind
HOLDER_ROLES = {
    Holder.BRANCH: Role.BRANCH,
    Holder.COMMUNITY: Role.DISPATCHER,
    Holder.DEPARTMENT: Role.OFFICER,
    Holder.SUPERVISOR: Role.SUPERVISOR,
}
# Who is told of the meetings and promises of a branch or community.
HOSTS = (Role.BRANCH, Role.DISPATCHER)
# After these the holding unit must do something it did not know of.
CALLS_THE_HOLDER = {
    Act.FILE,
    Act.REFER,
    Act.DISPATCH,
    Act.RETURN,
    Act.UPHOLD,
    Act.OVERRULE,
    Act.REASSIGN,
    Act.CONTEST,
    Act.APPEAL,
    Act.ANSWER,
    Act.GRANT,
    Act.REFUSE,
    Act.URGE,
    Act.ADD,
    Act.SUPERVISE,
    Act.UNPARK,
    Act.UNMERGE,
}
# After these departments are let go.
LETS_GO = {Act.RETURN, Act.UPHOLD, Act.REASSIGN, Act.WITHDRAW}
# The department that returned the case wants to know these.
RULINGS = {Act.UPHOLD, Act.OVERRULE}
# The lead has been waiting for these, or wants to know how its work was taken.
CONCERNS_THE_LEAD = {Act.ASSIST, Act.WAIVE, Act.RATE, Act.WITHDRAW, Act.PARK, Act.MERGE}
# Now the word is the resident's.
CALLS_THE_RESIDENT = {Act.SETTLE, Act.FULFIL, Act.ASK}
# Of these a resident wants to know even who wants little; whoever has no account is told these and no others.
TOLD_TO_THE_NUMBER = CALLS_THE_RESIDENT | {Act.DECLINE, Act.GRANT}
# These wait for a supervisor's decision, or answer one.
CALLS_SUPERVISORS = {Act.MORE_TIME, Act.REPLY}


def owe(event):
    """Write the notices that ``event`` owes: their turn to those who must act now, news to those it concerns."""
    readers = dict.fromkeys(_people_concerned(event), Kind.NEWS)
    called = dict.fromkeys(_people_called(event), Kind.TURN)
    if event.act not in CALLS_THE_RESIDENT:
        # Nobody serves on a request of their own, whatever unit they are of.
        called.pop(event.case.resident_id, None)
    readers.update(called)
    if not event.is_public:
        readers.pop(event.case.resident_id, None)
    readers.pop(event.actor_id, None)
    has_no_account = event.case.resident_id is None and event.case.anonymised_at is None
    if has_no_account and event.is_public and event.act in TOLD_TO_THE_NUMBER:
        readers[None] = Kind.TURN if event.act in CALLS_THE_RESIDENT else Kind.NEWS
    Notice.objects.bulk_create(
        Notice(event=event, reader_id=user_id, kind=kind, at=event.at) for user_id, kind in readers.items()
    )


def _people_concerned(event):
    """The resident and whoever filed for them, where it is theirs to read; departments let go or waiting."""
    case = event.case
    found = [case.resident_id, case.filed_by_id] if event.is_public else []
    units = []
    # A second return names the first receiver as lead again.
    if case.lead and (event.act in CONCERNS_THE_LEAD or (event.act == Act.RETURN and "lead" in event.facts)):
        units.append(case.lead)
    if event.act in RULINGS:
        units.append(case.events.filter(act=Act.RETURN).select_related("unit").latest("serial").unit)
    if event.act in LETS_GO:
        ended = case.assignments.filter(ended_at=event.at).select_related("unit")
        units += [assignment.unit for assignment in ended if assignment.unit_id != case.lead_id]
    if units:
        found += _officers(units, event.at)
    if event.act == Act.RECOMPUTE:
        found += _holders(event)
    return [user_id for user_id in found if user_id]


def _people_called(event):
    """Those whose turn it is now."""
    case = event.case
    if event.act in CALLS_THE_RESIDENT:
        return [case.resident_id] if case.resident_id else []
    if event.act in CALLS_SUPERVISORS:
        return _supervisors(case, event.at)
    if event.act == Act.RECOMPUTE or (event.act not in CALLS_THE_HOLDER and event.party != Party.SYSTEM):
        return []
    return _holders(event) | (_supervisors(case, event.at) if _climbed_to_the_supervisor(event) else set())


def _climbed_to_the_supervisor(event):
    return event.facts.get("rung", Rung.NONE) >= Rung.SUPERVISOR


def _supervisors(case, at):
    return _members_over(case.branch.parent.parent, Role.SUPERVISOR, at)


def _holders(event):
    """Those who serve in the unit that has the case."""
    if event.holder == Holder.DEPARTMENT:
        return _officers([event.case.lead, *_assistants_just_named(event)], event.at)
    if event.holder in HOLDER_ROLES:
        return _members_over(event.holder_unit, HOLDER_ROLES[event.holder], event.at)
    return set()


def _assistants_just_named(event):
    named = event.case.assignments.filter(part=Assignment.Part.ASSIST, assigned_at=event.at, ended_at=None)
    return [assignment.unit for assignment in named.select_related("unit")]


def _officers(departments, at):
    """The officers of each department; those of the nearest one above where it has none of its own."""
    codes = {code for unit in departments for code in unit.codes_above}
    wanted = Q(role=Role.OFFICER, unit__kind=Unit.Kind.DEPARTMENT, unit__code__in=codes)
    members = list(_members(wanted, at).values_list("user", "unit__code"))
    found = set()
    for unit in departments:
        near = [code for code in unit.codes_above if any(held == code for _user, held in members)]
        found |= {user for user, held in members if near and held == near[0]}
    return found


def _members_over(unit, role, at):
    """The members of ``unit`` in ``role``; supervisors of the district too."""
    wanted = Q(role=role, unit=unit)
    if role == Role.SUPERVISOR:
        wanted |= Q(role=role, unit__kind=Unit.Kind.DISTRICT, unit__code__in=unit.codes_above)
    return set(_members(wanted, at).values_list("user", flat=True))


def _members(wanted, at):
    return Membership.objects.on(timezone.localdate(at)).filter(wanted, user__is_active=True)


def owe_export(export, at):
    """Tell who asked for ``export`` how it ended, by its file or by its failure."""
    Notice.objects.create(export=export, reader=export.owner, kind=Kind.NEWS, at=at)


def owe_invitation(meeting, units, by, at):
    """Invite the people of ``units`` to ``meeting``, whoever invites left out; how many are told."""
    departments = [unit for unit in units if unit.kind == Unit.Kind.DEPARTMENT]
    hosts = Q(unit__in=[unit.pk for unit in units], role__in=HOSTS)
    readers = set(_members(hosts, at).values_list("user", flat=True))
    readers |= _officers(departments, at) if departments else set()
    readers.discard(by.pk)
    # Invited anew after it was moved, they read of it anew.
    owe_anew(meeting.notices.all(), at)
    Notice.objects.bulk_create(
        [Notice(meeting=meeting, reader_id=user_id, kind=Kind.NEWS, at=at) for user_id in sorted(readers)],
        ignore_conflicts=True,
    )
    return len(readers)


def owe_anew(notices, at):
    """Let the readers of ``notices`` read, and be sent, once more what says something else by now."""
    Told.objects.filter(notice__in=notices, delivery__ended_at__isnull=False).delete()
    notices.update(at=at, read_at=None, planned_at=None)


def owe_reminder(promise, at):
    """Remind whoever made ``promise``, and the unit that watches over it."""
    watching = Q(unit=promise.unit, role__in=HOSTS)
    readers = set(_members(watching, at).values_list("user", flat=True))
    if promise.owner and promise.owner.kind == Unit.Kind.DEPARTMENT:
        readers |= _officers([promise.owner], at)
    Notice.objects.bulk_create(
        Notice(promise=promise, reader_id=user_id, kind=Kind.NEWS, at=at) for user_id in sorted(readers)
    )
