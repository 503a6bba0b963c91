"""Work orders on paper: what stands on them, for whom, and what many of them cost."""

import pytest

from requests_app.journey import workflow
from requests_app.models import Act
from tests import addresses
from tests import town as towns
from tests.town import MONDAY

pytestmark = pytest.mark.once


def sheet(browser, case):
    return browser.get(f"/requests/{case.pk}/sheet/")


def numbers(response):
    return [sheet["case"].pk for sheet in response.context["sheets"]]


def test_a_sheet_says_what_the_crew_needs(client_of, town):
    case = towns.dispatched(town, assist=[town.housing], note="请带梯子")
    addresses.add_photo(case, town.resident)
    page = sheet(client_of(town.officer), case)
    for words in (f"#{case.pk}", "槐树院 6栋 1单元", "一单元的灯坏了三天", "请带梯子", "环境卫生中心", "房屋管理所"):
        assert words in page.text
    assert "2025年3月" in page.text
    assert 'class="qr"' in page.text
    assert "/small.jpg" in page.text
    (one,) = page.context["sheets"]
    assert one["order"].note == "请带梯子"
    assert {clock.step for clock in one["clocks"]} == {"sign"}


def test_a_sheet_holds_no_number_room_or_code(client_of, town):
    case = towns.filed(town, room="1302")
    page = sheet(client_of(town.clerk), case).text
    assert "199****0001" in page
    for secret in ("19900000001", "周大娘", "1302", case.code):
        assert secret not in page


def test_what_is_kept_from_a_department_is_not_printed_for_it(client_of, town):
    case = workflow.take(towns.signed(town), Act.CONCEAL, by=town.dispatcher, at=MONDAY)
    assert "199****0001" not in sheet(client_of(town.officer), case).text
    assert "199****0001" in sheet(client_of(town.clerk), case).text


def test_only_those_who_serve_print_it(client_of, town):
    case = towns.filed(town)
    for person in (town.clerk, town.dispatcher, town.supervisor):
        assert sheet(client_of(person), case).status_code == 200
    for person in (town.resident, town.neighbour, town.officer, town.other_clerk):
        assert sheet(client_of(person), case).status_code == 404


def test_ticked_rows_are_printed_in_their_order(client_of, town):
    first, second, third = (towns.filed(town) for _number in range(3))
    far = towns.filed(town, estate=town.other_estate, building=town.other_building)
    ticked = [f"{third.pk}-1", f"{first.pk}-1", f"{far.pk}-1", "nonsense"]
    response = client_of(town.clerk).post("/desk/branch/sheets/", {"case": ticked})
    assert numbers(response) == [third.pk, first.pk]
    assert second.pk not in numbers(response)


def test_a_page_of_a_list_is_printed_as_it_is_narrowed(client_of, town):
    lamp, rubbish = towns.filed(town), towns.filed(town, category=town.rubbish)
    browser = client_of(town.clerk)
    assert numbers(browser.get("/desk/branch/sheets/")) == [lamp.pk, rubbish.pk]
    assert numbers(browser.get(f"/desk/branch/sheets/?category={town.rubbish.pk}")) == [rubbish.pk]
    assert client_of(town.officer).get("/desk/branch/sheets/").status_code == 404


def test_nothing_ticked_says_so(client_of, town):
    assert client_of(town.clerk).post("/desk/branch/sheets/").context["sheets"] == []


def test_many_sheets_cost_the_queries_of_one(client_of, town, django_assert_max_num_queries):
    browser = client_of(town.clerk)

    def cost():
        with django_assert_max_num_queries(25) as seen:
            assert browser.get("/desk/branch/sheets/?tab=all").status_code == 200
        return len(seen)

    for make in (towns.dispatched, towns.signed):
        addresses.add_photo(make(town, assist=[town.housing], note="请带梯子"), town.resident)
    few = cost()
    for _number in range(5):
        addresses.add_photo(towns.signed(town, assist=[town.housing], note="请带梯子"), town.resident)
    assert cost() == few
