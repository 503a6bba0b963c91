"""Follow-up calls: who is drawn, who may call, when, how often, and what comes of the answers."""

import csv
import hashlib
import hmac
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from requests_app.journey import attempts, chain, follow_ups, guards, sampling, workflow
from requests_app.journey.parties import SYSTEM, parties_of
from requests_app.journey.refusals import StepIncomplete, StepRefused
from requests_app.journey.sweep import sweep
from requests_app.models import Act, FollowUp, SampleSeed, ServiceRequest, Status
from requests_app.models.event import Party
from requests_app.models.follow_up import handled_by
from services.models import CallSlot, Category, FollowUpRule, Role
from tests import town as world
from tests.support import unguarded_events
from tests.town import DAY, HOUR, MONDAY

State = FollowUp.State
GOOD = {"contacted": True, "solved": True, "satisfaction": "good"}
BAD = {"contacted": False, "solved": False, "satisfaction": "poor"}


def call(t, case, at=MONDAY, by=None, outcome="no_answer", **facts):
    return follow_ups.call(case, by=by or t.caller, at=at, outcome=outcome, **facts)


def task_of(case):
    return case.follow_ups.latest("pk")


# The draw.


@given(st.binary(min_size=32, max_size=32), st.integers(1, 2**40), st.integers(1, 500))
@settings(deadline=None)
def test_whoever_has_the_seed_draws_the_same_number(seed, case_id, serial):
    numbers = {sampling.number_of(seed.hex(), case_id, serial) for _time in range(3)}
    assert len(numbers) == 1
    assert 0 <= numbers.pop() < 10_000


@given(st.binary(min_size=32, max_size=32), st.integers(0, 100))
@settings(max_examples=30, deadline=None)
def test_the_share_drawn_is_the_share_that_was_set(seed, rate):
    drawn = sum(sampling.is_drawn(sampling.number_of(seed.hex(), case_id, 7), rate) for case_id in range(4000))
    # Six standard deviations of a fair draw: it fails once in a thousand million runs.
    tolerance = 6 * (4000 * rate * (100 - rate)) ** 0.5 / 100
    assert abs(drawn - 40 * rate) <= tolerance


def test_all_are_drawn_at_a_hundred_percent_and_nobody_at_none():
    assert all(sampling.is_drawn(number, 100) for number in range(10_000))
    assert not any(sampling.is_drawn(number, 0) for number in range(10_000))


def test_a_known_draw_stays_as_it_is():
    """Months that were drawn must be drawn the same by every later version."""
    assert [sampling.number_of("00" * 32, 1, serial) for serial in (1, 2, 3)] == [6432, 4840, 1348]


@pytest.mark.django_db
def test_a_months_seed_is_made_once_and_another_in_the_next(town):
    first = sampling.seed_for(MONDAY)
    assert sampling.seed_for(MONDAY + 20 * DAY) == first
    april = sampling.seed_for(MONDAY + 30 * DAY)
    assert (first.month, april.month) == (date(2025, 3, 1), date(2025, 4, 1))
    assert first.seed != april.seed
    assert len(first.seed) == 64


@pytest.mark.django_db
def test_the_month_is_the_towns_month(town):
    """Half past midnight on the first of April in Shanghai is still March elsewhere."""
    assert sampling.seed_for(MONDAY + 28 * DAY + 14.5 * HOUR).month == date(2025, 4, 1)


@pytest.mark.django_db
def test_a_category_s_share_comes_before_its_group_s_that_before_its_urgency_s(town):
    case = world.filed(town)
    assert sampling.rate_for(case) == 0
    FollowUpRule.objects.create(urgency="help", rate=30)
    assert sampling.rate_for(case) == 30
    Category.objects.filter(pk=town.lamp.parent_id).update(follow_up_rate=60)
    assert sampling.rate_for(case) == 60
    Category.objects.filter(pk=town.lamp.pk).update(follow_up_rate=0)
    assert sampling.rate_for(case) == 0


@pytest.mark.django_db
def test_without_any_rule_nobody_is_called_and_the_work_is_reported_all_the_same(town):
    FollowUpRule.objects.all().delete()
    assert not world.fulfilled(town).follow_ups.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("make", [world.fulfilled, world.settled])
def test_a_drawn_work_gives_a_task_with_its_clock(town, make):
    case = world.to_call(town, make=make)
    task = task_of(case)
    report = case.events.latest("serial")
    assert report.facts["draw"] == {"number": task.number, "rate": 100}
    assert (task.event, task.state, task.area, task.created_at) == (report, State.OPEN, case.area, MONDAY)
    # One working day after Monday: Tuesday at six.
    assert (task.deadline.step, task.deadline.due_at) == ("follow_up", MONDAY + DAY + 8 * HOUR)
    # The resident's seven days stay the case's own deadline.
    assert case.due_at == case.deadlines.running().get(step="answer").due_at


@pytest.mark.django_db
def test_what_is_not_drawn_is_on_record_too(town):
    case = world.fulfilled(town)
    assert case.events.latest("serial").facts["draw"]["rate"] == 0
    assert not case.follow_ups.exists()
    assert not case.deadlines.filter(step="follow_up").exists()


@pytest.mark.django_db
def test_the_draw_is_not_the_residents_to_read(client, town):
    case = world.to_call(town)
    client.force_login(town.resident)
    events = client.get(reverse("api:events", args=[case.pk])).json()["results"]
    assert not any("draw" in event["facts"] for event in events)


# Drawing again.


def redraw(month="2025-03"):
    out = StringIO()
    call_command("redraw", month=month, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_month_drawn_again_gives_the_same(town):
    Category.objects.filter(pk=town.lamp.pk).update(follow_up_rate=50)
    for _number in range(6):
        world.fulfilled(town)
    drawn = FollowUp.objects.count()
    assert f"6 reports, {drawn} drawn, all as the seed says" in redraw()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda task: task.delete(), "but there is no call task"),
        (lambda task: FollowUp.objects.filter(pk=task.pk).update(number=(task.number + 1) % 100), "the call task says"),
        (lambda task: SampleSeed.objects.update(seed="ab" * 32), "the number is"),
    ],
)
def test_whoever_chose_for_themselves_is_found_out(town, change, said, capsys):
    case = world.to_call(town)
    change(task_of(case))
    out = StringIO()
    with pytest.raises(CommandError, match="1 differences in 1 reports"):
        call_command("redraw", month="2025-03", stdout=out, stderr=out)
    assert said in out.getvalue()


@pytest.mark.django_db
def test_a_draw_taken_out_of_its_event_is_missed_by_the_redraw_and_by_the_chain(town):
    case = world.to_call(town)
    with unguarded_events():
        event = case.events.latest("serial")
        event.facts = {}
        event.save()
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("redraw", month="2025-03", stdout=out, stderr=out)
    assert "it was never drawn" in out.getvalue()
    assert chain.verify().faults


@pytest.mark.django_db
def test_a_month_without_draws_and_a_word_that_is_no_month_are_said(town):
    with pytest.raises(CommandError, match="Nothing was drawn"):
        redraw("2025-02")
    with pytest.raises(CommandError, match="is no month"):
        redraw("March")


def drawn_by_hand(seed, text):
    """As the page says it, and as anybody would write it down."""
    digest = hmac.new(bytes.fromhex(seed), text.encode(), hashlib.sha256).hexdigest()
    return int(digest, 16) % 10_000


@pytest.mark.django_db
def test_everybody_reads_a_seed_once_its_month_is_over_and_its_calls_are_made(client, t):
    case = world.to_call(t)
    seed, url, file = (
        SampleSeed.objects.get(),
        reverse("requests:public-draws"),
        reverse("requests:draws-file", args=["2025-03"]),
    )
    client.force_login(t.supervisor)
    for is_open in (True, False):
        page = client.get(url).content.decode()
        # The check value stands there from the start: who has the seed can prove that it is the one.
        assert hashlib.sha256(bytes.fromhex(seed.seed)).hexdigest() in page
        assert (seed.seed in page) is not is_open
        assert (client.get(file).status_code == 404) is is_open
        if is_open:
            call(t, case, outcome="refused")
    client.logout()
    again = client.get(url, {"seed": seed.pk, "request": case.pk, "entry": 7}).context["again"]
    assert again["number"] == drawn_by_hand(seed.seed, f"{case.pk}:7")
    assert sampling.is_drawn(again["number"], again["share"])
    assert not sampling.is_drawn(again["number"], again["share"] - 1)
    SampleSeed.objects.update(month=timezone.localdate().replace(day=1))
    page = client.get(url, {"seed": seed.pk, "request": case.pk, "entry": 7})
    assert (page.context["again"], seed.seed in page.content.decode()) == (None, False)


@pytest.mark.django_db
def test_a_months_draws_can_be_drawn_again_by_whoever_sees_the_requests(client, t):
    cases = [world.settled(t), world.fulfilled(t)]
    elsewhere = world.elsewhere(t)
    workflow.take(elsewhere, Act.SIGN, by=t.fitter, at=MONDAY)
    workflow.take(elsewhere, Act.FULFIL, by=t.fitter, note="修好了", at=MONDAY)
    seed, url = SampleSeed.objects.get().seed, reverse("requests:draws-file", args=["2025-03"])
    seen = {
        t.auditor: [*cases, elsewhere],
        t.clerk: cases,
        t.officer: cases[1:],
        t.fitter: [elsewhere],
        t.caller: cases,
    }
    for person, own in {**seen, t.resident: cases, t.other_household: []}.items():
        client.force_login(person)
        rows = list(csv.reader(client.get(url).content.decode("utf-8-sig").splitlines()))[1:]
        assert [int(row[0]) for row in rows] == [case.pk for case in own], person
        for request, entry, share, number, again, called in rows:
            assert int(number) == int(again) == drawn_by_hand(seed, f"{request}:{entry}")
            assert int(share) == 0
            assert called == "否"
    for month in ("2025-02", "2025-13", "march"):
        assert client.get(reverse("requests:draws-file", args=[month])).status_code == 404


# Who may call.


def may_call(case, user, at=MONDAY):
    return Party.CALLER in parties_of(user, case, at)


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["branch", "community", "sanitation", "sweepers", "housing"])
@pytest.mark.parametrize("role", [Role.AUDITOR, None])
def test_nobody_asks_how_their_own_unit_did(town, where, role):
    """小宋 is caller of the street and, besides, of a unit that had a part in it; a team's centre too."""
    case = world.signed(town, assist=[town.housing])
    case = workflow.take(case, Act.ASSIST, by=town.warden, note="送了灯管", at=MONDAY)
    case = workflow.take(case, Act.FULFIL, by=town.officer, note="好了", at=MONDAY)
    unit = getattr(town, where)
    role = role or {"branch": Role.BRANCH, "community": Role.DISPATCHER}.get(where, Role.OFFICER)
    assert may_call(case, town.caller)
    world.Membership.objects.create(user=town.caller, role=role, unit=unit, since=world.SINCE)
    fresh = world.User.objects.get(pk=town.caller.pk)
    assert not may_call(case, fresh)
    # The desk's list and the interface follow the same rule.
    assert ServiceRequest.objects.filter(handled_by(fresh, MONDAY), pk=case.pk).exists()


@pytest.mark.django_db
def test_whoever_filed_for_the_resident_does_not_ask_how_it_went(town):
    world.Membership.objects.create(user=town.household, role=Role.CALLER, unit=town.street, since=world.SINCE)
    facts = {"by": town.household, "source": "household", "party": "household", "consent": True}
    assert not may_call(world.filed(town, **facts), town.household)


@pytest.mark.django_db
def test_a_caller_of_another_street_does_not_call(town):
    case = world.to_call(town)
    other = world.person("other_caller", "小何", Role.CALLER, town.other_street)
    with pytest.raises(StepRefused):
        call(town, case, by=other)
    assert not FollowUp.objects.visible_to(other, MONDAY).exists()


# When, and how often.


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hours_after_ten", "slot", "again_after"),
    [
        (-2, "08:00–12:00", 4),
        (1.9, "08:00–12:00", 0.1),
        (2, "12:00–17:00", 5),
        (7, "17:00–21:00", 15),
        (10.9, "17:00–21:00", 11.1),
        (11.4, "17:00–21:00", 10.6),  # put down a little late
        (11.6, None, None),
        (-3, None, None),
    ],
)
def test_each_attempt_falls_into_another_part_of_the_day_or_another_day(town, hours_after_ten, slot, again_after):
    at = MONDAY + hours_after_ten * HOUR
    found = attempts.slot_at(at)
    assert (str(found) if found else None) == slot
    if slot:
        assert attempts.next_attempt(at) == at + again_after * HOUR


@pytest.mark.django_db
def test_where_no_hours_are_set_every_day_is_one_part(town):
    CallSlot.objects.all().delete()
    assert attempts.slot_at(MONDAY - 7 * HOUR) is not None
    assert attempts.next_attempt(MONDAY) == MONDAY + 14 * HOUR


@pytest.mark.django_db
def test_the_first_attempt_stops_the_clock_and_the_resident_reads_that_somebody_called(town):
    case = world.to_call(town)
    case = call(town, case, MONDAY + HOUR, note="下午再打")
    task, event = task_of(case), case.events.latest("serial")
    assert (task.state, task.attempts, task.next_at) == (State.OPEN, 1, MONDAY + 2 * HOUR)
    assert task.deadline.ended_at == MONDAY + HOUR
    assert task.deadline.was_met
    assert (event.is_public, event.public_note, event.note) == (True, "", "下午再打")
    assert event.facts == {"outcome": "no_answer", "slot": "08:00–12:00", "attempt": 1, "state": "open"}
    assert (case.status, case.holder) == (Status.FULFILLED, "resident")


@pytest.mark.django_db
def test_the_same_part_of_the_day_is_refused_the_next_is_not(town):
    case = call(town, world.to_call(town))
    with pytest.raises(StepRefused) as refused:
        call(town, case, MONDAY + HOUR)
    assert refused.value.reason == guards.another_time_of_day.sentence
    assert task_of(call(town, case, MONDAY + 3 * HOUR, outcome="busy")).attempts == 2


@pytest.mark.django_db
def test_after_three_attempts_at_two_times_of_the_day_somebody_counts_as_unreachable(town):
    case = world.to_call(town)
    case = call(town, case)
    with pytest.raises(StepIncomplete):
        call(town, case, MONDAY + 3 * HOUR, give_up=True)
    case = call(town, case, MONDAY + 3 * HOUR)
    case = call(town, case, MONDAY + DAY, give_up=True)
    task = task_of(case)
    assert (task.state, task.attempts, task.satisfaction) == (State.UNREACHABLE, 3, "")
    assert case.status == Status.FULFILLED
    with pytest.raises(StepRefused):
        call(town, case, MONDAY + 2 * DAY)


@pytest.mark.django_db
def test_three_mornings_are_not_enough(town):
    case = world.to_call(town)
    for day in range(2):
        case = call(town, case, MONDAY + day * DAY)
    with pytest.raises(StepIncomplete) as refused:
        call(town, case, MONDAY + 2 * DAY, give_up=True)
    assert refused.value.field == "give_up"
    assert task_of(case).attempts == 2


@pytest.mark.django_db
@pytest.mark.parametrize(("outcome", "state"), [("wrong_number", State.UNREACHABLE), ("refused", State.REFUSED)])
def test_nobody_is_troubled_again_after_a_wrong_number_or_a_no(town, outcome, state):
    case = call(town, world.to_call(town), outcome=outcome)
    assert task_of(case).state == state
    assert not case.ratings.exists()


# What they say.


@pytest.mark.django_db
def test_a_good_answer_rates_the_request_in_the_residents_name(town):
    case = call(town, world.to_call(town), outcome="reached", note="灯亮了，谢谢", **GOOD)
    task, rating = task_of(case), case.ratings.get()
    assert (case.status, task.state, task.ended_at) == (Status.CLOSED, State.REACHED, MONDAY)
    assert (task.contacted, task.solved, task.satisfaction) == (True, True, "good")
    assert (rating.event.party, rating.event.note, rating.satisfaction) == (Party.CALLER, "灯亮了，谢谢", "good")
    assert [event.act for event in case.events.order_by("serial")][-2:] == [Act.CALL, Act.RATE]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answers", "redo"), [(BAD, False), ({**GOOD, "satisfaction": "poor"}, True), ({**GOOD, "solved": False}, False)]
)
def test_a_bad_answer_starts_the_redo(town, answers, redo):
    case = call(town, world.to_call(town), outcome="reached", redo=redo, note="还是不亮", **answers)
    assert (case.status, case.lead, case.contest_count) == (Status.IN_HAND, town.sanitation, 1)
    assert case.events.latest("serial").party == Party.CALLER
    task = task_of(case)
    assert (task.state, task.solved) == (State.REACHED, answers["solved"])
    assert not case.ratings.exists()


@pytest.mark.django_db
def test_dissatisfied_but_solved_and_not_to_be_redone_is_a_rating(town):
    case = call(town, world.to_call(town), outcome="reached", **{**GOOD, "satisfaction": "poor"})
    assert (case.status, case.ratings.get().satisfaction) == (Status.CLOSED, "poor")


@pytest.mark.django_db
def test_a_redo_without_words_leaves_no_trace_of_the_call_either(town):
    case = world.to_call(town)
    before = case.event_count
    with pytest.raises(StepIncomplete):
        call(town, case, outcome="reached", **BAD)
    case.refresh_from_db()
    assert (case.event_count, case.status, task_of(case).attempts) == (before, Status.FULFILLED, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["contacted", "solved", "satisfaction"])
def test_all_three_questions_are_answered_or_it_was_no_answer(town, missing):
    case = world.to_call(town)
    answers = {name: answer for name, answer in GOOD.items() if name != missing}
    with pytest.raises(StepIncomplete) as incomplete:
        workflow.take(case, Act.CALL, by=town.caller, at=MONDAY, outcome="reached", **answers)
    assert incomplete.value.field == missing


@pytest.mark.django_db
def test_what_was_done_again_is_drawn_again(town):
    case = call(town, world.to_call(town), outcome="reached", note="还是不亮", **BAD)
    Category.objects.filter(pk=town.lamp.pk).update(follow_up_rate=100)
    case = workflow.take(case, Act.FULFIL, by=town.officer, note="又换了", at=MONDAY + DAY)
    assert [task.state for task in case.follow_ups.order_by("pk")] == [State.REACHED, State.OPEN]
    assert task_of(case).redos == 1


@pytest.mark.django_db
def test_the_second_bad_answer_goes_to_the_supervisor(town):
    case = call(town, world.to_call(town), outcome="reached", note="还是不亮", **BAD)
    Category.objects.filter(pk=town.lamp.pk).update(follow_up_rate=100)
    case = workflow.take(case, Act.FULFIL, by=town.officer, note="又换了", at=MONDAY + DAY)
    case = call(town, case, MONDAY + DAY, outcome="reached", note="又灭了", **BAD)
    assert (case.status, case.holder, case.for_meeting) == (Status.REFERRED, "supervisor", True)


# The resident speaks first, or nobody does.


@pytest.mark.django_db
def test_whoever_rates_by_themselves_is_not_called_and_their_answers_count(town):
    case = world.to_call(town)
    case = workflow.take(case, Act.RATE, by=town.resident, at=MONDAY, **{**GOOD, "satisfaction": "fair"})
    task = task_of(case)
    assert (task.state, task.contacted, task.solved, task.satisfaction) == (State.ANSWERED, True, True, "fair")
    assert (task.attempts, task.ended_at, task.deadline.ended_at) == (0, MONDAY, MONDAY)


@pytest.mark.django_db
def test_whoever_asks_for_a_redo_has_said_that_it_is_not_solved(town):
    case = workflow.take(world.to_call(town), Act.CONTEST, by=town.resident, note="还是不亮", at=MONDAY)
    task = task_of(case)
    assert (task.state, task.contacted, task.solved, task.satisfaction) == (State.ANSWERED, None, False, "")


@pytest.mark.django_db
def test_a_request_that_closed_by_itself_can_still_be_asked_about(town):
    case = world.to_call(town)
    sweep(MONDAY + 8 * DAY)
    case.refresh_from_db()
    task = task_of(case)
    assert (case.status, task.state, task.deadline.ended_at) == (Status.CLOSED, State.OPEN, None)
    case = call(town, case, MONDAY + 8 * DAY, outcome="reached", **GOOD)
    # It stays closed for want of an answer; what was said stands with the call.
    assert (case.status, task_of(case).satisfaction, case.ratings.count()) == (Status.CLOSED, "good", 0)
    assert case.events.latest("serial").act == Act.CALL


@pytest.mark.django_db
def test_a_bad_answer_reopens_what_had_closed_by_itself(town):
    case = world.to_call(town)
    case = workflow.take(case, Act.LAPSE, by=SYSTEM, at=MONDAY + 8 * DAY)
    case = call(town, case, MONDAY + 8 * DAY, outcome="reached", note="还是不亮", **BAD)
    assert (case.status, case.closed_at) == (Status.IN_HAND, None)


@pytest.mark.django_db
def test_what_nobody_called_about_in_time_is_missed_and_says_so(town):
    case = world.to_call(town)
    sweep(MONDAY + 8 * DAY)
    sweep(MONDAY + 14 * DAY)
    assert task_of(case).state == State.OPEN
    end = MONDAY + 17 * DAY
    sweep(end)
    task = task_of(case)
    assert (task.state, task.ended_at, task.deadline.ended_at) == (State.MISSED, end, end)
    assert not task.deadline.was_met
    assert set(sweep(end).values()) == {0}


# What must never be false.


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "reached", "ended_at": MONDAY, "attempts": 1, "next_at": MONDAY},
        {"state": "unreachable", "ended_at": MONDAY},
        {"state": "missed"},
        {"state": "open", "ended_at": MONDAY},
        {"state": "gone", "ended_at": MONDAY},
        {"solved": True},
        {"satisfaction": "fine", "state": "answered", "ended_at": MONDAY},
        {"number": 9999, "rate": 50},
        {"attempts": 1},
    ],
)
def test_the_database_refuses_a_task_that_cannot_be(town, wrong):
    task = task_of(world.to_call(town))
    with pytest.raises(IntegrityError), transaction.atomic():
        FollowUp.objects.filter(pk=task.pk).update(**wrong)


@pytest.mark.django_db
def test_a_case_has_one_open_task_at_most(town):
    task = task_of(world.to_call(town))
    report, clock = world.fulfilled(town).events.latest("serial"), task.case.deadlines.running().first()
    twin = FollowUp(case=task.case, event=report, seed=task.seed, deadline=clock, number=1, rate=1, created_at=MONDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


# The desk, the page, the interface.


@pytest.fixture
def t(town):
    """The town at any hour of the day: these tests ask the real clock."""
    CallSlot.objects.all().delete()
    return town


@pytest.fixture
def now(monkeypatch):
    """Noon of a Wednesday, whatever the clock on the wall says: which part of the day it is decides what is shown."""
    moment = MONDAY + 2 * DAY + 2 * HOUR
    monkeypatch.setattr(timezone, "now", lambda: moment)
    return moment


def tabs(client, t, person=None, **query):
    client.force_login(person or t.caller)
    response = client.get(reverse("requests:desk", args=["calls"]), query)
    counts = {tab["url"].split("tab=")[1].split("&")[0]: tab["count"] for tab in response.context["tabs"]}
    return counts, [row["pk"] for row in response.context["rows"]]


@pytest.mark.django_db
def test_the_callers_desk_sorts_tasks_by_what_is_to_be_done(client, t, now):
    old, new = world.to_call(t, now - 3 * DAY), world.to_call(t, now - DAY)
    tried = call(t, world.to_call(t, now - DAY), now - HOUR)
    wrong = call(t, world.to_call(t, now - DAY), now - HOUR, outcome="wrong_number")
    reached = call(t, world.to_call(t, now - DAY), now - HOUR, outcome="reached", **GOOD)
    world.fulfilled(t, now)
    counts, rows = tabs(client, t)
    assert counts == {"to_call": 2, "later": 1, "not_reached": 1, "done": 1}
    assert rows == [old.pk, new.pk]
    for tab, case in (("later", tried), ("not_reached", wrong), ("done", reached)):
        assert tabs(client, t, tab=tab)[1] == [case.pk]


@pytest.mark.django_db
def test_the_desk_leaves_out_what_ones_own_unit_did(client, t, now):
    world.to_call(t, now)
    world.Membership.objects.create(user=t.caller, role=Role.OFFICER, unit=t.sanitation, since=world.SINCE)
    assert tabs(client, t) == ({"to_call": 0, "later": 0, "not_reached": 0, "done": 0}, [])
    assert not FollowUp.objects.visible_to(world.User.objects.get(pk=t.caller.pk), now).exists()


@pytest.mark.django_db
def test_what_was_tried_comes_back_with_the_next_part_of_the_day(client, t, now):
    call(t, world.to_call(t, now - 2 * DAY), now - 2 * DAY)
    assert tabs(client, t)[0] == {"to_call": 1, "later": 0, "not_reached": 0, "done": 0}


def page_of(case):
    return reverse("requests:call", args=[case.pk])


def send(client, t, case, **said):
    client.force_login(t.caller)
    return client.post(page_of(case), {"seen": case.events.last().serial, **said})


@pytest.mark.django_db
def test_the_page_says_what_to_say_and_hides_the_number_until_it_is_asked_for(client, t, now):
    case = world.to_call(t, now)
    client.force_login(t.caller)
    page = client.get(page_of(case)).content.decode()
    assert "换了线路和灯" in page
    assert "东街街道" in page
    assert "199****0001" in page
    assert "0000 0001" not in page
    response = send(client, t, case, reveal="yes", note="大娘耳背")
    page = response.content.decode()
    assert "199 0000 0001" in page
    assert "大娘耳背" in page
    look = case.events.last()
    assert (look.act, look.public_note) == (Act.REVEAL, "告知结果，或问是否解决")
    # The form knows of the look: it does not count as somebody else's step.
    assert response.context["form"].initial["seen"] == look.serial


@pytest.mark.django_db
def test_a_call_is_put_down_from_the_page(client, t, now):
    case = world.to_call(t, now)
    response = send(client, t, case, outcome="no_answer", note="没人接", next="/desk/calls/")
    assert (response.status_code, response.url) == (302, "/desk/calls/")
    assert task_of(case).attempts == 1
    case = world.to_call(t, now)
    answers = {"outcome": "reached", "contacted": "yes", "solved": "no", "satisfaction": "poor"}
    response = send(client, t, case, **answers)
    assert "note" in response.context["form"].errors
    send(client, t, case, note="还是不亮", **answers)
    case.refresh_from_db()
    assert case.status == Status.IN_HAND


@pytest.mark.django_db
def test_what_is_missing_is_named_and_the_number_stays_for_whoever_just_looked(client, t, now):
    case = world.to_call(t, now)
    send(client, t, case, reveal="yes")
    response = send(client, t, case, outcome="reached", contacted="yes")
    assert set(response.context["form"].errors) == {"solved", "satisfaction"}
    assert "199 0000 0001" in response.content.decode()
    assert case.events.filter(act=Act.REVEAL).count() == 1
    assert "outcome" in send(client, t, case).context["form"].errors


@pytest.mark.django_db
def test_giving_up_is_offered_only_when_it_was_tried_often_enough(client, t, now):
    FollowUpRule.objects.update(attempts=2, slots=1)
    case = world.to_call(t, now - 2 * DAY)
    client.force_login(t.caller)
    assert "give_up" not in client.get(page_of(case)).context["form"].fields
    call(t, case, now - 2 * DAY)
    assert "give_up" in client.get(page_of(case)).context["form"].fields
    send(client, t, case, outcome="busy", give_up="on")
    assert task_of(case).state == State.UNREACHABLE


@pytest.mark.django_db
def test_the_case_page_tells_callers_and_supervisors_of_the_draw_but_not_those_who_did_it(client, t, now):
    case = world.to_call(t, now)
    for person, told in ((t.caller, True), (t.supervisor, True), (t.auditor, True), (t.officer, False)):
        client.force_login(person)
        response = client.get(case.get_absolute_url())
        assert (response.context["task"] is not None) is told, person


@pytest.mark.django_db
def test_programs_read_tasks_and_put_calls_down(client, t, now):
    case = world.to_call(t, now)
    client.force_login(t.caller)
    (shown,) = client.get(reverse("api:follow-ups"), {"state": "open"}).json()["results"]
    assert (shown["request"], shown["state"], shown["rate"]) == (case.pk, "open", 100)
    assert client.get(reverse("api:follow-up", args=[shown["id"]])).json() == shown
    url = reverse("api:events", args=[case.pk])
    wrong = client.post(url, {"act": "call", "outcome": "reached", "solved": True}, "application/json")
    assert set(wrong.json()["errors"]) >= {"contacted", "satisfaction"}
    right = client.post(url, {"act": "call", "outcome": "reached", **GOOD}, "application/json")
    assert (right.status_code, right.json()["status"]) == (201, "closed")
    for person in (t.resident, t.officer, t.clerk):
        client.force_login(person)
        assert client.get(reverse("api:follow-ups")).json()["results"] == []
        assert client.get(reverse("api:follow-up", args=[shown["id"]])).status_code == 404


@pytest.mark.django_db
def test_this_months_seed_stays_shut_in_the_admin(client, t, now):
    seed = sampling.seed_for(now)
    client.force_login(t.admin)
    url = reverse("admin:requests_app_sampleseed_change", args=[seed.pk])
    assert seed.seed not in client.get(url).content.decode()
    SampleSeed.objects.update(month=date(2025, 1, 1))
    assert seed.seed in client.get(url).content.decode()
