"""What the steps leave behind: deadlines, assignments, events, notices, ratings."""

from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from stdnum.iso7064 import mod_11_10

from requests_app.journey import chain, routing, workflow
from requests_app.journey.outlook import outlook
from requests_app.journey.parties import SYSTEM
from requests_app.journey.refusals import StepIncomplete, StepRefused
from requests_app.journey.sweep import FAILED, sweep
from requests_app.models import Act, Event, Holder, Notice, ServiceRequest, Status
from requests_app.models.event import AppendOnly, Party
from services.models import Limit, Role
from tests import town as towns
from tests.support import unguarded_events
from tests.town import DAY, HOUR, MONDAY

pytestmark = pytest.mark.django_db


def shanghai(month, day, hour, minute=0):
    return datetime(2025, month, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))


# Filing


def test_filing_starts_the_branchs_clock_and_gives_a_code_that_checks(town):
    case = towns.filed(town)
    assert (case.status, case.holder, case.due_at) == (Status.FILED, Holder.BRANCH, shanghai(3, 3, 16, 30))
    assert len(case.code) == 11
    assert mod_11_10.is_valid(case.code)


def test_an_urgent_request_is_due_half_an_hour_later_whatever_the_hour(town):
    night = shanghai(3, 1, 23)
    case = towns.filed(town, night, category=town.burst)
    assert case.due_at == shanghai(3, 1, 23, 30)


def test_one_key_makes_one_case_however_often_it_is_sent(town):
    key = uuid4()
    first, second = towns.filed(town, filing_key=key), towns.filed(town, filing_key=key)
    assert first == second
    assert ServiceRequest.objects.count() == 1
    assert Event.objects.count() == 1


def test_a_household_files_only_for_the_estates_of_its_branch(town):
    neighbour = {"party": Party.HOUSEHOLD, "source": "household", "consent": True, "contact_name": "吴师傅"}
    case = towns.filed(town, by=town.household, contact_phone="19900000002", **neighbour)
    assert (case.resident, case.filed_by, case.events.get().unit) == (None, town.household, town.branch)
    with pytest.raises(StepIncomplete):
        towns.filed(town, by=town.other_household, **neighbour)


def test_somebody_without_an_account_files_with_a_phone_number(town):
    case = towns.filed(town, by=None, source="anonymous")
    assert (case.resident, case.events.get().actor, case.events.get().party) == (None, None, Party.RESIDENT)


# Clocks


def test_dispatch_promises_the_latest_day_and_signing_at_once_makes_it_sooner(town):
    case = towns.dispatched(town)
    assert case.due_at == shanghai(3, 4, 18)
    assert case.promised_at == shanghai(3, 11, 18)
    case = workflow.take(case, Act.SIGN, by=town.officer, at=MONDAY + HOUR)
    assert case.promised_at == case.due_at == shanghai(3, 10, 18)


def test_the_return_window_runs_on_after_signing_and_stops_with_the_next_step(town):
    case = towns.signed(town)
    running = set(case.deadlines.running().values_list("step", flat=True))
    assert running == {Limit.Step.RETURN_WINDOW, Limit.Step.FULFIL, Limit.Step.FIRST_CONTACT}
    case = workflow.take(case, Act.FULFIL, by=town.officer, note="好了", at=MONDAY + DAY)
    assert set(case.deadlines.running().values_list("step", flat=True)) == {Limit.Step.ANSWER}


def test_telling_the_resident_stops_the_clock_of_first_contact(town):
    case = workflow.take(towns.signed(town), Act.TELL, by=town.officer, note="明天上门", at=MONDAY + HOUR)
    first_contact = case.deadlines.get(step=Limit.Step.FIRST_CONTACT)
    assert first_contact.was_met
    assert case.status == Status.IN_HAND


def test_labour_day_stands_still_for_working_days(town):
    wednesday = shanghai(4, 30, 10)
    case = towns.accepted(town, wednesday)
    assert case.due_at == shanghai(5, 7, 18)


def test_a_category_limit_wins_over_its_groups_and_that_over_the_general_one(town):
    group = town.lamp.parent
    Limit.objects.create(category=group, step="settle", amount=5, time_unit="workdays")
    assert towns.accepted(town).due_at == shanghai(3, 10, 18)
    Limit.objects.create(category=town.lamp, step="settle", amount=1, time_unit="workdays")
    assert towns.accepted(town).due_at == shanghai(3, 4, 18)


def test_lateness_goes_from_nothing_over_amber_to_red(town):
    case = towns.filed(town)
    assert [case.lateness(MONDAY + hours * HOUR) for hours in (1, 6.3, 7)] == ["", "amber", "red"]


# Departments


def test_the_property_firm_comes_first_then_the_department_with_reasons(town):
    found = routing.proposals(towns.filed(town), MONDAY)
    assert [proposal.department for proposal in found] == [town.firm, town.housing]
    assert "楼道照明由物业维护" in str(found[0].reasons[0])


def test_an_estate_without_a_firm_goes_to_the_department(town):
    case = towns.filed(town, by=town.neighbour, estate=town.other_estate, building=None)
    assert [proposal.department for proposal in routing.proposals(case, MONDAY)] == [town.housing]


def test_fulfilling_waits_for_every_assistant_or_its_waiver(town):
    case = towns.signed(town, assist=[town.housing, town.firm])
    case = workflow.take(case, Act.ASSIST, by=town.warden, note="线路查过了", at=MONDAY)
    case = workflow.take(case, Act.WAIVE, by=town.dispatcher, assistant=town.firm, at=MONDAY)
    case = workflow.take(case, Act.FULFIL, by=town.officer, note="都好了", at=MONDAY)
    assert case.status == Status.FULFILLED


def test_an_assistant_reports_once(town):
    case = towns.signed(town, assist=[town.housing, town.firm])
    workflow.take(case, Act.ASSIST, by=town.warden, note="查过了", at=MONDAY)
    with pytest.raises(StepRefused):
        workflow.take(case, Act.ASSIST, by=town.warden, note="再查一次", at=MONDAY)


@pytest.mark.parametrize("act", [Act.UPHOLD, Act.REASSIGN])
def test_handing_over_needs_another_department(town, act):
    case = towns.returned(town) if act == Act.UPHOLD else towns.dispatched(town)
    with pytest.raises(StepIncomplete):
        workflow.take(case, act, by=town.dispatcher, lead=town.sanitation, note="再想想", at=MONDAY)
    case.refresh_from_db()
    assert case.lead == town.sanitation


def test_a_parent_department_acts_for_its_team_but_not_the_other_way_round(town):
    case = towns.dispatched(town, lead=town.sweepers)
    assert {"sign", "return"} <= {step.act for step in workflow.steps_open_to(town.officer, case, MONDAY)}
    case = towns.dispatched(town)
    assert workflow.steps_open_to(town.sweeper, case, MONDAY) == []


def test_words_are_asked_for_where_they_matter(town):
    with pytest.raises(StepIncomplete) as refused:
        workflow.take(towns.accepted(town), Act.SETTLE, by=town.clerk, note="  ", at=MONDAY)
    assert refused.value.field == "note"


def test_a_department_with_two_teams_reports_for_both(town):
    other = towns.unit("department", "14021390102", "清扫二队", town.sanitation, department_type="government")
    case = towns.dispatched(town, lead=town.housing, assist=[town.sweepers, other, other])
    for _team in range(2):
        workflow.take(case, Act.ASSIST, by=town.officer, note="扫完了", at=MONDAY)
    assert not case.assignments.unreported().exists()


def test_a_building_of_another_estate_is_refused(town):
    with pytest.raises(StepIncomplete) as refused:
        towns.filed(town, building=town.other_building)
    assert refused.value.field == "building"


def test_nobody_serves_on_a_request_of_their_own(town):
    case = towns.filed(town, by=town.clerk)
    assert {step.act for step in workflow.steps_open_to(town.clerk, case, MONDAY)} == {Act.WITHDRAW, Act.URGE, Act.ADD}


def test_a_caller_of_the_unit_that_did_the_work_does_not_ask_how_it_was(town):
    case = towns.to_call(town)
    assert Act.CALL in {step.act for step in workflow.steps_open_to(town.caller, case, MONDAY)}
    town.officer.memberships.create(unit=town.street, role=Role.CALLER, since=towns.SINCE)
    officer = type(town.officer).objects.get(pk=town.officer.pk)
    assert Act.CALL not in {step.act for step in workflow.steps_open_to(officer, case, MONDAY)}


# From hand to hand


def returned_twice(town, at=MONDAY + 2 * HOUR):
    """Returned by the first receiver, given to housing, returned by that."""
    case = workflow.take(towns.returned(town), Act.UPHOLD, by=town.dispatcher, lead=town.housing, at=MONDAY + HOUR)
    return workflow.take(case, Act.RETURN, by=town.warden, reason=town.not_ours, note="不归房管", at=at)


def test_a_second_return_locks_the_first_receiver_and_goes_to_supervisor_and_meeting(town):
    case = returned_twice(town)
    assert (case.lead, case.lead_locked, case.holder, case.for_meeting) == (town.sanitation, True, "supervisor", True)
    parts = case.assignments.leading().values_list("unit__name", "returned_at", "ended_at")
    assert list(parts) == [
        ("环境卫生中心", MONDAY, MONDAY + HOUR),
        ("房屋管理所", MONDAY + 2 * HOUR, MONDAY + 2 * HOUR),
        ("环境卫生中心", None, None),
    ]
    assert outlook(case, MONDAY + 2 * HOUR).sentence.count("环境卫生中心") == 1


def test_overruling_a_second_return_puts_it_in_the_hands_of_the_first_receiver(town):
    case = workflow.take(returned_twice(town), Act.OVERRULE, by=town.supervisor, note="首接负责", at=MONDAY + 3 * HOUR)
    assert (case.status, case.lead, case.lead_locked) == (Status.IN_HAND, town.sanitation, True)
    # The work counts from the day it came back to the first receiver.
    assert case.deadlines.get(step=Limit.Step.FULFIL).started_at == MONDAY + 2 * HOUR


def test_letting_the_first_receiver_go_needs_words_and_unlocks(town):
    case = returned_twice(town)
    with pytest.raises(StepIncomplete) as refused:
        workflow.take(case, Act.UPHOLD, by=town.supervisor, lead=town.firm, at=MONDAY + 3 * HOUR)
    assert refused.value.field == "note"
    case = workflow.take(case, Act.UPHOLD, by=town.supervisor, lead=town.firm, note="归物业", at=MONDAY + 3 * HOUR)
    assert (case.lead, case.lead_locked, case.for_meeting) == (town.firm, False, True)


def test_a_third_return_comes_back_to_the_first_receiver_again(town):
    case = workflow.take(returned_twice(town), Act.UPHOLD, by=town.supervisor, lead=town.firm, note="归物业", at=MONDAY)
    case = workflow.take(case, Act.RETURN, by=town.fitter, reason=town.not_ours, note="不归物业", at=MONDAY)
    assert (case.lead, case.lead_locked, case.return_count) == (town.sanitation, True, 3)


def test_a_department_that_returned_it_and_gets_it_again_is_locked_at_once(town):
    case = workflow.take(
        returned_twice(town), Act.UPHOLD, by=town.supervisor, lead=town.housing, note="查清了", at=MONDAY
    )
    assert (case.lead, case.lead_locked) == (town.housing, True)
    assert Act.RETURN not in {step.act for step in workflow.steps_open_to(town.warden, case, MONDAY)}


def test_reassigning_back_to_the_first_receiver_locks_it_and_names_it_for_the_meeting(town):
    case = workflow.take(
        towns.dispatched(town), Act.REASSIGN, by=town.dispatcher, lead=town.housing, note="?", at=MONDAY
    )
    assert (case.lead_locked, case.for_meeting) == (False, False)
    case = workflow.take(case, Act.REASSIGN, by=town.dispatcher, lead=town.sanitation, note="?", at=MONDAY)
    assert (case.lead_locked, case.for_meeting) == (True, True)
    assert case.events.latest("serial").facts["locked"]


def test_a_second_redo_by_the_same_department_is_no_bounce_but_stays_for_the_meeting(town):
    case = towns.fulfilled(town)
    for _time in range(2):
        case = workflow.take(case, Act.CONTEST, by=town.resident, note="没修好", at=MONDAY)
        if case.status == Status.IN_HAND:
            case = workflow.take(case, Act.FULFIL, by=town.officer, note="修了", at=MONDAY)
    case = workflow.take(case, Act.DISPATCH, by=town.supervisor, lead=town.sanitation, at=MONDAY)
    assert (case.lead_locked, case.for_meeting) == (False, True)


def test_a_redo_does_not_take_a_bounced_case_off_the_meetings_list(town):
    case = workflow.take(returned_twice(town), Act.OVERRULE, by=town.supervisor, note="首接负责", at=MONDAY + 3 * HOUR)
    case = workflow.take(case, Act.FULFIL, by=town.officer, note="好了", at=MONDAY + 4 * HOUR)
    case = workflow.take(case, Act.CONTEST, by=town.resident, note="没好", at=MONDAY + 5 * HOUR)
    assert case.for_meeting


# Events


def test_events_are_written_once(town):
    event = towns.filed(town).events.get()
    for attempt in (event.delete, Event.objects.all().delete, lambda: Event.objects.update(note="改")):
        with pytest.raises(AppendOnly):
            attempt()
    event.note = "悄悄改"
    with pytest.raises(DatabaseError), transaction.atomic():
        event.save()


def test_the_chain_shows_a_changed_event(town, db):
    towns.rated(town)
    assert chain.verify().faults == []
    event = Event.objects.get(act=Act.SIGN)
    before = Event.objects.get(case=event.case, serial=event.serial - 1).digest
    assert event.compute_digest(before) == event.digest
    event.note = "改过"
    assert not event.is_sealed(erasures=())
    event.party = "resident"
    assert event.compute_digest(before) != event.digest


def test_a_removed_end_shows(town):
    case = workflow.take(towns.filed(town), Act.REVEAL, by=town.clerk, note="约时间", at=MONDAY)
    Notice.objects.filter(event__act=Act.REVEAL).delete()
    with unguarded_events():
        Event.objects.filter(case=case, act=Act.REVEAL)._raw_delete("default")
    assert len(chain.verify().faults) == 1


def test_the_same_words_sent_twice_from_one_page_are_kept_once(town):
    case = towns.signed(town)
    tell = {"by": town.officer, "note": "明天上门", "at": MONDAY, "seen": case.event_count}
    workflow.take(case, Act.TELL, **tell)
    with pytest.raises(StepRefused):
        workflow.take(case, Act.TELL, **tell)


def test_an_event_never_comes_before_the_one_it_follows(town):
    case = towns.filed(town)
    case = workflow.take(case, Act.ACCEPT, by=town.clerk, at=MONDAY - HOUR)
    first, second = case.events.all()
    assert second.at == first.at


# The database itself


@pytest.mark.parametrize(
    "false",
    [
        {"status": "lost"},
        {"status": "dispatched"},
        {"status": "closed"},
        {"holder": ""},
        {"due_at": None},
        {"lead_locked": True},
        {"source": "household"},
    ],
)
def test_the_database_refuses_what_must_never_be_true(town, false):
    case = towns.filed(town)
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceRequest.objects.filter(pk=case.pk).update(**false)


# Promises


def test_referring_takes_the_branchs_promise_back(town):
    assert towns.accepted(town).promised_at
    assert towns.referred(town).promised_at is None


def test_a_late_sweep_moves_no_promise(town):
    case = towns.dispatched(town)
    sweep(MONDAY + 20 * DAY)
    promised, case = case.promised_at, ServiceRequest.objects.get(pk=case.pk)
    assert (case.status, case.promised_at, case.due_at) == ("in_hand", promised, promised)


def test_returning_in_vain_gains_nobody_time(town):
    case = towns.returned(town)
    case = workflow.take(case, Act.OVERRULE, by=town.dispatcher, note="是你们的", at=MONDAY + 2 * DAY)
    assert case.due_at == towns.signed(town).due_at


def test_a_deadline_in_a_year_without_notice_says_so(town):
    case = towns.accepted(town, shanghai(12, 31, 10))
    assert case.deadlines.get(step="settle").is_provisional
    assert outlook(case, MONDAY).is_provisional
    assert not outlook(towns.accepted(town), MONDAY).is_provisional


# Time passing


NOTHING = {Act.SIGN: 0, Act.LAPSE: 0, Act.UNPARK: 0, Act.RESUME: 0, Act.ALARM: 0, Act.RECOMPUTE: 0, FAILED: 0}


def test_the_sweep_signs_and_lapses_what_is_due_and_nothing_else(town):
    waiting, answered = towns.dispatched(town), towns.fulfilled(town)
    fresh = towns.dispatched(town, MONDAY + 8 * DAY)
    assert sweep(MONDAY + 8 * DAY + HOUR) == {**NOTHING, Act.SIGN: 1, Act.LAPSE: 1, Act.ALARM: 1}
    waiting.refresh_from_db()
    answered.refresh_from_db()
    fresh.refresh_from_db()
    assert (waiting.status, answered.status, fresh.status) == ("in_hand", "closed", "dispatched")
    assert waiting.events.latest("serial").party == Party.SYSTEM
    assert not answered.ratings.exists()


def test_a_second_sweep_finds_nothing(town):
    towns.dispatched(town)
    sweep(MONDAY + 8 * DAY)
    assert sweep(MONDAY + 8 * DAY) == NOTHING


def test_one_bad_case_does_not_keep_the_others_waiting(town):
    urgent = towns.dispatched(town)
    ServiceRequest.objects.filter(pk=urgent.pk).update(urgency="urgent")
    fine = towns.dispatched(town)
    Limit.objects.filter(step="fulfil").exclude(urgency="help").delete()
    assert sweep(MONDAY + 8 * DAY) == {**NOTHING, Act.SIGN: 1, Act.ALARM: 2, FAILED: 1}
    fine.refresh_from_db()
    assert fine.status == Status.IN_HAND


def test_the_system_has_no_other_powers(town):
    open_then = workflow.steps_open_to(SYSTEM, towns.filed(town), MONDAY + 60 * DAY)
    assert {step.act for step in open_then} == {Act.ALARM}


# Word to people


def readers(kind):
    return set(Notice.objects.filter(kind=kind).values_list("reader__username", flat=True))


def test_dispatching_tells_the_resident_and_calls_the_departments(town):
    case = towns.referred(town)
    Notice.objects.all().delete()
    workflow.take(case, Act.DISPATCH, by=town.dispatcher, lead=town.sanitation, assist=[town.housing], at=MONDAY)
    assert readers(Notice.Kind.NEWS) == {"resident"}
    assert readers(Notice.Kind.TURN) == {"officer", "warden"}


def test_reassigning_calls_the_new_department_and_lets_the_old_one_know(town):
    case = towns.dispatched(town)
    Notice.objects.all().delete()
    workflow.take(case, Act.REASSIGN, by=town.dispatcher, lead=town.housing, note="归房管", at=MONDAY + HOUR)
    assert readers(Notice.Kind.TURN) == {"warden"}
    assert readers(Notice.Kind.NEWS) == {"resident", "officer"}


def test_a_second_return_tells_the_department_that_gets_it_back_and_the_one_let_go(town):
    second = towns.person("second_warden", "小石", Role.OFFICER, town.housing)
    case = workflow.take(towns.returned(town), Act.UPHOLD, by=town.dispatcher, lead=town.housing, at=MONDAY + HOUR)
    Notice.objects.all().delete()
    at = MONDAY + 2 * HOUR
    case = workflow.take(case, Act.RETURN, by=town.warden, reason=town.not_ours, note="不归房管", at=at)
    assert readers(Notice.Kind.TURN) == {"supervisor"}
    assert readers(Notice.Kind.NEWS) == {"resident", "officer", second.username}
    Notice.objects.all().delete()
    workflow.take(case, Act.OVERRULE, by=town.supervisor, note="首接负责", at=MONDAY + 3 * HOUR)
    assert readers(Notice.Kind.TURN) == {"officer"}
    assert readers(Notice.Kind.NEWS) == {"resident", "warden", second.username}


def test_an_automatic_signature_calls_the_department(town):
    towns.dispatched(town)
    Notice.objects.all().delete()
    sweep(MONDAY + 8 * DAY)
    assert readers(Notice.Kind.TURN) == {"officer"}


def test_withdrawing_lets_the_department_know(town):
    case = towns.dispatched(town)
    Notice.objects.all().delete()
    workflow.take(case, Act.WITHDRAW, by=town.resident, at=MONDAY + HOUR)
    assert readers(Notice.Kind.NEWS) == {"officer"}


def test_a_team_without_officers_is_called_through_its_department(town):
    town.sweeper.memberships.all().delete()
    case = towns.referred(town)
    Notice.objects.all().delete()
    workflow.take(case, Act.DISPATCH, by=town.dispatcher, lead=town.sweepers, at=MONDAY)
    assert readers(Notice.Kind.TURN) == {"officer"}


def test_a_finished_request_is_the_residents_turn(town):
    towns.fulfilled(town)
    assert readers(Notice.Kind.TURN) >= {"resident"}


def test_nobody_is_told_of_what_they_did_themselves(town):
    towns.filed(town)
    assert "resident" not in readers(Notice.Kind.NEWS)
    assert readers(Notice.Kind.TURN) == {"clerk"}


def test_a_refused_or_rolled_back_step_owes_nothing(town):
    case = towns.filed(town)
    Notice.objects.all().delete()
    with transaction.atomic():
        workflow.take(case, Act.ACCEPT, by=town.clerk, at=MONDAY)
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


def test_internal_notes_reach_no_resident(town):
    case = towns.filed(town)
    Notice.objects.all().delete()
    workflow.take(case, Act.NOTE, by=town.clerk, note="住户家里没人", at=MONDAY)
    assert not Notice.objects.exists()
    assert not case.events.public().filter(act=Act.NOTE).exists()


# What comes next


def test_the_outlook_names_who_and_by_when(town):
    view = outlook(towns.dispatched(town), MONDAY)
    assert (view.unit, view.by) == (town.sanitation, shanghai(3, 4, 18))
    view = outlook(towns.declined(town), MONDAY)
    assert (view.unit, view.by) == (None, shanghai(3, 19, 0))
    assert outlook(towns.declined(town), MONDAY + 30 * DAY).by is None


# Sight


def test_everybody_sees_their_own_ground_only(town):
    t = town
    case = towns.dispatched(t, assist=[t.housing])
    seen_by = {name for name, user in t.people.items() if ServiceRequest.objects.visible_to(user).exists()}
    assert seen_by == {
        "resident", "clerk", "dispatcher", "officer", "warden", "supervisor", "caller", "auditor",
    }  # fmt: skip
    workflow.take(case, Act.REASSIGN, by=t.dispatcher, lead=t.firm, note="归物业", at=MONDAY)
    # Whoever had it keeps seeing it.
    for user in (t.officer, t.warden, t.fitter):
        assert ServiceRequest.objects.visible_to(user).get() == case


def test_a_household_that_no_longer_serves_sees_nothing_of_its_neighbours(town):
    towns.filed(town, by=town.household, party=Party.HOUSEHOLD, source="household", consent=True)
    assert ServiceRequest.objects.visible_to(town.household).exists()
    town.household.memberships.update(until="2024-06-30")
    former = type(town.household).objects.get(pk=town.household.pk)
    assert not ServiceRequest.objects.visible_to(former).exists()


def test_a_released_case_that_is_reopened_is_no_longer_public(town):
    case = towns.rated(town)
    workflow.take(case, Act.RELEASE, by=town.dispatcher, text="灯坏了", outcome="换了灯", at=MONDAY)
    assert ServiceRequest.objects.released().exists()
    workflow.take(case, Act.CONTEST, by=town.resident, note="又坏了", at=MONDAY)
    assert not ServiceRequest.objects.released().exists()


def test_a_membership_that_ended_shows_nothing(town):
    towns.filed(town)
    town.clerk.memberships.filter(role=Role.BRANCH).update(until="2024-06-30")
    assert not ServiceRequest.objects.visible_to(town.clerk).exists()
