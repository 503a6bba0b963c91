"""Support: one household has one voice in its estate; slips prove it; enough voices reach the meeting."""

import pytest
from django.utils import timezone

from requests_app.journey import workflow
from requests_app.meetings import backing, rules
from requests_app.meetings.backing import Speaker, households_behind, speak, support_of, take_back
from requests_app.meetings.refusals import NOT_TO_BACK, NOT_YOUR_VOICE, OTHER_ESTATE, OWN_CASE, SPOKEN, Refused
from requests_app.models import Act, Backing, ServiceRequest
from requests_app.mydata.copies import contents
from requests_app.mydata.erasing import erase_person
from services.models import BackingThreshold, Category, Household, MeetingSeries, Residence
from services.slips import household_of, print_slips, rooms
from tests import town as towns
from tests.town import DAY, MONDAY

pytestmark = pytest.mark.django_db
LATER = MONDAY + DAY


@pytest.fixture
def home(town):
    """吴师傅's household, by building and door."""
    return Household.objects.at(town.building, "1-302")


def of(household, person=None, by_slip=False):
    return Speaker(household, person, by_slip)


def test_a_household_has_one_voice_and_takes_it_back(town, home):
    case = towns.filed(town)
    speak(case.pk, of(home, town.neighbour), LATER)
    wife = of(home, town.household)
    with pytest.raises(Refused, match=str(SPOKEN)):
        speak(case.pk, wife, LATER)
    with pytest.raises(Refused, match=str(NOT_YOUR_VOICE)):
        take_back(case.pk, wife)
    # Whoever has the slip speaks louder than somebody who only named a door.
    speak(case.pk, of(home, by_slip=True), LATER)
    voice = Backing.objects.get()
    assert (voice.person, voice.by_slip) == (None, True)
    with pytest.raises(Refused, match=str(SPOKEN)):
        speak(case.pk, of(home, by_slip=True), LATER)
    take_back(case.pk, of(home, by_slip=True))
    assert not Backing.objects.exists()


def test_only_open_public_matters_of_ones_own_estate_are_supported(town, home):
    speaker = of(home, town.neighbour)
    Category.objects.filter(pk=town.rubbish.pk).update(is_against_firm=True)
    town.rubbish.refresh_from_db()
    for case, why in (
        (towns.elsewhere(town), OTHER_ESTATE),
        (towns.neighbours(town), OWN_CASE),
        (towns.merged(town).parent, OWN_CASE),
        (towns.fulfilled(town), NOT_TO_BACK),
        (towns.filed(town, is_confidential=True), NOT_TO_BACK),
        (towns.filed(town, category=town.rubbish), NOT_TO_BACK),
        (towns.filed(town, category=town.allowance), NOT_TO_BACK),
    ):
        with pytest.raises(Refused, match=str(why)):
            speak(case.pk, speaker, LATER)
    assert not Backing.objects.exists()


def test_cases_and_households_are_counted_apart_also_after_a_merge(town, home):
    parent, child = towns.filed(town), towns.neighbours(town)
    other = Household.objects.at(town.building, "2-101")
    speak(parent.pk, of(home), LATER)
    speak(child.pk, of(home), LATER)
    speak(child.pk, of(other), LATER)
    assert households_behind(ServiceRequest.objects.all()) == {parent.pk: 1, child.pk: 2}
    workflow.take(child, Act.MERGE, by=town.clerk, at=LATER, parent=parent)
    # The household that backed both counts once.
    assert households_behind(ServiceRequest.objects.open()) == {parent.pk: 2}
    workflow.take(child, Act.UNMERGE, by=town.clerk, at=LATER)
    assert households_behind(ServiceRequest.objects.open()) == {parent.pk: 1, child.pk: 2}


def test_the_threshold_grows_with_the_estate_and_brings_it_on_the_agenda(town, home):
    for size, least, percent in ((0, 2, 1), (300, 3, 1), (2000, 9, 1)):
        BackingThreshold.objects.create(from_households=size, at_least=least, percent=percent)
    needed = BackingThreshold.objects.for_estates()
    town.other_estate.households = 999
    assert (needed(town.estate), needed(town.other_estate)) == (4, 10)
    case = towns.filed(town)
    series = MeetingSeries.objects.create(code="hsy", name="会", unit=town.branch, day=15, opens="15:00", place="院里")
    asked = rules.Asked(series, 0, LATER)
    for number in range(1, 5):
        assert not list(rules.backed(asked)), number
        speak(case.pk, of(Household.objects.at(town.building, f"1-{number}01")), LATER)
    ((found, why),) = rules.backed(asked)
    assert found == case
    assert "4" in why
    assert support_of([case])[case.pk].is_enough
    assert not list(rules.backed(rules.Asked(series, 5, LATER)))


def test_slips_are_kept_as_digests_and_a_new_print_voids_the_old(client_of, town):
    assert rooms(2, 1, 2) == ["1-101", "1-102", "2-101", "2-102"]
    page = client_of(town.clerk).post("/my-estates/HSY/slips/", {"building": town.building.pk, "floors": 2, "doors": 2})
    assert page.context["number"] == 12
    first = page.context["sheets"][0][0]["slip"]
    assert first.grouped_code in page.text
    assert first.code not in str(list(Household.objects.values_list("slip_digest", "room_hash")))
    assert household_of(first.grouped_code.lower()) == first.household
    (again,) = print_slips(town.building, ["1-101"], LATER)
    assert again.household == first.household
    assert household_of(first.code) is None
    assert household_of(again.code) == first.household


def test_a_slip_speaks_without_an_account_and_is_void_with_the_next_one(client, town):
    (slip,) = print_slips(town.building, ["1-302"], MONDAY)
    case = towns.filed(town, timezone.now())
    assert "302" in client.get(f"/h/{slip.code}/").text
    assert client.get(f"/our-estate/?code={slip.grouped_code}")["Location"] == f"/h/{slip.code}/"
    client.post(f"/h/{slip.code}/")
    page = client.get("/our-estate/")
    assert [matter["case"] for matter in page.context["matters"]] == [case]
    for kept in (case.text, "周大娘", "19900000001", case.code, "1单元"):
        assert kept not in page.text.split('class="cards')[1]
    client.post(f"/our-estate/{case.pk}/", {"do": "support"})
    assert Backing.objects.get().by_slip
    print_slips(town.building, ["1-302"], MONDAY)
    assert "matters" not in client.get("/our-estate/").context
    client.post(f"/our-estate/{case.pk}/", {"do": "take_back"})
    assert Backing.objects.count() == 1


def test_a_resident_says_once_where_they_live_and_moving_leaves_no_voice_behind(client_of, town):
    resident = client_of(town.neighbour)
    case = towns.filed(town, timezone.now())
    there = {"building": town.building.pk, "entrance": 1, "number": "0302室"}
    assert resident.post("/our-estate/home/?estate=HSY", {**there, "entrance": 9}).context["form"].errors["entrance"]
    assert resident.post("/our-estate/home/?estate=HSY", {**there, "number": "东户"}).context["form"].errors["number"]
    resident.post("/our-estate/home/?estate=HSY", there)
    known = Residence.objects.get(user=town.neighbour).household
    assert known.room == "1-302"
    resident.post(f"/our-estate/{case.pk}/", {"do": "support"})
    assert Backing.objects.get().household == known
    # The case's own page says it to its resident and to those who serve, as a number.
    for person in (town.resident, town.clerk):
        assert client_of(person).get(case.get_absolute_url()).context["support"].households == 1
    resident.post("/our-estate/home/?estate=HSY", {**there, "number": "401"})
    assert not Backing.objects.exists()


def test_a_page_of_the_estate_costs_the_same_for_one_and_for_many(client_of, town, django_assert_max_num_queries):
    backing.move_in(town.neighbour, Household.objects.at(town.building, "1-302"), MONDAY)
    resident = client_of(town.neighbour)
    counts = []
    for _more in range(2):
        for number in range(1, 6):
            case = towns.filed(town, timezone.now())
            speak(case.pk, of(Household.objects.at(town.building, f"2-{number}01")), timezone.now())
        with django_assert_max_num_queries(18) as seen:
            resident.get("/our-estate/")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_the_interface_gives_and_takes_a_voice(client_of, town):
    resident = client_of(town.neighbour)
    case = towns.filed(town, timezone.now())
    address, yes = f"/api/v1/our-estate/{case.pk}/", {"support": True}
    assert resident.get("/api/v1/our-estate/").json() == []
    assert resident.post(address, yes, content_type="application/json").status_code == 400
    backing.move_in(town.neighbour, Household.objects.at(town.building, "1-302"), MONDAY)
    answer = resident.post(address, yes, content_type="application/json").json()
    assert (answer["requests"], answer["households"], answer["is_supported"]) == (1, 1, True)
    assert case.text not in str(resident.get("/api/v1/our-estate/").json())
    assert client_of(town.resident).get(f"/api/v1/requests/{case.pk}/").json()["households_behind"] == 1
    answer = resident.post(address, {"support": False}, content_type="application/json").json()
    assert (answer["households"], answer["is_supported"]) == (0, False)


def test_whoever_has_their_data_deleted_leaves_neither_home_nor_voice(town):
    case = towns.filed(town)
    for person, room in ((town.neighbour, "1-302"), (town.household, "1-401")):
        household = Household.objects.at(town.building, room)
        backing.move_in(person, household, MONDAY)
        speak(case.pk, of(household, person), LATER)
    assert contents(town.neighbour, LATER)[0]["household"]["supported"] == [
        {"category": "楼道灯", "estate": "槐树院", "at": LATER}
    ]
    erase_person(town.neighbour, LATER)
    assert [household.room for household in Household.objects.all()] == ["1-401"]
    assert [voice.person for voice in Backing.objects.all()] == [town.household]
