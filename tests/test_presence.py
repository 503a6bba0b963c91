"""Who else has a case open: said to those who serve on it, and to nobody else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from requests_app.journey.sweep import sweep
from requests_app.models import Presence, ServiceRequest
from tests import town as world
from tests.support import empty_database

SECOND = timedelta(seconds=1)


@pytest.fixture
def t(db):
    return world.town()


@pytest.fixture
def now():
    return world.datetime.now(world.UTC)


def look(case, user, at):
    return [row.user.get_full_name() for row in Presence.objects.look(case, user, None, at)]


def test_two_at_one_case_read_of_each_other(client, t, now):
    case = world.filed(t, now)
    client.force_login(t.dispatcher)
    assert client.get(case.get_absolute_url()).context["others"] == ""
    client.force_login(t.clerk)
    page = client.get(case.get_absolute_url()).content.decode()
    assert "小唐（槐树社区）" in page
    client.force_login(t.dispatcher)
    answer = client.get(reverse("requests:presence", args=[case.pk]))
    assert "小林（槐树院党支部）" in answer.content.decode()
    assert "小唐" not in answer.content.decode()


def test_residents_neither_read_of_it_nor_are_put_down(client, t, now):
    case = world.filed(t, now)
    client.force_login(t.clerk)
    client.get(case.get_absolute_url())
    client.force_login(t.resident)
    assert "小林" not in client.get(case.get_absolute_url()).content.decode().split("<main")[1]
    assert client.get(reverse("requests:presence", args=[case.pk])).status_code == 404
    assert [row.user for row in Presence.objects.all()] == [t.clerk]


def test_a_page_that_stays_open_is_written_every_half_minute(t, django_assert_num_queries):
    case, at = world.filed(t), world.MONDAY
    look(case, t.clerk, at)
    with django_assert_num_queries(1):
        look(case, t.clerk, at + 29 * SECOND)
    assert Presence.objects.get().seen_at == at
    look(case, t.clerk, at + 30 * SECOND)
    assert Presence.objects.get().seen_at == at + 30 * SECOND


def test_who_has_gone_is_forgotten(t):
    case, at = world.filed(t), world.MONDAY
    look(case, t.clerk, at)
    assert look(case, t.dispatcher, at + 89 * SECOND) == ["小林"]
    assert look(case, t.dispatcher, at + 90 * SECOND) == []
    sweep(at + 90 * SECOND)
    assert [row.user for row in Presence.objects.all()] == [t.dispatcher]


def test_a_former_department_that_proved_the_code_is_put_down_as_itself(client, t, now):
    case = world.signed(t, now)
    world.workflow.take(case, "reassign", by=t.dispatcher, lead=t.housing, note="派错")
    session = client.session
    session["tracked"] = [case.pk]
    session.save()
    client.force_login(t.officer)
    assert client.get(case.get_absolute_url()).status_code == 200
    assert Presence.objects.get().user == t.officer


@pytest.mark.slow
def test_many_windows_at_once_meet_no_lock(transactional_db):
    t = world.town()
    case = world.filed(t)
    people = [world.person(f"p{number}", f"小{number}", "branch", t.branch) for number in range(8)]

    def open_page(number):
        client = Client()
        client.force_login(people[number % len(people)])
        try:
            return client.get(case.get_absolute_url()).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(open_page, range(32))) == {200}
    assert Presence.objects.count() == len(people)
    assert ServiceRequest.objects.count() == 1
    empty_database()
