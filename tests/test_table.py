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
from requests_app.models import Act, Status
from tests import town as towns
from tests.town import DAY, HOUR, MONDAY

LONG_AFTER = MONDAY + 60 * DAY
SOON_AFTER = MONDAY + HOUR

STAFF = "note reveal"
CLERK = f"{STAFF} tell"
IDLE = {"clerk": STAFF, "dispatcher": STAFF, "supervisor": STAFF, "caller": STAFF}
AWAITED = {"clerk": CLERK, "dispatcher": CLERK, "supervisor": CLERK, "caller": STAFF}


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


# Which situation, asked how much later, and who may then do what. People not named may do nothing at all.
SITUATIONS = {
    "filed": (towns.filed, HOUR, also(
        AWAITED, resident="withdraw", clerk="accept refer decline", dispatcher="decline")),
    "filed, the branch is late": (towns.filed, 9 * DAY, also(
        AWAITED, resident="withdraw", clerk="accept refer decline", dispatcher="decline dispatch",
        supervisor="decline dispatch")),
    "accepted": (towns.accepted, HOUR, also(
        AWAITED, resident="withdraw", clerk="settle refer decline", dispatcher="decline")),
    "accepted, the branch is late": (towns.accepted, 9 * DAY, also(
        AWAITED, resident="withdraw", clerk="settle refer decline", dispatcher="decline dispatch",
        supervisor="decline dispatch")),
    "referred": (towns.referred, HOUR, also(
        AWAITED, resident="withdraw", dispatcher="dispatch decline")),
    "referred, the community is late": (towns.referred, 9 * DAY, also(
        AWAITED, resident="withdraw", dispatcher="dispatch decline", supervisor="dispatch decline")),
    "dispatched": (towns.dispatched, HOUR, also(
        AWAITED, resident="withdraw", officer=f"{CLERK} sign return", dispatcher="reassign", supervisor="reassign")),
    "dispatched, signature is late": (towns.dispatched, 9 * DAY, also(
        AWAITED, resident="withdraw", officer=f"{CLERK} sign", dispatcher="reassign", supervisor="reassign",
        system="sign")),
    "dispatched with an assistant": (assisted, HOUR, also(
        AWAITED, resident="withdraw", officer=f"{CLERK} sign return", dispatcher="reassign waive",
        supervisor="reassign waive", warden=f"{STAFF} assist")),
    "signed, assistant awaited": (assisted_and_signed, HOUR, also(
        AWAITED, officer=f"{CLERK} return", dispatcher="reassign waive", supervisor="reassign waive",
        warden=f"{STAFF} assist")),
    "in hand": (towns.signed, HOUR, also(
        AWAITED, officer=f"{CLERK} return fulfil", dispatcher="reassign", supervisor="reassign")),
    "in hand, return window closed": (towns.signed, 9 * DAY, also(
        AWAITED, officer=f"{CLERK} fulfil", dispatcher="reassign", supervisor="reassign")),
    "returned": (towns.returned, HOUR, also(
        AWAITED, officer=CLERK, dispatcher="uphold overrule")),
    "returned, the ruling is late": (towns.returned, 9 * DAY, also(
        AWAITED, officer=CLERK, dispatcher="uphold overrule", supervisor="uphold overrule")),
    "returned twice": (returned_twice, HOUR, also(
        AWAITED, officer=CLERK, supervisor="uphold overrule")),
    "returned twice, the first receiver keeps it": (kept_by_the_first, HOUR, also(
        AWAITED, officer=f"{CLERK} fulfil", supervisor="reassign")),
    "returned twice, a third gets it": (given_to_a_third, HOUR, also(
        AWAITED, resident="withdraw", fitter=f"{CLERK} sign return", dispatcher="reassign", supervisor="reassign")),
    "back at the first receiver": (back_at_the_first, HOUR, also(
        AWAITED, resident="withdraw", officer=f"{CLERK} sign", supervisor="reassign")),
    "overruled, the lead is locked": (overruled, HOUR, also(
        AWAITED, officer=f"{CLERK} fulfil", supervisor="reassign")),
    "settled by the branch": (towns.settled, HOUR, also(
        AWAITED, resident="rate contest", caller="rate contest", dispatcher="release", supervisor="release")),
    "fulfilled": (towns.fulfilled, HOUR, also(
        AWAITED, officer=CLERK, resident="rate contest", caller="rate contest",
        dispatcher="release", supervisor="release")),
    "fulfilled, no answer came": (towns.fulfilled, 9 * DAY, also(
        AWAITED, officer=CLERK, resident="rate contest", caller="rate contest",
        dispatcher="release", supervisor="release", system="lapse")),
    "settled, never public": (private, HOUR, also(
        AWAITED, resident="rate contest", caller="rate contest")),
    "contested": (contested, HOUR, also(
        AWAITED, officer=f"{CLERK} fulfil", dispatcher="reassign", supervisor="reassign")),
    "settled and contested": (settled_and_contested, HOUR, also(
        AWAITED, resident="withdraw", clerk="settle refer decline", dispatcher="decline")),
    "contested twice": (contested_twice, HOUR, also(
        AWAITED, officer=CLERK, resident="withdraw", supervisor="dispatch decline")),
    "closed": (towns.rated, HOUR, also(
        IDLE, officer=STAFF, resident="contest", caller="contest", dispatcher="release", supervisor="release")),
    "closed long ago": (towns.rated, 20 * DAY, also(
        IDLE, officer=STAFF, dispatcher="release", supervisor="release")),
    "released": (released, 20 * DAY, also(
        IDLE, officer=STAFF, dispatcher="unrelease", supervisor="unrelease")),
    "released and contested": (released_and_contested, HOUR, also(
        AWAITED, officer=f"{CLERK} fulfil", dispatcher="reassign unrelease", supervisor="reassign unrelease")),
    "declined": (towns.declined, HOUR, also(IDLE, resident="appeal")),
    "declined long ago": (towns.declined, 20 * DAY, IDLE),
    "appealed": (appealed, HOUR, also(
        AWAITED, resident="withdraw", supervisor="dispatch decline")),
    "declined after an appeal": (declined_after_appeal, HOUR, IDLE),
    "withdrawn": (towns.withdrawn, HOUR, IDLE),
}  # fmt: skip


def facts_for(t, act, case):
    """What the form of ``act`` would send."""
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
    }.get(act, {})


def try_step(t, case, act, by, at):
    """The case after the step, or None where it was refused; the town is as before."""
    with transaction.atomic():
        try:
            after = workflow.take(case, act, by=by, note="说明", at=at, **facts_for(t, act, case))
        except StepRefused:
            after = None
        transaction.set_rollback(True)
    return after


@pytest.mark.django_db
@pytest.mark.parametrize("name", SITUATIONS)
def test_each_cell_is_open_exactly_to_those_the_domain_names(name, town):
    make, later, allowed = SITUATIONS[name]
    case = make(town)
    at = case.moved_at + later
    for person, by in {**town.people, "admin": town.admin, "system": SYSTEM}.items():
        expected = set(allowed.get(person, "").split())
        taken = {act for act in Act if try_step(town, case, act, by, at)}
        assert taken == expected, f"{person} when {name}"
        case.refresh_from_db()
        offered = {step.act for step in workflow.steps_open_to(by, case, at)}
        assert offered == expected, f"buttons of {person} when {name}"


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
        (towns.rated, Status.CLOSED, ""),
        (towns.declined, Status.DECLINED, ""),
        (appealed, Status.REFERRED, "supervisor"),
        (towns.withdrawn, Status.WITHDRAWN, ""),
    ]
    for make, status, holder in walks:
        case = make(t)
        assert (case.status, case.holder) == (status, holder), make.__name__
        last = case.events.latest("serial")
        assert (last.target, last.holder) == (status, holder), make.__name__


# Named in the enumeration, without a row of the table yet.
TO_COME = {
    Act.ASK,
    Act.ANSWER,
    Act.RESUME,
    Act.MORE_TIME,
    Act.GRANT,
    Act.REFUSE,
    Act.URGE,
    Act.SUPERVISE,
    Act.ALARM,
    Act.PARK,
    Act.UNPARK,
    Act.MERGE,
    Act.UNMERGE,
    Act.CALL,
    Act.RECOMPUTE,
    Act.CONCEAL,
    Act.DISCLOSE,
}


def test_every_act_but_filing_has_a_row_and_every_open_status_can_be_left():
    assert {step.act for step in STEPS} == set(Act) - {Act.FILE} - TO_COME
    left = {source for step in STEPS if step.moves for source in step.source}
    built = {Status.FILED, Status.ACCEPTED, Status.REFERRED, Status.DISPATCHED, Status.IN_HAND, Status.RETURNED}
    assert built | {Status.FULFILLED} <= left


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
