"""A route tried out on the past: how many requests would have gone elsewhere, and how many of those came back."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from requests_app.journey import routing, workflow
from requests_app.journey.replay import PAST, replay
from requests_app.models import Act, ServiceRequest
from services.models import Route, User
from tests import town as world
from tests.town import DAY, HOUR, MONDAY

pytestmark = pytest.mark.django_db
LATER = MONDAY + 30 * DAY


@pytest.fixture
def t(town):
    return town


@pytest.fixture
def boss(client, t):
    person = User.objects.create_superuser("boss", password="x")
    client.force_login(person)
    return person


def draft(t, **fields):
    """A route for the stair lamps of the street to 环卫中心, not switched on yet."""
    wanted = {"category": t.lamp, "area": t.street, "department": t.sanitation, "is_active": False, **fields}
    return Route.objects.create(**wanted)


def went_to(t, lead, officer=None, at=MONDAY, **fields):
    """A request dispatched to ``lead`` and, with ``officer``, returned by them."""
    case = workflow.take(world.filed(t, at, **fields), Act.REFER, by=t.clerk, note="院里办不了", at=at)
    case = workflow.take(case, Act.DISPATCH, by=t.dispatcher, lead=lead, at=at)
    if officer:
        workflow.take(case, Act.RETURN, by=officer, reason=t.not_ours, note="不归我们", at=at + HOUR)
    return case


def test_what_is_not_switched_on_proposes_nothing(t):
    case = ServiceRequest.objects.for_page().get(pk=world.filed(t).pk)
    route = draft(t)
    assert t.sanitation not in routing.routed(case)
    assert t.sanitation not in [one.department for one in routing.proposals(case, LATER)]
    assert route.switch_on() == []
    assert routing.routed(case)[0] == t.sanitation


def test_it_counts_what_would_have_gone_elsewhere_and_what_of_that_came_back(t):
    first = went_to(t, t.firm)
    back = went_to(t, t.housing, t.warden)
    went_to(t, t.sanitation)
    world.filed(t)
    found = replay(draft(t), LATER)
    assert (found.dispatched, found.altered, found.agreed) == (3, 3, 1)
    assert (found.elsewhere, found.returned) == (2, 1)
    assert found.numbers == [(back.pk, True), (first.pk, False)]
    ways = {(way.went_to, way.would_go_to): (way.count, way.returned) for way in found.ways}
    assert ways == {(t.firm, t.sanitation): (1, 0), (t.housing, t.sanitation): (1, 1)}


def test_only_the_first_department_of_a_request_counts(t):
    case = went_to(t, t.housing, t.warden)
    workflow.take(case, Act.UPHOLD, by=t.dispatcher, lead=t.firm, at=MONDAY + HOUR)
    found = replay(draft(t), LATER)
    assert (found.dispatched, found.elsewhere, found.returned) == (1, 1, 1)
    assert found.ways[0].went_to == t.housing


def test_other_kinds_other_places_and_other_times_are_left_out(t):
    went_to(t, t.sanitation, category=t.rubbish)
    went_to(t, t.firm, at=LATER - PAST - DAY)
    route = draft(t, area=t.other_street)
    went_to(t, t.firm)
    assert replay(route, LATER).dispatched == 0
    assert replay(draft(t), LATER).dispatched == 1
    # At that moment the first had been dispatched two months before, the second not yet.
    assert replay(draft(t), MONDAY).dispatched == 1


def test_a_route_of_a_group_leaves_those_leaves_that_have_their_own(t):
    went_to(t, t.firm)
    found = replay(draft(t, category=t.lamp.parent), LATER)
    assert (found.dispatched, found.altered) == (1, 0)
    Route.objects.filter(category=t.lamp).delete()
    found = replay(draft(t, category=t.lamp.parent), LATER)
    assert (found.altered, found.elsewhere) == (1, 1)


def test_it_takes_the_place_of_the_one_for_the_same_work(t):
    """The district's route to 房管所; the estate's firm goes before both."""
    went_to(t, t.firm)
    route = draft(t, area=t.district)
    assert replay(route, LATER).altered == 0
    Route.objects.filter(to_property_firm=True).delete()
    assert replay(route, LATER).elsewhere == 1
    (replaced,) = route.switch_on()
    assert replaced.department == t.housing
    assert list(Route.objects.active().filter(category=t.lamp)) == [route]


def test_one_that_is_on_is_replayed_as_if_it_were_off(t):
    went_to(t, t.firm)
    went_to(t, t.sanitation, category=t.rubbish)
    found = replay(Route.objects.get(to_property_firm=True), LATER)
    assert (found.altered, found.elsewhere, found.ways[0].would_go_to) == (1, 1, t.housing)
    found = replay(Route.objects.get(department=t.sanitation), LATER)
    assert (found.altered, found.unnamed, found.elsewhere) == (1, 1, 0)


def test_a_department_out_of_use_is_named_by_no_route(t):
    went_to(t, t.firm)
    t.sanitation.is_active = False
    t.sanitation.save(update_fields=["is_active"])
    assert replay(draft(t), LATER).altered == 0


def test_it_costs_four_queries_however_many_requests(t, django_assert_num_queries):
    route = draft(t)
    for _number in range(3):
        went_to(t, t.firm)
    with django_assert_num_queries(4):
        assert replay(route, LATER).elsewhere == 3


def test_two_for_the_same_work_cannot_be_on_at_once(t):
    draft(t, area=t.district)
    draft(t, area=t.district, department=t.housing)
    with pytest.raises(IntegrityError), transaction.atomic():
        Route.objects.filter(category=t.lamp, area=t.district).update(is_active=True)


# The admin


def page(route):
    return reverse("admin:services_route_replay", args=[route.pk])


def values(route, **more):
    named = {"category": route.category_id, "area": route.area_id, "department": route.department_id or ""}
    return {**named, "basis": "街道会商", **more}


def test_a_new_route_is_off_and_shown_on_past_requests_first(client, t, boss):
    case = went_to(t, t.housing, t.warden, at=world.datetime.now(world.UTC) - 2 * DAY)
    add = reverse("admin:services_route_add")
    assert not client.get(add).context["adminform"].form["is_active"].value()
    wanted = Route(category=t.lamp, area=t.street, department=t.sanitation)
    answer = client.post(add, values(wanted), follow=True)
    route = Route.objects.get(area=t.street)
    assert answer.redirect_chain[-1][0] == page(route)
    assert not route.is_active
    assert (answer.context["found"].elsewhere, answer.context["found"].returned) == (1, 1)
    assert f"#{case.pk}" in answer.text


def test_switching_on_switches_off_what_it_replaces_and_both_have_it_in_their_history(client, t, boss):
    route = draft(t, area=t.district)
    old = Route.objects.get(department=t.housing)
    assert "房屋管理所" in client.get(page(route)).text
    assert client.post(page(route), {"on": "1"}).url == reverse("admin:services_route_changelist")
    route.refresh_from_db()
    old.refresh_from_db()
    assert (route.is_active, old.is_active) == (True, False)
    for one in (route, old):
        history = client.get(reverse("admin:services_route_history", args=[one.pk]))
        assert history.context["action_list"].paginator.count == 1
    client.post(page(route), {"off": "1"})
    route.refresh_from_db()
    assert not route.is_active


def test_a_change_is_prepared_from_the_route_that_holds(client, t, boss):
    old = Route.objects.get(department=t.housing)
    change = client.get(reverse("admin:services_route_change", args=[old.pk])).text
    add = reverse("admin:services_route_add")
    link = f"{add}?category={old.category_id}&amp;area={old.area_id}&amp;department={old.department_id}"
    assert link in change
    assert page(old) in change
    form = client.get(link.replace("&amp;", "&")).context["adminform"].form
    assert (form["department"].value(), form["is_active"].value()) == (str(old.department_id), False)


def test_whoever_may_not_change_routes_replays_none(client, t, boss):
    route = draft(t)
    boss.is_superuser, boss.is_staff = False, True
    boss.save(update_fields=["is_superuser", "is_staff"])
    assert client.get(page(route)).status_code == 403
    assert client.post(page(route), {"on": "1"}).status_code == 403
    route.refresh_from_db()
    assert not route.is_active


def test_a_route_that_does_not_exist_leads_back(client, boss):
    assert client.get(reverse("admin:services_route_replay", args=[9999])).url == reverse("admin:index")
