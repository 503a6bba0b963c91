"""Requests that go on together: nobody is lost, nothing of one resident shows to another, all of it can be undone."""

import io
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from PIL import Image

from requests_app.journey import chain, guards, refusals, workflow
from requests_app.journey.parties import had_a_hand_in
from requests_app.journey.refusals import StepIncomplete, StepRefused
from requests_app.journey.sweep import sweep
from requests_app.models import Act, Assignment, FollowUp, Notice, ServiceRequest, Status
from requests_app.photos import clean_photo
from services.models import Category
from tests import town as world
from tests.town import DAY, HOUR, MONDAY

pytestmark = pytest.mark.django_db

TUESDAY = MONDAY + DAY


def merge(t, case, parent, at=MONDAY + HOUR, by=None, **facts):
    return workflow.take(case, Act.MERGE, by=by or t.dispatcher, parent=parent, at=at, **facts)


def unmerge(t, case, at=TUESDAY, by=None):
    return workflow.take(case, Act.UNMERGE, by=by or t.dispatcher, at=at)


def fulfil(t, parent, at=TUESDAY, note="换了线路和灯"):
    return workflow.take(parent, Act.FULFIL, by=t.officer, note=note, at=at)


def acts(case):
    return [event.act for event in case.events.order_by("serial")]


def standing(case):
    """Everything that merging puts away and taking apart gives back, but the clocks' ends."""
    case = ServiceRequest.objects.get(pk=case.pk)
    fields = ("status", "holder", "lead", "lead_locked", "return_count", "contest_count", "appeal_count", "for_meeting")
    parts = case.assignments.values_list("unit", "part", "assigned_at", "reported_at", "waived_at", "ended_at")
    running = case.deadlines.running().order_by("pk").values_list("pk", "step", "amount", "started_at", "extended_by")
    return {**{name: getattr(case, name) for name in fields}, "parts": list(parts), "running": list(running)}


def test_a_merged_case_is_held_by_nobody_and_goes_on_with_its_parent(town):
    t, parent, case = town, world.signed(town), world.neighbours(town)
    case = merge(t, case, parent, by=t.clerk)
    assert (case.status, case.holder, case.parent, case.due_at) == (Status.MERGED, "", parent, None)
    assert not case.deadlines.running().exists()
    assert list(parent.merged.all()) == [case]
    assert case.events.latest("serial").is_public


@pytest.mark.parametrize("make", ["filed", "accepted", "referred", "dispatched", "signed", "returned"])
def test_taking_apart_gives_back_what_was(town, make):
    t, parent = town, world.signed(town)
    case = getattr(world, make)(t)
    before = standing(case)
    merge(t, case, parent)
    unmerge(t, case)
    assert standing(case) == before
    assert chain.verify().faults == []


def test_the_time_meanwhile_does_not_count(town):
    """Signed on Monday at ten, five working days; merged from eleven on Tuesday until eleven on Friday."""
    t, parent = town, world.signed(town)
    case = world.signed(t)
    assert case.due_at == datetime(2025, 3, 10, 10, 0, tzinfo=UTC)
    merge(t, case, parent, at=TUESDAY + HOUR)
    case = unmerge(t, case, at=TUESDAY + HOUR + 3 * DAY)
    # Tuesday, Wednesday and Thursday ended while it was merged: three days more.
    assert case.due_at == case.promised_at == datetime(2025, 3, 13, 10, 0, tzinfo=UTC)
    moved = {one["step"]: one["now"][:10] for one in case.events.latest("serial").facts["moved"]}
    assert moved == {"fulfil": "2025-03-13", "return_window": "2025-03-07", "first_contact": "2025-03-07"}


def test_what_was_merged_twice_has_both_times_left_out(town):
    t, parent = town, world.signed(town)
    case = world.signed(t)
    for begins, ends in ((1, 2), (3, 4)):
        merge(t, case, parent, at=MONDAY + begins * DAY)
        case = unmerge(t, case, at=MONDAY + ends * DAY)
    assert case.due_at == datetime(2025, 3, 12, 10, 0, tzinfo=UTC)


def test_only_the_same_community_work_under_way_and_another_case_will_do(town):
    t, case = town, world.neighbours(town)
    place = {"estate": t.other_estate, "building": t.other_building}
    elsewhere = world.filed(t, by=t.other_household, **place)
    parent = world.signed(t)
    merged = merge(t, world.filed(t), parent)
    for wrong in (case, elsewhere, world.fulfilled(t), world.rated(t), world.declined(t), merged):
        with pytest.raises(StepIncomplete) as refused:
            merge(t, case, wrong)
        assert refused.value.field == "parent"
    assert refused.value.messages == [refusals.PARENT_IS_MERGED % {"number": parent.pk}]
    assert acts(case) == [Act.FILE]


def test_a_branch_merges_among_its_own_estates_only(town):
    t = town
    branch = world.unit("branch", "14021300100102", "槐树二院党支部", t.community, formed="own")
    second = world.Estate.objects.create(code="HS2", name="槐树二院", branch=branch)
    next_door = world.filed(t, estate=second, building=None)
    case = world.neighbours(t)
    with pytest.raises(StepIncomplete) as refused:
        merge(t, case, next_door, by=t.clerk)
    assert refused.value.messages == [refusals.NO_SUCH_PARENT]
    assert merge(t, case, next_door, by=t.dispatcher).parent == next_door


def test_what_others_are_merged_into_stays(town):
    t, parent = town, world.signed(town)
    merge(t, world.neighbours(t), parent)
    with pytest.raises(StepRefused) as refused:
        merge(t, parent, world.filed(t))
    assert refused.value.reason == guards.nothing_is_merged_into_it.sentence


def test_what_a_supervisor_holds_is_for_a_supervisor_to_merge(town):
    t = town
    appealed = workflow.take(world.declined(t), Act.APPEAL, by=t.resident, note="没有起诉", at=MONDAY)
    parent = world.signed(t)
    with pytest.raises(StepRefused):
        merge(t, appealed, parent)
    assert merge(t, appealed, parent, by=t.supervisor).status == Status.MERGED


def test_the_database_keeps_status_and_parent_together(town):
    case = world.filed(town)
    for wrong in ({"parent": world.filed(town)}, {"status": Status.MERGED, "holder": "", "due_at": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ServiceRequest.objects.filter(pk=case.pk).update(amber_at=None, **wrong)


def test_the_work_done_answers_everybody_and_each_rates_for_themselves(town):
    t, parent = town, world.signed(town)
    case = merge(t, world.neighbours(t), parent)
    fulfil(t, parent)
    case.refresh_from_db()
    assert (case.status, case.holder, case.parent, case.lead) == (Status.FULFILLED, "resident", None, t.sanitation)
    report = case.events.latest("serial")
    assert (report.act, report.party, report.source, report.public_note) == (
        Act.FULFIL, "system", Status.MERGED, "换了线路和灯")  # fmt: skip
    assert Notice.objects.get(event=report, reader=t.neighbour).kind == Notice.Kind.TURN
    answers = {"contacted": True, "solved": True, "satisfaction": "good"}
    case = workflow.take(case, Act.RATE, by=t.neighbour, at=TUESDAY + HOUR, **answers)
    parent.refresh_from_db()
    assert (case.status, parent.status) == (Status.CLOSED, Status.FULFILLED)


def test_who_contests_has_the_hands_that_did_the_work_again(town):
    t, parent = town, world.signed(town)
    case = merge(t, world.neighbours(t), parent)
    fulfil(t, parent)
    case = workflow.take(case, Act.CONTEST, by=t.neighbour, note="还是黑的", at=TUESDAY + HOUR)
    assert (case.status, case.lead) == (Status.IN_HAND, t.sanitation)
    part = case.assignments.current().get()
    assert (part.unit, part.part) == (t.sanitation, Assignment.Part.LEAD)
    parent.refresh_from_db()
    assert parent.status == Status.FULFILLED
    assert fulfil(t, case, at=TUESDAY + 2 * HOUR).status == Status.FULFILLED


def test_another_department_that_had_the_merged_case_is_let_go(town):
    t, parent = town, world.signed(town)
    case = world.dispatched(t, lead=t.housing, assist=[t.sanitation, t.firm])
    merge(t, case, parent)
    fulfil(t, parent)
    current = case.assignments.current().get()
    assert (current.unit, current.part) == (t.sanitation, Assignment.Part.LEAD)


def test_the_same_department_keeps_its_part(town):
    t, parent, case = town, world.signed(town), world.signed(town)
    part = case.assignments.get()
    merge(t, case, parent)
    fulfil(t, parent)
    assert case.assignments.get() == part


def test_settling_the_parent_answers_and_a_contest_goes_to_the_branch(town):
    t, parent = town, world.accepted(town)
    case = merge(t, world.dispatched(t), parent)
    workflow.take(parent, Act.SETTLE, by=t.clerk, note="换了灯泡", at=TUESDAY)
    case.refresh_from_db()
    assert (case.status, case.lead) == (Status.FULFILLED, None)
    assert not case.assignments.current().exists()
    case = workflow.take(case, Act.CONTEST, by=t.resident, note="还是黑的", at=TUESDAY + HOUR)
    assert (case.status, case.holder) == (Status.ACCEPTED, "branch")


def test_nobody_answers_and_the_merged_case_lapses_by_its_own_clock(town):
    t, parent = town, world.signed(town)
    case = merge(t, world.neighbours(t), parent)
    fulfil(t, parent)
    sweep(TUESDAY + 9 * DAY)
    case.refresh_from_db()
    assert (case.status, acts(case)[-1]) == (Status.CLOSED, Act.LAPSE)


def test_what_the_residents_are_told_each_of_them_is_told(town):
    t, parent = town, world.signed(town)
    case = merge(t, world.neighbours(t), parent)
    workflow.take(parent, Act.TELL, by=t.officer, note="明天上午换灯", at=TUESDAY)
    told = case.events.latest("serial")
    assert (told.act, told.public_note, told.target) == (Act.TELL, "明天上午换灯", Status.MERGED)
    assert Notice.objects.filter(event=told, reader=t.neighbour).exists()


@pytest.mark.parametrize("words", ["已经和周大娘说好", "打19900000001", "吴师傅家门口"])
def test_words_that_everybody_reads_name_nobody(town, words):
    t, parent = town, world.signed(town)
    workflow.take(parent, Act.TELL, by=t.officer, note=words, at=MONDAY)
    case = merge(t, world.neighbours(t), parent)
    for act in (Act.TELL, Act.FULFIL):
        with pytest.raises(StepIncomplete) as refused:
            workflow.take(parent, act, by=t.officer, note=words, at=TUESDAY)
        assert refused.value.field == "note"
    assert acts(case) == [Act.FILE, Act.MERGE]


def test_a_withdrawn_parent_lets_everybody_go_on_alone(town):
    t, parent = town, world.dispatched(town)
    cases = [merge(t, world.neighbours(t), parent), merge(t, world.accepted(t), parent)]
    workflow.take(parent, Act.WITHDRAW, by=t.resident, at=TUESDAY)
    for case, status in zip(cases, (Status.FILED, Status.ACCEPTED), strict=True):
        case.refresh_from_db()
        apart = case.events.latest("serial")
        assert (case.status, case.parent, apart.act, apart.party) == (status, None, Act.UNMERGE, "system")
        assert case.due_at > TUESDAY
    assert Notice.objects.filter(event=apart, reader=t.clerk, kind=Notice.Kind.TURN).exists()


def test_a_declined_parent_lets_everybody_go_on_alone(town):
    t, parent = town, world.filed(town)
    case = merge(t, world.neighbours(t), parent)
    workflow.take(parent, Act.DECLINE, by=t.clerk, reason=t.court, door="法院", at=TUESDAY)
    case.refresh_from_db()
    assert (case.status, case.holder) == (Status.FILED, "branch")


def test_a_parent_that_moves_takes_the_others_along_without_a_word(town):
    t, parent = town, world.signed(town)
    case = merge(t, world.neighbours(t), parent)
    parent = workflow.take(parent, Act.RETURN, by=t.officer, reason=t.not_ours, note="归房管", at=MONDAY + 2 * HOUR)
    parent = workflow.take(parent, Act.UPHOLD, by=t.dispatcher, lead=t.housing, at=MONDAY + 2 * HOUR)
    workflow.take(parent, Act.REASSIGN, by=t.dispatcher, lead=t.firm, note="有人", at=MONDAY + 2 * HOUR)
    assert acts(case) == [Act.FILE, Act.MERGE]


def test_an_open_question_and_a_wish_for_more_time(town):
    """The question is dropped, its time is not counted; the wish still waits for the supervisor afterwards."""
    t, parent = town, world.signed(town)
    case = workflow.take(world.signed(t), Act.MORE_TIME, by=t.officer, amount=1, note="缺件", at=MONDAY)
    case = workflow.take(case, Act.ASK, by=t.officer, reason=t.unclear_place, note="几单元", at=TUESDAY)
    assert case.waits_for_answer
    merge(t, case, parent, at=TUESDAY + DAY)
    case = unmerge(t, case, at=TUESDAY + 2 * DAY)
    assert (case.status, case.holder, case.waits_for_answer) == (Status.IN_HAND, "department", False)
    assert case.due_at == datetime(2025, 3, 12, 10, 0, tzinfo=UTC)
    assert workflow.take(case, Act.GRANT, by=t.supervisor, note="可以", at=TUESDAY + 2 * DAY).due_at > case.due_at


def test_urging_reaches_whoever_has_the_parent_and_leaves_its_resident_their_turn(town):
    t, parent = town, world.signed(town)
    case = merge(t, world.neighbours(t), parent)
    case = workflow.take(case, Act.URGE, by=t.neighbour, note="快点", at=TUESDAY)
    parent.refresh_from_db()
    urged = parent.events.latest("serial")
    assert (urged.act, urged.party, urged.facts["number"], urged.note) == (Act.URGE, "system", case.pk, "")
    assert not urged.is_public
    assert Notice.objects.get(event=urged, reader=t.officer).kind == Notice.Kind.TURN
    assert (parent.urge_count, parent.urge_from) == (1, None)
    with pytest.raises(StepRefused):
        workflow.take(case, Act.URGE, by=t.neighbour, at=TUESDAY + HOUR)
    assert workflow.take(parent, Act.URGE, by=t.resident, at=TUESDAY + HOUR).urge_count == 2


def test_a_merged_case_is_not_withdrawn_and_urged_only_while_units_have_its_parent(town):
    t, parent = town, world.signed(town)
    case = merge(t, world.neighbours(t), parent)
    with pytest.raises(StepRefused):
        workflow.take(case, Act.WITHDRAW, by=t.neighbour, at=TUESDAY)
    facts = {"reason": t.unclear_place, "note": "几单元"}
    workflow.take(parent, Act.ASK, by=t.officer, at=TUESDAY, **facts)
    with pytest.raises(StepRefused) as refused:
        workflow.take(case, Act.URGE, by=t.neighbour, at=TUESDAY)
    assert refused.value.reason == guards.units_have_the_parent.sentence


def test_the_photos_of_the_work_done_come_with_the_words(town):
    t, parent = town, world.signed(town)
    case = merge(t, world.neighbours(t), parent)
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "yellow").save(picture, "JPEG")
    picture.seek(0)
    workflow.take(parent, Act.FULFIL, by=t.officer, note="换了线路和灯", photos=[clean_photo(picture)], at=TUESDAY)
    theirs, own = parent.photos.get(), case.photos.get()
    assert own.event == case.events.latest("serial")
    assert (own.stage, own.large.name, own.width) == (theirs.stage, theirs.large.name, theirs.width)
    assert own.token != theirs.token


def test_each_has_a_call_of_its_own_and_nobody_who_worked_on_the_parent_makes_it(town):
    t = town
    Category.objects.filter(pk=t.lamp.pk).update(follow_up_rate=100)
    parent = workflow.take(world.dispatched(t, assist=[t.housing]), Act.SIGN, by=t.officer, at=MONDAY)
    case = merge(t, world.neighbours(t), parent)
    workflow.take(parent, Act.ASSIST, by=t.warden, note="接了电", at=TUESDAY)
    fulfil(t, parent)
    assert sorted(FollowUp.objects.values_list("case", flat=True)) == [parent.pk, case.pk]
    hands = [person for person in (t.officer, t.warden, t.fitter, t.caller) if had_a_hand_in(person, case, TUESDAY)]
    assert hands == [t.officer, t.warden]


def test_a_case_taken_apart_from_a_parent_that_went_on_is_not_answered_with_it(town):
    t, parent = town, world.signed(town)
    case = merge(t, world.neighbours(t), parent)
    unmerge(t, case)
    fulfil(t, parent)
    case.refresh_from_db()
    assert case.status == Status.FILED
