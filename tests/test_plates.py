"""Plates: a scan fills in the place, the account the rest; and the sheets they are printed on."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from requests_app.models import Draft, ServiceRequest
from services.models import Category, Spot, Unit
from services.plates import plate_of
from tests.town import filed

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def scan(client, code, category):
    """The draft after a tap on the kind of request, and where the tap led."""
    answer = client.post(f"/p/{code}/", {"category": category.pk})
    return Draft.objects.latest("created_at"), answer["Location"]


def step(draft, page):
    return reverse("requests:file-step", args=[draft.key, page])


def test_from_the_scan_a_signed_in_resident_sends_on_the_third_page(client_of, town):
    resident = client_of(town.resident)
    page = resident.get("/p/hsy06d1/")
    assert "槐树院" in page.text
    assert "1单元电梯" in page.text
    draft, follows = scan(resident, "HSY06D1", town.lamp)
    assert follows == step(draft, "words")
    words = resident.get(follows)
    assert (words.context["number"], words.context["total"]) == (2, 3)
    assert words.context["back"] == "what"
    answer = resident.post(follows, {"text": "电梯灯不亮"})
    assert answer["Location"] == step(draft, "check")
    check = resident.get(answer["Location"])
    assert "19900000001" in check.text
    resident.post(answer["Location"])
    case = ServiceRequest.objects.get()
    assert (case.estate, case.building, case.spot) == (town.estate, town.building, "1单元电梯")
    assert (case.contact_name, case.contact_phone) == ("周大娘", "19900000001")


def test_without_an_account_name_and_number_are_asked_too(client, town):
    draft, follows = scan(client, "HSY06", town.lamp)
    answer = client.post(follows, {"text": "灯坏了"})
    assert answer["Location"] == step(draft, "contact")
    page = client.get(answer["Location"])
    assert (page.context["number"], page.context["total"]) == (3, 4)


def test_what_the_plate_said_can_be_changed(client_of, town):
    resident = client_of(town.resident)
    draft, follows = scan(resident, "HSY06D1", town.lamp)
    resident.post(follows, {"text": "灯坏了"})
    place = resident.get(step(draft, "place") + "?from=check")
    assert 'value="1单元电梯"' in place.text
    answer = resident.post(step(draft, "where") + "?from=check", {"estate": town.other_estate.pk})
    # Another estate has other buildings: its place is asked.
    assert answer["Location"] == step(draft, "place") + "?from=check"
    answer = resident.post(step(draft, "place") + "?from=check", {"building": town.other_building.pk})
    assert answer["Location"] == step(draft, "check")


def test_an_emergency_stops_first_behind_a_plate_too(client_of, town):
    draft, follows = scan(client_of(town.resident), "HSY", town.burst)
    assert follows == step(draft, "calm")


def test_a_tap_on_nothing_says_what_to_do(client, town):
    answer = client.post("/p/HSY/", {})
    assert answer.status_code == 200
    assert 'href="#id_category"' in answer.text
    assert not Draft.objects.exists()


def test_the_kinds_of_the_spot_come_first_then_what_the_estate_asks(client, town):
    Spot.objects.filter(code="HSY06D1").update(group=town.rubbish.parent)
    Category.objects.filter(pk=town.allowance.pk).update(offered_first=1)
    filed(town)  # long ago
    usual = client.get("/p/HSY06D1/").context["offer"]["usual"]
    assert usual[0].parent == town.rubbish.parent
    assert usual[-1] == town.allowance
    assert town.lamp not in usual
    assert client.get("/p/HSY/?q=灯").context["offer"]["found"] == [town.lamp]


def test_a_plate_nobody_knows_or_uses_says_what_to_do(client, town):
    lost = client.get("/p/NOWHERE9/")
    assert lost.status_code == 404
    assert 'href="/file/"' in lost.text
    Spot.objects.filter(code="HSY06D1").update(is_active=False)
    closed = client.get("/p/HSY06D1/")
    assert closed.status_code == 410
    assert 'href="/p/HSY06/"' in closed.text
    Unit.objects.filter(pk=town.branch.pk).update(is_active=False)
    shut = client.get("/p/HSY06/")
    assert shut.status_code == 410
    assert 'href="/p/HSY/"' not in shut.text
    assert client.post("/p/HSY06/", {"category": town.lamp.pk}).status_code == 410


def test_the_code_can_be_typed_where_estates_are_looked_for(client, town):
    assert client.get("/file/", {"q": "hsy06d1"})["Location"] == "/p/HSY06D1/"
    assert client.get("/file/", {"q": "hsy99"}).status_code == 200


def test_a_household_files_for_a_neighbour_when_it_says_so(client_of, town):
    household = client_of(town.household)
    scan(household, "HSY06", town.lamp)
    assert Draft.objects.latest("created_at").data["party"] == "resident"
    household.post("/p/HSY06/?as=household", {"category": town.lamp.pk})
    assert Draft.objects.latest("created_at").data["party"] == "household"
    far = household.post("/p/LSY01/?as=household", {"category": town.lamp.pk})
    assert far.status_code == 200
    assert far.context["form"].non_field_errors()


def test_no_two_places_share_a_code(town):
    for code, building in (("HSY06", None), ("HSY77", town.other_building)):
        with pytest.raises(ValidationError):
            Spot(estate=town.estate, building=building, code=code, name="水泵房").full_clean()
    assert plate_of(" hsy06d1 ").above.code == "HSY06"
    assert plate_of("HSY06").above.code == "HSY"
    assert plate_of("HSY").above is None


def test_sheets_hold_every_plate_of_the_own_estates_alone(client_of, town, django_assert_max_num_queries):
    Spot.objects.create(estate=town.estate, code="HSYP1", name="水泵房", is_active=False)
    for person in (town.clerk, town.dispatcher, town.admin):
        browser = client_of(person)
        assert 'href="/my-estates/HSY/plates/"' in browser.get("/my-estates/").text
        with django_assert_max_num_queries(12):
            page = browser.get("/my-estates/HSY/plates/")
        codes = [one["plate"].code for sheet in page.context["sheets"] for one in sheet]
        assert codes == ["HSY", "HSY06", "HSY06D1"]
        assert page.text.count('class="qr"') == 3
    assert client_of(town.clerk).get("/my-estates/LSY/plates/").status_code == 404
    one = client_of(town.clerk).get("/my-estates/HSY/plates/?only=HSY06D1&size=big")
    assert [[two["plate"].code for two in sheet] for sheet in one.context["sheets"]] == [["HSY06D1"]]
    assert client_of(town.clerk).get("/desk/branch/").text.count('href="/my-estates/"') == 1
    assert (
        'href="/my-estates/HSY/plates/"'
        in client_of(town.admin).get(reverse("admin:services_estate_change", args=[town.estate.pk])).text
    )
