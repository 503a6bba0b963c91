"""The settings are closed by default, and what is locked stays locked."""

import os
import re
import shlex
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
OPENS = {"DEBUG", "DEMO", "FIELD_HASH_KEY", "FIELD_KEYS", "SECRET_KEY"}
PRODUCTION = {
    "SECRET_KEY": "k" * 20 + "0123456789abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "duidan.example.org",
    "FIELD_KEYS": f"{'A' * 42}A=,{'B' * 42}A=",
    "FIELD_HASH_KEY": "h" * 50,
}
CLEAN = {name: value for name, value in os.environ.items() if name not in OPENS}


def run(*command, **environment):
    """The finished command; its environment is this one's without what opens the settings, and ``environment``."""
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env={**CLEAN, **environment}, capture_output=True, text=True, check=False
    )


def manage(*arguments, **environment):
    return run("manage.py", *arguments, **environment)


def test_without_a_secret_nothing_starts_and_one_sentence_says_what_to_set():
    refused = manage("check")
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        "Cannot start: SECRET_KEY is not set: set it to at least 50 random characters, "
        "or set DEBUG=true on your own machine."
    )


def test_gunicorn_does_not_start_without_a_secret_either():
    refused = run("-c", "import config.wsgi")
    assert refused.returncode == 1
    assert refused.stderr.strip().splitlines()[-1].endswith("or set DEBUG=true on your own machine.")


@pytest.mark.parametrize("name", ["FIELD_KEYS", "FIELD_HASH_KEY"])
def test_without_a_key_for_names_and_numbers_nothing_starts(name):
    refused = manage("check", **{**PRODUCTION, name: ""})
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Cannot start: {name} is not set")
    assert "DEBUG=true on your own machine" in refused.stderr


def test_a_key_that_is_none_is_refused_without_being_shown_and_the_sentence_makes_a_good_one():
    refused = manage("check", **{**PRODUCTION, "FIELD_KEYS": f"{PRODUCTION['FIELD_KEYS']},hunter2"})
    assert refused.stderr.startswith("Cannot start: Key 3 of FIELD_KEYS is not one")
    assert "hunter2" not in refused.stderr
    command = refused.stderr.split("make one with: python3 ")[1].strip()
    made = run(*shlex.split(command)).stdout.strip()
    assert manage("check", **{**PRODUCTION, "FIELD_KEYS": made}).returncode == 0


def test_demo_people_are_refused_outside_debug():
    refused = manage("check", DEMO="true", **PRODUCTION)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Cannot start: DEMO lets anyone sign in as anyone")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DEBUG", "perhaps", "DEBUG must be true or false, not “perhaps”."),
        ("HSTS_SECONDS", "a year", "HSTS_SECONDS must be a whole number, not “a year”."),
        ("HSTS_SECONDS", "-1", "HSTS_SECONDS must be a whole number, not “-1”."),
    ],
)
def test_a_value_that_cannot_be_understood_is_refused_by_name(name, value, sentence):
    refused = manage("check", **PRODUCTION, **{name: value})
    assert refused.stderr.strip() == f"Cannot start: {sentence}"


def test_production_settings_pass_every_deployment_check():
    checked = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert checked.returncode == 0, checked.stderr


def test_production_files_have_hashed_names_and_are_compressed(tmp_path):
    collected = manage("collectstatic", "--no-input", STATIC_ROOT=str(tmp_path), **PRODUCTION)
    assert collected.returncode == 0, collected.stderr
    hashed = [path.name for path in (tmp_path / "admin/css").glob("base.*")]
    assert any(re.fullmatch(r"base\.[0-9a-f]{12}\.css", name) for name in hashed)
    assert any(re.fullmatch(r"base\.[0-9a-f]{12}\.css\.gz", name) for name in hashed)
    assert any(re.fullmatch(r"base\.[0-9a-f]{12}\.css\.br", name) for name in hashed)


@pytest.mark.parametrize("name", ["base.txt", "dev.txt"])
def test_a_lock_file_pins_and_hashes_everything_and_names_no_index(name):
    text = (ROOT / "requirements" / name).read_text()
    assert "://" not in text
    assert "--index" not in text
    requirements = [block for block in re.split(r"\n(?=\S)", text.strip()) if not block.startswith("#")]
    assert requirements
    for requirement in requirements:
        assert re.match(r"[a-z0-9.\[\]-]+==", requirement), requirement
        assert "--hash=sha256:" in requirement


def test_what_the_site_runs_on_is_what_it_is_tested_with():
    pins = [
        dict(re.findall(r"^([a-z0-9.\[\]-]+)==(\S+)", (ROOT / "requirements" / name).read_text(), re.MULTILINE))
        for name in ("base.txt", "dev.txt")
    ]
    assert pins[0].items() <= pins[1].items()


def test_every_variable_the_settings_read_is_explained():
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "config/settings.py").read_text()))
    explained = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read <= explained


@pytest.mark.sqlite
@pytest.mark.django_db
def test_a_commit_to_sqlite_survives_a_power_cut_and_readers_never_wait():
    from django.db import connection

    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (20_000,)
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_chinese_is_spoken_until_the_person_chooses_another_language(db):
    client = Client(headers={"accept-language": "en-GB,en;q=0.9"})
    page = client.get("/sign-in/")
    assert page.headers["Content-Language"] == "zh-hans"
    assert 'lang="zh-hans"' in page.content.decode()

    chosen = client.post("/i18n/setlang/", {"language": "en", "next": "/sign-in/"})
    assert (chosen.status_code, chosen.url) == (HTTPStatus.FOUND, "/sign-in/")
    assert 'lang="en"' in client.get("/sign-in/").content.decode()

    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "xx"
    assert client.get("/sign-in/").headers["Content-Language"] == "zh-hans"


def test_every_answer_tells_the_browser_what_the_page_may_do(db):
    headers = Client().get("/admin/login/").headers
    policy = headers["Content-Security-Policy"]
    for directive in (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ):
        assert directive in policy
    assert "unsafe" not in policy
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
