"""Every button of a desk, with the keyboard on a wide screen and with a thumb on a phone.

Of those who have the same button the first takes it with the keyboard and the last with a thumb.
"""

import pytest

from tests import addresses
from tests.browser.keys import Keys
from tests.support import only

DESK = (1280, 800)
SERVING = ("clerk", "dispatcher", "officer", "assistant", "supervisor", "caller")


@pytest.fixture
def town(site):
    """The town with a case, a draft and a message for every role."""
    return only(addresses.world_now)


def cases_for(role, town, turn):
    """(act, a case of its own) where ``role`` is the first (turn 0) or the last (-1) of those who may take it."""
    for act, (make, _takers) in addresses.STEPS.items():
        takers = [one for one in SERVING if one in addresses.takers_of(act)]
        if takers and takers[turn] == role:
            yield act, make(town, town.begun)


def button(case, act):
    return f"main a[href*='/{case.pk}/{act}/'], main form[action*='/{case.pk}/{act}/'] [type=submit]"


def to_send(act):
    """The button that sends the form of ``act``; the page of a ruling has the form of the other one too."""
    return f"main .step-form[action*='/{act}/'] .btn--primary"


def is_answered(page, case, act):
    """True where the step was taken or its form says what is missing."""
    return f"/{act}/" not in page.url or page.locator("main .field--bad, main .panel .code").count() > 0


@pytest.mark.parametrize("role", SERVING)
def test_with_the_keyboard(role, enter, town):
    visitor = enter(town.by_role[role], size=DESK)
    hands = Keys(visitor)
    for act, case in cases_for(role, town, 0):
        visitor.open(case.get_absolute_url())
        hands.tab_to(button(case, act))
        hands.goes_on()
        if f"/{act}/" in visitor.page.url:
            hands.tab_to(to_send(act))
            hands.goes_on()
            assert is_answered(visitor.page, case, act), act


@pytest.mark.parametrize("role", SERVING)
def test_with_a_thumb(role, enter, town):
    visitor = enter(town.by_role[role], has_touch=True)
    for act, case in cases_for(role, town, -1):
        visitor.open(case.get_absolute_url())
        with visitor.page.expect_navigation():
            visitor.page.locator(button(case, act)).first.tap()
        if f"/{act}/" in visitor.page.url:
            with visitor.page.expect_navigation():
                visitor.page.locator(to_send(act)).tap()
            assert is_answered(visitor.page, case, act), act
