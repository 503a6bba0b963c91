"""The admin reads cases and corrects their wording, and moves none."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from requests_app.journey import chain, workflow
from requests_app.models import Act
from tests import town as world

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LIST = "admin:requests_app_servicerequest_changelist"
CHANGE = "admin:requests_app_servicerequest_change"


@pytest.fixture
def t():
    return world.town()


@pytest.fixture
def as_admin(client, t):
    client.force_login(t.admin)
    return client


def inlines(response):
    """What the page's inline forms send, so that a POST is complete."""
    sent = {}
    for formset in response.context["inline_admin_formsets"]:
        management = formset.formset.management_form
        sent |= {f"{management.prefix}-{name}": value for name, value in management.initial.items()}
    return sent


def test_it_lists_searches_and_narrows(as_admin, t):
    case = world.filed(t)
    world.rated(t)
    for query in (
        {"q": case.code},
        {"q": f"#{case.pk}"},
        {"status__exact": "filed"},
        {"q": "灯", "status__exact": "filed"},
    ):
        response = as_admin.get(reverse(LIST), query)
        assert [row.pk for row in response.context["cl"].result_list] == [case.pk]
    group = t.lamp.parent_id
    assert len(as_admin.get(reverse(LIST), {"group": group}).context["cl"].result_list) == 2
    assert len(as_admin.get(reverse(LIST), {"group": "x"}).context["cl"].result_list) == 2


def test_it_corrects_a_wording_and_keeps_who_did(as_admin, t):
    case = world.signed(t)
    url = reverse(CHANGE, args=[case.pk])
    wording = {
        "text": "一单元的灯坏了",
        "spot": "2单元",
        "room": "",
        "contact_name": "周大娘",
        "contact_phone": "19900000001",
    }
    moves = {"status": "closed", "holder": "", "lead": "", "due_at": ""}
    response = as_admin.post(url, {**inlines(as_admin.get(url)), **wording, **moves})
    assert response.status_code == 302
    before = (case.status, case.holder, case.lead_id, case.due_at)
    case.refresh_from_db()
    assert (case.text, case.spot) == ("一单元的灯坏了", "2单元")
    assert (case.status, case.holder, case.lead_id, case.due_at) == before
    assert LogEntry.objects.get().user == t.admin
    assert case.events.count() == 5


def test_name_number_and_room_are_masked_there_too_and_an_empty_field_leaves_them(as_admin, t):
    case = world.filed(t, room="1203")
    url = reverse(CHANGE, args=[case.pk])
    page = as_admin.get(url)
    for said in ("周大娘", "19900000001", "1203"):
        assert said not in page.text, said
    for shown in ("周**", "199****0001"):
        assert shown in page.text, shown
    sent = {**inlines(page), "text": case.text, "spot": "2单元", "room": "", "contact_name": "", "contact_phone": ""}
    assert as_admin.post(url, sent).status_code == 302
    case.refresh_from_db()
    assert (case.spot, case.contact_name, case.contact_phone, case.room) == ("2单元", "周大娘", "19900000001", "1203")
    assert as_admin.post(url, {**sent, "contact_phone": "19900000033"}).status_code == 302
    assert [row.pk for row in as_admin.get(reverse(LIST), {"q": "19900000033"}).context["cl"].result_list] == [case.pk]
    assert as_admin.post(url, {**sent, "contact_phone": "12"}).context["errors"]
    assert "1990000" not in "".join(LogEntry.objects.values_list("change_message", flat=True))


def test_it_shows_the_number_of_a_case_and_never_its_tracking_code(as_admin, t):
    case = world.rated(t)
    change = reverse(CHANGE, args=[case.pk])
    pages = [
        as_admin.get(change),
        as_admin.get(reverse("admin:requests_app_servicerequest_history", args=[case.pk])),
        as_admin.get(reverse(LIST), {"q": f"#{case.pk}"}),
    ]
    for page in pages:
        assert case.code not in page.text
        assert case.grouped_code not in page.text
    assert f"#{case.pk}" in pages[0].text


@pytest.mark.parametrize(
    ("model", "guess"),
    [("servicerequest", "code__startswith"), ("servicerequest", "code__gte"), ("sampleseed", "seed__startswith")],
)
def test_what_it_does_not_show_cannot_be_guessed_piece_by_piece(as_admin, t, model, guess):
    world.filed(t)
    assert as_admin.get(reverse(f"admin:requests_app_{model}_changelist"), {guess: "1"}).status_code == 400


def test_a_correction_does_not_undo_a_step_taken_meanwhile(as_admin, t):
    case = world.accepted(t)
    stale = type(case).objects.get(pk=case.pk)
    workflow.take(case, Act.REFER, by=t.clerk, note="修不了", at=world.MONDAY)
    stale.text = "改过"
    stale.save(update_fields=["text"])
    case.refresh_from_db()
    assert case.status == "referred"
    assert chain.verify().faults == []


def test_nothing_is_added_or_deleted(as_admin, t):
    case = world.filed(t)
    assert as_admin.get(reverse("admin:requests_app_servicerequest_add")).status_code == 403
    assert as_admin.post(reverse("admin:requests_app_servicerequest_delete", args=[case.pk])).status_code == 403


def test_nobody_else_comes_in(client, t):
    case = world.filed(t)
    for name, person in t.people.items():
        client.force_login(person)
        assert client.get(reverse(CHANGE, args=[case.pk])).status_code == 302, name


def test_pages_cost_the_same_for_one_row_and_for_thirty(as_admin, t):
    case = world.fulfilled(t)
    urls = reverse(LIST), reverse(CHANGE, args=[case.pk])

    def costs():
        for url in urls:
            with CaptureQueriesContext(connection) as captured:
                assert as_admin.get(url).status_code == 200
            yield len(captured)

    list(costs())  # content types are read once a process
    before = list(costs())
    for number in range(30):
        world.filed(t)
        workflow.take(case, Act.NOTE, by=t.clerk, note=str(number), at=world.MONDAY)
    assert list(costs()) == before
