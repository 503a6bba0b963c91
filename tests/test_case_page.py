"""The page of a case as those see it who serve on it."""

import pytest
from django.urls import reverse

from requests_app.journey import workflow
from requests_app.models import Act
from requests_app.templatetags.moments import moment
from tests import town as world

pytestmark = [pytest.mark.django_db, pytest.mark.once]
AT_MOST = 15  # queries of a case page


@pytest.fixture
def t():
    return world.town()


@pytest.fixture
def now():
    return world.datetime.now(world.UTC)


def page(client, person, case, **query):
    client.force_login(person)
    return client.get(case.get_absolute_url(), query)


def acts(response):
    return [action["act"] for action in response.context["actions"]]


def test_the_natural_next_step_comes_first(client, t, now):
    world.CallSlot.objects.all().delete()  # whatever the hour is
    expected = [
        (world.filed, t.clerk, "accept"),
        (world.accepted, t.clerk, "settle"),
        (world.referred, t.dispatcher, "dispatch"),
        (world.dispatched, t.officer, "sign"),
        (world.signed, t.officer, "fulfil"),
        (world.returned, t.dispatcher, "uphold"),
        (world.to_call, t.caller, "call"),
    ]
    for make, person, act in expected:
        first = page(client, person, make(t, now)).context["actions"][0]
        assert (first["act"], first["is_primary"]) == (act, True)


def test_personal_data_is_masked(client, t, now):
    case = world.filed(t, now, room="1203")
    for person in (t.clerk, t.dispatcher, t.supervisor, t.auditor):
        text = page(client, person, case).content.decode()
        assert "周**" in text
        assert "199****0001" in text
        for secret in ("周大娘", "19900000001", "1203"):
            assert secret not in text, (person, secret)


def test_internal_notes_are_marked_and_the_resident_never_sees_them(client, t, now):
    case = workflow.take(world.accepted(t, now), Act.NOTE, by=t.clerk, note="钥匙在门房")
    assert "钥匙在门房" in page(client, t.clerk, case).content.decode()
    assert "钥匙在门房" not in page(client, t.resident, case).content.decode()


def test_a_household_is_masked_too(client, t, now):
    case = world.filed(
        t, now, by=t.household, party="household", source="household", consent=True, contact_name="吴师傅"
    )
    response = page(client, t.clerk, case)
    assert response.context["filer"] == "郑**"


def test_an_auditor_reads_and_does_nothing(client, t, now):
    response = page(client, t.auditor, world.accepted(t, now))
    assert response.context["actions"] == []


def test_a_former_department_still_reads(client, t, now):
    case = world.signed(t, now)
    case = workflow.take(case, Act.REASSIGN, by=t.dispatcher, lead=t.housing, note="派错")
    response = page(client, t.officer, case)
    assert response.status_code == 200
    assert response.context["actions"] == []


def test_a_waiting_lead_is_told_why_it_cannot_report(client, t, now):
    case = world.signed(t, now, assist=[t.firm])
    response = page(client, t.officer, case)
    assert response.context["waits_for_assistants"]
    assert "fulfil" not in acts(response)


def test_out_of_sight_is_404_for_every_role(client, t, now):
    case = world.filed(t, now)
    sees = {"resident", "clerk", "dispatcher", "supervisor", "caller", "auditor"}
    for name, person in t.people.items():
        assert page(client, person, case).status_code == (200 if name in sees else 404), name


def test_a_stranger_is_sent_to_sign_in_case_or_no_case(client, t, now):
    case = world.filed(t, now)
    for pk in (case.pk, case.pk + 1000):
        response = client.get(reverse("requests:case", args=[pk]))
        assert response.status_code == 302
        assert "next=" in response.url


def test_the_way_back_leads_to_the_list_and_no_other_site(client, t, now):
    case = world.filed(t, now)
    assert page(client, t.clerk, case, next="/desk/branch/?page=2").context["onward"] == "/desk/branch/?page=2"
    assert page(client, t.clerk, case, next="//example.com").context["onward"] == ""


@pytest.mark.parametrize("username", ["clerk", "dispatcher", "officer", "supervisor", "caller", "auditor"])
def test_a_case_costs_the_same_after_thirty_events(client, t, now, django_assert_max_num_queries, username):
    case = world.fulfilled(t, now)
    client.force_login(t.people[username])

    def cost():
        with django_assert_max_num_queries(AT_MOST) as captured:
            assert client.get(case.get_absolute_url()).status_code == 200
        return len(captured)

    client.get(case.get_absolute_url())  # puts down that somebody has it open, once in half a minute
    before = cost()
    for number in range(30):
        workflow.take(case, Act.NOTE, by=t.clerk, note=str(number))
    assert cost() == before


def test_a_window_that_has_passed_is_over_and_nobody_is_late(client, t):
    case = world.rated(t)
    standings = {row["step"]: row["standing"] for row in page(client, t.dispatcher, case).context["deadlines"]}
    assert standings["contest_window"] == "over"
    assert standings["fulfil"] == "met"


def test_those_who_serve_are_not_late_while_the_resident_has_the_word(client, t):
    response = page(client, t.officer, world.fulfilled(t))
    assert response.context["lateness"] == ""


def test_moments_are_said_in_few_words():
    noon = world.datetime(2025, 3, 3, 4, 0, tzinfo=world.UTC)
    assert moment(noon, noon) == "今天 12:00"
    assert moment(noon - world.DAY, noon) == "昨天 12:00"
    assert moment(noon + world.DAY, noon) == "明天 12:00"
    assert moment(noon + 9 * world.DAY, noon) == "3月12日 12:00"
    assert moment(noon + 400 * world.DAY, noon) == "2026年4月7日 12:00"
    assert moment(None) == ""
