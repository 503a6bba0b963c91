"""Writing a list as a file: small ones at once, long ones by a worker that may die at any moment.

The Export row is the truth. A worker takes it by one UPDATE, says at every batch that it still lives, and ends it by
another UPDATE that holds only while it still has it; so two workers never finish the same export, and what a killed
one left is found by the sweep.
"""

import uuid
from datetime import timedelta
from tempfile import TemporaryFile

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.http import Http404, QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks.exceptions import TaskResultDoesNotExist

from requests_app.exports.workbook import CaseBook, read
from requests_app.models import Export
from requests_app.notices import outbox
from requests_app.personal import without_numbers
from requests_app.search import is_code_or_phone
from requests_app.views.desks import queue_of
from services.models import User

AT_ONCE = 2000  # rows of a file that is written while its asker waits
AT_MOST = 1_000_000  # rows; a sheet ends soon after
UNDER_WAY_AT_MOST = 3  # exports that one person waits for
BATCH = 500  # rows read together
TRIES = 3
SILENT_FOR = timedelta(minutes=5)  # without a sign of life a worker counts as dead
LOST_AFTER = timedelta(minutes=5)  # a waiting export whose task is gone is put in the queue again
KEPT = timedelta(days=7)

State = Export.State


class TooManyWaiting(Exception):
    """The person already waits for as many exports as one may."""


class ClaimLost(Exception):
    """The export was given to another worker, because this one seemed dead."""


# Asking


def rows_of(queue, user):
    """The cases of a queue that a file for ``user`` holds, in its order."""
    return queue.cases.visible_to(user)


def described(queue):
    """(label, value) of what the queue shows: desk, units, tab, filters."""
    return [
        (_("Desk"), str(queue.desk.label)),
        (_("Units"), "、".join(unit.name for unit in queue.scope.units)),
        (_("List"), str(queue.tab.label)),
        *((str(label), _on_record(value)) for _name, label, value in queue.filters.applied),
    ]


def _on_record(value):
    """What was looked for without the numbers in it. Eleven digits alone may be a tracking code: none of them stays,
    because with the end of the phone number, which every list shows, it lets anybody speak as the resident.
    """
    return "***" if is_code_or_phone(value) else without_numbers(value)


def new_export(user, queue, query, total, at, **fields):
    """The record of a list taken away; not saved."""
    desk, _units, *rest = (value for _label, value in described(queue))
    what = " · ".join([desk, *rest])
    return Export(
        owner=user,
        desk=queue.desk.slug,
        query=query,
        what=what[:300],
        language=translation.get_language(),
        asked_at=at,
        total=total,
        **fields,
    )


def write_at_once(user, queue, query, pks, at):
    """The record, and the file (open at its beginning) of a list of at most AT_ONCE rows."""
    export = new_export(user, queue, query, len(pks), at, state=State.SENT, done=len(pks), finished_at=at)
    out = TemporaryFile()  # noqa: SIM115 - the answer closes it
    book = CaseBook(user, at)
    for case in _cases(pks):
        book.add(case)
    book.save(out, facts_of(export, queue, at))
    out.seek(0)
    with transaction.atomic():
        export.save()
        export.units.set(queue.scope.units)
    return export, out


def ask(user, queue, query, total, at):
    """Put a long list in the queue; the Export, or TooManyWaiting."""
    with transaction.atomic():
        # Two clicks at once must not both find the last free place.
        User.objects.select_for_update().get(pk=user.pk)
        if Export.objects.of(user).under_way().count() >= UNDER_WAY_AT_MOST:
            raise TooManyWaiting
        export = new_export(user, queue, query, total, at)
        export.save()
        export.units.set(queue.scope.units)
        _enqueue(export, at)
    return export


def _enqueue(export, at):
    result = write_export.enqueue(export.pk)
    Export.objects.filter(pk=export.pk).update(task=str(result.id), queued_at=at)


def facts_of(export, queue, at):
    """What the second sheet says."""
    return [
        *described(queue),
        (_("Rows"), export.total),
        (_("As of"), at),
        (_("Exported by"), f"{export.owner.get_full_name()} ({export.owner.username})"),
        (_("Note"), _("Names and phone numbers are masked. Every export is on record. Delete the file after use.")),
    ]


def may_fetch(export, at):
    """True while its owner still sits at that desk for all the units the list was written for."""
    try:
        queue = queue_of(export.owner, export.desk, QueryDict(), at)
    except Http404:
        return False
    return {unit.pk for unit in export.units.all()} <= {unit.pk for unit in queue.units}


# Writing


@task()
def write_export(pk):
    """Write the file of one export. Asked a second time, or while another worker writes it, it does nothing."""
    at = timezone.now()
    export = claim(pk, at)
    if export is None:
        return
    with translation.override(export.language):
        try:
            _write(export, at)
        except Http404:
            _fail(export, Export.Failure.LEFT, at)
        except ClaimLost:
            pass


def claim(pk, at):
    """The export, taken for writing; None where it does not wait (any more)."""
    own = uuid.uuid4()
    Export.objects.filter(pk=pk, state=State.WAITING).update(
        state=State.RUNNING, claim=own, beat_at=at, tries=F("tries") + 1, done=0
    )
    return Export.objects.select_related("owner").filter(pk=pk, claim=own).first()


def _write(export, at):
    queue = queue_of(export.owner, export.desk, QueryDict(export.query), at)
    # Keys alone, so that no read stays open while the file is written.
    pks = list(rows_of(queue, export.owner).values_list("pk", flat=True)[:AT_MOST])
    export.total = len(pks)
    _beat(export, total=export.total)
    book = CaseBook(export.owner, at)
    for number, case in enumerate(_cases(pks), 1):
        book.add(case)
        if number % BATCH == 0:
            _beat(export, done=number)
    with TemporaryFile() as out:
        book.save(out, facts_of(export, queue, at))
        _finish(export, queue, out)


def _cases(pks):
    for start in range(0, len(pks), BATCH):
        yield from read(pks[start : start + BATCH])


def _mine(export):
    return Export.objects.filter(pk=export.pk, claim=export.claim)


def _beat(export, **progress):
    """Say how far it is and that this worker lives; ClaimLost where it is no longer this one's."""
    if not _mine(export).update(beat_at=timezone.now(), **progress):
        raise ClaimLost


def _finish(export, queue, out):
    """Keep the file and tell its owner; ClaimLost, and no file, where another worker has it by now."""
    name = default_storage.save(f"exports/{export.claim}.xlsx", File(out))
    at = timezone.now()
    ready = {"state": State.READY, "file": name, "done": export.total, "finished_at": at, "expires_at": at + KEPT}
    with transaction.atomic():
        won = _mine(export).update(**ready, claim=None, beat_at=None)
        if won:
            export.units.set(queue.scope.units)
            outbox.owe_export(export, at)
    if not won:
        default_storage.delete(name)
        raise ClaimLost


def _fail(export, failure, at):
    with transaction.atomic():
        ended = {"state": State.FAILED, "failure": failure, "claim": None, "beat_at": None, "finished_at": at}
        if _mine(export).update(**ended):
            outbox.owe_export(export, at)


# Clearing up


def repair(at):
    """Give what a dead worker left to another one, at most TRIES times; delete files whose time is over.

    How often each happened, as a dict. Safe to run several times at once.
    """
    silent = Export.objects.filter(state=State.RUNNING, beat_at__lt=at - SILENT_FOR)
    waiting = Export.objects.filter(state=State.WAITING, queued_at__lt=at - LOST_AFTER)
    over = Export.objects.filter(state=State.READY, expires_at__lt=at)
    return {
        "exports taken up again": sum([_take_up(export, at) for export in list(silent)]),
        "exports put in the queue again": sum([_queue_again(export, at) for export in list(waiting)]),
        "export files deleted": sum([_expire(export) for export in list(over)]),
    }


@transaction.atomic
def _take_up(export, at):
    # Killed between the last byte and the last word, the worker left a file nobody knows.
    transaction.on_commit(lambda: default_storage.delete(f"exports/{export.claim}.xlsx"))
    if export.tries >= TRIES:
        _fail(export, Export.Failure.BROKEN, at)
        return False
    freed = _mine(export).filter(beat_at=export.beat_at).update(state=State.WAITING, claim=None, beat_at=None)
    if freed:
        _enqueue(export, at)
    return bool(freed)


@transaction.atomic
def _queue_again(export, at):
    export = Export.objects.select_for_update().get(pk=export.pk)
    if export.state != State.WAITING or export.queued_at >= at - LOST_AFTER or _is_queued(export):
        return False
    _enqueue(export, at)
    return True


def _is_queued(export):
    """True while the task that was put in the queue for it waits for a worker."""
    try:
        return write_export.get_result(export.task).status == TaskResultStatus.READY
    except TaskResultDoesNotExist:
        return False


def _expire(export):
    """Delete the file; the record stays."""
    ended = Export.objects.filter(pk=export.pk, state=State.READY).update(state=State.EXPIRED, file="", expires_at=None)
    if ended:
        default_storage.delete(export.file.name)
    return bool(ended)
