"""The desks: tabs and counts, filters, whose they are, and what a page costs."""

import re

import pytest
from django.urls import reverse

from requests_app.journey import workflow
from requests_app.models import Act
from requests_app.views import desks
from tests import town as world

pytestmark = pytest.mark.django_db
AT_MOST = 12  # queries of a queue, one of them the search


@pytest.fixture
def t():
    return world.town()


def open_desk(client, person, slug, **query):
    client.force_login(person)
    return client.get(reverse("requests:desk", args=[slug]), query)


def counts(response):
    return {tab["url"].split("tab=")[1].split("&")[0]: tab["count"] for tab in response.context["tabs"]}


def listed(response):
    return {row["pk"] for row in response.context["rows"]}


def test_the_branch_counts_its_cases_by_tab(client, t):
    fresh, taken, passed_on = world.filed(t), world.accepted(t), world.referred(t)
    world.settled(t)
    response = open_desk(client, t.clerk, "branch")
    assert counts(response) == {"accept": 1, "in_hand": 1, "elsewhere": 1, "answered": 1, "all": 4}
    assert listed(response) == {fresh.pk}
    assert listed(open_desk(client, t.clerk, "branch", tab="in_hand")) == {taken.pk}
    assert listed(open_desk(client, t.clerk, "branch", tab="elsewhere")) == {passed_on.pk}


def test_the_community_sees_branches_that_are_late(client, t):
    late = world.filed(t)
    waiting, back = world.referred(t), world.returned(t)
    response = open_desk(client, t.dispatcher, "community", tab="late")
    assert late.pk in listed(response)
    assert listed(open_desk(client, t.dispatcher, "community")) == {waiting.pk}
    assert listed(open_desk(client, t.dispatcher, "community", tab="returned")) == {back.pk}


def test_a_department_finds_what_it_leads_and_what_it_assists_in(client, t):
    to_sign, working = world.dispatched(t), world.signed(t)
    helping = world.dispatched(t, lead=t.housing, assist=[t.sanitation])
    response = open_desk(client, t.officer, "department")
    assert counts(response) == {"sign": 1, "in_hand": 1, "assisting": 1, "returned": 0, "done": 0, "all": 3}
    assert listed(response) == {to_sign.pk}
    assert listed(open_desk(client, t.officer, "department", tab="in_hand")) == {working.pk}
    assert listed(open_desk(client, t.officer, "department", tab="assisting")) == {helping.pk}


def test_a_report_takes_a_case_from_the_assisting_tab(client, t):
    helping = world.dispatched(t, lead=t.housing, assist=[t.sanitation])
    workflow.take(helping, Act.ASSIST, by=t.officer, note="已清运", at=world.MONDAY)
    assert listed(open_desk(client, t.officer, "department", tab="assisting")) == set()


def test_a_centre_sees_what_its_teams_lead(client, t):
    case = world.dispatched(t, lead=t.sweepers)
    assert listed(open_desk(client, t.officer, "department")) == {case.pk}


def test_a_second_return_comes_to_the_supervisor(client, t):
    case = world.returned(t)
    workflow.take(case, Act.UPHOLD, by=t.dispatcher, lead=t.housing, at=world.MONDAY)
    case = workflow.take(case, Act.RETURN, by=t.warden, reason=t.not_ours, note="不归房管", at=world.MONDAY)
    assert listed(open_desk(client, t.supervisor, "supervisor")) == {case.pk}
    assert counts(open_desk(client, t.dispatcher, "community"))["returned"] == 0


def test_an_appeal_comes_to_the_supervisor(client, t):
    case = workflow.take(world.declined(t), Act.APPEAL, by=t.resident, at=world.MONDAY)
    assert listed(open_desk(client, t.supervisor, "supervisor", tab="appeals")) == {case.pk}


def test_the_auditor_reads_everything_below(client, t):
    cases = {world.filed(t).pk, world.rated(t).pk}
    assert listed(open_desk(client, t.auditor, "audit")) == cases


@pytest.mark.parametrize(
    ("slug", "username"),
    [
        ("branch", "clerk"),
        ("community", "dispatcher"),
        ("department", "officer"),
        ("supervisor", "supervisor"),
        ("calls", "caller"),
        ("audit", "auditor"),
    ],
)
def test_a_desk_opens_only_to_its_own_role(client, t, slug, username):
    for name, person in t.people.items():
        expected = 200 if name.removeprefix("other_") == username else 404
        if slug == "department" and name in ("sweeper", "warden", "fitter"):
            expected = 200
        assert open_desk(client, person, slug).status_code == expected, name


def test_nobody_finds_cases_of_another_area(client, t):
    world.filed(t)
    world.returned(t)
    for person, slug in (
        (t.other_clerk, "branch"),
        (t.other_dispatcher, "community"),
        (t.other_supervisor, "supervisor"),
        (t.warden, "department"),
    ):
        assert set(counts(open_desk(client, person, slug)).values()) == {0}, person


def test_a_stranger_is_sent_to_sign_in(client, t):
    response = client.get(reverse("requests:desk", args=["branch"]))
    assert response.status_code == 302


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"words": "灯 三天"}, True),
        ({"words": "电梯"}, False),
        ({"status": "filed"}, True),
        ({"status": "closed"}, False),
        ({"category": "lamp"}, True),
        ({"category": "lighting"}, True),
        ({"category": "rubbish"}, False),
        ({"urgency": "help"}, True),
        ({"urgency": "urgent"}, False),
        ({"lateness": "red"}, True),
        ({"lateness": "amber"}, False),
        ({"redo": "yes"}, False),
        ({"filed_from": "2025-03-03", "filed_to": "2025-03-03"}, True),
        ({"filed_from": "2025-03-04"}, False),
        ({"due_from": "2025-03-03", "due_to": "2025-03-03"}, True),
        ({"due_to": "2025-03-02"}, False),
        ({"unit": "140213001001"}, True),
    ],
)
def test_filters_narrow_the_list(client, t, query, found):
    case = world.filed(t)
    groups = {"lamp": t.lamp.pk, "lighting": t.lamp.parent_id, "rubbish": t.rubbish.pk}
    if "category" in query:
        query = {"category": groups[query["category"]]}
    response = open_desk(client, t.supervisor, "supervisor", tab="all", **query)
    assert listed(response) == ({case.pk} if found else set())
    assert response.context["applied"]


def test_a_tracking_code_finds_its_case(client, t):
    case = world.filed(t)
    world.filed(t)
    assert listed(open_desk(client, t.clerk, "branch", words=case.grouped_code)) == {case.pk}


def test_a_filter_survives_the_tabs_and_can_be_taken_away(client, t):
    world.filed(t)
    response = open_desk(client, t.clerk, "branch", urgency="help", sort="oldest", page="1")
    assert all("urgency=help" in tab["url"] and "sort=oldest" in tab["url"] for tab in response.context["tabs"])
    (chip,) = response.context["applied"]
    assert "urgency" not in chip["url"]
    assert "sort=oldest" in chip["url"]


def test_nonsense_in_the_url_changes_nothing(client, t):
    case = world.filed(t)
    nonsense = {"status": "x", "category": "x", "filed_from": "x", "sort": "x", "page": "x", "own": "x", "tab": "x"}
    assert listed(open_desk(client, t.clerk, "branch", **nonsense)) == {case.pk}


def test_urgent_ones_come_first_when_asked(client, t):
    world.filed(t)
    pipe = world.filed(t, at=world.MONDAY + world.DAY, category=t.burst)
    first = open_desk(client, t.clerk, "branch", sort="urgent").context["rows"][0]
    assert first["pk"] == pipe.pk


def test_a_clerk_of_two_branches_sees_both_or_one(client, t):
    world.Membership.objects.create(user=t.clerk, role=world.Role.BRANCH, unit=t.other_branch, since=world.SINCE)
    here = world.filed(t)
    there = world.filed(t, estate=t.other_estate, building=t.other_building)
    assert listed(open_desk(client, t.clerk, "branch")) == {here.pk, there.pk}
    assert listed(open_desk(client, t.clerk, "branch", own=t.other_branch.pk)) == {there.pk}


def test_the_navigation_counts_what_waits(client, t):
    world.filed(t)
    world.accepted(t)
    response = open_desk(client, t.clerk, "branch")
    link, figures = response.context["desks"]
    assert link["count"] == 2
    assert figures["url"] == reverse("requests:figures")


def test_a_late_case_says_so_in_words(client, t):
    world.filed(t)
    page = open_desk(client, t.clerk, "branch").content.decode()
    assert re.search(r'class="due due--red"', page)


def test_the_supervisor_counts_by_unit_and_opens_the_list(client, t):
    world.filed(t)
    case = world.returned(t)
    client.force_login(t.supervisor)
    response = client.get(reverse("requests:desk-units"))
    (area,) = response.context["areas"]
    assert (area["unit"], [cell["count"] for cell in area["cells"]]) == (t.community, [2, 2, 1, 0])
    (department,) = response.context["departments"]
    assert department["unit"] == t.sanitation
    returned = next(cell for cell in area["cells"] if cell["key"] == "returned")
    assert listed(client.get(returned["url"])) == {case.pk}


@pytest.mark.once
@pytest.mark.parametrize(
    ("slug", "username"),
    [
        ("branch", "clerk"),
        ("community", "dispatcher"),
        ("department", "officer"),
        ("supervisor", "supervisor"),
        ("calls", "caller"),
        ("audit", "auditor"),
    ],
)
def test_a_queue_costs_the_same_for_one_row_and_for_thirty(client, t, django_assert_max_num_queries, slug, username):
    person, url = t.people[username], reverse("requests:desk", args=[slug])
    client.force_login(person)

    def cost(**query):
        with django_assert_max_num_queries(AT_MOST) as captured:
            assert client.get(url, query).status_code == 200
        return len(captured)

    make = (world.filed, world.referred, world.dispatched, world.returned, world.to_call)
    for step in make:
        step(t)
    before = cost(tab="all"), cost(words="灯")
    for _number in range(6):
        for step in make:
            step(t)
    assert (cost(tab="all"), cost(words="灯")) == before


def test_of_a_list_longer_than_anybody_works_through_the_desk_says_no_more_than_that(client, t, monkeypatch):
    monkeypatch.setattr(desks, "COUNTED", 2)
    first = world.filed(t)
    for count, said in ((1, 1), (2, 2), (3, "2+"), (4, "2+")):
        response = open_desk(client, t.clerk, "branch")
        assert (counts(response)["accept"], response.context["total"]) == (said, said)
        assert len(listed(response)) == count
        world.filed(t)
    narrowed = open_desk(client, t.clerk, "branch", category=first.category_id)
    assert (narrowed.context["total"], len(listed(narrowed))) == ("2+", 5)
    assert open_desk(client, t.clerk, "branch", page=7).context["page"].number == 1
