"""Cases that go on together (并单): what merging keeps, what taking apart gives back, who follows whom.

A merged case stands still: its lead, its departments and its counters stay as they are, its clocks are ended and
remembered. It has no steps but those of its parent that are its own too (``FOLLOWED``), each taken by the system.

Locks. A parent is always locked before what is merged into it. Merges of one community wait for each other, so that
of two that cross the second finds the first one done.
"""

from requests_app import search
from requests_app.journey import joining, pauses, refusals
from requests_app.journey.recounting import lead_by, recount_clocks
from requests_app.journey.refusals import StepIncomplete
from requests_app.journey.steps import ENDED_CLOCKS
from requests_app.models import WORKED_ON, Act, Assignment, Pause, ServiceRequest, Status
from requests_app.models.deadline import BESIDE
from requests_app.personal import personal_data_in
from services.models import Unit

# What a step of the parent is for each case merged into it.
FOLLOWED = {
    Act.SETTLE: Act.FULFIL,
    Act.FULFIL: Act.FULFIL,
    Act.TELL: Act.TELL,
    Act.DECLINE: Act.UNMERGE,
    Act.WITHDRAW: Act.UNMERGE,
}
# Their words are read, and their photos seen, by the other residents too.
TOLD_TO_ALL = (Act.SETTLE, Act.FULFIL, Act.TELL)


def lock_parent(pk, act, parent):
    """Lock what the case ``pk`` is or is to be merged into, where ``act`` concerns both, before the case is locked.

    The key of the parent that was known before; StepIncomplete where ``parent`` cannot be one.
    """
    if act == Act.MERGE and parent is not None:
        case = ServiceRequest.objects.select_related("branch").get(pk=pk)
        # No key: events may still name the community while somebody merges there.
        Unit.objects.select_for_update(no_key=True).get(pk=case.branch.parent_id)
        refuse_parent(case, ServiceRequest.objects.select_related("branch").get(pk=parent.pk))
        _lock(parent.pk)
    elif act in (Act.UNMERGE, Act.URGE, Act.WITHDRAW):
        known = ServiceRequest.objects.filter(pk=pk, parent__isnull=False).values_list("parent", flat=True).first()
        if known:
            _lock(known)
        return known
    return None


def _lock(pk):
    ServiceRequest.objects.select_for_update().only("pk").filter(pk=pk).first()


def refuse_parent(case, parent):
    """StepIncomplete, with the reason in words, where ``case`` cannot go on with ``parent``."""
    if parent.pk == case.pk:
        reason = refusals.MERGED_INTO_ITSELF
    elif parent.branch.parent_id != case.branch.parent_id:
        reason = refusals.OTHER_COMMUNITY
    elif parent.status == Status.MERGED:
        reason = refusals.PARENT_IS_MERGED % {"number": parent.parent_id}
    elif parent.status not in WORKED_ON:
        reason = refusals.NO_LONGER_WORKED_ON
    else:
        return
    raise StepIncomplete("parent", reason)


def merge(case, *, at, unit, parent):
    """Let ``case`` go on with ``parent``; the event remembers what taking it apart gives back.

    ``unit`` is None where whoever filed it asked for it.
    """
    parent = ServiceRequest.objects.select_related("branch").get(pk=parent.pk)
    refuse_parent(case, parent)
    if not (unit.covers(parent.area) if unit else joining.may_join(case, parent, at)):
        raise StepIncomplete("parent", refusals.NO_SUCH_PARENT)
    # A question to the resident that is still open is no longer asked.
    moved = pauses.end(case, at) if case.waits_for_answer else {}
    running = case.deadlines.running().exclude(step__in=ENDED_CLOCKS[Act.ANSWER])
    kept = {"holder": case.holder, "rung": case.rung, "clocks": list(running.values_list("pk", flat=True))}
    case.parent = parent
    return {"parent": parent.pk, **kept, **moved}


def part(case, *, at, unit):
    case.parent = None
    return {}


def wake(case, merged, at):
    """Let the clocks run again that stood still since the event ``merged``; the deadlines that moved, as facts.

    None of the time in between counts. The deadline of the holder becomes that of the case again.
    """
    Pause.objects.create(case=case, event=merged, holder=case.holder, started_at=merged.at, ended_at=at)
    stopped = case.deadlines.filter(pk__in=merged.facts["clocks"])
    stopped.update(ended_at=None)
    lead_by(case, stopped.exclude(step__in=BESIDE).get())
    return recount_clocks(case, stopped.select_related("calendar"), at)


def done_with_parent(case, at):
    """Give ``case`` the hands that did the work, to whom it returns should its resident contest; facts of the event."""
    parent, report = case.parent, case.parent.events.select_related("unit").latest("serial")
    current = case.assignments.current()
    kept = current.filter(part=Assignment.Part.LEAD, unit=parent.lead)
    if parent.lead and not kept:
        current.update(ended_at=at)
        Assignment.objects.create(case=case, unit=parent.lead, part=Assignment.Part.LEAD, assigned_at=at)
    else:
        current.exclude(pk__in=[part.pk for part in kept]).update(ended_at=at)
    # Whoever assisted had a hand in it: none of them makes the follow-up call.
    helpers = parent.assignments.filter(part=Assignment.Part.ASSIST).values_list("unit", flat=True)
    Assignment.objects.bulk_create(
        Assignment(case=case, unit_id=unit, part=Assignment.Part.ASSIST, assigned_at=at, reported_at=at, ended_at=at)
        for unit in sorted(set(helpers))
    )
    search.index(ServiceRequest.objects.filter(pk=case.pk))
    case.lead, case.lead_locked, case.parent = parent.lead, parent.lead_locked, None
    return {"unit": report.unit.name}


def told_with_parent(case):
    """Who said it, as facts of the event."""
    return {"unit": case.parent.events.select_related("unit").latest("serial").unit.name}


def refuse_names(case, note):
    """StepIncomplete where words that the residents of merged cases read as well name a person or a number."""
    together = list(case.merged.select_related("resident")) if case.has_merged else []
    found = [piece for one in [case, *together] for piece in personal_data_in(note, one)] if together else []
    if found:
        raise StepIncomplete("note", refusals.OTHERS_READ_IT % {"found": ", ".join(dict.fromkeys(found))})
