"""What comes back (1330): found as a case is filed or contested, closed by quiet days, proved by night.

A case has come back where an earlier one of the same estate, building and category was done within the rule's days
before it and names the same spot or has words in common; where it fits what came back there before; or where the
resident says so, by a tick at filing or by asking to have it redone.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Count

from requests_app.models import WORKED_ON, Act, Event, Recurrence, RecurrenceCase, ServiceRequest, Status
from requests_app.similar import overlap, pairs_of
from services.models import Estate, RecurrenceRule

Why = RecurrenceCase.Why
AGAIN = "again"  # the fact of the first event by which the resident says so
COMPARED = 200  # earlier cases of one place and category, the newest
READ = (
    "pk",
    "spot",
    "text",
    "status",
    "created_at",
    "fulfilled_at",
    "in_recurrence__recurrence",
    "in_recurrence__struck_at",
)
# What was never done has not come back.
NOT_DONE = {Status.WITHDRAWN, Status.DECLINED}


# The trouble is there still.
STILL = (*WORKED_ON, Status.PARKED)


@dataclass(frozen=True)
class Match:
    """An earlier case that ``case`` is like, and what says so."""

    pk: int
    created_at: object
    recurrence: int | None
    is_struck: bool
    why: Why


def notice(case, at, why=None):
    """Put ``case`` to what came back there; the Recurrence it belongs to now, or None.

    ``why`` is SAID or REDONE where the resident says so; two queries where nothing came back.
    """
    if case.source == ServiceRequest.Source.PREVENTIVE:
        return None
    matches = _matches(case, RecurrenceRule.objects.nearest()(case.category), said=why is not None)
    if not matches and why is None:
        return None
    return _put(case, matches, why or matches[0].why, at)


def _matches(case, rule, said):
    """The earlier cases that ``case`` repeats, the newest first."""
    about = {"estate": case.estate_id, "category": case.category_id, "building": case.building_id}
    earlier = ServiceRequest.objects.filter(**about, created_at__lte=case.created_at).exclude(pk=case.pk)
    earlier = earlier.exclude(source=ServiceRequest.Source.PREVENTIVE).order_by("-created_at")
    pairs, since = pairs_of(f"{case.spot} {case.text}"), case.created_at - timedelta(days=rule.days)
    found = []
    for other in earlier.values(*READ)[:COMPARED]:
        recurrence, is_struck = other["in_recurrence__recurrence"], other["in_recurrence__struck_at"] is not None
        done = other["fulfilled_at"] is not None and since <= other["fulfilled_at"] <= case.created_at
        lately = said and other["created_at"] >= since
        if is_struck or other["status"] in NOT_DONE or not (recurrence or done or lately):
            continue
        why = _likeness(case, pairs, other, rule) or (Why.SAID if said and (done or lately) else None)
        if why:
            found.append(Match(other["pk"], other["created_at"], recurrence, is_struck, why))
    return found


def _likeness(case, pairs, other, rule):
    if case.spot and _plain(case.spot) == _plain(other["spot"]):
        return Why.SPOT
    common = overlap(pairs, pairs_of(f"{other['spot']} {other['text']}"))
    return Why.WORDS if 0 < rule.alike_percent <= common * 100 else None


def _plain(spot):
    return "".join(spot.split()).casefold()


@transaction.atomic
def _put(case, matches, why, at):
    # Two cases may come back at once; the second must find what the first made.
    Estate.objects.select_for_update(no_key=True).get(pk=case.estate_id)
    keys = [case.pk, *(match.pk for match in matches)]
    links = {link.case_id: link for link in RecurrenceCase.objects.filter(case__in=keys).select_related("recurrence")}
    own = links.get(case.pk)
    if own and own.struck_at:
        return None
    known = [link for link in [own, *(links.get(match.pk) for match in matches)] if link and not link.struck_at]
    recurrence = known[0].recurrence if known else _new(case, at)
    missing = [match for match in matches if match.pk not in links]
    RecurrenceCase.objects.bulk_create(
        RecurrenceCase(recurrence=recurrence, case_id=match.pk, why=Why.EARLIER, at=match.created_at)
        for match in missing
    )
    came = at if why == Why.REDONE else case.created_at
    if own is None:
        RecurrenceCase.objects.create(recurrence=recurrence, case=case, why=why, at=came)
    elif came > own.at:
        own.why, own.at = why, came
        own.save(update_fields=["why", "at"])
    if recurrence.closed_at and came > recurrence.closed_at:
        recurrence.closed_at, recurrence.reopened = None, recurrence.reopened + 1
    recurrence.count()
    recurrence.save(update_fields=["times", "last_case_at", "closed_at", "reopened"])
    return recurrence


def _new(case, at):
    place = {"estate_id": case.estate_id, "building_id": case.building_id, "category_id": case.category_id}
    return Recurrence.objects.create(
        **place, branch_id=case.branch_id, area=case.area, found_at=at, last_case_at=case.created_at
    )


def contested(event):
    """The resident asked to have it redone: the same trouble is there again."""
    notice(event.case, event.at, Why.REDONE)


def taken_back(case, at):
    """Leave out ``case``, which its resident took back to change: it comes again, and must not count twice."""
    link = RecurrenceCase.objects.filter(case=case, struck_at=None).select_related("recurrence").first()
    if link:
        strike(link.recurrence, case, at)


@transaction.atomic
def strike(recurrence, case, at):
    """Say that ``case`` is another matter; with nothing left the recurrence is closed."""
    recurrence = Recurrence.objects.select_for_update().get(pk=recurrence.pk)
    recurrence.links.filter(case=case, struck_at=None).update(struck_at=at)
    recurrence.count()
    if not recurrence.links.filter(struck_at=None).exists():
        recurrence.closed_at = recurrence.closed_at or at
    recurrence.save(update_fields=["times", "last_case_at", "closed_at"])


@transaction.atomic
def put_back(recurrence, case):
    """Take that back."""
    recurrence = Recurrence.objects.select_for_update().get(pk=recurrence.pk)
    recurrence.links.filter(case=case).update(struck_at=None)
    recurrence.count()
    recurrence.save(update_fields=["times", "last_case_at"])


def quiet_until(recurrence, rule):
    """The day on which it closes unless it comes back; None while a promised remedy is to come."""
    since = recurrence.quiet_since
    return since + timedelta(days=rule.quiet_days) if since else None


def close_quiet(at, today):
    """Close what has been quiet for the rule's days, all its cases being done; how many. Safe to run every minute."""
    rule_for = RecurrenceRule.objects.nearest()
    waiting = Recurrence.objects.open().filter(last_case_at__lt=at - timedelta(days=1)).for_list()
    due = [one for one in waiting.order_by("last_case_at") if _is_quiet(one, rule_for(one.category), today)]
    keys = [one.pk for one in due]
    still = RecurrenceCase.objects.filter(recurrence__in=keys, struck_at=None, case__status__in=STILL)
    working = set(still.values_list("recurrence", flat=True))
    return sum(
        # Something may have come meanwhile.
        Recurrence.objects.open().filter(pk=one.pk, last_case_at=one.last_case_at).update(closed_at=at)
        for one in due
        if one.pk not in working
    )


def _is_quiet(recurrence, rule, today):
    until = quiet_until(recurrence, rule)
    return until is not None and until <= today


def prove(at):
    """Look again at what was filed lately and belongs to nothing; how many had been missed, and are put right.

    Only places that were asked about the same more than once, and what residents called come back.
    """
    longest = max(RecurrenceRule.objects.values_list("days", flat=True), default=RecurrenceRule().days)
    lately = ServiceRequest.objects.filter(created_at__gte=at - timedelta(days=2 * longest))
    groups = lately.order_by().values("estate", "category", "building").annotate(number=Count("pk"))
    missed = 0
    for group in groups.filter(number__gt=1):
        group.pop("number")
        cases = lately.filter(**group, in_recurrence=None).select_related("category").order_by("created_at", "pk")
        missed += sum(notice(case, at) is not None for case in cases.without_contact())
    said = Event.objects.filter(act=Act.FILE, at__gte=at - timedelta(days=longest), facts__again=True)
    for event in said.filter(case__in_recurrence=None).select_related("case__category"):
        missed += notice(event.case, at, Why.SAID) is not None
    return missed
