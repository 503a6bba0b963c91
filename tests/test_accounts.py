"""Signing in with a password and out, the demo people, and what one may change. Codes are in test_sign_in_code."""

import pytest
from django.test import Client

from requests_app import quotas
from services.models import User
from tests.town import PASSWORD

pytestmark = pytest.mark.once

SIGN_IN = "/sign-in/"


def sign_in(client, name, password=PASSWORD, **fields):
    return client.post(SIGN_IN, {"username": name, "password": password, **fields})


@pytest.mark.parametrize("name", ["resident", "19900000001"])
def test_a_resident_signs_in_with_user_name_or_phone(client, town, name):
    assert sign_in(client, name)["Location"] == "/"
    assert client.get("/mine/").status_code == 200


def test_a_wrong_password_and_an_unknown_name_have_the_same_answer(client, town):
    known, unknown = sign_in(client, "resident", "wrong"), sign_in(client, "nobody", "wrong")
    assert known.status_code == unknown.status_code == 200
    errors = [list(answer.context["password_form"].non_field_errors()) for answer in (known, unknown)]
    assert errors[0] == errors[1] != []


def test_what_was_typed_stays_but_for_the_password(client, town):
    page = sign_in(client, "resident", "wrong-password").text
    assert 'value="resident"' in page
    assert "wrong-password" not in page


def test_guesses_for_one_name_are_limited_also_when_the_name_is_unknown(client, town):
    for name in ("resident", "nobody"):
        for _try in range(quotas.TRIES_PER_NAME):
            assert sign_in(client, name, "wrong").status_code == 200
        assert sign_in(client, name).status_code == 429
    # Others at the same address are not shut out.
    assert sign_in(client, "neighbour").status_code == 302


def test_people_who_know_their_password_never_wait(client, town):
    for _time in range(quotas.TRIES_PER_NAME + 2):
        assert sign_in(Client(), "resident").status_code == 302


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/mine/?show=closed", "/mine/?show=closed"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_one_goes_on_only_within_the_site(client, town, asked, given):
    assert sign_in(client, "resident", next=asked)["Location"] == given
    assert client.get(SIGN_IN, {"next": asked})["Location"] == given


def test_a_page_for_members_leads_to_the_sign_in_and_back(client, town):
    answer = client.get("/mine/")
    assert answer["Location"] == "/sign-in/?next=/mine/"
    assert 'name="next" value="/mine/"' in client.get(answer["Location"]).text


def test_a_deactivated_person_does_not_get_in(client, town):
    User.objects.filter(pk=town.resident.pk).update(is_active=False)
    assert sign_in(client, "resident").status_code == 200


def test_signing_out_takes_a_post(client, town):
    client.force_login(town.resident)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/mine/").status_code == 302


def test_demo_people_sign_in_with_one_click(client, town, settings):
    settings.DEMO = True
    User.objects.filter(pk=town.clerk.pk).update(is_demo=True)
    page = client.get(SIGN_IN)
    assert f'value="{town.clerk.pk}"' in page.text
    assert town.branch.name in page.text
    assert client.post("/sign-in/demo/", {"person": town.clerk.pk}).status_code == 302
    assert client.get("/account/").context["user"] == town.clerk


def test_nobody_else_is_offered_or_let_in_by_one_click(client, town, settings):
    settings.DEMO = True
    assert f'value="{town.clerk.pk}"' not in client.get(SIGN_IN).text
    for key in (town.clerk.pk, town.admin.pk, "x", ""):
        assert client.post("/sign-in/demo/", {"person": key}).status_code == 404


def test_outside_the_demo_there_is_no_such_way(client, town, settings):
    settings.DEMO = False
    User.objects.update(is_demo=True)
    assert "/sign-in/demo/" not in client.get(SIGN_IN).text
    assert client.post("/sign-in/demo/", {"person": town.clerk.pk}).status_code == 404


def test_one_click_needs_the_forms_own_token(town, settings):
    settings.DEMO = True
    User.objects.filter(pk=town.clerk.pk).update(is_demo=True)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/sign-in/demo/", {"person": town.clerk.pk}).status_code == 403


def test_people_change_their_name_and_password(client, town):
    client.force_login(town.resident)
    assert client.post("/account/", {"change": "name", "name": "周桂芳"}).status_code == 302
    answers = {"old_password": PASSWORD, "new_password1": "he-shang-de-feng", "new_password2": "he-shang-de-feng"}
    assert client.post("/account/", {"change": "password", **answers}).status_code == 302
    # Still signed in here, and the new password holds.
    assert "周桂芳" in client.get("/account/").text
    assert sign_in(Client(), "resident", "he-shang-de-feng").status_code == 302


def test_a_wrong_old_password_changes_nothing(client, town):
    client.force_login(town.resident)
    answers = {"old_password": "wrong", "new_password1": "he-shang-de-feng", "new_password2": "he-shang-de-feng"}
    assert client.post("/account/", {"change": "password", **answers}).status_code == 200
    assert sign_in(Client(), "resident").status_code == 302


def test_the_admin_has_no_door_of_its_own(client, town):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/sign-in/?next=/admin/"
    assert sign_in(client, "admin", next="/admin/")["Location"] == "/admin/"
    resident = Client()
    resident.force_login(town.resident)
    assert resident.get("/admin/", follow=True).status_code == 403
