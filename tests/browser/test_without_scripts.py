"""With JavaScript off: what scripts make easier is there without them too. The journeys are walked in test_journey."""

import pytest
from django.utils import timezone

from requests_app.models import Act
from tests import town as towns


def test_one_button_changes_the_language_and_stays_on_the_page(enter, town):
    visitor = enter(scripts=False)
    visitor.open("/track/")
    visitor.page.locator("header button[lang=en]").click()
    visitor.page.locator("html[lang=en]").wait_for()
    visitor.reads("Track a request")
    assert visitor.page.url.endswith("/track/")
    visitor.page.locator("header button[lang=zh-hans]").click()
    visitor.page.locator("html[lang=zh-hans]").wait_for()


def test_a_desk_is_filtered_by_its_button_and_the_address_keeps_the_filter(enter, town):
    at = timezone.now()
    towns.filed(town, at)
    towns.filed(town, at, category=town.rubbish, text="垃圾三天没人收")
    visitor = enter(town.clerk, scripts=False)
    visitor.open("/desk/branch/")
    assert visitor.page.locator("tbody tr").count() == 2
    visitor.fill("words", "垃圾")
    visitor.press("Search")
    visitor.page.wait_for_url("**words=*")
    assert visitor.page.locator("tbody tr").count() == 1
    visitor.page.reload()
    assert visitor.page.locator("tbody tr").count() == 1


def test_a_case_is_tracked_by_its_code_and_four_digits(enter, town):
    case = towns.filed(town, timezone.now())
    visitor = enter(scripts=False)
    visitor.open("/")
    visitor.follow(visitor.words("Track a request"))
    visitor.fill("code", case.grouped_code)
    visitor.fill("last_digits", case.contact_phone[-4:])
    visitor.press("Show the request")
    visitor.reads(case.text)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_bad_photo_beside_good_ones_costs_nobody_the_good_ones(enter, town, photo_file, tmp_path, scripts):
    case = towns.accepted(town, timezone.now())
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"not a photo")
    visitor = enter(town.clerk, scripts=scripts)
    visitor.open(f"/requests/{case.pk}/settle/")
    visitor.fill("note", "换了灯泡，试了三次都亮")
    visitor.attach(photo_file("lamp.jpg", "gold"), photo_file("stairs.jpg", "gray"), broken)
    visitor.press(Act.SETTLE.label)
    visitor.reads("broken.jpg")
    visitor.shot(f"settle-kept-{'with' if scripts else 'without'}-scripts")
    page = visitor.page
    assert page.locator(".thumbs img").count() == 2
    page.locator(".thumbs button").first.click()
    page.locator(".thumbs img").nth(1).wait_for(state="detached")
    assert page.locator("[name=note]").input_value() == "换了灯泡，试了三次都亮"
    # Enter in a line of the form sends it; it does not press the first button that takes a photo away.
    page.locator("[name=done_by]").fill("物业老王")
    page.locator("[name=done_by]").press("Enter")
    page.wait_for_url(f"**/requests/{case.pk}/")
    assert case.photos.count() == 1
    assert case.events.last().act == Act.SETTLE
