"""The lasting remedy of what comes back: a cause in words, and a promise like every other."""

from django.db import transaction
from django.utils import timezone

from requests_app.meetings import promises
from requests_app.meetings.refusals import REMEDY_STANDS, Refused
from requests_app.models import Recurrence
from services.models import Role, Unit


@transaction.atomic
def explain(recurrence, cause):
    """Say why it keeps coming back."""
    Recurrence.objects.filter(pk=recurrence.pk).update(cause=cause.strip())


@transaction.atomic
def remedy(recurrence, by, at, *, cause, text, owner, due_on):
    """Book who ends it, how and by when, as a promise to the estate. Refused while another remedy stands."""
    locked = Recurrence.objects.select_for_update(of=("self",)).select_related("promise", "branch__parent", "estate")
    recurrence = locked.get(pk=recurrence.pk)
    if recurrence.has_remedy:
        raise Refused(REMEDY_STANDS)
    about = {"unit": _booked_by(recurrence, by, at), "estate": recurrence.estate}
    recurrence.promise = promises.make(by, at, text=text, owner=owner, due_on=due_on, **about)
    recurrence.cause = cause.strip()
    recurrence.save(update_fields=["promise", "cause"])
    return recurrence


def _booked_by(recurrence, by, at):
    """The branch for its own clerks, otherwise the community: whoever books it watches over it."""
    held = by.current_memberships(timezone.localdate(at))
    is_branch = any(one.role == Role.BRANCH and one.unit.kind == Unit.Kind.BRANCH for one in held)
    return recurrence.branch if is_branch else recurrence.branch.parent
