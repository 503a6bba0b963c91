"""A resolution on an agenda item: a step of the journey through the one door, or a promise."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from requests_app.journey import workflow
from requests_app.journey.refusals import StepRefused
from requests_app.meetings import promises, sitting
from requests_app.meetings.refusals import MOVED_ON, Refused
from requests_app.models import Act, Resolution, Status
from requests_app.personal import without_personal_data
from services.models import Unit

Kind = Resolution.Kind
# The steps that carry a resolution out, the best first; which of them may be taken says the table.
STEPS = {
    Kind.DO: (Act.DISPATCH, Act.UPHOLD, Act.REASSIGN),
    Kind.PARK: (Act.PARK,),
    Kind.REFUSE: (Act.DECLINE,),
    Kind.PASS_UP: (Act.REFER,),
}
# These send a case to another department.
SENDS = (Act.DISPATCH, Act.UPHOLD, Act.REASSIGN)


def step_open(kind, case, by, at, unit=None, reason=None):
    """The act of the journey that carries ``kind`` out on ``case`` when ``by`` takes it now, or None.

    A department that has the case already is not sent it again, and no case is parked or declined without a listed
    reason: then it is a promise, or word to the resident.
    """
    for act in STEPS.get(kind, ()):
        sends = act in SENDS and unit and unit.kind == Unit.Kind.DEPARTMENT and unit != case.lead
        if (sends or (act not in SENDS and (reason or act == Act.REFER))) and _may(act, case, by, at):
            return act
    return None


def open_kinds(case, by, at):
    """The kinds of resolution for which ``by`` could take a step with a listed reason: parking and declining."""
    return [kind for kind in (Kind.PARK, Kind.REFUSE) if any(_may(act, case, by, at) for act in STEPS[kind])]


def _may(act, case, by, at):
    try:
        workflow.step_for(by, case, act, at)
    except StepRefused:
        return False
    return True


@transaction.atomic
def resolve(item, by, at, *, kind, text, count, unit=None, owner_name="", due_on=None, reason=None):
    """Resolve on ``item``; the Resolution. ``count`` is how many resolutions the page showed.

    On a case it takes the step that ``by`` may take; where there is none, the resident is told. Whoever shall do
    something by a day that no step gives promises it. Raises StepRefused, StepIncomplete or Refused; then nothing is
    written.
    """
    meeting = sitting.in_session(item.meeting)
    if item.resolutions.count() != count:
        raise Refused(MOVED_ON)
    event, is_step = _act_on(item.case, meeting, by, at, kind, text, unit, due_on, reason) if item.case else (None, 0)
    text = _without_the_resident(item, text)
    resolution = Resolution.objects.create(
        item=item, number=count + 1, kind=kind, text=text, unit=unit, owner_name=owner_name, due_on=due_on,
        event=event, at=at, by=by,
    )  # fmt: skip
    if due_on and not is_step and (unit or owner_name):
        promises.make(
            by, at, unit=meeting.series.unit, owner=unit, owner_name=owner_name, text=text,
            due_on=due_on, estate=item.case.estate if item.case else meeting.series.estate,
            series=meeting.series, resolution=resolution, case=item.case,
        )  # fmt: skip
    return resolution


def _without_the_resident(item, text):
    """What the minutes and the public ledger say for good: the resolution, without anything that names the resident."""
    return without_personal_data(text, item.case) if item.case else text


def _act_on(case, meeting, by, at, kind, text, unit, due_on, reason):
    """Let the journey carry the resolution out; (the event it wrote, whether that is a step that moves the case)."""
    act = step_open(kind, case, by, at, unit, reason)
    note = _note(meeting, text, due_on)
    if act is None:
        told = case.is_open and _may(Act.TELL, case, by, at)
        case = workflow.take(case, Act.TELL if told else Act.NOTE, by=by, note=note, at=at, meeting=meeting)
    else:
        facts = _facts(act, unit, due_on, reason, text, at)
        case = workflow.take(case, act, by=by, note=note, at=at, meeting=meeting, **facts)
    return case.events.latest("serial"), act is not None


def _note(meeting, text, due_on):
    """What the event says, in the language of the site."""
    with translation.override(settings.LANGUAGE_CODE):
        if due_on:
            said = {"meeting": meeting.title, "text": text, "day": due_on.isoformat()}
            return _("%(meeting)s resolved: %(text)s (by %(day)s)") % said
        return _("%(meeting)s resolved: %(text)s") % {"meeting": meeting.title, "text": text}


def _facts(act, unit, due_on, reason, text, at):
    if act in SENDS:
        return {"lead": unit}
    if act == Act.PARK:
        return {"reason": reason, "condition": text, "leader": unit, "review_on": due_on}
    if act == Act.DECLINE:
        return {"reason": reason, "door": reason.guidance or text}
    return {}


def outcome(resolution, today):
    """(state, words) of what became of ``resolution`` by ``today``: done, open or late."""
    promise = getattr(resolution, "promise", None)
    if promise:
        state = "late" if promise.is_late(today) else promise.state
        return state, _("overdue") if state == "late" else promise.get_state_display()
    case = resolution.item.case
    if case is None:
        return "noted", _("noted")
    done = case.status in (Status.FULFILLED, Status.CLOSED)
    late = case.due_at is not None and timezone.localdate(case.due_at) < today
    return ("kept" if done else "late" if late else "open"), case.get_status_display()
