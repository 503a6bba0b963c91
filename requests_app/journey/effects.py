"""What an act does beside moving the case: one function an act, called by the workflow inside its transaction.

Each takes the case (locked), the moment, the unit acted for and the facts its form collects; changes the case object
or the rows that hang on it; and returns what the event shall remember. An unknown fact is a TypeError.
"""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from requests_app import search
from requests_app.journey import alarms, attempts, clock, merging, pauses, recurrences, refusals, sampling
from requests_app.journey.limits import rules_of
from requests_app.journey.recounting import counted_on_other_days, news_for, recount_clocks
from requests_app.journey.refusals import StepIncomplete
from requests_app.journey.steps import EXTENDABLE_CLOCKS
from requests_app.models import (
    Act,
    Assignment,
    Extension,
    NumberSeries,
    Pause,
    Precedent,
    Rating,
    Release,
    ServiceRequest,
    Supervision,
)
from requests_app.personal import unfit_for_public, without_personal_data
from services.models import Limit, Reason, Unit

Part = Assignment.Part
Clock = Limit.Step
DAY = timedelta(days=1)


def nothing(case, *, at, unit):
    """Most acts change nothing but the status."""
    return {}


def hand_over(case, *, at, unit, lead, assist=(), why=()):
    """End the present assignments and begin those of ``lead`` and of the departments in ``assist``.

    ``why`` are the reasons that were given for proposing ``lead``.
    """
    assist = list(dict.fromkeys(assist))
    if any(chosen.kind != Unit.Kind.DEPARTMENT or not chosen.is_active for chosen in [lead, *assist]):
        raise StepIncomplete("lead", refusals.NOT_A_DEPARTMENT)
    if lead in assist:
        raise StepIncomplete("assist", refusals.ASSISTS_ITSELF)
    bounced = _comes_back(case, lead)
    case.assignments.current().update(ended_at=at)
    parts = [(lead, Part.LEAD), *((helper, Part.ASSIST) for helper in assist)]
    Assignment.objects.bulk_create(
        Assignment(case=case, unit=chosen, part=part, assigned_at=at) for chosen, part in parts
    )
    search.index(ServiceRequest.objects.filter(pk=case.pk))
    case.lead, case.lead_locked = lead, bounced
    case.for_meeting = case.for_meeting or bounced
    facts = {"lead": lead.name, "assist": [helper.name for helper in assist]}
    if why:
        facts["why"] = list(why)
    return {**facts, "locked": True} if bounced else facts


def _comes_back(case, lead):
    """True where ``lead`` returned the case before, or had it first and another has had it since.

    From hand to hand and back again is enough: whoever it comes back to stays responsible (首接负责).
    """
    leads = list(case.assignments.leading()) if case.lead_id else []
    if any(part.unit_id == lead.pk and part.returned_at for part in leads):
        return True
    return bool(leads) and leads[0].unit_id == lead.pk != case.lead_id


def hand_over_to_another(case, *, at, unit, lead, assist=(), why=()):
    """As ``hand_over``, but never to the department that has it now."""
    if lead == case.lead:
        raise StepIncomplete("lead", refusals.OTHER_LEAD)
    return hand_over(case, at=at, unit=unit, lead=lead, assist=assist, why=why)


def count_return(case, *, at, unit, reason):
    if reason.kind != reason.Kind.RETURN:
        raise StepIncomplete("reason", refusals.REASON_UNKNOWN)
    case.assignments.current().leading().update(returned_at=at)
    case.return_count += 1
    facts = {"reason": reason.text, "reason_code": reason.code}
    return {**facts, **_lock_first_receiver(case, at)} if case.return_count > 1 else facts


def _lock_first_receiver(case, at):
    """Give a case that was returned again to whoever had it first, for good, and let the next meeting talk of it."""
    first = case.assignments.leading().select_related("unit").first().unit
    if first != case.lead:
        case.assignments.current().filter(Q(part=Part.LEAD) | Q(unit=first)).update(ended_at=at)
        Assignment.objects.create(case=case, unit=first, part=Part.LEAD, assigned_at=at)
    case.lead, case.lead_locked, case.for_meeting = first, True, True
    return {"lead": first.name}


def lock_lead(case, *, at, unit):
    case.lead_locked = True
    return {}


def report_done(case, *, at, unit, done_by=""):
    """Whether the resident will be called about it is drawn before anybody knows what they would say."""
    case.fulfilled_at = at
    facts = {"draw": sampling.draw(case, at)}
    if case.parent_id:
        return {**facts, **merging.done_with_parent(case, at)}
    return {**facts, **({"done_by": done_by} if done_by else {})}


def tell(case, *, at, unit):
    return merging.told_with_parent(case) if case.parent_id else {}


def report_assistance(case, *, at, unit):
    reported = case.assignments.unreported().filter(unit=unit).update(reported_at=at)
    if not reported:
        raise StepIncomplete("note", refusals.ALREADY_REPORTED)
    return {}


def waive_assistant(case, *, at, unit, assistant):
    if not case.assignments.unreported().filter(unit=assistant).update(waived_at=at):
        raise StepIncomplete("assistant", refusals.NOTHING_TO_WAIVE)
    return {"assistant": assistant.name}


def close(case, *, at, unit):
    case.closed_at = at
    return {}


def withdraw(case, *, at, unit, reason=None):
    """Nobody works on it any more, nor does it go on with another."""
    if reason and reason.kind != reason.Kind.WITHDRAW:
        raise StepIncomplete("reason", refusals.REASON_UNKNOWN)
    case.assignments.current().update(ended_at=at)
    case.closed_at, case.parent = at, None
    return {"reason": reason.text, "reason_code": reason.code} if reason else {}


def rate(case, *, at, unit, contacted, solved, satisfaction):
    case.closed_at = at
    return {"contacted": contacted, "solved": solved, "satisfaction": satisfaction}


def count_contest(case, *, at, unit):
    case.contest_count += 1
    case.for_meeting = case.for_meeting or case.contest_count > 1
    case.fulfilled_at = case.closed_at = None
    return {"times": case.contest_count}


def decline(case, *, at, unit, reason, door):
    if reason.kind != reason.Kind.DECLINE:
        raise StepIncomplete("reason", refusals.REASON_UNKNOWN)
    case.closed_at = at
    return {"reason": reason.text, "reason_code": reason.code, "door": door}


def reopen_for_appeal(case, *, at, unit):
    case.appeal_count += 1
    case.closed_at = None
    return {"times": case.appeal_count}


def conceal(case, *, at, unit, against=None):
    """Hide name, phone and room from all departments, and from ``against`` also once that ends."""
    if against and against.kind != Unit.Kind.DEPARTMENT:
        raise StepIncomplete("against", refusals.NOT_A_DEPARTMENT)
    case.is_confidential, case.against = True, against or case.against
    return {"against": against.name} if against else {}


def disclose(case, *, at, unit):
    case.is_confidential, case.against = False, None
    return {}


def release(case, *, at, unit, text, outcome, photos_shown=(), looked_at=()):
    """Remember the wording for the public, the first or a later one; who released it is written with the event.

    ``looked_at`` are the pieces of it that looked like somebody's name or room and that a person found to be nobody's.
    """
    for field, words in (("text", text), ("outcome", outcome)):
        certain, likely = unfit_for_public(words, case, looked_at)
        if certain or likely:
            why = refusals.NOT_IN_PUBLIC if certain else refusals.LOOK_AT_IT
            raise StepIncomplete(field, why % {"found": ", ".join(certain or likely)})
    shown = [photo.pk for photo in photos_shown]
    case.photos.update(is_released=False)
    case.photos.filter(pk__in=shown).update(is_released=True)
    looked_at = {"looked_at": list(looked_at)} if looked_at else {}
    return {"text": text, "outcome": outcome, "photos": shown, **looked_at}


def take_back(case, *, at, unit):
    case.photos.update(is_released=False)
    case.release.delete()
    return {}


def ask(case, *, at, unit, reason):
    """The days the resident has: those of the limit, but no more than questions may still hold this case up.

    The day of the question is none of them, and yet it passes.
    """
    if reason.kind != Reason.Kind.ASK:
        raise StepIncomplete("reason", refusals.REASON_UNKNOWN)
    rules = rules_of(case)
    left = rules.limit(Clock.PAUSE).amount * DAY - pauses.time_spent(case, at)
    days = (left - pauses.rest_of_the_day(at)) // DAY
    if days < 1:
        raise StepIncomplete("reason", refusals.PAUSES_SPENT)
    return {"reason": reason.text, "reason_code": reason.code, "days": min(days, rules.limit(Clock.ANSWER).amount)}


def go_on(case, *, at, unit):
    """The time in which the resident had the word does not count."""
    return pauses.end(case, at)


def ask_for_more_time(case, *, at, unit, amount):
    clock_now = working_clock(case)
    if not 1 <= amount <= clock_now.amount:
        raise StepIncomplete("amount", refusals.MORE_TIME_THAN_THE_LIMIT % {"amount": clock_now.amount})
    return {"amount": amount, "time_unit": clock_now.time_unit, "step": clock_now.step}


def grant_more_time(case, *, at, unit):
    extension = _decide(case, Extension.State.GRANTED, at)
    extension.deadline.extended_by = extension.amount
    extension.deadline.save(update_fields=["extended_by"])
    moved = recount_clocks(case, [extension.deadline], at)
    alarms.climb_down(case, at)
    return {"amount": extension.amount, "time_unit": extension.deadline.time_unit, **moved}


def recompute(case, *, at, unit):
    """The calendar has changed: what moved, and the notices that moved it."""
    changed = counted_on_other_days(case)
    why, facts = news_for(changed, rules_of(case).days), recount_clocks(case, changed, at)
    if case.is_open:
        alarms.climb_down(case, at)
    return {**facts, "why": why}


def refuse_more_time(case, *, at, unit):
    extension = _decide(case, Extension.State.REFUSED, at)
    return {"amount": extension.amount, "time_unit": extension.deadline.time_unit}


def _decide(case, state, at):
    extension = case.extensions.select_related("deadline").get(state=Extension.State.ASKED)
    extension.state, extension.decided_at = state, at
    extension.save(update_fields=["state", "decided_at"])
    return extension


def working_clock(case):
    """The clock of the work under way, which may be extended; None where there is none."""
    running = (deadline for deadline in case.deadlines.all() if deadline.ended_at is None)
    return next((deadline for deadline in running if deadline.step in EXTENDABLE_CLOCKS), None)


def count_urge(case, *, at, unit, number=None):
    """Again on the next working day; ``number`` is the merged case whose resident urged, to whom that day belongs."""
    case.urge_count += 1
    if number:
        return {"times": case.urge_count, "number": number}
    case.urge_from = clock.next_workday(at, rules_of(case).calendar)
    return {"times": case.urge_count}


def supervise(case, *, at, unit):
    """A number of its own for the order, and whom it goes to."""
    year = timezone.localdate(at).year
    number = NumberSeries.objects.next(NumberSeries.Kind.SUPERVISION, unit, year)
    return {"number": number, "year": year, "to": case.holding_unit.name}


def ring(case, *, at, unit):
    return alarms.ring(case, at)


def park(case, *, at, unit, reason, condition, leader, review_on):
    """What must happen first, who sees to it, and when it is looked at again: as that day begins."""
    if reason.kind != Reason.Kind.PARK:
        raise StepIncomplete("reason", refusals.REASON_UNKNOWN)
    if not condition.strip():
        raise StepIncomplete("condition", refusals.WORDS_MISSING)
    days, most = (review_on - timezone.localdate(at)).days, rules_of(case).limit(Clock.REVIEW).amount
    if not 2 <= days <= most:
        raise StepIncomplete("review_on", refusals.REVIEW_TOO_FAR % {"days": most})
    named = {"reason": reason.text, "reason_code": reason.code, "condition": condition.strip()}
    return {**named, "leader": leader.name, "review_on": review_on, "days": days - 1}


EFFECTS = {
    Act.ASK: ask,
    Act.ANSWER: go_on,
    Act.RESUME: go_on,
    Act.MORE_TIME: ask_for_more_time,
    Act.GRANT: grant_more_time,
    Act.REFUSE: refuse_more_time,
    Act.URGE: count_urge,
    Act.SUPERVISE: supervise,
    Act.ALARM: ring,
    Act.RECOMPUTE: recompute,
    Act.PARK: park,
    Act.DISPATCH: hand_over,
    Act.RETURN: count_return,
    Act.UPHOLD: hand_over_to_another,
    Act.OVERRULE: lock_lead,
    Act.REASSIGN: hand_over_to_another,
    Act.MERGE: merging.merge,
    Act.UNMERGE: merging.part,
    Act.TELL: tell,
    Act.SETTLE: report_done,
    Act.FULFIL: report_done,
    Act.ASSIST: report_assistance,
    Act.WAIVE: waive_assistant,
    Act.RATE: rate,
    Act.LAPSE: close,
    Act.CONTEST: count_contest,
    Act.DECLINE: decline,
    Act.APPEAL: reopen_for_appeal,
    Act.WITHDRAW: withdraw,
    Act.CONCEAL: conceal,
    Act.DISCLOSE: disclose,
    Act.RELEASE: release,
    Act.UNRELEASE: take_back,
    Act.CALL: attempts.put_down_call,
}


def no_more(event):
    """Most acts are done once their event is written."""


def remember_rating(event):
    """The resident's three answers as a row of their own."""
    answers = {key: event.facts[key] for key in ("contacted", "solved", "satisfaction")}
    Rating.objects.create(case=event.case, event=event, at=event.at, **answers)
    attempts.answered_without_a_call(event)


def remember_release(event):
    wording = {key: event.facts[key] for key in ("text", "outcome")} | {"released_by": event.actor}
    known = Release.objects.filter(case=event.case).update(**wording, changed_at=event.at)
    if not known:
        Release.objects.create(case=event.case, at=event.at, **wording)


def remember_pause(event):
    case = event.case
    reason = Reason.objects.get(kind=Reason.Kind.ASK, code=event.facts["reason_code"])
    held = pauses.ASKED_BY[case.status]
    Pause.objects.create(case=case, event=event, reason=reason, holder=held, started_at=event.at)


def remember_extension(event):
    deadline = event.case.deadlines.running().get(step=event.facts["step"])
    Extension.objects.create(
        case=event.case, deadline=deadline, event=event, amount=event.facts["amount"], asked_at=event.at
    )


def remember_supervision(event):
    case, named = event.case, event.facts
    Supervision.objects.create(
        case=case,
        event=event,
        deadline=case.deadlines.running().get(step=Clock.SUPERVISION),
        unit=event.unit,
        to_unit=case.holding_unit,
        year=named["year"],
        number=named["number"],
        at=event.at,
    )


def remember_reply(event):
    Supervision.objects.filter(case=event.case, answer=None, deadline__ended_at=event.at).update(answer=event)


RULINGS = {Act.UPHOLD: Precedent.Outcome.UPHELD, Act.OVERRULE: Precedent.Outcome.OVERRULED}


def remember_ruling(event):
    """The ruling as a row of the precedent book."""
    case = event.case
    returned = case.events.filter(act=Act.RETURN).select_related("unit").latest("serial")
    code = returned.facts.get("reason_code")
    Precedent.objects.create(
        case=case,
        event=event,
        category=case.category,
        area=case.branch.parent,
        returned_by=returned.unit,
        decided_for=case.lead,
        reason=Reason.objects.filter(kind=Reason.Kind.RETURN, code=code).first(),
        outcome=RULINGS[event.act],
        words=without_personal_data(event.note, case),
        ruled_by=event.unit,
        at=event.at,
    )


def begin_redo(event):
    attempts.answered_without_a_call(event)
    recurrences.contested(event)


# What needs the event that was just written.
AFTERWARDS = {
    Act.ASK: remember_pause,
    Act.MORE_TIME: remember_extension,
    Act.SUPERVISE: remember_supervision,
    Act.REPLY: remember_reply,
    Act.RATE: remember_rating,
    Act.RELEASE: remember_release,
    Act.SETTLE: sampling.begin_follow_up,
    Act.FULFIL: sampling.begin_follow_up,
    Act.CONTEST: begin_redo,
    Act.UPHOLD: remember_ruling,
    Act.OVERRULE: remember_ruling,
}
