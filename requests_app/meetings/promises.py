"""Promises: booked, reported on, moved, settled; and what a passed day brings about."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from requests_app.meetings.refusals import LATER_DAY, REASON_MISSING, SETTLED, Refused
from requests_app.models import Promise, PromiseChange
from requests_app.notices import outbox

REMINDED_BEFORE = 3  # days
Kind = PromiseChange.Kind
State = Promise.State
SETTLES = {Kind.KEPT: State.KEPT, Kind.BROKEN: State.BROKEN, Kind.EXPLAINED: State.EXPLAINED}


@transaction.atomic
def make(by, at, *, unit, text, due_on, owner=None, owner_name="", **about):
    """Book a promise; ``about`` is estate, series, resolution, case as far as they are known.

    Refused where its day has passed.
    """
    today = timezone.localdate(at)
    if due_on < today:
        raise Refused(LATER_DAY)
    promise = Promise.objects.create(
        unit=unit,
        owner=owner,
        owner_name="" if owner else owner_name,
        text=text,
        made_on=today,
        first_due_on=due_on,
        due_on=due_on,
        **about,
    )
    _record(promise, Kind.MADE, by, at, note=text, new_due_on=due_on)
    return promise


@transaction.atomic
def change(promise, kind, by, at, *, note="", due_on=None, item=None):
    """What became of an open promise: reported, moved, kept, broken or explained. Refused once it is settled."""
    promise = Promise.objects.select_for_update(of=("self",)).select_related("owner", "unit").get(pk=promise.pk)
    today, note = timezone.localdate(at), note.strip()
    if not promise.is_open:
        raise Refused(SETTLED)
    if kind != Kind.KEPT and not note:
        raise Refused(REASON_MISSING)
    if kind == Kind.MOVED:
        if due_on is None or due_on <= today or due_on == promise.due_on:
            raise Refused(LATER_DAY)
        _record(promise, kind, by, at, note=note, old_due_on=promise.due_on, new_due_on=due_on, item=item)
        promise.due_on = due_on
        promise.save(update_fields=["due_on"])
        return promise
    _record(promise, kind, by, at, note=note, item=item)
    if kind in SETTLES:
        promise.state, promise.settled_on = SETTLES[kind], today
        promise.save(update_fields=["state", "settled_on"])
    return promise


def _record(promise, kind, by, at, **fields):
    PromiseChange.objects.create(promise=promise, kind=kind, on=timezone.localdate(at), at=at, by=by, **fields)


def remind(at):
    """Remind of promises due soon, and write down and tell which are overdue, once for each day promised.

    How many people's promises were told of. Safe to run every minute.
    """
    today = timezone.localdate(at)
    waiting = Promise.objects.open().filter(due_on__lte=today + timedelta(days=REMINDED_BEFORE)).order_by("pk")
    return sum(_tell(pk, today, at) for pk in list(waiting.values_list("pk", flat=True)))


@transaction.atomic
def _tell(pk, today, at):
    promise = Promise.objects.select_for_update(of=("self",)).select_related("owner", "unit").get(pk=pk)
    is_late = promise.is_late(today)
    mark = "called_for" if is_late else "reminded_for"
    if not promise.is_open or getattr(promise, mark) == promise.due_on:
        return False
    setattr(promise, mark, promise.due_on)
    promise.save(update_fields=[mark])
    if is_late:
        _record(promise, Kind.LATE, None, at, old_due_on=promise.due_on)
    outbox.owe_reminder(promise, at)
    return True
