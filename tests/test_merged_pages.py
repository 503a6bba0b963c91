"""Pages of requests that go on together: what each resident reads, what staff see, and how the parent is chosen."""

import pytest
from django.urls import reverse

from requests_app.journey import workflow
from requests_app.models import Act, Status
from requests_app.views.together import ANOTHER_IS_ASKED
from tests import town as world

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def t(town):
    return town


@pytest.fixture
def now():
    return world.datetime.now(world.UTC)


@pytest.fixture
def pair(t, now):
    """周大娘's request, in hand and with words about her, and 吴师傅's, merged into it."""
    parent = world.filed(t, now, room="302")
    steps = (
        (Act.REFER, t.clerk, {"note": "周大娘家门口的线路老化"}),
        (Act.DISPATCH, t.dispatcher, {"lead": t.sanitation, "note": "找302的周大娘"}),
        (Act.SIGN, t.officer, {}),
        (Act.REVEAL, t.officer, {"note": "约周大娘上门"}),
        (Act.TELL, t.officer, {"note": "周大娘，明天来"}),
    )
    for act, by, facts in steps:
        parent = workflow.take(parent, act, by=by, at=now, **facts)
    child = workflow.take(world.neighbours(t, now), Act.MERGE, by=t.clerk, parent=parent, note="同一盏灯", at=now)
    return parent, child


def page_of(client, person, case):
    client.force_login(person)
    return client.get(case.get_absolute_url())


def test_who_was_merged_reads_who_has_it_and_nothing_of_the_other(client, t, pair):
    parent, child = pair
    page = page_of(client, t.neighbour, child)
    assert page.context["next"].unit == t.sanitation
    assert page.context["next"].by == parent.due_at
    assert "环境卫生中心" in page.text
    steps = [str(step["sentence"]) for step in page.context["joint_steps"]]
    assert [word in sentence for word, sentence in zip(("签收", "派单", "上报"), steps, strict=True)] == [True] * 3
    for secret in ("周大娘", "302", "0001", "一单元的灯坏了三天", "明天来", "线路老化", "同一盏灯", parent.code):
        assert secret not in page.text
    assert child.grouped_code in page.text


def test_the_other_way_round_nothing_shows_either(client, t, pair):
    parent, _child = pair
    page = page_of(client, t.resident, parent)
    for secret in ("吴师傅", "19900000002", "0002", "楼道黑了"):
        assert secret not in page.text


def test_neither_resident_opens_the_page_of_the_other(client, t, pair):
    parent, child = pair
    assert page_of(client, t.neighbour, parent).status_code == 404
    assert page_of(client, t.resident, child).status_code == 404


def test_a_question_to_one_resident_is_not_put_to_the_other(client, t, pair, now):
    parent, child = pair
    workflow.take(parent, Act.ASK, by=t.officer, reason=t.unclear_place, note="周大娘，几单元？", at=now)
    page = page_of(client, t.neighbour, child)
    assert "周大娘" not in page.text
    assert not page.context["actions"]
    assert page.context["next"].sentence == ANOTHER_IS_ASKED


def test_a_merged_request_stays_among_those_under_way(client, t, pair):
    _parent, child = pair
    client.force_login(t.neighbour)
    assert [card["case"] for card in client.get(reverse("requests:mine")).context["cards"]] == [child]
    assert not client.get(reverse("requests:mine") + "?show=closed").context["cards"]
    assert [card["case"] for card in client.get(reverse("home")).context["cards"]] == [child]


def test_staff_see_what_goes_together_and_how_many_households(client, t, pair, now):
    parent, child = pair
    workflow.take(world.neighbours(t, now), Act.MERGE, by=t.clerk, parent=parent, at=now)
    page = page_of(client, t.clerk, parent)
    assert (page.context["merged_count"], page.context["households"]) == (2, 2)
    assert child.get_absolute_url() in page.text
    page = page_of(client, t.clerk, child)
    assert page.context["parent"] == parent
    assert parent.get_absolute_url() in page.text


def test_a_department_reads_how_many_and_sees_none_that_is_not_its_own(client, t, pair):
    parent, child = pair
    page = page_of(client, t.officer, parent)
    assert (page.context["merged_count"], page.context["merged"]) == (1, [])
    assert "吴师傅" not in page.text
    assert client.get(child.get_absolute_url()).status_code == 404


def test_the_page_with_many_merged_costs_the_same(client, t, pair, now, django_assert_max_num_queries):
    parent, _child = pair
    for _number in range(5):
        workflow.take(world.neighbours(t, now), Act.MERGE, by=t.clerk, parent=parent, at=now)
    client.force_login(t.clerk)
    client.get(parent.get_absolute_url())  # puts down that somebody has it open, once in half a minute
    with django_assert_max_num_queries(15):
        assert client.get(parent.get_absolute_url()).status_code == 200


def step(case, act):
    return reverse("requests:step", args=[case.pk, act])


def merge(client, person, case, **facts):
    client.force_login(person)
    return client.post(step(case, "merge"), facts)


def test_a_similar_one_is_chosen_by_its_link_and_its_radio(client, t, now):
    parent, case = world.signed(t, now), world.neighbours(t, now)
    page = page_of(client, t.clerk, case)
    assert [one["may_merge"] for one in page.context["similar"]] == [True]
    link = f"{step(case, 'merge')}?similar={parent.pk}"
    assert link in page.text
    form = client.get(link).context["form"]
    assert form["similar"].value() == str(parent.pk)
    answer = merge(client, t.clerk, case, similar=parent.pk, note="同一盏灯")
    assert answer.status_code == 302, answer.context["form"].errors
    case.refresh_from_db()
    assert (case.status, case.parent) == (Status.MERGED, parent)


def test_any_other_is_chosen_by_its_number(client, t, now):
    parent, case = world.filed(t, now, category=t.rubbish), world.neighbours(t, now)
    client.force_login(t.clerk)
    assert client.get(step(case, "merge")).context["form"]["similar"].value() == "other"
    assert merge(client, t.clerk, case, similar="other", parent=parent.pk).status_code == 302
    case.refresh_from_db()
    assert case.parent == parent


@pytest.mark.parametrize("number", ["", "0", "999999", "灯", "9" * 30])
def test_a_number_that_leads_nowhere_is_said(client, t, now, number):
    answer = merge(client, t.clerk, world.filed(t, now), similar="other", parent=number)
    assert set(answer.context["form"].errors) == {"parent"}


def test_what_is_out_of_sight_is_no_number_here(client, t, now):
    place = {"estate": t.other_estate, "building": t.other_building}
    hidden = world.filed(t, now, by=t.neighbour, **place)
    answer = merge(client, t.clerk, world.filed(t, now), similar="other", parent=hidden.pk)
    unknown = merge(client, t.clerk, world.filed(t, now), similar="other", parent=hidden.pk + 1000)
    assert answer.context["form"].errors["parent"] == unknown.context["form"].errors["parent"]


def test_why_a_request_cannot_be_the_parent_stands_beside_its_number(client, t, now):
    done = world.fulfilled(t, now)
    answer = merge(client, t.clerk, world.filed(t, now), similar="other", parent=done.pk)
    assert answer.context["form"].errors["parent"]


def test_taking_apart_is_a_button(client, t, pair):
    _parent, child = pair
    assert step(child, "unmerge") in page_of(client, t.clerk, child).text
    assert client.post(step(child, "unmerge"), {"note": "不是同一盏"}).status_code == 302
    child.refresh_from_db()
    assert (child.status, child.parent) == (Status.FILED, None)


def test_the_form_says_who_reads_the_words_and_refuses_names(client, t, pair):
    parent, child = pair
    client.force_login(t.officer)
    assert "1" in client.get(step(parent, "fulfil")).context["form"].fields["note"].help_text
    answer = client.post(step(parent, "fulfil"), {"note": "周大娘家的灯换了"})
    assert "周大娘" in answer.context["form"].errors["note"][0]
    assert client.post(step(parent, "fulfil"), {"note": "灯换了"}).status_code == 302
    page = page_of(client, t.neighbour, child)
    assert "灯换了" in page.text
    assert page.context["joint_steps"] is None


def test_the_interface_merges_too(client, t, now):
    parent, case = world.signed(t, now), world.neighbours(t, now)
    client.force_login(t.dispatcher)
    events = reverse("api:events", args=[case.pk])
    wrong = client.post(events, {"act": "merge", "parent": 999999}, content_type="application/json")
    assert wrong.status_code == 400
    taken = client.post(events, {"act": "merge", "parent": parent.pk}, content_type="application/json")
    assert (taken.status_code, taken.json()["status"]) == (201, "merged")
    client.force_login(t.neighbour)
    told = client.get(events).json()["results"][-1]
    assert (told["act"], told["facts"]) == ("merge", {})
