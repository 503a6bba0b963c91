"""What has been kept long enough: cases that ended so long ago that nobody needs to know any more whose they were."""

from calendar import monthrange
from collections import Counter

from django.db import transaction
from django.db.models import Q

from requests_app.models import DataRecord, ServiceRequest, Status
from requests_app.mydata.erasing import erase_case, lock_order
from requests_app.mydata.words import Known
from services.models import Retention

BATCH = 100  # cases between two words of what was done
# Nothing happens to these any more. What is merged goes on with another one.
ENDED = (Status.CLOSED, Status.DECLINED, Status.WITHDRAWN)


def due(at):
    """The cases whose time is over at ``at``; none where no time is set."""
    times = list(Retention.objects.all())
    own = [one for one in times if one.category_id]
    wanted = Q(pk__in=[])
    for one in times:
        over = Q(closed_at__lt=months_before(at, one.months))
        group = Q(category__parent=one.category_id) if one.category_id else ~Q(category__parent__in=_groups(own))
        wanted |= over & group
    return ServiceRequest.objects.filter(wanted, anonymised_at=None, closed_at__isnull=False, status__in=ENDED)


def months_before(at, months):
    """The same day ``months`` earlier, or the last one of that month where it is shorter."""
    year, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))


def _groups(times):
    return [one.category_id for one in times]


def anonymise(at, most=BATCH):
    """Take the people out of the oldest ``most`` cases whose time is over; how many rows of each kind, as a Counter.

    Safe to run several times at once: each case is done once, by whoever locks it first.
    """
    oldest = due(at).only("pk", "parent").order_by("closed_at", "pk")[:most]
    if not oldest:
        return Counter()
    rows = Counter()
    with transaction.atomic():
        # One of them may be deleting all of theirs just now, and locks them in the same order.
        for case in sorted(oldest, key=lock_order):
            rows += _anonymise(case.pk, at)
        if rows:
            DataRecord.objects.create(kind=DataRecord.Kind.RETENTION, rows=dict(rows), at=at)
    return rows


def _anonymise(pk, at):
    # Another run may have done it meanwhile, or somebody asked to have it redone.
    ServiceRequest.objects.select_for_update().only("pk").get(pk=pk)
    case = due(at).filter(pk=pk).select_related("resident").first()
    if case is None:
        return Counter()
    return erase_case(pk, Known.of(case.resident, [case], at), at)
