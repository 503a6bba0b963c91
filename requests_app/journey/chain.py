"""Proof that the events of every case are as they were written."""

from dataclasses import dataclass, field

from requests_app.models import Event, ServiceRequest


@dataclass
class Report:
    """How much was read, and every fault as a sentence."""

    cases: int = 0
    events: int = 0
    faults: list[str] = field(default_factory=list)


def verify(cases=None):
    """Read every event of ``cases`` (all of them when None) and check chain, numbering and last status."""
    report = Report()
    wanted = ServiceRequest.objects.all() if cases is None else cases
    statuses = dict(wanted.values_list("pk", "status"))
    report.cases = len(statuses)
    events = Event.objects.order_by("case_id", "serial")
    if cases is not None:
        events = events.filter(case__in=statuses)
    last = {}
    for event in events.iterator(chunk_size=2000):
        report.events += 1
        _check(event, last.get(event.case_id), report.faults)
        last[event.case_id] = event
    for pk, status in statuses.items():
        if pk not in last:
            report.faults.append(f"case {pk} has no events")
        elif last[pk].target != status:
            report.faults.append(f"case {pk} is {status}, its last event says {last[pk].target}")
    return report


def _check(event, before, faults):
    expected = before.serial + 1 if before else 1
    if event.serial != expected:
        faults.append(f"case {event.case_id}: event {expected} is missing, {event.serial} follows")
    if event.compute_digest(before.digest if before else "") != event.digest:
        faults.append(f"case {event.case_id}: event {event.serial} is not what was written")
