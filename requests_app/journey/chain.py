"""Proof that the events of every case are as they were written."""

import hashlib
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Prefetch

from requests_app.models import DataRecord, Event, ServiceRequest


@dataclass
class Report:
    """How much was read, how much of it somebody was taken out of, every fault as a sentence, and one digest over the
    ends of all chains.

    The digest can be kept elsewhere: whoever rewrites a whole chain changes it.
    """

    cases: int = 0
    events: int = 0
    erased: int = 0
    faults: list[str] = field(default_factory=list)
    digest: str = ""


def verify(cases=None):
    """Read every event of ``cases`` (all of them when None): chain, numbering, last status and end.

    Cases may move meanwhile; whatever looks wrong is read once more under a lock before it is called a fault.
    """
    report = Report()
    wanted = ServiceRequest.objects.all() if cases is None else cases
    suspects, erasures = [], DataRecord.objects.erasures()
    heads = hashlib.sha256()
    wanted = wanted.order_by("pk").only("pk", "status", "event_count", "chain_head")
    wanted = wanted.prefetch_related(Prefetch("events", Event.objects.order_by("serial")))
    for case in wanted.iterator(chunk_size=500):
        events = list(case.events.all())
        report.cases += 1
        report.events += len(events)
        report.erased += sum(event.erased_at is not None for event in events)
        heads.update(case.chain_head.encode())
        if _faults(case, events, erasures):
            suspects.append(case.pk)
    report.digest = heads.hexdigest()
    for pk in suspects:
        report.faults += _faults_under_lock(pk)
    return report


@transaction.atomic
def _faults_under_lock(pk):
    case = ServiceRequest.objects.select_for_update().get(pk=pk)
    events = list(Event.objects.filter(case=case).order_by("serial"))
    return _faults(case, events, DataRecord.objects.erasures())


def _faults(case, events, erasures):
    """What is wrong with ``events`` of ``case``, as sentences."""
    faults, before = [], ""
    for expected, event in enumerate(events, start=1):
        if event.serial != expected:
            faults.append(f"case {case.pk}: event {expected} is missing, {event.serial} follows")
            break
        if event.compute_digest(before) != event.digest or not event.is_sealed(erasures):
            faults.append(f"case {case.pk}: event {event.serial} is not what was written")
        before = event.digest
    if len(events) != case.event_count or before != case.chain_head:
        faults.append(f"case {case.pk} ends with event {case.event_count}, but {len(events)} events are there")
    if not events or events[-1].target != case.status:
        said = events[-1].target if events else "nothing"
        faults.append(f"case {case.pk} is {case.status}, its last event says {said}")
    return faults
