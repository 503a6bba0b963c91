"""Ready-made words below a note: whose are offered, in which order, and that a button adds them without scripts."""

import pytest
from django.conf import settings
from django.utils import timezone

from requests_app.forms.steps import STEP_FORMS
from requests_app.journey import workflow
from requests_app.models import Act
from services import seeding
from services.models import ReplyTemplate
from tests import town as towns
from tests.test_steps_page import picture
from tests.town import MONDAY

pytestmark = pytest.mark.once


def reply(title, text="好的", act="settle", **fields):
    return ReplyTemplate.objects.create(act=act, title=title, text=text, **fields)


def form(browser, case, act="settle", **query):
    return browser.get(f"/requests/{case.pk}/{act}/", query)


def press(browser, case, pk, act="settle", **typed):
    """The page after the button of the template ``pk`` was pressed, without scripts."""
    return browser.post(f"/requests/{case.pk}/{act}/", {"seen": case.event_count, "template": pk, **typed})


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


def test_a_button_fills_in_the_empty_note_and_takes_no_step(client_of, town):
    case = towns.accepted(town)
    pk = reply("修好", "{category}修好了").pk
    browser = client_of(town.clerk)
    page = press(browser, case, pk, next="/desk/branch/")
    assert page.context["form"]["note"].value() == "楼道灯修好了"
    assert page.context["next"] == "/desk/branch/"
    assert case.events.count() == 2
    assert not form(browser, case).context["form"]["note"].value()


def test_what_was_typed_stays_and_nothing_is_blamed_yet(client_of, town):
    case = towns.referred(town)
    pk = reply("快", "请尽快到场", act="dispatch").pk
    page = press(
        client_of(town.dispatcher), case, pk, "dispatch", note="带梯子 ", proposed="other", assist=[town.firm.pk]
    )
    form = page.context["form"]
    assert form["note"].value() == "带梯子\n请尽快到场"
    assert (form["proposed"].value(), form["assist"].value()) == ("other", [str(town.firm.pk)])
    assert not form.errors


def test_a_chosen_photo_stays_too(client_of, town):
    case = towns.accepted(town)
    page = press(client_of(town.clerk), case, reply("修好").pk, photos=[picture()])
    assert len(page.context["form"].kept) == 1


@pytest.mark.parametrize("nonsense", ["0", "x", "", "999999"])
def test_a_button_that_is_not_there_changes_nothing(client_of, town, nonsense):
    case = towns.accepted(town)
    page = press(client_of(town.clerk), case, nonsense, note="换了灯泡")
    assert page.context["form"]["note"].value() == "换了灯泡"
    assert case.events.count() == 2


def test_another_units_words_are_not_reached_by_their_number(client_of, town):
    case = towns.accepted(town)
    pk = reply("别的支部", "内部的话", unit=town.other_branch).pk
    page = press(client_of(town.clerk), case, pk)
    assert not page.context["form"]["note"].value()
    assert "内部的话" not in page.text


def test_enter_presses_the_step_and_no_template(client_of, town):
    case = towns.accepted(town)
    reply("修好")
    page = form(client_of(town.clerk), case).text
    step = page.partition('class="step-form"')[2]
    assert step.index('tabindex="-1" aria-hidden="true"') < step.index('name="template"')


@pytest.mark.parametrize(
    ("make", "act", "username"),
    [
        ("filed", "accept", "clerk"),
        ("accepted", "refer", "clerk"),
        ("accepted", "decline", "clerk"),
        ("referred", "dispatch", "dispatcher"),
        ("signed", "reassign", "dispatcher"),
        ("dispatched", "return", "officer"),
        ("signed", "fulfil", "officer"),
        ("signed", "tell", "officer"),
        ("signed", "ask", "officer"),
        ("signed", "more_time", "officer"),
        ("signed", "supervise", "supervisor"),
        ("signed", "park", "supervisor"),
    ],
)
def test_they_stand_on_the_forms_of_staff_by_act_and_category(client_of, town, make, act, username):
    case = getattr(towns, make)(town, timezone.now())
    reply("楼道灯的", act=act, category=town.lamp)
    reply("垃圾的", act=act, category=town.rubbish)
    reply("别的一步", act="reply" if act != "reply" else "ask")
    page = form(client_of(town.people[username]), case, act)
    assert titles(page) == ["楼道灯的"]
    assert 'name="template"' in page.text


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
