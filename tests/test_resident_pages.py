"""A resident's pages: what the list and the case say, and what can be done there."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from requests_app.journey import workflow
from requests_app.models import Act
from requests_app.models.event import Party
from requests_app.views.resident import timeline_entries
from tests import town as towns
from tests.town import DAY, HOUR, MONDAY

pytestmark = pytest.mark.once

PAGES = ("/", "/mine/", "/mine/?show=closed", "/household/", "/account/", "/privacy/", "/track/", "/public/", "/file/")


@pytest.fixture
def resident(client_of, town):
    return client_of(town.resident)


def cost(client, url, assert_max, most):
    client.get(url)
    with assert_max(most) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_the_list_says_what_happens_next_and_by_when(resident, town):
    case = towns.accepted(town)
    page = resident.get("/mine/").text
    assert case.get_absolute_url() in page
    assert case.get_status_display() in page
    assert town.branch.name in page


def test_finished_ones_stand_apart(resident, town):
    under_way, finished = towns.filed(town), towns.rated(town)
    page = resident.get("/mine/").text
    assert under_way.get_absolute_url() in page
    assert finished.get_absolute_url() not in page
    assert finished.get_absolute_url() in resident.get("/mine/?show=closed").text
    assert resident.get("/mine/?show=nonsense&page=zzz").status_code == 200


def test_everybody_lists_only_their_own(client_of, town):
    case = towns.filed(town)
    assert case.get_absolute_url() not in client_of(town.neighbour).get("/mine/").text
    assert client_of(town.neighbour).get(case.get_absolute_url()).status_code == 404


def test_the_case_says_who_has_it_and_by_when(resident, town):
    case = towns.dispatched(town)
    context = resident.get(case.get_absolute_url()).context
    assert context["next"].unit == town.sanitation
    assert context["next"].by == case.due_at
    assert context["promised_at"] == case.promised_at


def test_units_are_named_and_persons_are_not(resident, town):
    case = towns.fulfilled(town)
    page = resident.get(case.get_absolute_url()).text
    assert town.sanitation.name in page
    for person in (town.clerk, town.dispatcher, town.officer):
        assert person.name not in page


def test_internal_words_stay_inside(resident, town):
    case = towns.signed(town)
    workflow.take(case, Act.NOTE, by=town.officer, note="内部的话", at=MONDAY)
    case = towns.returned(town)
    for shown in (case, case.events.get(act=Act.RETURN).case):
        page = resident.get(shown.get_absolute_url()).text
        assert "内部的话" not in page
        assert "归房管" not in page


def test_what_was_told_and_done_can_be_read(resident, town):
    case = towns.signed(town)
    workflow.take(case, Act.TELL, by=town.officer, note="明天上午来", at=MONDAY)
    workflow.take(case, Act.FULFIL, by=town.officer, note="换了灯", at=MONDAY + HOUR)
    page = resident.get(case.get_absolute_url()).text
    assert "明天上午来" in page
    assert "换了灯" in page


def test_ones_own_contact_is_shown_in_full_and_a_neighbours_masked(client_of, resident, town):
    case = towns.filed(town, room="302")
    page = resident.get(case.get_absolute_url()).text
    assert "周大娘" in page
    assert "19900000001" in page
    assert "302" in page
    for_neighbour = towns.filed(
        town, by=town.household, party=Party.HOUSEHOLD, consent=True, source="household", contact_phone="19900000002"
    )
    page = client_of(town.household).get(for_neighbour.get_absolute_url()).text
    assert "19900000002" not in page
    assert "199****0002" in page


def test_who_looked_at_the_number_is_written_there(resident, town):
    case = towns.signed(town)
    assert not resident.get(case.get_absolute_url()).context["looks"]
    workflow.take(case, Act.REVEAL, by=town.officer, note="约时间上门", at=MONDAY)
    looks = resident.get(case.get_absolute_url()).context["looks"]
    assert [(look.event.unit, look.note) for look in looks] == [(town.sanitation, "约时间上门")]


ACTS = {
    "filed": ["add", "urge", "withdraw"],
    "dispatched": ["add", "urge", "withdraw"],
    "signed": ["add", "urge"],
    "fulfilled": ["rate", "contest"],
    "declined": ["appeal"],
    "withdrawn": [],
}


@pytest.mark.parametrize(("made", "acts"), ACTS.items(), ids=ACTS)
def test_the_buttons_are_the_steps_of_the_table(resident, town, made, acts):
    case = getattr(towns, made)(town, at=_lately())
    context = resident.get(case.get_absolute_url()).context
    assert [action["act"] for action in context["actions"]] == acts
    for act in acts:
        assert resident.get(f"{case.get_absolute_url()}{act}/").status_code == 200


def _lately():
    return timezone.now() - timedelta(hours=1)


def test_a_resident_rates_and_the_case_is_closed(resident, town):
    case = towns.fulfilled(town, at=_lately())
    url = f"{case.get_absolute_url()}rate/"
    assert resident.post(url, {"note": "好"}).status_code == 200  # three answers are missing
    answers = {"contacted": "yes", "solved": "yes", "satisfaction": "good", "note": "修得快"}
    assert resident.post(url, answers)["Location"] == case.get_absolute_url()
    page = resident.get(case.get_absolute_url()).text
    assert "修得快" in page
    case.refresh_from_db()
    assert case.status == "closed"


def test_a_resident_has_it_redone(resident, town):
    case = towns.fulfilled(town, at=_lately())
    url = f"{case.get_absolute_url()}contest/"
    assert resident.post(url, {"note": ""}).status_code == 200
    assert resident.post(url, {"note": "还是不亮"}).status_code == 302
    case.refresh_from_db()
    assert case.status == "in_hand"


def test_whoever_has_urged_reads_from_when_they_may_again(resident, town):
    case = towns.signed(town, at=_lately())
    workflow.take(case, Act.URGE, by=town.resident)
    context = resident.get(case.get_absolute_url()).context
    assert [action["act"] for action in context["actions"]] == ["add"]
    case.refresh_from_db()
    assert context["urged_until"] == case.urge_from


def test_a_refusal_says_who_why_where_to_turn_and_how_to_appeal(resident, town):
    case = towns.declined(town, at=_lately())
    page = resident.get(case.get_absolute_url()).text
    for words in (town.branch.name, town.court.text, "请等法院判决。", f"{case.get_absolute_url()}appeal/"):
        assert words in page
    assert resident.post(f"{case.get_absolute_url()}appeal/", {"note": "不是一回事"}).status_code == 302
    case.refresh_from_db()
    assert (case.status, case.holder) == ("referred", "supervisor")


def test_the_household_page_is_for_households(client_of, town):
    assert client_of(town.household).get("/household/").status_code == 200
    for person in (town.resident, town.clerk, town.officer):
        assert client_of(person).get("/household/").status_code == 404


def test_the_first_page_shows_desks_to_staff_and_cases_to_residents(client_of, resident, town):
    case = towns.filed(town)
    assert case.get_absolute_url() in resident.get("/").text
    assert case.get_absolute_url() not in Client().get("/").text
    assert client_of(town.clerk).get("/").status_code == 200


def test_staff_entries_hold_what_residents_never_see(town):
    case = towns.signed(town)
    workflow.take(case, Act.NOTE, by=town.officer, note="内部的话", at=MONDAY)
    inside, outside = timeline_entries(case, internal=True), timeline_entries(case)
    assert (inside[0].note, inside[0].is_internal) == ("内部的话", True)
    assert all(not entry.is_internal for entry in outside)
    assert len(inside) == len(outside) + 1


def test_a_list_costs_the_same_for_one_and_for_twenty(resident, client_of, town, django_assert_max_num_queries):
    household = client_of(town.household)

    def costs():
        pages = ("/", "/mine/", "/mine/?show=closed")
        found = [cost(resident, url, django_assert_max_num_queries, 12) for url in pages]
        return [*found, cost(household, "/household/", django_assert_max_num_queries, 12)]

    def file_some():
        towns.fulfilled(town)
        towns.declined(town)
        towns.dispatched(town)
        appealed = towns.declined(town)
        workflow.take(appealed, Act.APPEAL, by=town.resident, at=MONDAY)
        wanted = {"by": town.household, "party": Party.HOUSEHOLD, "consent": True, "source": "household"}
        towns.filed(town, **wanted)

    file_some()
    few = costs()
    for _time in range(5):
        file_some()
    assert costs() == few


def test_a_case_costs_the_same_after_one_step_and_after_twenty(resident, town, django_assert_max_num_queries):
    case = towns.signed(town)
    few = cost(resident, case.get_absolute_url(), django_assert_max_num_queries, 15)
    for number in range(20):
        workflow.take(case, Act.TELL, by=town.officer, note=f"第{number}次", at=MONDAY + number * HOUR)
    assert cost(resident, case.get_absolute_url(), django_assert_max_num_queries, 15) == few


@pytest.mark.parametrize("url", PAGES)
def test_every_page_comes_for_everybody_or_leads_to_the_sign_in(client_of, town, url):
    towns.rated(town, at=MONDAY + DAY)
    assert Client().get(url).status_code in (200, 302)
    for person in town.people.values():
        assert client_of(person).get(url).status_code in (200, 404)
