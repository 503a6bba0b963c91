"""Following a case without an account: two numbers, one answer for everything else, and a limit to guessing."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from stdnum.iso7064 import mod_11_10

from requests_app.models import Act, Quota
from requests_app.views import tracking
from tests import town as towns

pytestmark = pytest.mark.once

DIGITS = "0077"


@pytest.fixture
def case(town):
    """Filed by somebody without an account."""
    return towns.filed(town, by=None, source="anonymous", contact_phone=f"1990000{DIGITS}")


def track(client, code, digits=DIGITS):
    return client.post("/track/", {"code": code, "last_digits": digits})


def other_code(case):
    """A code with a right check digit that no case has."""
    digits = f"{(int(case.code[:10]) + 1) % 10**10:010d}"
    return digits + mod_11_10.calc_check_digit(digits)


def test_both_numbers_open_the_case(client, case):
    assert client.get(case.get_absolute_url()).status_code == 302
    assert track(client, case.code)["Location"] == case.get_absolute_url()
    page = client.get(case.get_absolute_url())
    assert page.status_code == 200
    # Four digits were proved; the rest of the number is not shown for them.
    assert case.contact_phone not in page.text


@pytest.mark.parametrize("shape", ["{0} {1} {2}", "{0}-{1}-{2}", " {0}{1}{2} ", "wide"])
def test_the_code_may_be_typed_as_it_is_read_aloud(client, case, shape):
    parts = (case.code[:3], case.code[3:7], case.code[7:])
    typed = shape.format(*parts)
    if shape == "wide":
        typed = case.code.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)})
    assert track(client, typed).status_code == 302


def test_a_slip_of_the_finger_is_told_before_anything_is_looked_up(client, case):
    wrong = case.code[:4] + str((int(case.code[4]) + 1) % 10) + case.code[5:]
    answer = track(client, wrong)
    assert answer.context["form"].errors["code"]
    assert not Quota.objects.exists()
    for typed in ("123", "", "abcdefghijk", "１２", "²²²²²²²²²²²"):
        assert track(client, typed).context["form"].errors["code"]


def test_no_such_code_and_not_yours_have_the_same_answer(client, case):
    unknown = track(client, other_code(case))
    foreign = track(client, case.code, "1234")
    answers = [
        (answer.status_code, answer.context["form"].errors.get_json_data()["__all__"]) for answer in (unknown, foreign)
    ]
    assert answers[0] == answers[1]
    assert client.get(case.get_absolute_url()).status_code == 302


def test_both_answers_ask_the_database_the_same(client, case):
    asked = []
    for code in (other_code(case), case.code):
        with CaptureQueriesContext(connection) as queries:
            track(client, code, "1234")
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_a_case_without_a_number_is_opened_by_none(client, town):
    case = towns.filed(town, contact_phone="")
    for digits in ("----", "", "0000"):
        assert track(client, case.code, digits).status_code == 200


def test_ten_guesses_from_one_address_and_then_it_waits(client, case):
    for number in range(tracking.TRIES_PER_ADDRESS):
        digits = f"{number:010d}"
        assert track(client, digits + mod_11_10.calc_check_digit(digits)).status_code == 200
    answer = track(Client(), case.code)
    assert answer.status_code == 429
    assert case.code in answer.text  # what was typed stays
    assert track(Client(REMOTE_ADDR="192.0.2.7"), case.code).status_code == 302


def test_five_guesses_at_one_code_from_anywhere(case):
    for number in range(tracking.TRIES_PER_CODE):
        browser = Client(REMOTE_ADDR=f"192.0.2.{number}")
        assert track(browser, case.code, f"{number:04d}").status_code == 200
    assert track(Client(REMOTE_ADDR="192.0.2.99"), case.code).status_code == 429


def test_right_answers_are_not_counted(case):
    for _time in range(tracking.TRIES_PER_ADDRESS + 2):
        assert track(Client(), case.code).status_code == 302


def test_whoever_proved_the_code_withdraws_without_an_account(client, case):
    track(client, case.code)
    page = client.get(case.get_absolute_url())
    url = f"{case.get_absolute_url()}withdraw/"
    assert url in page.text
    form = client.get(url)
    assert form.status_code == 200
    assert client.post(url, {"note": "已经好了", "seen": 1}).status_code == 302
    case.refresh_from_db()
    assert case.status == "withdrawn"
    assert case.events.latest("serial").act == Act.WITHDRAW


def test_another_case_stays_closed(client, town, case):
    foreign = towns.filed(town)
    track(client, case.code)
    assert client.get(foreign.get_absolute_url()).status_code in (302, 404)
    assert client.get(f"{foreign.get_absolute_url()}withdraw/").status_code in (302, 404)
