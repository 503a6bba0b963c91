"""Ready-made words beside a note: whose are offered, in which order, and that they fill in an empty note."""

import pytest
from django.conf import settings
from django.test import Client

from requests_app.forms.steps import STEP_FORMS
from requests_app.journey import workflow
from requests_app.models import Act
from services import seeding
from services.models import ReplyTemplate
from tests import town as towns
from tests.town import MONDAY


@pytest.fixture
def client_of():
    def open_browser(person):
        browser = Client()
        browser.force_login(person)
        return browser

    return open_browser


def reply(title, text="好的", act="settle", **fields):
    return ReplyTemplate.objects.create(act=act, title=title, text=text, **fields)


def form(browser, case, act="settle", **query):
    return browser.get(f"/requests/{case.pk}/{act}/", query)


def titles(response):
    return [one["title"] for one in response.context["replies"]]


def test_the_units_own_come_first_then_the_nearest_category(client_of, town):
    case = towns.accepted(town)
    reply("所有人")
    reply("照明", category=town.lamp.parent)
    reply("楼道灯", category=town.lamp)
    reply("街道", unit=town.street)
    reply("本支部", unit=town.branch)
    reply("别的支部", unit=town.other_branch)
    reply("垃圾", category=town.rubbish)
    reply("停用", is_active=False)
    reply("退单用", act="return")
    assert titles(form(client_of(town.clerk), case)) == ["本支部", "街道", "楼道灯", "照明", "所有人"]


def test_words_fill_in_place_category_and_day(client_of, town):
    case = towns.accepted(town)
    reply("修好", "{place}的{category}，{due} 前。{别的}")
    (one,) = form(client_of(town.clerk), case).context["replies"]
    assert one["text"].startswith("槐树院 6栋 1单元的楼道灯，2025年3月")
    assert one["text"].endswith("{别的}")


def test_a_link_fills_in_the_empty_note(client_of, town):
    case = towns.accepted(town)
    pk = reply("修好", "{category}修好了").pk
    browser = client_of(town.clerk)
    page = form(browser, case, template=pk, next="/desk/branch/")
    assert page.context["form"]["note"].value() == "楼道灯修好了"
    assert "next=%2Fdesk%2Fbranch%2F" in page.context["replies"][0]["url"]
    assert not form(browser, case).context["form"]["note"].value()
    for nonsense in ("0", "x", "999999"):
        assert not form(browser, case, template=nonsense).context["form"]["note"].value()


def test_another_units_words_are_not_reached_by_their_number(client_of, town):
    case = towns.accepted(town)
    pk = reply("别的支部", "内部的话", unit=town.other_branch).pk
    page = form(client_of(town.clerk), case, template=pk)
    assert not page.context["form"]["note"].value()
    assert "内部的话" not in page.text


def test_what_was_typed_stays_when_a_form_comes_back(client_of, town):
    case = towns.accepted(town)
    pk = reply("转报", "请社区处理", act="refer").pk
    browser = client_of(town.clerk)
    page = browser.post(f"/requests/{case.pk}/settle/?template={pk}", {"note": " ", "done_by": "老王"})
    assert page.status_code == 200
    assert page.context["form"]["done_by"].value() == "老王"
    assert not page.context["form"]["note"].value().strip()


def test_residents_are_offered_none(client_of, town):
    case = workflow.take(towns.signed(town), Act.FULFIL, by=town.officer, note="好了", at=MONDAY)
    reply("好的", act="tell")
    assert form(client_of(town.resident), case, "rate").context["replies"] == []


def test_every_act_with_templates_has_a_form_with_a_note():
    for act in ReplyTemplate.For.values:
        assert "note" in STEP_FORMS[Act(act)].base_fields, act


def test_many_templates_cost_one_query_and_eight_are_shown(client_of, town, django_assert_num_queries):
    case = towns.accepted(town)
    for number in range(20):
        reply(f"第{number}条", order=number)
    assert len(titles(form(client_of(town.clerk), case))) == 8
    with django_assert_num_queries(1):
        assert len(ReplyTemplate.objects.offered("settle", town.lamp, [town.branch])) == 20


@pytest.mark.django_db
def test_the_seeds_have_words_for_every_act():
    seeding.load(settings.BASE_DIR / "seeds")
    assert ReplyTemplate.objects.count() >= 15
    assert set(ReplyTemplate.objects.values_list("act", flat=True)) == set(ReplyTemplate.For.values)
    assert sum(report.created for report in seeding.load(settings.BASE_DIR / "seeds")) == 0
