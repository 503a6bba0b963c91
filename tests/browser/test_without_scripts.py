"""With JavaScript off: what scripts make easier is there without them too. The journeys are walked in test_journey."""

from django.utils import timezone

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
