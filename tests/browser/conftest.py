"""Chromium before a live server that the small town lives on: one browser, a window for each person."""

import os
import shutil
from pathlib import Path

import pytest
from django.test import modify_settings
from PIL import Image
from playwright.sync_api import expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests import town as towns
from tests.browser.visitor import Visitor, Watch
from tests.support import empty_database, only

PHONE = (360, 780)
PATIENCE = 20_000  # milliseconds; several browsers share the cores
FLAGS = [
    "--no-sandbox",  # a test run as root has no other way; it opens nothing but the live server
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--in-process-gpu",  # nobody looks, so nothing is painted beside
    "--num-raster-threads=1",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def find_chromium():
    # The first is the same browser without windows, and takes a third less time.
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


@pytest.fixture(scope="package")
def chromium():
    """The one browser of this process."""
    program = find_chromium()
    if not program:
        pytest.skip("Chromium is missing: apt-get install chromium fonts-noto-cjk")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread, whereupon Django suspects every query of blocking one.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def db(django_db_setup, django_db_blocker):
    """The database, which the live server's threads share: nothing is rolled back, see ``only``."""
    with django_db_blocker.unblock():
        yield
        empty_database()


@pytest.fixture(scope="package")
def site(db):
    """The live server."""
    server = LiveServer("localhost")
    with modify_settings(ALLOWED_HOSTS={"append": "localhost"}):
        yield server
    server.stop()


@pytest.fixture
def town(site):
    """The small town, as if nothing had happened in it yet."""
    return only(towns.town)


@pytest.fixture
def enter(chromium, site):
    """Call it to open a window before the site: ``enter()`` for a stranger, ``enter(user)`` for someone signed in.

    What a window asked of another host, and every error it logged, fails the test when it ends.
    """
    watch, contexts = Watch(site.url), []

    def open_window(user=None, *, size=PHONE, scripts=True, language="zh-hans", **options):
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=scripts,
            base_url=site.url,
            # A help for when there is no network; one test has it, the others watch every request themselves.
            **{"service_workers": "block", **options},
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        watch.over(context)
        visitor = Visitor(context, watch)
        visitor.speak(language)
        if user:
            visitor.carry_session_of(user)
        return visitor

    yield open_window
    for context in contexts:
        context.close()
    assert not watch.faults, "\n".join(watch.faults)


@pytest.fixture
def photo_file(tmp_path):
    """Call it with a name and a colour: the path of a JPEG as a phone would send it."""

    def make(name, colour):
        path = tmp_path / name
        Image.new("RGB", (1200, 900), colour).save(path, "JPEG")
        return path

    return make


def pytest_report_header():
    folder = os.environ.get("SCREENSHOTS")
    return f"screenshots: {folder}" if folder else None
