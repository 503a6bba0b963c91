"""A desk with room: the case beside its list, steps taken there, a whole list worked through by keyboard."""

import re
import threading
import time
from datetime import timedelta

import pytest
from django.core.signals import request_finished, request_started
from django.utils import timezone
from playwright.sync_api import expect

from requests_app.journey import workflow
from requests_app.models import Act, Presence, ServiceRequest, Status
from tests import town as towns
from tests.browser import axe
from tests.browser.keys import Keys
from tests.browser.test_axe import OF_AXE

DESK = (1280, 800)
CASES = 10  # of each kind
ANSWER = 0.3  # seconds the server may be busy with one answer
MINUTE = timedelta(minutes=1)


class Seated:
    """Somebody at a desk with room for a case beside the list."""

    def __init__(self, visitor, path):
        self.visitor, self.page = visitor, visitor.page
        self.hands = Keys(visitor)
        visitor.open(path)
        self.page.evaluate("window.stays = true")

    def opens(self, act, *arguments):
        """Do ``act`` and wait for what it brings into the pane; then it has the focus."""
        self.page.evaluate("for (const part of document.querySelectorAll('.pane')) part.dataset.old = ''")
        act(*arguments)
        self.page.locator("#pane .pane:not([data-old])").wait_for()
        self.page.locator("#pane :focus").wait_for()

    def shows(self, case):
        assert f"#{case.pk}" in self.page.locator("#pane .page-head").inner_text()
        assert f"case={case.pk}" in self.page.url
        marked = self.page.locator("[data-case][aria-current]").evaluate_all(
            "rows => rows.map(row => row.dataset.case)"
        )
        # What was taken out of this list is on the page still, and marked in no row.
        assert marked in ([str(case.pk)], [])

    def click(self, text):
        self.visitor.press(text, within="#pane")

    @property
    def stayed(self):
        """True while no page was loaded anew."""
        return self.page.evaluate("window.stays === true")


@pytest.fixture
def sit(enter):
    def at(user, path, size=DESK):
        return Seated(enter(user, size=size), path)

    return at


@pytest.fixture
def busy():
    """How long the server was busy with each answer: (method, path, seconds of its thread)."""
    answers, begun = [], threading.local()

    def begins(sender, environ, **kwargs):
        begun.answer = environ["REQUEST_METHOD"], environ["PATH_INFO"], time.thread_time()

    def ends(sender, **kwargs):
        method, path, since = begun.answer
        answers.append((method, path, time.thread_time() - since))

    request_started.connect(begins)
    request_finished.connect(ends)
    yield answers
    request_started.disconnect(begins)
    request_finished.disconnect(ends)


def made(make, town, number=CASES):
    at = timezone.now() - timedelta(minutes=number)
    return [make(town, at + place * MINUTE) for place in range(number)]


def slow(answers):
    """The pages and steps of cases that took too long; the first of each kind still puts its templates together."""
    kinds, found = set(), []
    for method, path, seconds in answers:
        kind = method, re.sub("[0-9]+", "#", path)
        if kind in kinds and path.startswith("/requests/") and seconds > ANSWER:
            found.append((method, path, seconds))
        kinds.add(kind)
    return found


def test_a_hundred_could_be_worked_through_by_keyboard(sit, town, busy):
    filed, referred = made(towns.filed, town), made(towns.referred, town)
    clerk = sit(town.clerk, "/desk/branch/?sort=oldest")
    hands = clerk.hands
    hands.press("j")
    clerk.opens(hands.press, "Enter")
    for case in filed:
        clerk.shows(case)
        hands.tab_to("#pane form[action*='/accept/'] [type=submit]")
        clerk.opens(hands.press, "Enter")
        clerk.shows(case)
        hands.tab_to("#pane a[href*='/settle/']")
        clerk.opens(hands.press, "Enter")
        hands.tab_to("#pane [name=note]")
        hands.type("换了灯泡")
        hands.tab_to("#pane .step-form .btn--primary")
        clerk.opens(hands.press, "Enter")
    assert clerk.stayed
    assert clerk.visitor.words("The list is worked through") in clerk.page.locator("#pane").inner_text()
    dispatcher = sit(town.dispatcher, "/desk/community/?sort=oldest")
    hands = dispatcher.hands
    hands.press("j")
    dispatcher.opens(hands.press, "Enter")
    for case in referred:
        dispatcher.shows(case)
        hands.tab_to("#pane a[href*='/dispatch/']")
        dispatcher.opens(hands.press, "Enter")
        hands.tab_to("#pane .step-form .btn--primary")
        dispatcher.opens(hands.press, "Enter")
    assert dispatcher.stayed
    assert set(ServiceRequest.objects.values_list("status", flat=True)) == {Status.FULFILLED, Status.DISPATCHED}
    assert not slow(busy)
    assert len([answer for answer in busy if answer[0] == "POST"]) == 3 * CASES


def test_reloading_and_going_back_show_what_the_address_says(sit, town):
    first, second = made(towns.accepted, town, 2)
    desk = sit(town.clerk, "/desk/branch/?tab=in_hand&sort=oldest")
    desk.opens(desk.page.locator("[data-case]").first.click)
    desk.opens(desk.click, Act.SETTLE.label)
    assert f"case={first.pk}&act=settle" in desk.page.url
    desk.page.reload()
    desk.page.locator("#pane .step-form").wait_for()
    desk.page.go_back()
    desk.page.locator("#pane .timeline").wait_for()
    desk.shows(first)
    desk.opens(desk.page.locator("[data-case]").last.click)
    desk.shows(second)
    desk.page.go_back()
    desk.page.locator(f"#pane [href*='/requests/{first.pk}/settle/']").wait_for()
    desk.shows(first)


def test_an_error_stands_at_its_field_and_a_photo_goes_along(sit, town, photo_file):
    case, other = made(towns.accepted, town, 2)
    desk = sit(town.clerk, f"/desk/branch/?tab=in_hand&sort=oldest&case={case.pk}&act=settle")
    desk.page.locator("#pane .step-form").wait_for()
    desk.opens(desk.click, Act.SETTLE.label)
    assert desk.page.locator("#pane .field--bad [name=note]").is_visible()
    assert "error-summary" in desk.page.evaluate("document.activeElement.className")
    desk.page.locator("#pane [name=note]").fill("换了灯泡")
    desk.page.locator("#pane [name=photos]").set_input_files([photo_file("好了.jpg", "gold")])
    expect(desk.page.locator("#pane .thumbs img")).to_have_js_property("naturalWidth", 1200)
    desk.opens(desk.click, Act.SETTLE.label)
    desk.shows(other)
    said = desk.page.locator("[data-live]").text_content()
    assert f"#{case.pk}" in said
    assert case.photos.count() == 1
    # Nothing of a case is left in the browser.
    kept = desk.page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert case.text not in kept
    assert "<" not in kept
    # The list and its counts have followed.
    expect(desk.page.locator("[data-case]")).to_have_count(1)
    assert desk.page.locator("#desk-tabs [aria-current] .count").inner_text() == "1"
    assert desk.stayed


def test_a_refusal_stands_in_the_pane_and_keeps_the_words(sit, town):
    (case,) = made(towns.accepted, town, 1)
    desk = sit(town.clerk, f"/desk/branch/?tab=in_hand&case={case.pk}&act=settle")
    desk.page.locator("#pane [name=note]").fill("换了灯泡")
    workflow.take(case, Act.REFER, by=town.clerk, note="修不了")
    desk.visitor.watch.expect(409)
    desk.opens(desk.click, Act.SETTLE.label)
    assert desk.page.locator("#pane textarea[readonly]").input_value() == "换了灯泡"
    expect(desk.page.locator("[data-case]")).to_have_count(0)


def test_without_an_answer_the_words_stay(sit, town):
    (case,) = made(towns.accepted, town, 1)
    desk = sit(town.clerk, f"/desk/branch/?tab=in_hand&case={case.pk}&act=settle")
    desk.page.locator("#pane [name=note]").fill("换了灯泡")
    desk.visitor.watch.forgive("htmx:", "net::ERR_")
    desk.visitor.watch.lost = True
    desk.page.context.set_offline(True)
    desk.click(Act.SETTLE.label)
    desk.page.locator("#pane [data-lost-note]").wait_for()
    assert desk.page.locator("#pane [name=note]").input_value() == "换了灯泡"
    desk.page.context.set_offline(False)
    desk.page.locator("#pane .step-form .btn--primary").click()
    desk.page.locator("#pane .empty").wait_for()
    desk.visitor.watch.faults = [fault for fault in desk.visitor.watch.faults if "ERR_INTERNET" not in fault]


def test_filters_apply_at_once_and_stay_in_the_address(sit, town):
    lamp = towns.filed(town, timezone.now())
    towns.filed(town, timezone.now(), category=town.rubbish)
    desk = sit(town.clerk, "/desk/branch/")
    desk.opens(desk.page.locator(f"[data-case='{lamp.pk}']").click)
    desk.page.locator(".filters summary").click()
    desk.page.locator("#filter_category").focus()
    desk.page.locator("#filter_category").select_option(str(town.rubbish.pk))
    expect(desk.page.locator("[data-case]")).to_have_count(1)
    assert f"category={town.rubbish.pk}" in desk.page.url
    assert f"case={lamp.pk}" in desk.page.url
    assert desk.page.locator("#filter-count").inner_text() == "1"
    assert desk.page.evaluate("document.activeElement.id") == "filter_category"
    assert desk.stayed


def test_single_keys_move_search_and_can_be_turned_off(sit, town):
    first, second = made(towns.filed, town, 2)
    desk = sit(town.clerk, "/desk/branch/?sort=oldest")
    hands, focused = desk.hands, "document.activeElement.dataset.case"
    hands.press("j", "j")
    assert desk.page.evaluate(focused) == str(second.pk)
    hands.press("k")
    assert desk.page.evaluate(focused) == str(first.pk)
    hands.press("x")
    assert desk.page.locator(f"tr:has([data-case='{first.pk}']) [type=checkbox]").is_checked()
    desk.opens(hands.press, "Enter")
    hands.press("Escape")
    assert desk.page.evaluate(focused) == str(first.pk)
    hands.press("/")
    hands.type("j?")
    assert desk.page.locator("#filter_words").input_value() == "j?"
    hands.press("Escape", "Tab")
    hands.press("?")
    desk.page.locator("[data-keys][open]").wait_for()
    desk.page.locator("label[for=keys-on]").click()
    desk.page.locator("[data-keys-close]").click()
    hands.press("j")
    assert desk.page.evaluate(focused) is None
    desk.page.reload()
    hands.press("j", "?")
    assert desk.page.evaluate(focused) is None
    assert not desk.page.locator("[data-keys][open]").count()
    # The list of keys stays within reach, by its button.
    desk.page.locator("[data-keys-open]").click()
    desk.page.locator("[data-keys][open]").wait_for()


def test_a_colleague_at_the_same_case_is_named_while_the_page_stays_open(sit, town):
    (case,) = made(towns.filed, town, 1)
    desk = sit(town.clerk, f"/desk/branch/?case={case.pk}")
    desk.page.locator("#pane [data-presence]").wait_for(state="attached")
    Presence.objects.look(case, town.dispatcher, town.community, timezone.now())
    desk.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    desk.visitor.reads("小唐（槐树社区）")


def test_a_department_is_found_by_a_part_of_its_name(sit, town):
    for number in range(20):
        code = f"1402139{number + 10}"
        towns.unit(towns.Kind.DEPARTMENT, code, f"第{number}服务队", town.district, department_type="volunteers")
    (case,) = made(towns.referred, town, 1)
    desk = sit(town.dispatcher, f"/desk/community/?case={case.pk}&act=dispatch")
    desk.page.locator("#pane [name=proposed][value=other]").check(force=True)
    desk.page.locator("#pane .beside-other .find input").fill("17服")
    assert desk.page.locator("#pane [name=lead] option:checked").inner_text() == "第17服务队"
    desk.page.locator("#pane .beside-other .find input").fill("服务")
    assert desk.page.locator("#pane [name=lead] option").count() == 21
    desk.opens(desk.click, Act.DISPATCH.label)
    case.refresh_from_db()
    assert case.lead.name == "第17服务队"


def test_on_a_phone_the_page_opens_and_the_next_one_follows(enter, town):
    first, second = made(towns.accepted, town, 2)
    visitor = enter(town.clerk)
    visitor.open("/desk/branch/?tab=in_hand&sort=oldest")
    visitor.page.locator("[data-case]").first.click()
    visitor.page.wait_for_url(f"**/requests/{first.pk}/**")
    visitor.press(Act.REFER.label)
    visitor.fill("note", "修不了")
    visitor.press(Act.REFER.label)
    visitor.page.wait_for_url(f"**/requests/{second.pk}/**")
    visitor.press("Back to the list")
    visitor.page.wait_for_url("**/desk/branch/?tab=in_hand&sort=oldest")


@pytest.mark.parametrize("act", ["", "dispatch"])
def test_nothing_is_wrong_with_a_desk_where_a_case_is_open(sit, town, act):
    (case,) = made(towns.referred, town, 1)
    desk = sit(town.dispatcher, f"/desk/community/?case={case.pk}" + (f"&act={act}" if act else ""))
    desk.visitor.watch.forgive(*OF_AXE)
    desk.page.locator("#pane .pane").wait_for()
    for width in (1280, 1100, 360):
        desk.page.set_viewport_size({"width": width, "height": 800})
        assert axe.findings(desk.page) == [], width
        assert desk.page.evaluate("document.scrollingElement.scrollWidth") <= width
        assert desk.page.evaluate("document.querySelectorAll('[id]').length") == desk.page.evaluate(
            "new Set([...document.querySelectorAll('[id]')].map(element => element.id)).size"
        )
    desk.page.set_viewport_size({"width": 1280, "height": 800})
    desk.page.emulate_media(color_scheme="dark")
    assert axe.findings(desk.page, axe.COLOURS) == []
    desk.page.locator("[data-keys-open]").click()
    assert axe.findings(desk.page) == []
