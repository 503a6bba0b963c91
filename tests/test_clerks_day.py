"""Asking, more time, urging, orders, alarms and parking: what the clock, the holder and the people hear of it."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from requests_app.journey import workflow
from requests_app.journey.refusals import StepIncomplete, StepRefused
from requests_app.journey.sweep import sweep
from requests_app.models import Act, Deadline, Extension, Notice, Rung, ServiceRequest, Status, Supervision
from services.models import Limit
from tests import town as towns
from tests.town import DAY, HOUR, MONDAY

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
Clock = Limit.Step


def local(month, day, hour, minute=0):
    return datetime(2025, month, day, hour, minute, tzinfo=SHANGHAI)


def running(case, step):
    return case.deadlines.running().get(step=step)


def ask(t, case, at, by=None):
    return workflow.take(case, Act.ASK, by=by or t.officer, reason=t.unclear_place, note="哪个单元？", at=at)


def readers(kind):
    return set(Notice.objects.filter(kind=kind).values_list("reader__username", flat=True))


# Asking the resident


def test_while_the_resident_is_asked_the_ball_is_theirs_and_the_work_stands_still(town):
    case = towns.signed(town)
    promised = case.due_at
    case = ask(town, case, MONDAY + HOUR)
    assert (case.status, case.holder, case.waits_for_answer) == (Status.IN_HAND, "resident", True)
    assert case.due_at == local(3, 11, 0)  # seven days after the third
    case = workflow.take(case, Act.ANSWER, by=town.resident, note="二单元", at=MONDAY + HOUR + 2 * DAY)
    assert (case.holder, case.waits_for_answer) == ("department", False)
    # The end of one day that counts, Tuesday's, passed meanwhile: one working day more.
    assert (promised, case.due_at) == (local(3, 10, 18), local(3, 11, 18))
    assert case.promised_at == case.due_at == running(case, Clock.FULFIL).due_at
    moved = case.events.latest("serial").facts["moved"]
    assert [(move["step"], move["was"], move["now"]) for move in moved] == [
        ("fulfil", "2025-03-10T10:00:00Z", "2025-03-11T10:00:00Z")
    ]


def test_an_answer_within_the_same_day_moves_nothing(town):
    case = towns.signed(town)
    due_at = case.due_at
    case = workflow.take(ask(town, case, MONDAY), Act.ANSWER, by=town.resident, note="二单元", at=MONDAY + HOUR)
    assert case.due_at == due_at
    assert case.events.latest("serial").facts == {}


def test_working_hours_that_were_a_pause_are_given_back(town):
    case = towns.referred(town)  # four working hours from ten o'clock: until half past four
    case = ask(town, case, local(3, 3, 11), by=town.dispatcher)
    case = workflow.take(case, Act.ANSWER, by=town.resident, note="二单元", at=local(3, 3, 15, 30))
    # One hour before the question, two and a half after the answer, the last half the next morning.
    assert case.due_at == local(3, 4, 9)


def test_without_an_answer_the_work_goes_on_by_itself(town):
    case = ask(town, towns.signed(town), MONDAY)
    Notice.objects.all().delete()
    done = sweep(local(3, 11, 0, 1))
    case.refresh_from_db()
    assert (done[Act.RESUME], case.holder) == (1, "department")
    assert readers(Notice.Kind.TURN) == {"officer"}
    assert case.due_at == local(3, 17, 18)


def test_the_department_may_go_on_with_what_it_learned_otherwise(town):
    case = ask(town, towns.signed(town), MONDAY)
    case = workflow.take(case, Act.RESUME, by=town.officer, note="打电话问清了", at=MONDAY + HOUR)
    assert case.holder == "department"


def test_questions_hold_a_case_up_no_longer_than_the_limit_says(town):
    case = towns.signed(town)
    at = MONDAY
    for days in (7, 7):
        case = ask(town, case, at)
        at += days * DAY
        case = workflow.take(case, Act.RESUME, by=town.officer, note="再等等", at=at)
    with pytest.raises(StepIncomplete) as refused:
        ask(town, case, at)
    assert refused.value.field == "reason"


def test_questions_nobody_answers_hold_a_case_up_no_longer_either(town):
    case = towns.signed(town)
    for begin, days in ((MONDAY, 7), (local(3, 11, 9), 5)):
        case = ask(town, case, begin)
        assert case.events.latest("serial").facts["days"] == days
        sweep(case.due_at + HOUR / 60)
        case.refresh_from_db()
    # A day more, and the rest of the one it is asked on, would be more than fourteen days.
    with pytest.raises(StepIncomplete):
        ask(town, case, local(3, 17, 9))
    asked = [pause.ended_at - pause.started_at for pause in case.pauses.all()]
    assert 13 * DAY < sum(asked, 0 * DAY) < 14 * DAY


def test_fulfilling_while_the_resident_is_asked_ends_the_pause_first(town):
    case = ask(town, towns.signed(town), MONDAY)
    case = workflow.take(case, Act.FULFIL, by=town.officer, note="修好了", at=MONDAY + 8 * DAY)
    assert not case.pauses.running().exists()
    assert case.deadlines.get(step=Clock.FULFIL).was_met is True


def test_asking_calls_the_resident_and_the_answer_calls_those_who_asked(town):
    case = towns.signed(town)
    Notice.objects.all().delete()
    case = ask(town, case, MONDAY)
    assert readers(Notice.Kind.TURN) == {"resident"}
    Notice.objects.all().delete()
    workflow.take(case, Act.ANSWER, by=town.resident, note="二单元", at=MONDAY + HOUR)
    assert readers(Notice.Kind.TURN) == {"officer"}


# More time


def more_time(t, case, amount=2, at=MONDAY):
    return workflow.take(case, Act.MORE_TIME, by=t.officer, amount=amount, note="等配件", at=at)


def test_more_time_moves_the_day_and_keeps_the_old_one(town):
    case = more_time(town, towns.signed(town))
    assert case.due_at == local(3, 10, 18)
    case = workflow.take(case, Act.GRANT, by=town.supervisor, note="配件三天后到", at=MONDAY + HOUR)
    assert case.due_at == case.promised_at == local(3, 12, 18)
    assert running(case, Clock.FULFIL).extended_by == 2
    facts = case.events.latest("serial").facts
    assert facts["moved"][0]["was"] == "2025-03-10T10:00:00Z"


def test_more_time_is_never_more_than_the_limit_itself(town):
    with pytest.raises(StepIncomplete) as refused:
        more_time(town, towns.signed(town), amount=6)
    assert refused.value.field == "amount"


def test_more_time_is_had_once(town):
    case = workflow.take(more_time(town, towns.signed(town)), Act.REFUSE, by=town.supervisor, note="够了", at=MONDAY)
    with pytest.raises(StepRefused):
        more_time(town, case)
    assert Extension.objects.get().state == Extension.State.REFUSED


def test_more_time_is_asked_for_before_the_deadline(town):
    case = towns.signed(town)
    with pytest.raises(StepRefused):
        more_time(town, case, at=case.due_at + HOUR)


def test_what_was_asked_for_is_dropped_once_the_work_is_done(town):
    case = workflow.take(more_time(town, towns.signed(town)), Act.FULFIL, by=town.officer, note="修好了", at=MONDAY)
    assert case.extensions.get().state == Extension.State.DROPPED


def test_a_grant_takes_a_late_case_down_the_ladder(town):
    case = more_time(town, towns.signed(town))
    late = case.due_at + HOUR
    sweep(late)
    case.refresh_from_db()
    assert case.rung == Rung.LATE
    case = workflow.take(case, Act.GRANT, by=town.supervisor, note="配件三天后到", at=late)
    assert case.rung < Rung.LATE
    assert case.alarm_at > late


# Urging


def test_urging_calls_the_holder_and_is_possible_once_a_working_day(town):
    case = towns.signed(town, at=local(3, 7, 10))  # a Friday
    Notice.objects.all().delete()
    case = workflow.take(case, Act.URGE, by=town.resident, at=local(3, 7, 11))
    assert readers(Notice.Kind.TURN) == {"officer"}
    for early in (local(3, 7, 17), local(3, 8, 9), local(3, 9, 23)):
        with pytest.raises(StepRefused):
            workflow.take(case, Act.URGE, by=town.resident, at=early)
    assert workflow.take(case, Act.URGE, by=town.resident, at=local(3, 10, 0)).urge_count == 2


# Supervision orders


def supervise(t, case, at=MONDAY):
    return workflow.take(case, Act.SUPERVISE, by=t.supervisor, note="今天去现场", at=at)


def test_orders_are_numbered_by_unit_and_year(town):
    for _order in range(3):
        supervise(town, towns.signed(town))
    supervise(town, towns.signed(town, at=MONDAY + 365 * DAY), at=MONDAY + 365 * DAY)
    numbers = Supervision.objects.order_by("pk").values_list("year", "number")
    assert list(numbers) == [(2025, 1), (2025, 2), (2025, 3), (2026, 1)]
    assert Supervision.objects.earliest("pk").title == "东街街道督〔2025〕1号"


def test_an_order_has_a_deadline_of_its_own_and_leaves_that_of_the_work_alone(town):
    case = towns.signed(town)
    due_at = case.due_at
    case = supervise(town, case)
    assert case.due_at == due_at
    assert running(case, Clock.SUPERVISION).due_at == local(3, 5, 18)
    case = workflow.take(case, Act.REPLY, by=town.officer, note="配件明天到", at=MONDAY + DAY)
    assert case.deadlines.get(step=Clock.SUPERVISION).was_met is True
    assert Supervision.objects.get().answer == case.events.latest("serial")


def test_an_order_runs_on_when_the_case_changes_hands_and_ends_with_the_work(town):
    case = supervise(town, towns.dispatched(town))
    case = workflow.take(case, Act.SIGN, by=town.officer, at=MONDAY + HOUR)
    assert running(case, Clock.SUPERVISION)
    case = workflow.take(case, Act.FULFIL, by=town.officer, note="修好了", at=MONDAY + 2 * HOUR)
    assert not case.deadlines.running().filter(step=Clock.SUPERVISION).exists()


# The ladder and the silence


def test_a_case_climbs_the_ladder_rung_by_rung(town):
    case = towns.signed(town)  # due on Monday the 10th at 18:00
    climbed = []
    for at in (local(3, 10, 9), local(3, 10, 19), local(3, 11, 19), local(3, 13, 19)):
        Notice.objects.all().delete()
        sweep(at)
        case.refresh_from_db()
        climbed.append((case.rung, readers(Notice.Kind.TURN)))
    assert climbed == [
        (Rung.AMBER, {"officer"}),
        (Rung.LATE, {"officer"}),
        (Rung.SUPERVISOR, {"officer", "supervisor"}),
        (Rung.LISTED, {"officer", "supervisor"}),
    ]
    assert case.listed_on == date(2025, 3, 13)


def test_a_sweep_that_comes_late_climbs_several_rungs_at_once(town):
    case = towns.signed(town)
    assert sweep(local(3, 20, 9))[Act.ALARM] == 1
    case.refresh_from_db()
    assert case.rung == Rung.LISTED
    assert case.events.filter(act=Act.ALARM).count() == 1


def test_a_step_takes_the_case_off_the_ladder(town):
    case = towns.signed(town)
    sweep(local(3, 10, 19))
    case = workflow.take(case, Act.FULFIL, by=town.officer, note="修好了", at=local(3, 10, 20))
    assert (case.rung, case.alarm_at) == (Rung.NONE, None)


def test_three_working_days_without_a_word_to_the_resident_alarm_the_holder(town):
    case = towns.filed(town, category=town.rubbish)
    for act, by, facts in (
        (Act.ACCEPT, town.clerk, {}),
        (Act.REFER, town.clerk, {"note": "归环卫"}),
        (Act.DISPATCH, town.dispatcher, {"lead": town.sanitation}),
        (Act.SIGN, town.officer, {}),
    ):
        case = workflow.take(case, act, by=by, at=MONDAY, **facts)
    sweep(local(3, 6, 18, 1))
    alarm = case.events.filter(act=Act.ALARM).get()
    assert "silent_since" in alarm.facts
    assert not alarm.is_public
    case.refresh_from_db()
    case = workflow.take(case, Act.TELL, by=town.officer, note="明天来清", at=local(3, 7, 9))
    assert case.silent_at == local(3, 12, 18)
    # What residents say themselves is no news to them.
    for act in (Act.URGE, Act.ADD):
        assert workflow.take(case, act, by=town.resident, note="还没来", at=local(3, 10, 9)).silent_at == case.silent_at


def test_nothing_rings_while_the_resident_has_the_word(town):
    assert towns.fulfilled(town).alarm_at is None
    assert ask(town, towns.signed(town), MONDAY).alarm_at is None


# Parking


def park(t, case, days=30, at=MONDAY):
    review_on = at.astimezone(SHANGHAI).date() + days * DAY
    facts = {"reason": t.no_money, "condition": "资金到位", "leader": t.housing, "review_on": review_on}
    return workflow.take(case, Act.PARK, by=t.supervisor, note="列入明年计划", at=at, **facts)


def test_a_parked_case_comes_back_by_itself_and_the_resident_is_told_each_time(town):
    case = park(town, towns.signed(town))
    assert (case.status, case.holder, case.due_at) == (Status.PARKED, "supervisor", local(4, 2, 0))
    Notice.objects.all().delete()
    assert sweep(local(4, 2, 0, 1))[Act.UNPARK] == 1
    case.refresh_from_db()
    assert (case.status, case.holder) == (Status.REFERRED, "supervisor")
    assert "resident" in readers(Notice.Kind.NEWS)
    assert readers(Notice.Kind.TURN) == {"supervisor"}
    assert park(town, case, at=local(4, 2, 9)).status == Status.PARKED


def test_parking_never_counts_as_solved(town):
    case = park(town, towns.signed(town))
    assert case.is_open
    assert (case.fulfilled_at, case.closed_at, case.promised_at) == (None, None, None)
    assert not case.ratings.exists()


@pytest.mark.parametrize("days", [1, 0, -1, 91])
def test_the_review_is_ahead_and_not_too_far(town, days):
    with pytest.raises(StepIncomplete) as refused:
        park(town, towns.signed(town), days=days)
    assert refused.value.field == "review_on"


def test_held_since_changes_with_the_holder_and_not_with_the_status(town):
    case = towns.dispatched(town)
    case = workflow.take(case, Act.SIGN, by=town.officer, at=MONDAY + HOUR)
    assert case.held_since == MONDAY
    case = workflow.take(case, Act.FULFIL, by=town.officer, note="修好了", at=MONDAY + 2 * HOUR)
    assert case.held_since == MONDAY + 2 * HOUR


def test_every_case_has_at_most_one_running_clock_of_a_kind(town):
    case = ask(town, towns.signed(town), MONDAY)
    kinds = list(Deadline.objects.running().filter(case=case).values_list("step", flat=True))
    assert len(kinds) == len(set(kinds))
    assert ServiceRequest.objects.get().due_at == running(case, Clock.ANSWER).due_at
    assert time(0) == running(case, Clock.ANSWER).due_at.astimezone(SHANGHAI).time()
