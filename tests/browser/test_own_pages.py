"""Data, home, voice and messages of one's own: by Tab, Space and Enter alone, with scripts and without.

Each way is gone once; with THOROUGH=1 in the environment once with scripts and once without.
"""

import os

import pytest
from django.utils import timezone

from requests_app.models import Backing, DataRecord, NoticeChoice
from services.models import Residence
from services.slips import print_slips
from tests import town as towns
from tests.browser.keys import Keys
from tests.test_mydata import publish

THOROUGH = os.environ.get("THOROUGH") == "1"
BOTH = [pytest.param(True, id="scripts"), pytest.param(False, id="no scripts")]


@pytest.mark.parametrize("scripts", BOTH if THOROUGH else BOTH[:1])
def test_somebody_agrees_takes_a_copy_and_deletes_everything(enter, town, settings, scripts):
    settings.SMS_CHANNEL = "page"
    publish(1)
    towns.filed(town, timezone.now())
    town.resident.set_unusable_password()
    town.resident.save()
    hands = Keys(enter(town.resident, scripts=scripts))
    hands.visitor.open("/account/privacy/?next=/account/data/")
    hands.tab_to("[name=privacy-agree]")
    hands.press("Space")
    hands.tab_to("main .form .btn--primary")
    hands.goes_on()
    hands.tab_to("main form[action$='/copy/'] [type=submit]")
    with hands.page.expect_download() as copy:
        hands.press("Enter")
    assert copy.value.suggested_filename.endswith(".zip")
    hands.tab_to("main a[href$='/delete/']")
    hands.goes_on()
    hands.tab_to("[name=send]")
    hands.goes_on()
    digits = "".join(filter(str.isdigit, hands.page.locator("main .notice--info").inner_text()))
    hands.tab_to("[name=delete]")
    hands.goes_on()
    # What is wrong has the focus, is said in the title, and leads to its field.
    assert hands.page.title().startswith(hands.visitor.words("Error: "))
    assert hands.page.evaluate("document.activeElement.matches('.error-summary')")
    hands.press("Tab", "Enter")
    assert hands.page.evaluate("document.activeElement.name") == "code"
    hands.type(digits)
    hands.tab_to("[name=sure]")
    hands.press("Space")
    hands.tab_to("[name=delete]")
    hands.goes_on()
    hands.page.locator("header a[href*=sign-in]").wait_for()
    assert sorted(DataRecord.objects.values_list("kind", flat=True)) == ["copy", "deletion"]


@pytest.mark.parametrize("scripts", BOTH if THOROUGH else BOTH[1:])
def test_a_household_supports_by_slip_and_by_door_and_chooses_its_messages(enter, town, scripts):
    case = towns.filed(town, timezone.now())
    (slip,) = print_slips(town.building, ["1-101"], timezone.now())
    hands = Keys(enter(scripts=scripts))
    hands.visitor.open("/public/places/")
    hands.tab_to("main [name=q]")
    hands.type("槐树院")
    hands.goes_on()
    hands.tab_to("main a[href*='/public/estates/HSY/']")
    hands.goes_on()
    hands.visitor.open("/our-estate/")
    hands.tab_to("main [name=code]")
    hands.type(slip.grouped_code.lower())
    hands.goes_on()
    hands.tab_to("main form .btn--primary")
    hands.goes_on()
    for do, voices in (("support", 1), ("take_back", 0)):
        hands.tab_to(f"main [value={do}]")
        hands.goes_on()
        hands.page.locator(f"main [value={do}]").wait_for(state="detached")
        assert Backing.objects.filter(case=case).count() == voices

    hands = Keys(enter(town.neighbour, scripts=scripts))
    hands.visitor.open("/our-estate/home/?estate=HSY")
    hands.tab_to("main [name=building]")
    hands.press("ArrowDown")
    hands.tab_to("main [name=number]")
    hands.type("302")
    hands.goes_on()
    assert Residence.objects.get(user=town.neighbour).household.building == town.building
    hands.tab_to("main [value=support]")
    hands.goes_on()
    assert Backing.objects.get(case=case).person == town.neighbour
    hands.visitor.open("/account/messages/")
    hands.tab_to("main [name=sms]:checked")
    hands.turn_to("main [name=sms][value=off]")
    hands.tab_to("main .btn--primary")
    hands.goes_on()
    assert NoticeChoice.objects.get(user=town.neighbour).sms == "off"
