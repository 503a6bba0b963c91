"""Who is owed word of an event. Called by the workflow, in the transaction of the step."""

from django.db.models import Q
from django.utils import timezone

from requests_app.models import Act, Holder, Notice
from services.models import Membership, Role, Unit

HOLDER_ROLES = {
    Holder.BRANCH: Role.BRANCH,
    Holder.COMMUNITY: Role.DISPATCHER,
    Holder.DEPARTMENT: Role.OFFICER,
    Holder.SUPERVISOR: Role.SUPERVISOR,
}
# After these somebody else has the ball, or has it again.
TAKEN_BY_HOLDER = (Act.ACCEPT, Act.SIGN)


def owe(event):
    """Write the notices that ``event`` owes: news to the resident, and their turn to those who hold the case now."""
    readers = {}
    for user_id in _people_of_the_case(event):
        readers.setdefault(user_id, Notice.Kind.NEWS)
    if event.source != event.target and event.act not in TAKEN_BY_HOLDER:
        for user_id in _people_at_the_ball(event):
            readers[user_id] = Notice.Kind.TURN
    readers.pop(event.actor_id, None)
    Notice.objects.bulk_create(
        Notice(event=event, reader_id=user_id, kind=kind, at=event.at) for user_id, kind in readers.items()
    )


def _people_of_the_case(event):
    """The resident with an account and whoever filed for one, when the event is theirs to read."""
    if not event.is_public:
        return []
    return [user_id for user_id in (event.case.resident_id, event.case.filed_by_id) if user_id]


def _people_at_the_ball(event):
    """Those whose turn it is: the members of the holding unit, and of the assisting ones at a dispatch."""
    if not event.holder_unit:
        return []
    role = HOLDER_ROLES[event.holder]
    wanted = Q(role=role, unit=event.holder_unit)
    if event.holder == Holder.SUPERVISOR:
        district = event.holder_unit.parent_id
        wanted |= Q(role=role, unit=district, unit__kind=Unit.Kind.DISTRICT)
    if event.holder == Holder.DEPARTMENT:
        assisting = event.case.assignments.current().values("unit")
        wanted |= Q(role=role, unit__in=assisting)
    members = Membership.objects.on(timezone.localdate(event.at)).filter(wanted, user__is_active=True)
    return members.values_list("user", flat=True).distinct()
