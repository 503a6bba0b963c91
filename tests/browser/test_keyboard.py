"""Without a finger or a mouse: everything is reached by Tab, and one always sees where one is."""

import pytest
from django.utils import timezone

from requests_app.models import Act, ServiceRequest, Status
from tests import town as towns
from tests.browser.keys import SHOWS_FOCUS, Keys


@pytest.fixture
def keys(enter):
    """Call it with a user or nobody: their keyboard."""
    return lambda user=None: Keys(enter(user))


def test_the_first_stop_leads_past_the_header(keys, town):
    hands = keys()
    hands.visitor.open("/")
    hands.press("Tab")
    link = hands.page.locator(".skip-link")
    assert link.evaluate("element => element === document.activeElement")
    assert hands.page.evaluate(SHOWS_FOCUS)
    hands.press("Enter", "Tab")
    assert hands.page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_the_menu_opens_and_signs_out(keys, town):
    hands = keys(town.resident)
    hands.visitor.open("/")
    hands.tab_to("header .menu summary")
    hands.press("Enter")
    hands.tab_to("header .menu [type=submit]")
    hands.goes_on()
    hands.page.locator("header a[href*=sign-in]").wait_for()


def test_a_stranger_files_a_request(keys, town):
    hands = keys()
    hands.visitor.open("/")
    hands.tab_to("main a.btn-hero")
    hands.goes_on()
    hands.tab_to("[name=q]")
    hands.type("槐树")
    hands.goes_on()
    hands.tab_to("[name=estate]")
    hands.press("Space")
    hands.goes_on()
    hands.tab_to("[name=building]")
    hands.turn_to(f"[name=building][value='{town.building.pk}']")
    hands.tab_to("[name=spot_kind]")
    hands.press("Space")
    hands.turn_to("[name=spot_kind][value=stairs]")
    hands.goes_on()
    hands.tab_to("summary:has-text('照明')")
    hands.press("Enter")
    hands.tab_to(f"[name=category][value='{town.lamp.pk}']")
    hands.press("Space")
    hands.goes_on()
    hands.tab_to("[name=text]")
    hands.type("楼道灯不亮")
    hands.tab_to("main .btn--primary")
    hands.goes_on()
    hands.tab_to("[name=contact_name]")
    hands.type("周大娘")
    hands.tab_to("[name=contact_phone]")
    hands.type("199 0000 0001")
    hands.goes_on()
    hands.tab_to("main .btn--primary")
    hands.goes_on()
    case = ServiceRequest.objects.get()
    hands.visitor.reads(case.code[7:])
    assert (case.text, case.building, case.contact_phone) == ("楼道灯不亮", town.building, "19900000001")


def test_a_clerk_refers_a_request(keys, town):
    case = towns.filed(town, timezone.now())
    hands = keys(town.clerk)
    hands.visitor.open(case.get_absolute_url())
    hands.tab_to(f"main a[href*='/{Act.REFER}/']")
    hands.goes_on()
    hands.tab_to("[name=note]")
    hands.type("线路老化")
    hands.tab_to("main .step-form [type=submit]")
    hands.goes_on()
    case.refresh_from_db()
    assert case.status == Status.REFERRED


def test_a_resident_rates(keys, town):
    case = towns.fulfilled(town, timezone.now())
    hands = keys(town.resident)
    hands.visitor.open(f"{case.get_absolute_url()}{Act.RATE}/")
    for name in ("solved", "satisfaction", "contacted"):
        hands.tab_to(f"[name={name}]")
        hands.press("Space")
    hands.tab_to("main .step-form [type=submit]")
    hands.goes_on()
    case.refresh_from_db()
    assert case.status == Status.CLOSED
