"""Events in plain words: one sentence each, naming units, never persons."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests_app.models import Meeting, Rating
from requests_app.models.case import Rung
from requests_app.models.event import Act, Party
from requests_app.models.export import State

# Django's own sentence; standing here it is in the project's catalogue, whose friendlier Chinese wins on every form.
REQUIRED = _("This field is required.")
SENTENCES = {
    Act.FILE: _("The request was filed."),
    Act.ACCEPT: _("%(unit)s accepted the request."),
    Act.SETTLE: _("%(unit)s settled it."),
    Act.REFER: _("%(unit)s passed it on to the community."),
    Act.DISPATCH: _("%(unit)s dispatched it to %(lead)s."),
    Act.SIGN: _("%(unit)s signed for it."),
    Act.RETURN: _("%(unit)s asked to return it: %(reason)s"),
    Act.UPHOLD: _("%(unit)s agreed to the return; it goes to %(lead)s."),
    Act.OVERRULE: _("%(unit)s ruled that %(holder)s does the work."),
    Act.REASSIGN: _("%(unit)s moved it to %(lead)s."),
    Act.ASSIST: _("%(unit)s has done its part."),
    Act.WAIVE: _("%(unit)s no longer waits for %(assistant)s."),
    Act.FULFIL: _("%(unit)s reported the work done."),
    Act.RATE: _("The resident rated it."),
    Act.CONTEST: _("The resident asked to have it redone."),
    Act.LAPSE: _("No answer came in time, so it was closed without a rating."),
    Act.DECLINE: _("%(unit)s declined it: %(reason)s"),
    Act.APPEAL: _("The resident appealed."),
    Act.WITHDRAW: _("The resident withdrew it."),
    Act.NOTE: _("Internal note by %(unit)s."),
    Act.TELL: _("%(unit)s reports:"),
    Act.REVEAL: _("%(unit)s looked at the phone number."),
    Act.CALL: _("%(unit)s called to ask whether it is solved."),
    Act.CONCEAL: _("%(unit)s keeps it confidential: departments see no name, number and room."),
    Act.DISCLOSE: _("%(unit)s ended the confidentiality."),
    Act.RELEASE: _("%(unit)s released it to the public."),
    Act.UNRELEASE: _("%(unit)s took it back from the public."),
    Act.ASK: _("%(unit)s asks the resident: %(reason)s"),
    Act.ANSWER: _("The resident answered."),
    Act.RESUME: _("%(unit)s goes on without waiting for an answer."),
    Act.MORE_TIME: _("%(unit)s asked for more time: %(more)s."),
    Act.GRANT: _("%(unit)s granted more time: %(more)s."),
    Act.REFUSE: _("%(unit)s refused more time; the date stays."),
    Act.URGE: _("The resident urged."),
    Act.ADD: _("The resident added something."),
    Act.SUPERVISE: _("%(unit)s issued supervision order No. %(number)s to %(to)s."),
    Act.REPLY: _("%(unit)s answered the supervision order."),
    Act.RECOMPUTE: _("The calendar was corrected, so the time was counted anew."),
    Act.MERGE: _("%(unit)s put it together with another request about the same matter."),
    Act.UNMERGE: _("%(unit)s took it apart from the other request; it goes on by itself."),
    Act.PARK: _("%(unit)s parked it: %(reason)s"),
    Act.UNPARK: _("%(unit)s took it up again."),
}
FILED_FOR_SOMEBODY = _("%(unit)s filed the request for the resident.")
SIGNED_BY_TIME = _("The time to sign passed, so %(holder)s now counts as having signed.")
RATED_IN_A_CALL = _("The resident rated it in a follow-up call.")
RESUMED_BY_TIME = _("No answer came in time, so the work goes on without it.")
UNPARKED_BY_TIME = _("The day of review has come: a supervisor looks at it again.")
SILENT = _("The resident has heard nothing new for too long.")
ANNOUNCED = _("The holidays were announced, so the time was counted anew (%(why)s).")
RUNGS = {
    Rung.AMBER: _("The deadline of %(holder)s is near."),
    Rung.LATE: _("%(holder)s is late."),
    Rung.SUPERVISOR: _("%(holder)s is late; the supervisor was called."),
    Rung.LISTED: _("%(holder)s is late; it is on the list of the month."),
}
MORE = {
    "minutes": _("%(amount)s minutes"),
    "hours": _("%(amount)s working hours"),
    "workdays": _("%(amount)s working days"),
    "days": _("%(amount)s calendar days"),
}
CONTESTED_IN_A_CALL = _("The resident asked in a follow-up call to have it redone.")
# A second return gives the case back to whoever had it first; a case that bounced stays where it came back to.
RETURNED_TO_THE_FIRST = _("%(unit)s asked to return it: %(reason)s. %(lead)s, which had it first, stays responsible.")
CAME_BACK = {
    Act.DISPATCH: _("%(unit)s dispatched it to %(lead)s, which had it before and now must do it."),
    Act.UPHOLD: _("%(unit)s agreed to the return; it goes to %(lead)s, which had it before and now must do it."),
    Act.REASSIGN: _("%(unit)s moved it to %(lead)s, which had it before and now must do it."),
}
# By how the call went; whoever was reached reads what they said in the next line.
CALLS = {
    "no_answer": _("%(unit)s called to ask whether it is solved; nobody answered."),
    "busy": _("%(unit)s called to ask whether it is solved; the line was busy."),
    "refused": _("%(unit)s called to ask whether it is solved; the resident did not want to answer."),
    "wrong_number": _("%(unit)s called to ask whether it is solved; the number was wrong."),
}
DONE_WITH_ANOTHER = _("%(unit)s reported the work done, together with another request about the same matter.")
LEFT_ALONE = _("The request it was put together with ended without the work being done, so it goes on by itself.")
JOINED = _("The same was reported already; as the resident wished, both go on together.")
ANOTHER_URGED = _("The resident of merged request #%(number)s urged.")
BY_SYSTEM = {
    Act.SIGN: SIGNED_BY_TIME,
    Act.RESUME: RESUMED_BY_TIME,
    Act.UNPARK: UNPARKED_BY_TIME,
    Act.FULFIL: DONE_WITH_ANOTHER,
    Act.UNMERGE: LEFT_ALONE,
    Act.URGE: ANOTHER_URGED,
    Act.MERGE: JOINED,
}

EXPORT_SENTENCES = {
    State.READY: _("Your export is ready: %(what)s"),
    State.EXPIRED: _("The file of your export is deleted by now: %(what)s"),
    State.FAILED: _("Your export could not be written: %(what)s"),
}


def notice_sentence(notice):
    """What ``notice`` tells its reader, as one sentence."""
    if notice.export:
        return EXPORT_SENTENCES[notice.export.state] % {"what": notice.export}
    if notice.meeting:
        said = {
            "meeting": notice.meeting.title,
            "when": f"{timezone.localtime(notice.meeting.at):%Y-%m-%d %H:%M}",
            "place": notice.meeting.place,
        }
        if notice.meeting.state == Meeting.State.CALLED_OFF:
            return _("Called off: %(meeting)s, %(when)s") % said
        return _("You are invited: %(meeting)s, %(when)s, %(place)s") % said
    if notice.promise:
        said = {"promise": notice.promise, "day": notice.promise.due_on.isoformat()}
        return _("Promised for %(day)s: %(promise)s") % said
    return event_sentence(notice.event)


def event_sentence(event):
    """What happened, as one sentence; ``event`` should come with its units."""
    return _template(event) % {
        "unit": event.unit or event.facts.get("unit", ""),
        "holder": event.holder_unit or "",
        "lead": event.facts.get("lead", ""),
        "reason": event.facts.get("reason", ""),
        "assistant": event.facts.get("assistant", ""),
        "number": event.facts.get("number", ""),
        "to": event.facts.get("to", ""),
        "more": _more(event.facts),
        "why": event.facts.get("why", ""),
    }


def _more(facts):
    """How much more time was asked for or granted, in words."""
    return MORE[facts["time_unit"]] % {"amount": facts["amount"]} if "time_unit" in facts else ""


def _template(event):
    if event.act == Act.FILE and event.unit_id:
        return FILED_FOR_SOMEBODY
    if event.party == Party.SYSTEM and event.act in BY_SYSTEM:
        return BY_SYSTEM[event.act]
    if event.act == Act.ALARM:
        return RUNGS.get(event.facts.get("rung"), SILENT)
    if event.party == Party.CALLER and event.act == Act.RATE:
        return RATED_IN_A_CALL
    if event.party == Party.CALLER and event.act == Act.CONTEST:
        return CONTESTED_IN_A_CALL
    if event.act == Act.RETURN and "lead" in event.facts:
        return RETURNED_TO_THE_FIRST
    if event.act == Act.RECOMPUTE and event.facts.get("why"):
        return ANNOUNCED
    if event.facts.get("locked"):
        return CAME_BACK[event.act]
    if event.act == Act.CALL:
        return CALLS.get(event.facts["outcome"], SENTENCES[event.act])
    return SENTENCES[event.act]


def answers_in_words(event):
    """What the resident answered in a rating or a call, in one line; an empty text where they did not."""
    if "satisfaction" not in event.facts:
        return ""
    satisfaction = Rating.Satisfaction(event.facts["satisfaction"]).label
    solved = _("solved") if event.facts["solved"] else _("not solved")
    contacted = _("was contacted") if event.facts["contacted"] else _("was not contacted")
    return f"{satisfaction} · {solved} · {contacted}"
