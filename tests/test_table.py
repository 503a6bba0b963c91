"""The whole table, cell by cell: every situation × every act × every person of the town.

What is allowed is written out here in the words of the domain, not read from the table that is tested.
"""

from datetime import timedelta

import pytest
from django.db import transaction

from requests_app.journey import refusals, workflow
from requests_app.journey.parties import SYSTEM, TrackedResident
from requests_app.journey.refusals import StepRefused
from requests_app.journey.steps import STEPS
from requests_app.models import Act, ServiceRequest, Status
from services.models import CalendarDay
from tests import town as towns
from tests.town import DAY, HOUR, MONDAY

LONG_AFTER = MONDAY + 60 * DAY
SOON_AFTER = MONDAY + HOUR

STAFF = "note reveal"
CLERK = f"{STAFF} tell"
IDLE = {**dict.fromkeys(("clerk", "dispatcher", "supervisor"), f"{STAFF} conceal"), "caller": STAFF}
AWAITED = {**dict.fromkeys(("clerk", "dispatcher", "supervisor"), f"{CLERK} conceal"), "caller": STAFF}
# From a department that may not know who filed it.
KEPT_OUT = "note tell"


def also(people, **more):
    """``people`` with further acts for some of them."""
    names = {*people, *more}
    return {name: f"{people.get(name, '')} {more.get(name, '')}".strip() for name in names}


def contested(t, at=MONDAY):
    return workflow.take(towns.fulfilled(t, at), Act.CONTEST, by=t.resident, note="灯又灭了", at=at)


def contested_twice(t, at=MONDAY):
    again = workflow.take(contested(t, at), Act.FULFIL, by=t.officer, note="又换了一次", at=at)
    return workflow.take(again, Act.CONTEST, by=t.resident, note="还是不亮", at=at)


def settled_and_contested(t, at=MONDAY):
    return workflow.take(towns.settled(t, at), Act.CONTEST, by=t.resident, note="灯还是坏的", at=at)


def returned_twice(t, at=MONDAY):
    case = workflow.take(towns.returned(t, at), Act.UPHOLD, by=t.dispatcher, lead=t.housing, at=at)
    return workflow.take(case, Act.RETURN, by=t.warden, reason=t.not_ours, note="不归房管", at=at)


def kept_by_the_first(t, at=MONDAY):
    return workflow.take(returned_twice(t, at), Act.OVERRULE, by=t.supervisor, note="首接负责", at=at)


def given_to_a_third(t, at=MONDAY):
    facts = {"lead": t.firm, "note": "是物业的事"}
    return workflow.take(returned_twice(t, at), Act.UPHOLD, by=t.supervisor, at=at, **facts)


def back_at_the_first(t, at=MONDAY):
    case = workflow.take(towns.dispatched(t, at), Act.REASSIGN, by=t.dispatcher, lead=t.housing, note="归房管", at=at)
    return workflow.take(case, Act.REASSIGN, by=t.dispatcher, lead=t.sanitation, note="还是归环卫", at=at)


def overruled(t, at=MONDAY):
    return workflow.take(towns.returned(t, at), Act.OVERRULE, by=t.dispatcher, note="就是你们的", at=at)


def appealed(t, at=MONDAY):
    return workflow.take(towns.declined(t, at), Act.APPEAL, by=t.resident, at=at)


def declined_after_appeal(t, at=MONDAY):
    facts = {"reason": t.court, "door": "请等判决"}
    return workflow.take(appealed(t, at), Act.DECLINE, by=t.supervisor, at=at, **facts)


def assisted(t, at=MONDAY):
    return towns.dispatched(t, at, assist=[t.housing])


def assisted_and_signed(t, at=MONDAY):
    return workflow.take(assisted(t, at), Act.SIGN, by=t.officer, at=at)


def released(t, at=MONDAY):
    return workflow.take(towns.rated(t, at), Act.RELEASE, by=t.dispatcher, text="灯坏了", outcome="换了灯", at=at)


def released_and_contested(t, at=MONDAY):
    return workflow.take(released(t, at), Act.CONTEST, by=t.resident, note="灯又坏了", at=at)


def private(t, at=MONDAY):
    case = towns.filed(t, at, category=t.allowance)
    case = workflow.take(case, Act.ACCEPT, by=t.clerk, at=at)
    return workflow.take(case, Act.SETTLE, by=t.clerk, note="讲清楚了", at=at)


def asked(t, at=MONDAY):
    case = towns.signed(t, at)
    return workflow.take(case, Act.ASK, by=t.officer, reason=t.unclear_place, note="哪个单元？", at=at)


def asked_by_the_branch(t, at=MONDAY):
    case = towns.accepted(t, at)
    return workflow.take(case, Act.ASK, by=t.clerk, reason=t.unclear_place, note="哪个单元？", at=at)


def asked_by_the_community(t, at=MONDAY):
    case = towns.referred(t, at)
    return workflow.take(case, Act.ASK, by=t.dispatcher, reason=t.unclear_place, note="哪个单元？", at=at)


def answered(t, at=MONDAY):
    return workflow.take(asked(t, at), Act.ANSWER, by=t.resident, note="二单元", at=at + HOUR)


def filed_before_a_day_off(t, at=MONDAY):
    case = towns.filed(t, at)
    CalendarDay.objects.create(date=at.date(), is_working=False, name="临时放假")
    return case


def more_time_asked_for(t, at=MONDAY):
    return workflow.take(towns.signed(t, at), Act.MORE_TIME, by=t.officer, amount=2, note="等配件", at=at)


def more_time_granted(t, at=MONDAY):
    return workflow.take(more_time_asked_for(t, at), Act.GRANT, by=t.supervisor, note="配件三天后到", at=at)


def urged(t, at=MONDAY):
    return workflow.take(towns.signed(t, at), Act.URGE, by=t.resident, note="天黑不敢下楼", at=at)


def supervised(t, at=MONDAY):
    return workflow.take(towns.signed(t, at), Act.SUPERVISE, by=t.supervisor, note="今天去现场", at=at)


def parked(t, at=MONDAY):
    facts = {"reason": t.no_money, "condition": "资金到位", "leader": t.housing, "review_on": (at + 30 * DAY).date()}
    return workflow.take(towns.signed(t, at), Act.PARK, by=t.supervisor, note="列入计划", at=at, **facts)


def taken_up_again(t, at=MONDAY):
    return workflow.take(parked(t, at), Act.UNPARK, by=t.supervisor, note="资金到了", at=at)


def lapsed(t, at=MONDAY):
    return workflow.take(towns.to_call(t, at), Act.LAPSE, by=SYSTEM, at=at + 8 * DAY)


def reached(t, at=MONDAY):
    return towns.called(t, at, outcome="reached", contacted=True, solved=True, satisfaction="good")


def redone_for_a_caller(t, at=MONDAY):
    case = workflow.take(reached(t, at), Act.CONTEST, by=t.caller, note="灯又灭了", at=at)
    return workflow.take(case, Act.FULFIL, by=t.officer, note="又换了一次", at=at)


def rated_by_the_resident(t, at=MONDAY):
    answers = {"contacted": True, "solved": True, "satisfaction": "good"}
    return workflow.take(towns.to_call(t, at), Act.RATE, by=t.resident, at=at, **answers)


def settled_to_call(t, at=MONDAY):
    return towns.to_call(t, at, make=towns.settled)


def asked_to_be_kept_confidential(t, at=MONDAY):
    return towns.filed(t, at, is_confidential=True)


def confidential(t, at=MONDAY):
    return workflow.take(towns.dispatched(t, at), Act.CONCEAL, by=t.dispatcher, against=t.firm, at=at)


def confidential_to_the_end(t, at=MONDAY):
    return workflow.take(towns.fulfilled(t, at), Act.CONCEAL, by=t.supervisor, at=at)


def at_the_firm_complained_about(t, at=MONDAY):
    t.rubbish.is_against_firm = True
    case = workflow.take(towns.filed(t, at, category=t.rubbish), Act.REFER, by=t.clerk, note="不归小区", at=at)
    return workflow.take(case, Act.DISPATCH, by=t.dispatcher, lead=t.firm, at=at)


def answered_with_its_parent(t, at=MONDAY):
    case = towns.merged(t, at)
    parent = workflow.take(case.parent, Act.ACCEPT, by=t.clerk, at=at)
    workflow.take(parent, Act.SETTLE, by=t.clerk, note="换了灯泡", at=at)
    case.refresh_from_db()
    return case


def joined(t, at=MONDAY):
    return towns.neighbours(t, at, joins=towns.filed(t, at))


def urged_while_merged(t, at=MONDAY):
    return workflow.take(towns.merged(t, at), Act.URGE, by=t.resident, at=at)


def with_a_merged_one_that_urged(t, at=MONDAY):
    case = with_another_merged_into_it(t, at)
    workflow.take(case.merged.get(), Act.URGE, by=t.neighbour, at=at)
    return case


def with_another_merged_into_it(t, at=MONDAY):
    case = towns.signed(t, at)
    workflow.take(towns.neighbours(t, at), Act.MERGE, by=t.clerk, parent=case, at=at)
    return case


# Which situation, asked how much later, and who may then do what. People not named may do nothing at all.
SITUATIONS = {
    "filed": (towns.filed, HOUR, also(
        AWAITED, resident="withdraw urge", clerk="accept refer decline", dispatcher="decline",
        supervisor="supervise")),
    "filed, the branch is late": (towns.filed, 9 * DAY, also(
        AWAITED, resident="withdraw urge", clerk="accept refer decline", dispatcher="decline dispatch",
        supervisor="decline dispatch supervise", system="alarm")),
    "accepted": (towns.accepted, HOUR, also(
        AWAITED, resident="withdraw urge", clerk="settle refer decline ask more_time", dispatcher="decline",
        supervisor="park supervise")),
    "accepted, the branch is late": (towns.accepted, 9 * DAY, also(
        AWAITED, resident="withdraw urge", clerk="settle refer decline ask", dispatcher="decline dispatch",
        supervisor="decline dispatch park supervise", system="alarm")),
    "referred": (towns.referred, HOUR, also(
        AWAITED, resident="withdraw urge", dispatcher="dispatch decline ask", supervisor="park supervise")),
    "referred, the community is late": (towns.referred, 9 * DAY, also(
        AWAITED, resident="withdraw urge", dispatcher="dispatch decline ask",
        supervisor="dispatch decline park supervise", system="alarm")),
    "dispatched": (towns.dispatched, HOUR, also(
        AWAITED, resident="withdraw urge", officer=f"{CLERK} sign return", dispatcher="reassign",
        supervisor="reassign supervise")),
    "dispatched, signature is late": (towns.dispatched, 9 * DAY, also(
        AWAITED, resident="withdraw urge", officer=f"{CLERK} sign", dispatcher="reassign",
        supervisor="reassign supervise", system="sign alarm")),
    "dispatched with an assistant": (assisted, HOUR, also(
        AWAITED, resident="withdraw urge", officer=f"{CLERK} sign return", dispatcher="reassign waive",
        supervisor="reassign waive supervise", warden=f"{STAFF} assist")),
    "signed, assistant awaited": (assisted_and_signed, HOUR, also(
        AWAITED, resident="urge", officer=f"{CLERK} return ask more_time", dispatcher="reassign waive",
        supervisor="reassign waive park supervise", warden=f"{STAFF} assist")),
    "in hand": (towns.signed, HOUR, also(
        AWAITED, resident="urge", officer=f"{CLERK} return fulfil ask more_time", dispatcher="reassign",
        supervisor="reassign park supervise")),
    "in hand, return window closed": (towns.signed, 9 * DAY, also(
        AWAITED, resident="urge", officer=f"{CLERK} fulfil ask", dispatcher="reassign",
        supervisor="reassign park supervise", system="alarm")),
    "the calendar has changed": (filed_before_a_day_off, HOUR, also(
        AWAITED, resident="withdraw urge", clerk="accept refer decline", dispatcher="decline",
        supervisor="supervise", system="recompute")),
    "asked by the department": (asked, HOUR, also(
        AWAITED, resident="answer", officer=f"{CLERK} return fulfil resume", dispatcher="reassign",
        supervisor="reassign park")),
    "asked, no answer came": (asked, 9 * DAY, also(
        AWAITED, resident="answer", officer=f"{CLERK} fulfil resume", dispatcher="reassign",
        supervisor="reassign park", system="resume")),
    "asked by the branch": (asked_by_the_branch, HOUR, also(
        AWAITED, resident="withdraw answer", clerk="settle refer decline resume", dispatcher="decline",
        supervisor="park")),
    "asked by the community": (asked_by_the_community, HOUR, also(
        AWAITED, resident="withdraw answer", dispatcher="decline resume", supervisor="park")),
    "answered": (answered, 2 * HOUR, also(
        AWAITED, resident="urge", officer=f"{CLERK} return fulfil ask more_time", dispatcher="reassign",
        supervisor="reassign park supervise")),
    "more time asked for": (more_time_asked_for, HOUR, also(
        AWAITED, resident="urge", officer=f"{CLERK} return fulfil ask", dispatcher="reassign",
        supervisor="reassign park supervise grant refuse")),
    "more time granted": (more_time_granted, HOUR, also(
        AWAITED, resident="urge", officer=f"{CLERK} return fulfil ask", dispatcher="reassign",
        supervisor="reassign park supervise")),
    "urged today": (urged, HOUR, also(
        AWAITED, officer=f"{CLERK} return fulfil ask more_time", dispatcher="reassign",
        supervisor="reassign park supervise")),
    "urged yesterday": (urged, DAY, also(
        AWAITED, resident="urge", officer=f"{CLERK} return fulfil ask more_time", dispatcher="reassign",
        supervisor="reassign park supervise")),
    "supervised": (supervised, HOUR, also(
        AWAITED, resident="urge", officer=f"{CLERK} return fulfil ask more_time reply", dispatcher="reassign",
        supervisor="reassign park")),
    "parked": (parked, HOUR, also(
        AWAITED, officer=CLERK, supervisor="unpark")),
    "parked, the day of review has come": (parked, 31 * DAY, also(
        AWAITED, officer=CLERK, supervisor="unpark", system="unpark")),
    "taken up again": (taken_up_again, HOUR, also(
        AWAITED, officer=CLERK, resident="withdraw urge", dispatcher="dispatch decline ask",
        supervisor="park supervise")),
    "returned": (towns.returned, HOUR, also(
        AWAITED, resident="urge", officer=CLERK, dispatcher="uphold overrule", supervisor="supervise")),
    "returned, the ruling is late": (towns.returned, 9 * DAY, also(
        AWAITED, resident="urge", officer=CLERK, dispatcher="uphold overrule",
        supervisor="uphold overrule supervise", system="alarm")),
    "returned twice": (returned_twice, HOUR, also(
        AWAITED, resident="urge", officer=CLERK, supervisor="uphold overrule")),
    "returned twice, the first receiver keeps it": (kept_by_the_first, HOUR, also(
        AWAITED, resident="urge", officer=f"{CLERK} fulfil ask more_time", supervisor="reassign park supervise")),
    "returned twice, a third gets it": (given_to_a_third, HOUR, also(
        AWAITED, resident="withdraw urge", fitter=f"{CLERK} sign return", dispatcher="reassign",
        supervisor="reassign supervise")),
    "back at the first receiver": (back_at_the_first, HOUR, also(
        AWAITED, resident="withdraw urge", officer=f"{CLERK} sign", supervisor="reassign supervise")),
    "overruled, the lead is locked": (overruled, HOUR, also(
        AWAITED, resident="urge", officer=f"{CLERK} fulfil ask more_time", supervisor="reassign park supervise")),
    "settled by the branch": (towns.settled, HOUR, also(
        AWAITED, resident="rate contest", dispatcher="release", supervisor="release")),
    "fulfilled": (towns.fulfilled, HOUR, also(
        AWAITED, officer=CLERK, resident="rate contest", dispatcher="release", supervisor="release")),
    "fulfilled, no answer came": (towns.fulfilled, 9 * DAY, also(
        AWAITED, officer=CLERK, resident="rate contest",
        dispatcher="release", supervisor="release", system="lapse")),
    "settled, never public": (private, HOUR, also(
        AWAITED, resident="rate contest")),
    "settled, to be called": (settled_to_call, HOUR, also(
        AWAITED, resident="rate contest", caller="call", dispatcher="release", supervisor="release")),
    "fulfilled, to be called": (towns.to_call, HOUR, also(
        AWAITED, officer=CLERK, resident="rate contest", caller="call",
        dispatcher="release", supervisor="release")),
    "to be called, at night": (towns.to_call, 13 * HOUR, also(
        AWAITED, officer=CLERK, resident="rate contest", dispatcher="release", supervisor="release")),
    "called in vain this morning": (towns.called, HOUR, also(
        AWAITED, officer=CLERK, resident="rate contest", dispatcher="release", supervisor="release")),
    "called in vain, now it is afternoon": (towns.called, 4 * HOUR, also(
        AWAITED, officer=CLERK, resident="rate contest", caller="call",
        dispatcher="release", supervisor="release")),
    "reached in a call": (reached, HOUR, also(
        AWAITED, officer=CLERK, resident="rate contest", caller="rate contest",
        dispatcher="release", supervisor="release")),
    "redone after a call, not drawn again": (redone_for_a_caller, HOUR, also(
        AWAITED, officer=CLERK, resident="rate contest", dispatcher="release", supervisor="release")),
    "lapsed, to be called": (lapsed, HOUR, also(
        IDLE, officer=STAFF, resident="contest", caller="call", dispatcher="release", supervisor="release")),
    "lapsed, the call came to nothing": (lapsed, 20 * DAY, also(
        IDLE, officer=STAFF, dispatcher="release", supervisor="release")),
    "drawn, and the resident rated": (rated_by_the_resident, HOUR, also(
        IDLE, officer=STAFF, resident="contest", dispatcher="release", supervisor="release")),
    "contested": (contested, HOUR, also(
        AWAITED, resident="urge", officer=f"{CLERK} fulfil ask more_time", dispatcher="reassign",
        supervisor="reassign park supervise")),
    "settled and contested": (settled_and_contested, HOUR, also(
        AWAITED, resident="withdraw urge", clerk="settle refer decline ask more_time", dispatcher="decline",
        supervisor="park supervise")),
    "contested twice": (contested_twice, HOUR, also(
        AWAITED, officer=CLERK, resident="withdraw urge", supervisor="dispatch decline park")),
    "closed": (towns.rated, HOUR, also(
        IDLE, officer=STAFF, resident="contest", dispatcher="release", supervisor="release")),
    "closed long ago": (towns.rated, 20 * DAY, also(
        IDLE, officer=STAFF, dispatcher="release", supervisor="release")),
    "released": (released, 20 * DAY, also(
        IDLE, officer=STAFF, dispatcher="release unrelease", supervisor="release unrelease")),
    "released and contested": (released_and_contested, HOUR, also(
        AWAITED, resident="urge", officer=f"{CLERK} fulfil ask more_time", dispatcher="reassign unrelease",
        supervisor="reassign unrelease park supervise")),
    "declined": (towns.declined, HOUR, also(IDLE, resident="appeal")),
    "declined long ago": (towns.declined, 20 * DAY, IDLE),
    "appealed": (appealed, HOUR, also(
        AWAITED, resident="withdraw urge", supervisor="dispatch decline park")),
    "declined after an appeal": (declined_after_appeal, HOUR, IDLE),
    "withdrawn": (towns.withdrawn, HOUR, IDLE),
    "filed, the resident wants it confidential": (asked_to_be_kept_confidential, HOUR, also(
        AWAITED, resident="withdraw urge", clerk="accept refer decline disclose", dispatcher="decline disclose",
        supervisor="supervise disclose")),
    "dispatched, confidential": (confidential, HOUR, also(
        {name: acts.replace(" conceal", "") for name, acts in AWAITED.items()}, resident="withdraw urge",
        officer=f"{KEPT_OUT} sign return", clerk="disclose", dispatcher="reassign disclose",
        supervisor="reassign supervise disclose")),
    "fulfilled, confidential": (confidential_to_the_end, HOUR, also(
        AWAITED, officer=KEPT_OUT, resident="rate contest", clerk="disclose",
        dispatcher="disclose", supervisor="disclose")),
    "dispatched to the firm complained about": (at_the_firm_complained_about, HOUR, also(
        AWAITED, resident="withdraw urge", fitter=f"{KEPT_OUT} sign return", clerk="disclose",
        dispatcher="reassign disclose", supervisor="reassign supervise disclose")),
    "merged": (towns.merged, HOUR, also(
        IDLE, resident="urge", clerk="unmerge", dispatcher="unmerge", supervisor="unmerge")),
    "joined a moment ago": (joined, HOUR / 12, also(
        IDLE, neighbour="urge withdraw", clerk="unmerge", dispatcher="unmerge", supervisor="unmerge")),
    "joined an hour ago": (joined, HOUR, also(
        IDLE, neighbour="urge", clerk="unmerge", dispatcher="unmerge", supervisor="unmerge")),
    "answered with its parent": (answered_with_its_parent, HOUR, also(
        AWAITED, resident="rate contest", dispatcher="release", supervisor="release")),
    "merged, urged today": (urged_while_merged, HOUR, also(
        IDLE, clerk="unmerge", dispatcher="unmerge", supervisor="unmerge")),
    "in hand, a merged one urged": (with_a_merged_one_that_urged, HOUR, also(
        AWAITED, resident="urge", officer=f"{CLERK} return fulfil ask more_time", dispatcher="reassign",
        supervisor="reassign park supervise", system="urge")),
    "in hand, another is merged into it": (with_another_merged_into_it, HOUR, also(
        AWAITED, resident="urge", officer=f"{CLERK} return fulfil ask more_time", dispatcher="reassign",
        supervisor="reassign park supervise")),
}  # fmt: skip

# Branch and community merge what they or others work on; the supervisor what is or has become theirs.
MERGERS = {
    "clerk dispatcher": (
        "filed", "accepted", "referred", "dispatched", "dispatched with an assistant", "signed, assistant awaited",
        "in hand", "the calendar has changed", "asked by the department", "asked, no answer came",
        "asked by the branch", "asked by the community", "answered", "more time asked for", "more time granted",
        "urged today", "urged yesterday", "supervised", "taken up again", "returned",
        "returned twice, the first receiver keeps it",
        "returned twice, a third gets it", "back at the first receiver", "overruled, the lead is locked", "contested",
        "settled and contested", "released and contested", "filed, the resident wants it confidential",
        "dispatched, confidential", "dispatched to the firm complained about",
    ),
    "clerk dispatcher supervisor": (
        "filed, the branch is late", "accepted, the branch is late", "referred, the community is late",
        "dispatched, signature is late", "in hand, return window closed", "returned, the ruling is late",
    ),
    "supervisor": ("returned twice", "contested twice", "appealed"),
}  # fmt: skip


def may_merge(person, name):
    return any(person in people.split() and name in names for people, names in MERGERS.items())


def may_add(person, name):
    """Residents add to what somebody works on or has parked, also just after urging; not while they are asked."""
    urges = "urge" in SITUATIONS[name][2].get(person, "").split() and name != "merged"
    quiet = ("urged today", "parked", "parked, the day of review has come")
    return person == "resident" and (urges or name in quiet)


def facts_for(t, act, case, at):
    """What the form of ``act`` would send."""
    if act == Act.MERGE:
        return {"parent": towns.filed(t)}
    another = t.firm if case.lead != t.firm else t.housing
    return {
        Act.DISPATCH: {"lead": t.firm},
        Act.RETURN: {"reason": t.not_ours},
        Act.UPHOLD: {"lead": another},
        Act.REASSIGN: {"lead": another},
        Act.DECLINE: {"reason": t.court, "door": "法院"},
        Act.WAIVE: {"assistant": t.housing},
        Act.RATE: {"contacted": True, "solved": True, "satisfaction": "good"},
        Act.RELEASE: {"text": "灯坏了", "outcome": "换了灯"},
        Act.ASK: {"reason": t.unclear_place},
        Act.MORE_TIME: {"amount": 1},
        Act.PARK: {
            "reason": t.no_money,
            "condition": "资金到位",
            "leader": t.housing,
            "review_on": (at + 30 * DAY).date(),
        },
        Act.CALL: {"outcome": "no_answer"},
    }.get(act, {})


def try_step(t, case, act, by, at):
    """The case after the step, or None where it was refused; the town is as before."""
    with transaction.atomic():
        try:
            after = workflow.take(case, act, by=by, note="说明", at=at, **facts_for(t, act, case, at))
        except StepRefused:
            after = None
        transaction.set_rollback(True)
    return after


# Of the cells that the table refuses, one in so many is tried at the door too, others in each situation: all of them
# would take minutes.
TRIED = 23


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("name", SITUATIONS)
def test_each_cell_is_open_exactly_to_those_the_domain_names(name, town):
    make, later, allowed = SITUATIONS[name]
    made = make(town)
    at = made.moved_at + later
    cases = ServiceRequest.objects.for_page().prefetch_related("assignments__unit", "deadlines", "extensions")
    case = cases.get(pk=made.pk)
    turn = list(SITUATIONS).index(name)
    for person, by in {**town.people, "admin": town.admin, "system": SYSTEM}.items():
        expected = set(allowed.get(person, "").split()) | ({Act.MERGE} if may_merge(person, name) else set())
        expected |= {Act.ADD} if may_add(person, name) else set()
        offered = {step.act for step in workflow.steps_open_to(by, case, at)}
        assert offered == expected, f"buttons of {person} when {name}"
        for act in Act:
            turn += 1
            assert is_open(by, case, act, at) == (act in expected), f"{act} by {person} when {name}"
            if act in expected or turn % TRIED == 0:
                taken = try_step(town, case, act, by, at) is not None
                assert taken == (act in expected), f"{act} by {person} at the door when {name}"


def is_open(by, case, act, at):
    try:
        workflow.step_for(by, case, act, at)
    except StepRefused:
        return False
    return True


@pytest.mark.django_db
def test_whoever_proved_the_code_stands_as_the_resident_before_that_case_alone(town):
    case, other = towns.fulfilled(town), towns.fulfilled(town)
    proved = TrackedResident(case.pk)
    assert {step.act for step in workflow.steps_open_to(proved, case, SOON_AFTER)} == {Act.RATE, Act.CONTEST}
    assert workflow.steps_open_to(proved, other, SOON_AFTER) == []


@pytest.mark.django_db
def test_each_step_leads_where_the_domain_says(town):
    """One walk over every row that moves a case: the status and the holder it ends with."""
    t = town
    walks = [
        (towns.filed, Status.FILED, "branch"),
        (towns.accepted, Status.ACCEPTED, "branch"),
        (towns.settled, Status.FULFILLED, "resident"),
        (towns.referred, Status.REFERRED, "community"),
        (towns.dispatched, Status.DISPATCHED, "department"),
        (towns.signed, Status.IN_HAND, "department"),
        (towns.returned, Status.RETURNED, "community"),
        (returned_twice, Status.RETURNED, "supervisor"),
        (overruled, Status.IN_HAND, "department"),
        (kept_by_the_first, Status.IN_HAND, "department"),
        (given_to_a_third, Status.DISPATCHED, "department"),
        (back_at_the_first, Status.DISPATCHED, "department"),
        (towns.fulfilled, Status.FULFILLED, "resident"),
        (contested, Status.IN_HAND, "department"),
        (settled_and_contested, Status.ACCEPTED, "branch"),
        (contested_twice, Status.REFERRED, "supervisor"),
        (asked, Status.IN_HAND, "resident"),
        (asked_by_the_branch, Status.ACCEPTED, "resident"),
        (answered, Status.IN_HAND, "department"),
        (parked, Status.PARKED, "supervisor"),
        (taken_up_again, Status.REFERRED, "community"),
        (towns.rated, Status.CLOSED, ""),
        (towns.declined, Status.DECLINED, ""),
        (appealed, Status.REFERRED, "supervisor"),
        (towns.withdrawn, Status.WITHDRAWN, ""),
        (towns.merged, Status.MERGED, ""),
        (joined, Status.MERGED, ""),
        (answered_with_its_parent, Status.FULFILLED, "resident"),
    ]
    for make, status, holder in walks:
        case = make(t)
        assert (case.status, case.holder) == (status, holder), make.__name__
        last = case.events.latest("serial")
        assert (last.target, last.holder) == (status, holder), make.__name__


def test_every_act_but_filing_has_a_row_and_every_open_status_can_be_left():
    assert {step.act for step in STEPS} == set(Act) - {Act.FILE}
    left = {source for step in STEPS if step.moves for source in step.source}
    built = {Status.FILED, Status.ACCEPTED, Status.REFERRED, Status.DISPATCHED, Status.IN_HAND, Status.RETURNED}
    assert built | {Status.FULFILLED, Status.PARKED} <= left


def test_no_situation_offers_one_person_two_rows_for_the_same_act():
    """Rows of one act are told apart by party, source or guard; two equal ones would hide each other."""
    keys = [(step.act, source, party, step.when) for step in STEPS for source in step.source for party in step.by]
    assert len(keys) == len(set(keys))


@pytest.mark.django_db
def test_a_refused_step_leaves_no_trace(town):
    case = towns.filed(town)
    with pytest.raises(StepRefused):
        workflow.take(case, Act.FULFIL, by=town.clerk, note="办好了", at=SOON_AFTER)
    case.refresh_from_db()
    assert (case.status, case.events.count()) == (Status.FILED, 1)


@pytest.mark.django_db
def test_the_second_of_two_who_saw_the_same_page_is_refused_even_where_the_table_would_allow_it(town):
    case = towns.dispatched(town)
    seen = case.events.latest("serial").serial
    workflow.take(case, Act.REASSIGN, by=town.dispatcher, lead=town.housing, note="归房管", at=SOON_AFTER, seen=seen)
    later = SOON_AFTER + timedelta(minutes=1)
    with pytest.raises(StepRefused) as refused:
        workflow.take(case, Act.REASSIGN, by=town.dispatcher, lead=town.firm, note="归物业", at=later, seen=seen)
    assert refused.value.reason == refusals.MOVED_ON
