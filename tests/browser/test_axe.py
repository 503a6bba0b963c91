"""Every page of every role at every width: axe finds nothing, nothing is wider than the window, fingers have room.

Only those pages are opened that have a kind of element which no page before had; with THOROUGH=1 in the environment
all of them. The classes are there to be run side by side.
"""

import os
import re
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.urls import reverse

from services.models import Route
from tests import addresses
from tests.browser import axe
from tests.support import only

THOROUGH = os.environ.get("THOROUGH") == "1"
WIDTHS = (360, 768, 1280)
# Those who work have a phone in their hand or a screen before them.
AT_WORK = (360, 1280)
NARROWEST = 320
# What was looked at in every width: whole main parts, without what differs from person to person, and the kinds of
# elements. The header does differ; each role has pages of its own on which it is seen in every width.
LOOKED_AT, KINDS = set(), set()
# The kinds of elements that pages were sent with.
SENT = set()
# Names of fields, columns and models among Django's classes.
NAMED = re.compile(r"\b(app|column|field|form|model|nested)-\S+|\S+-(?:group|empty)\b")
WITHOUT_END = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "use"}
VALUE = re.compile(r'(value|href|action|src|id|for|datetime|aria-[a-z]+)="[^"]*"|\d+')
KINDS_OF_A_PAGE = """() => {
  const kind = element => `${element.tagName} ${element.getAttribute("class")} ${element.type || ""}`;
  const all = [...document.body.querySelectorAll("*")];
  return [...new Set(all.map(element => `${kind(element.parentElement)}, ${kind(element)}`))];
}"""
FINGER = 44  # px
# What axe itself puts on a page to find out whether a box scrolls; the page's policy refuses it, and says so.
OF_AXE = ("sha256-bM6i/Qb6snN4zpfDg6WZt+vuPtz+OLCqu86Osj+sOCo=", "sha256-6V0jFG+sl4XTL422gIA4M3FiBc2Xb3Wm+wY/koWzLvs=")
# Buttons, links that look like one, tabs, fields. A link inside a sentence may be as high as its line.
TARGETS = ", ".join(
    (
        "button",
        "summary",
        "select",
        "textarea",
        "input:not([type=hidden]):not([type=radio]):not([type=checkbox])",
        ".choice",
        ".face",
        "a.btn",
        "a.btn-hero",
        "a.tool",
        "a.link-card",
        "a.nav__link",
        "a.tabs__link",
        "a.table__link",
    )
)
SMALL_TARGETS = """([selector, least]) => [...document.querySelectorAll(selector)]
  .map(element => [element, element.getBoundingClientRect()])
  .filter(([element, box]) => box.width > 1 && box.height > 1 && !element.closest("[aria-hidden=true]")
    && getComputedStyle(element).visibility === "visible" && (box.width < least || box.height < least))
  .map(([element, {width, height}]) => `${width.toFixed()} × ${height.toFixed()} ${element.outerHTML.slice(0, 99)}`)"""


@pytest.fixture
def town(site):
    """The town with a case, a draft and a message for every role."""
    return only(addresses.world_now)


@pytest.fixture
def visit(enter, town):
    """Call it with a role: a window of such a person."""

    def open_window(role):
        visitor = enter(town.by_role[role])
        visitor.watch.forgive(*OF_AXE)
        if role == "tracker":
            visitor.carry(town.session)
        return visitor

    return open_window


def faults_of(page, of_our_own=True, widths=WIDTHS):
    """What is wrong with the open page, one line each; the window is as wide as a phone afterwards.

    Axe looks at it in ``widths``, and in the dark where these are all there are.
    """
    found = []
    for width in reversed(widths):
        page.set_viewport_size({"width": width, "height": 780})
        found += [f"{width} px: {line}" for line in axe.findings(page)]
    if len(widths) > 1:
        page.emulate_media(color_scheme="dark")
        found += [f"{WIDTHS[0]} px, dark: {line}" for line in axe.findings(page, axe.COLOURS)]
        page.emulate_media(color_scheme="light")
    if of_our_own:
        small = page.evaluate(SMALL_TARGETS, [TARGETS, FINGER])
        found += [f"{WIDTHS[0]} px: too small a target, {line}" for line in small]
    page.set_viewport_size({"width": NARROWEST, "height": 640})
    width = page.evaluate("document.scrollingElement.scrollWidth")
    if width > NARROWEST:
        found.append(f"{NARROWEST} px: scrolls sideways, {width} px wide")
    page.set_viewport_size({"width": WIDTHS[0], "height": 780})
    return found


def shape_of(page):
    """The main part of the open page without what differs from person to person."""
    return VALUE.sub("", page.evaluate("document.querySelector('main').outerHTML"))


def widths_for(page, widths):
    """Those of ``widths`` in which the open page is still to be looked at; none where another had the same main part.

    Where every kind of element was seen elsewhere, the phone's is enough: what one page holds is not named, or stands
    in the wrong order, whatever the width.
    """
    shape = shape_of(page)
    kinds = set(page.evaluate(KINDS_OF_A_PAGE))
    is_known, is_seen = shape in LOOKED_AT, kinds <= KINDS
    LOOKED_AT.add(shape)
    KINDS.update(kinds)
    return () if is_known and is_seen else widths[:1] if is_seen else widths


class Kinds(HTMLParser):
    """The kinds of elements that a page is sent with, each with its parent's."""

    def __init__(self, html):
        super().__init__()
        self.parents, self.found = [""], set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        kind = f"{tag} {NAMED.sub('', values.get('class') or '')} {values.get('type')}"
        self.found.add((self.parents[-1], kind))
        if tag not in WITHOUT_END:
            self.parents.append(kind)

    def handle_endtag(self, tag):
        while len(self.parents) > 1 and not self.parents.pop().startswith(f"{tag} "):
            pass


def with_something_new(visitor, urls):
    """The first of ``urls``, and those that the visitor gets with a kind of element which no page before had."""
    for number, url in enumerate(urls):
        kinds = Kinds(visitor.page.request.get(url).text()).found
        if THOROUGH or not number or not kinds <= SENT:
            yield url
        SENT.update(kinds)


def check(visitor, urls, status=200, widths=AT_WORK, **options):
    """Open every URL and collect what is wrong with it."""
    found = []
    for url in urls:
        response = visitor.open(url)
        assert response.status == status, url
        wanted = widths_for(visitor.page, widths)
        found += [f"{url} at {line}" for line in faults_of(visitor.page, widths=wanted, **options)]
    assert not found, "\n".join(found)


def admin_pages(town):
    """The admin's lists, and of each model the page of a row that has inner rows, or of any."""
    yield reverse("admin:index")
    yield reverse("admin:password_change")
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        row = model._default_manager.first()
        if row is not None:
            yield reverse(f"{name}_change", args=[row.pk])
    yield reverse("admin:services_membership_add")
    yield reverse("admin:services_user_add")
    yield reverse("admin:services_calendaryear_holidays")
    yield reverse("admin:auth_user_password_change", args=[town.clerk.pk])
    yield reverse("admin:services_route_replay", args=[Route.objects.first().pk])
    yield reverse("admin:services_route_delete", args=[Route.objects.first().pk])
    yield reverse("admin:requests_app_servicerequest_history", args=[town.ours.pk])


class TestResidents:
    @pytest.mark.parametrize("role", ["anonymous", "tracker", "resident", "household"])
    def test_nothing_is_wrong_with_any_page(self, role, town, visit):
        visitor = visit(role)
        check(visitor, with_something_new(visitor, addresses.pages_of(role, town)), widths=(NARROWEST, *WIDTHS))


class TestThoseWhoWork:
    @pytest.mark.parametrize("role", ["clerk", "dispatcher", "officer", "assistant"])
    def test_nothing_is_wrong_with_any_page(self, role, town, visit):
        visitor = visit(role)
        check(visitor, with_something_new(visitor, addresses.pages_of(role, town)))

    def test_nothing_is_wrong_with_the_look_at_several_before_they_are_dispatched(self, town, visit):
        visitor = visit("dispatcher")
        visitor.open(reverse("requests:desk", args=["community"]) + "?tab=dispatch")
        for box in visitor.page.locator("input[name=case]").all():
            box.check()
        visitor.page.locator("button[value=dispatch]").click()
        visitor.page.wait_for_load_state()
        assert visitor.page.locator(".bulk-dispatch select").count()
        assert not faults_of(visitor.page)
        visitor.page.locator("button[name=go]").click()
        visitor.page.wait_for_load_state()
        assert not faults_of(visitor.page)


class TestThoseWhoWatch:
    @pytest.mark.parametrize("role", ["supervisor", "caller", "auditor"])
    def test_nothing_is_wrong_with_any_page(self, role, town, visit):
        visitor = visit(role)
        check(visitor, with_something_new(visitor, addresses.pages_of(role, town)))

    def test_every_role_has_its_turn(self):
        roles = {
            role
            for scope in (TestResidents, TestThoseWhoWork, TestThoseWhoWatch)
            for role in scope.test_nothing_is_wrong_with_any_page.pytestmark[0].args[1]
        }
        assert roles | {"admin"} == set(addresses.ROLES)


class TestTheRest:
    def test_nothing_is_wrong_with_the_admins_pages(self, town, visit):
        visitor = visit("admin")
        check(visitor, with_something_new(visitor, addresses.pages_of("admin", town)))
        # Django's own; its targets are as large as WCAG asks, not as large as ours.
        check(visitor, with_something_new(visitor, admin_pages(town)), of_our_own=False)

    def test_nothing_is_wrong_with_a_page_that_refuses(self, town, visit):
        visitor = visit("clerk")
        visitor.watch.expect(404, 409)
        check(visitor, [town.foreign.get_absolute_url()], status=404)
        filed = town.step_cases[addresses.STEPS["accept"][0]]
        check(visitor, [reverse("requests:step", args=[filed.pk, "rate"])], status=409)

    def test_nothing_is_wrong_with_a_form_that_is_sent_back(self, town, visit):
        visitor = visit("dispatcher")
        for act in ("decline", "reassign", "reveal"):
            case = town.step_cases[addresses.STEPS[act][0]]
            visitor.open(reverse("requests:step", args=[case.pk, act]))
            visitor.page.locator("main .step-form .btn--primary").click()
            visitor.page.locator("main .field--bad").first.wait_for()
            assert faults_of(visitor.page) == [], act

    def test_a_fault_would_be_found(self, town, visit):
        """What holds the other tests up: a page spoiled on purpose is found out in each of the ways."""
        visitor = visit("anonymous")
        visitor.open(reverse("home"))
        visitor.page.evaluate("""() => {
          const box = document.querySelector("main").appendChild(document.createElement("button"));
          box.style.cssText = "width: 400px; height: 30px; color: #777; background: #999";
          box.append("hardly to be read");
          document.querySelector("main").appendChild(document.createElement("input"));
        }""")
        found = "\n".join(faults_of(visitor.page))
        for fault in (
            "color-contrast at",
            "dark: color-contrast",
            "label at",
            "too small a target",
            "scrolls sideways",
        ):
            assert fault in found, fault
