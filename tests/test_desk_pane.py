"""The case beside its list: the same views draw page and part, and the next case follows a step."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.urls import reverse

from requests_app.models import Act, ServiceRequest
from tests import town as world

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PANE, LIST = {"HX-Target": "pane"}, {"HX-Target": "desk-list"}


@pytest.fixture
def t():
    return world.town()


@pytest.fixture
def now():
    return world.datetime.now(world.UTC)


def desk(slug="branch", **query):
    return reverse("requests:desk", args=[slug]) + (f"?{urlencode(query)}" if query else "")


def step(case, act):
    return reverse("requests:step", args=[case.pk, act])


def opened(response):
    """(key of the case, the list it leads back to) that a redirect opens."""
    parts = urlsplit(response.url)
    assert parts.path.startswith("/requests/"), response.url
    return int(parts.path.split("/")[2]), parse_qs(parts.query)["next"][0]


def test_a_case_is_drawn_as_a_page_or_for_the_pane(client, t, now):
    case = world.filed(t, now)
    client.force_login(t.clerk)
    page, part = client.get(case.get_absolute_url()), client.get(case.get_absolute_url(), headers=PANE)
    assert "<html" in page.content.decode()
    text = part.content.decode()
    assert "data-pane" in text
    assert "<html" not in text
    assert text.count("<h1") == 1
    assert page.context["actions"] == part.context["actions"]


def test_a_refusal_is_drawn_for_the_pane_too(client, t, now):
    client.force_login(t.clerk)
    response = client.get(step(world.filed(t, now), "settle"), headers=PANE)
    assert response.status_code == 409
    assert "data-pane" in response.content.decode()


def test_a_resident_gets_a_whole_page_whatever_is_asked(client, t, now):
    client.force_login(t.resident)
    assert "<html" in client.get(world.filed(t, now).get_absolute_url(), headers=PANE).content.decode()


def test_the_list_alone_brings_its_tabs_and_counts(client, t, now):
    world.filed(t, now)
    client.force_login(t.clerk)
    text = client.get(desk(), headers=LIST).content.decode()
    assert "<html" not in text
    assert text.count("hx-swap-oob") == 4
    assert "data-case" in text


def test_the_address_names_what_stands_open(client, t, now):
    case = world.filed(t, now)
    client.force_login(t.clerk)
    response = client.get(desk(tab="accept", case=case.pk, act="accept"))
    assert response.context["pane"]["case"] == case.pk
    assert response.context["pane"]["url"].startswith(step(case, "accept"))
    # The way back leads to the list alone.
    assert response.context["pane"]["list"] == desk(tab="accept")
    assert "case%3D" not in response.content.decode()


@pytest.mark.parametrize("nonsense", ["x", "", "1/", "9" * 30])
def test_nonsense_for_a_case_opens_nothing(client, t, nonsense):
    client.force_login(t.clerk)
    assert client.get(desk(), {"case": nonsense}).context["pane"] is None


def test_after_a_step_the_next_case_of_the_list_opens(client, t, now):
    first, second, third = (world.accepted(t, now + number * world.HOUR / 60) for number in range(3))
    client.force_login(t.clerk)
    here = desk(tab="in_hand", sort="oldest")
    response = client.post(step(second, "refer"), {"note": "修不了", "next": here})
    assert opened(response) == (third.pk, here)
    assert f"#{second.pk}" in client.get(response.url).content.decode()
    response = client.post(step(third, "refer"), {"note": "修不了", "next": here})
    assert opened(response) == (first.pk, here)
    response = client.post(step(first, "refer"), {"note": "修不了", "next": here})
    assert response.url == here
    assert "desk_done" not in client.get(here).templates[0].name
    assert client.get(here, headers=PANE).templates[0].name == "requests/desk_done.html"


@pytest.mark.parametrize("sort", ["due", "urgent", "newest", "oldest"])
def test_the_next_case_is_the_one_below_in_every_order(client, t, now, sort):
    for number in range(4):
        world.accepted(t, now + number * world.HOUR)
    world.workflow.take(world.filed(t, now, category=t.burst), Act.ACCEPT, by=t.clerk, at=now)
    client.force_login(t.clerk)
    here = desk(tab="in_hand", sort=sort)
    order = [row["pk"] for row in client.get(here).context["rows"]]
    assert len(order) == 5
    response = client.post(step(ServiceRequest.objects.get(pk=order[2]), "refer"), {"note": "修不了", "next": here})
    assert opened(response)[0] == order[3]


def test_a_filtered_list_goes_on_within_its_filter(client, t, now):
    lamp = world.accepted(t, now)
    world.workflow.take(world.filed(t, now, category=t.rubbish), Act.ACCEPT, by=t.clerk, at=now)
    other = world.accepted(t, now + world.HOUR)
    client.force_login(t.clerk)
    here = desk(tab="in_hand", category=t.lamp.pk, own="x", lead="x" * 9)
    response = client.post(step(lamp, "refer"), {"note": "修不了", "next": here})
    assert opened(response)[0] == other.pk


def test_somebody_elses_desk_is_no_list_to_go_on_with(client, t, now):
    case = world.accepted(t, now)
    world.referred(t, now)
    client.force_login(t.clerk)
    here = desk("community")
    assert client.post(step(case, "refer"), {"note": "修不了", "next": here}).url == here


def test_an_assisting_department_is_done_with_its_report(client, t, now):
    first, second = (world.dispatched(t, now, lead=t.housing, assist=[t.sanitation]) for _number in range(2))
    client.force_login(t.officer)
    here = desk("department", tab="assisting")
    assert opened(client.post(step(first, "assist"), {"note": "已清运", "next": here}))[0] == second.pk


def test_whoever_accepts_goes_on_with_the_same_case(client, t, now):
    case, here = world.filed(t, now), desk()
    world.filed(t, now)
    client.force_login(t.clerk)
    assert opened(client.post(step(case, "accept"), {"next": here})) == (case.pk, here)
