"""Passwords and the second factor of those who serve, guesses at both, and where people are signed in."""

import time
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.admin.models import LogEntry
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from requests_app import quotas
from requests_app.models import Quota
from services import second_factor
from services.encryption import decrypt
from services.models import Membership, OpenSession, Role, User
from services.models.open_sessions import SEEN, device_of
from services.passwords import is_usual
from services.rotation import rotate
from tests.test_accounts import sign_in
from tests.town import PASSWORD, SINCE, filed, person

pytestmark = pytest.mark.once

SECOND, SET_UP, RECOVERY = "/sign-in/second/", "/sign-in/second/set-up/", "/sign-in/second/recovery/"
WECHAT = "Mozilla/5.0 (Linux; Android 12; PFEM10) AppleWebKit/537.36 Chrome/107.0 Mobile MicroMessenger/8.0.30"


@pytest.fixture(autouse=True)
def required(settings):
    settings.SECOND_FACTOR_REQUIRED = True


@pytest.fixture(autouse=True)
def half_a_minute(monkeypatch):
    """The app shows one code all the time: a test may begin just before the next one is due."""
    now = time.time()
    monkeypatch.setattr(totp, "time", SimpleNamespace(time=lambda: now))


def code(secret, steps=0):
    return totp.format_hotp_value(totp.hotp_value(secret, int(totp.time.time()) // 30 + steps))


def set_up(client):
    """The page's secret, bound to an app."""
    secret = "".join(client.get(SET_UP).context["groups"])
    assert client.post(SET_UP, {"code": code(secret), "next": "/desk/branch/"}).url.startswith(RECOVERY)
    return secret


def unused(user):
    """As if half a minute had passed: the code shown now was not typed yet."""
    row = second_factor.of(user)
    row.data.pop(second_factor.LAST_STEP, None)
    row.save()


def test_nobody_who_serves_gets_past_the_second_factor(town):
    for user in (town.household, town.clerk, town.officer, town.supervisor, town.caller, town.auditor, town.admin):
        client = Client()
        assert sign_in(client, user.username, next="/mine/").url == "/mine/"
        for page in ("/", "/mine/", "/account/", "/desk/branch/", "/public/", "/admin/", "/nowhere/"):
            answer = client.get(page)
            expected = 404 if page == "/nowhere/" else 302
            assert answer.status_code == expected, page
            assert page == "/nowhere/" or answer.url.startswith(SECOND), page
        assert client.post("/file/").url == f"{SECOND}?next=%2F"
        answer = client.get("/api/v1/me/")
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
        # What is open: setting it up, leaving, another language.
        assert client.get(SECOND).url.startswith(SET_UP)
        assert client.get(SET_UP).context["unread_count"] == 0
        assert client.post("/i18n/setlang/", {"language": "en"}).status_code == 302
        assert client.post("/sign-out/").status_code == 302
    resident = Client()
    assert sign_in(resident, "resident", next="/mine/").url == "/mine/"
    assert resident.get("/mine/").status_code == 200
    assert resident.get(SET_UP).status_code == 404


def test_in_the_demo_a_password_or_a_click_is_enough(client, town, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    sign_in(client, "clerk")
    assert client.get("/desk/branch/").status_code == 200


def test_a_program_with_a_token_is_not_asked(client, town):
    facts = {"username": "clerk", "password": PASSWORD}
    token = client.post("/api/v1/token/", facts, content_type="application/json").json()["token"]
    assert client.get("/api/v1/me/", headers={"Authorization": f"Token {token}"}).status_code == 200


def test_it_is_set_up_once_and_asked_for_at_every_sign_in(client, town):
    sign_in(client, "clerk")
    assert client.post(SET_UP, {"code": "12345x"}).context["form"].errors["code"]
    offered = "".join(client.get(SET_UP).context["groups"])
    assert client.post(SET_UP, {"code": code(offered, 9)}).status_code == 200
    assert not Authenticator.objects.exists()
    secret = set_up(client)
    page = client.get(RECOVERY)
    codes = page.context["codes"]
    assert len(set(codes)) == 10
    assert client.get("/desk/branch/").status_code == 200
    # Nothing of it is to be read in the database, the session of the set-up included.
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    stored += str([session.get_decoded() for session in Session.objects.all()])
    assert secret not in stored
    assert decrypt(second_factor.of(town.clerk).data["secret"]) == secret
    other = Client()
    sign_in(other, "clerk", next="/desk/branch/")
    assert other.get("/desk/branch/").url == f"{SECOND}?next=%2Fdesk%2Fbranch%2F"
    for page in (SET_UP, RECOVERY):
        assert other.get(page).url.startswith(SECOND), "a password alone changes nothing"
    # The code that was used to set it up is not good again.
    assert other.post(SECOND, {"code": code(secret)}).status_code == 200
    before = other.session.session_key
    assert other.post(SECOND, {"code": code(secret, 1), "next": "/desk/branch/"}).url == "/desk/branch/"
    assert other.session.session_key != before
    assert other.get("/desk/branch/").status_code == 200
    # A recovery code does it too, once.
    for answer in (302, 200):
        third = Client()
        sign_in(third, "clerk")
        assert third.post(SECOND, {"code": codes[0]}).status_code == answer
    assert codes[0] not in client.get(RECOVERY).context["codes"]
    client.post(RECOVERY)
    assert set(client.get(RECOVERY).context["codes"]).isdisjoint(codes)
    assert third.post(SECOND, {"code": codes[1]}).status_code == 200


def test_guesses_at_the_second_factor_are_five_in_a_quarter_of_an_hour(client, town):
    sign_in(client, "clerk")
    secret = set_up(client)
    unused(town.clerk)
    Quota.objects.all().delete()
    wrong = f"{(int(code(secret)) + 1) % 10**6:06d}"
    other = Client()
    sign_in(other, "clerk")
    for _try in range(quotas.SECOND_FACTOR_TRIES[0][0]):
        assert other.post(SECOND, {"code": wrong}).status_code in (200, 302)
    assert other.post(SECOND, {"code": code(secret)}).status_code == 429
    assert other.get("/desk/branch/").status_code == 302


def test_proof_asks_the_database_nothing(client, town):
    sign_in(client, "clerk")
    set_up(client)
    client.get("/desk/branch/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/desk/branch/")
    tables = " ".join(query["sql"] for query in queries)
    assert "mfa_" not in tables
    assert "axes_" not in tables
    assert "opensession" not in tables


def test_residents_pay_no_query_for_it(town, client_of, settings):
    resident = client_of(town.resident)
    for page in ("/", "/mine/", "/inbox/", filed(town).get_absolute_url()):
        counts = []
        for settings.SECOND_FACTOR_REQUIRED in (False, True):
            resident.get(page)
            with CaptureQueriesContext(connection) as queries:
                assert resident.get(page).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1], page


def test_moving_to_another_phone_takes_a_fresh_proof(client, town):
    sign_in(client, "clerk")
    former = set_up(client)
    assert client.get(SET_UP).status_code == 200
    session = client.session
    session["second_factor"] = {**session["second_factor"], "at": time.time() - 601}
    session.save()
    assert client.get(SET_UP).url.startswith(SECOND)
    assert client.post(SECOND, {"code": code(former, 1)}).status_code == 302
    secret = set_up(client)
    assert secret != former
    assert Authenticator.objects.filter(user=town.clerk).count() == 2


def test_whoever_came_in_with_a_code_and_now_serves_chooses_a_password_first(client, town, settings):
    settings.SMS_CHANNEL = "page"
    client.post("/sign-in/", {"phone": "19900000066"})
    client.post("/sign-in/code/", {"code": client.session["sign_in_digits"]})
    user = User.objects.with_phone("19900000066").get()
    Membership.objects.create(user=user, role=Role.HOUSEHOLD, unit=town.branch, since=SINCE)
    assert client.get("/mine/").url.startswith(SECOND)
    assert client.get(SET_UP).url.startswith("/sign-in/password/")
    answers = {"new_password1": "guo-nian-bao-jiaozi", "new_password2": "guo-nian-bao-jiaozi"}
    assert client.post("/sign-in/password/", {**answers, "next": SET_UP}).url == SET_UP
    set_up(client)
    assert client.get("/household/").status_code == 200
    # From then on a code is no way in, and says so only to whoever holds the phone.
    Quota.objects.all().delete()
    other = Client()
    assert other.post("/sign-in/", {"phone": "19900000066"}).status_code == 302
    assert other.post("/sign-in/code/", {"code": other.session["sign_in_digits"]}).status_code == 403
    assert other.get("/mine/").url.startswith("/sign-in/?")


def test_an_administrator_takes_a_lost_one_away_and_is_named(client, town):
    sign_in(client, "clerk")
    set_up(client)
    boss = Client()
    sign_in(boss, "admin")
    set_up(boss)
    url = reverse("admin:services_user_changelist")
    boss.post(url, {"action": "take_second_factor", "_selected_action": [town.clerk.pk, town.officer.pk]})
    assert second_factor.of(town.clerk) is None
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (town.admin, str(town.clerk.pk))
    # Whoever found the phone is out.
    assert client.get("/desk/branch/").url.startswith("/sign-in/")
    sign_in(client, "clerk")
    assert client.get("/desk/branch/").url.startswith(SECOND)
    assert boss.get(reverse("admin:services_user_change", args=[town.clerk.pk])).status_code == 200
    # The administrator's own, on the server.
    with pytest.raises(CommandError):
        call_command("take_second_factor", "admin", by="clerk", stdout=StringIO())
    call_command("take_second_factor", "admin", by="admin", stdout=StringIO())
    assert second_factor.of(town.admin) is None
    assert LogEntry.objects.count() == 2
    assert boss.get("/admin/").url.startswith("/admin/login/")


def test_new_keys_encrypt_second_factors_anew(client, town, settings):
    sign_in(client, "clerk")
    secret = set_up(client)
    settings.FIELD_KEYS = [f"{'B' * 42}A=", *settings.FIELD_KEYS]
    reports = {report.table: report for report in rotate(connection)}
    assert reports["mfa_authenticator"].written == 2
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    assert decrypt(second_factor.of(town.clerk).data["secret"]) == secret
    assert not any(report.written for report in rotate(connection, only_count=True))


@pytest.mark.parametrize(
    ("password", "is_good"),
    [
        ("short-1-one", False),
        ("19900000001199", False),
        ("woaini1314520", False),
        ("5201314woaini", False),
        ("1qaz2wsx3edc", False),
        ("Zhongguo2026!!", False),
        ("Wangwei19800101", False),
        ("abcabcabcabc", False),
        ("一二一二一二一二一二一二", False),
        ("he-shang-de-feng", True),
        ("wo-zai-datong-mai-cai", True),
        ("今天院里的槐树开花了真香啊", True),
    ],
)
def test_a_password_is_long_and_none_of_the_usual_ones(password, is_good):
    try:
        validate_password(password)
    except ValidationError:
        assert not is_good
    else:
        assert is_good
    assert not is_usual(PASSWORD)


def test_thirty_wrong_passwords_close_the_name_from_there_for_an_hour(client, town, monkeypatch):
    window = timedelta(minutes=15)
    for _round in range(3):
        for _try in range(quotas.TRIES_PER_NAME):
            # The thirtieth is the one that closes.
            assert sign_in(client, "clerk", "wrong").status_code in (200, 429)
        # As if a quarter of an hour had passed.
        Quota.objects.filter(window=window.total_seconds()).delete()
    answer = sign_in(client, "clerk")
    assert answer.status_code == 429
    assert "60" in str(answer.context["password_form"].non_field_errors())
    # Only there, and only that name; what is kept names neither the person nor the address.
    assert sign_in(Client(REMOTE_ADDR="192.0.2.8"), "clerk").status_code == 302
    assert sign_in(Client(), "officer").status_code == 302
    from_axes = connection.cursor()
    from_axes.execute("SELECT username, ip_address, post_data FROM axes_accessattempt")
    kept = str(from_axes.fetchall())
    for said in ("clerk", "127.0.0.1", "wrong"):
        assert said not in kept


def test_a_right_password_begins_the_count_anew(client, town):
    for _round in range(4):
        for _try in range(quotas.TRIES_PER_NAME - 1):
            sign_in(client, "clerk", "wrong")
        assert sign_in(Client(), "clerk").status_code == 302
        Quota.objects.all().delete()


def test_guesses_are_counted_by_the_address_that_the_proxy_saw(rf, settings):
    request = rf.get("/", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})
    direct = quotas.axes_address(request)
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    behind = quotas.axes_address(request)
    assert direct != behind == quotas.axes_address(rf.get("/", headers={"X-Forwarded-For": "203.0.113.7"}))


def test_people_see_where_they_are_signed_in_and_sign_out_there(town):
    phone, office = Client(headers={"user-agent": WECHAT}), Client()
    for client in (phone, office):
        sign_in(client, "resident")
    page = phone.get("/account/")
    rows = page.context["windows"]
    assert [row["is_this"] for row in rows] == [True, False]
    assert rows[0]["session"].device == "android/wechat"
    stranger = person("stranger", "陌生人")
    Client().force_login(stranger)
    foreign = Client()
    sign_in(foreign, "neighbour")
    there = OpenSession.objects.get(user=town.neighbour)
    phone.post("/account/", {"end": there.pk})
    assert foreign.get("/mine/").status_code == 200, "not theirs to end"
    phone.post("/account/", {"end": rows[1]["session"].pk})
    assert office.get("/mine/").status_code == 302
    assert phone.get("/mine/").status_code == 200
    third = Client()
    sign_in(third, "resident")
    phone.post("/account/", {"end": "all"})
    assert third.get("/mine/").status_code == 302
    # A new password ends the others too.
    sign_in(third, "resident")
    answers = {"old_password": PASSWORD, "new_password1": "he-shang-de-feng", "new_password2": "he-shang-de-feng"}
    phone.post("/account/", {"change": "password", **answers})
    assert third.get("/mine/").status_code == 302
    assert [row["is_this"] for row in phone.get("/account/").context["windows"]] == [True]


def test_being_seen_is_written_once_an_hour(client, town):
    sign_in(client, "resident")
    with CaptureQueriesContext(connection) as queries:
        client.get("/mine/")
    assert not [query for query in queries if query["sql"].startswith("UPDATE")]
    long_ago = timezone.now() - timedelta(hours=2)
    OpenSession.objects.update(last_seen_at=long_ago)
    session = client.session
    session[SEEN] = long_ago.timestamp()
    session.save()
    client.get("/mine/")
    assert OpenSession.objects.get().last_seen_at > long_ago
    with CaptureQueriesContext(connection) as queries:
        client.get("/mine/")
    assert not [query for query in queries if query["sql"].startswith("UPDATE")]


@pytest.mark.parametrize(
    ("said", "device"),
    [
        (WECHAT, "android/wechat"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1", "iphone/safari"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36 Edg/120.0", "windows/edge"),
        ("curl/8.0", "/"),
        ("", "/"),
    ],
)
def test_a_device_is_told_by_its_kind_alone(said, device):
    assert device_of(said) == device
    assert OpenSession(device=device).device_in_words
