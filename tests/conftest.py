"""What every test stands on: settings opened for tests, files that go away, and skipping that never hides a gap."""

import gc
import os
import shutil
from pathlib import Path

import django
import pytest

# Before Django reads its settings. What a developer has exported must not decide what is tested.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ["DEBUG"] = "true"
for name in ("ALLOWED_HOSTS", "BEHIND_PROXY", "DEMO", "LOG_LEVEL", "MEDIA_ROOT", "PLAIN_HTTP", "SECRET_KEY"):
    os.environ.pop(name, None)
for name in ("EMAIL_HOST", "FIELD_HASH_KEY", "FIELD_KEYS", "SITE_URL", "SMS_GATEWAY_URL"):
    os.environ.pop(name, None)
# So early that any conftest below may import models.
django.setup()

BROWSER = "tests/browser/"
# What takes the processor longest: every page for every role, long walks, races.
LONG = (
    "tests/test_visibility.py::Pages",
    "tests/test_language.py::EveryPage",
    "tests/test_schemathesis.py",
    "tests/test_stateful.py",
    "tests/test_figures.py",
    "tests/test_demo.py::DemoTests",
    "tests/test_visibility.py::AdminPages",
    "tests/test_races.py",
    "tests/test_exports_worker.py",
)
STRICT = os.environ.get("STRICT") == "1"
# A database that has been migrated, to copy instead of running every migration again in each process: the path of a
# file, or a name on PostgreSQL. tools/run_tests.py makes it.
MIGRATED = os.environ.get("MIGRATED")


@pytest.fixture(scope="session", autouse=True)
def settings_for_tests(tmp_path_factory):
    from django.test import override_settings

    with override_settings(
        MEDIA_ROOT=tmp_path_factory.mktemp("media"),
        # Argon2 is slow on purpose, and every test has people.
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        # Only test_second_factor asks for it; elsewhere people are signed in without the sign-in page.
        SECOND_FACTOR_REQUIRED=False,
    ):
        yield


@pytest.fixture
def town(db):
    """The small town of tests/town.py, made anew for this test."""
    from tests import town as towns

    return towns.town()


@pytest.fixture
def client_of(db):
    """Call it with a person: a browser in which they are signed in, beside those of others."""
    from django.test import Client

    def open_browser(person):
        browser = Client()
        browser.force_login(person)
        return browser

    return open_browser


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, tmp_path_factory, pytestconfig):
    """SQLite's test file moves to pytest's own folder, so that two runs at once do not share it.

    With ``--reuse-db`` it stays in pytest's cache instead, and the next run starts ten seconds sooner.
    """
    from django.db import connection

    if connection.vendor != "sqlite":
        connection.settings_dict["TEST"]["TEMPLATE"] = MIGRATED
        return
    if pytestconfig.getoption("reuse_db"):
        folder = pytestconfig.cache.mkdir("database")
    else:
        folder = Path(MIGRATED).parent if MIGRATED else tmp_path_factory.mktemp("database")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    file = folder / f"{worker}.sqlite3"
    if MIGRATED:
        shutil.copyfile(MIGRATED, file)
    connection.settings_dict["TEST"]["NAME"] = str(file)


@pytest.fixture(scope="session")
def django_db_keepdb(pytestconfig):
    """Tells whether the test database may be there already."""
    from django.db import connection

    return pytestconfig.getoption("reuse_db") or bool(MIGRATED and connection.vendor == "sqlite")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Leave out what speaks of another database than the one in use, or of none: the other run has it."""
    from django.db import connection

    others = {"sqlite": ("postgres",), "postgresql": ("sqlite", "once")}[connection.vendor]
    left_out = [item for item in items if any(map(item.get_closest_marker, others))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    items[:] = dealt(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1)))


def dealt(items, hands):
    """``items`` so that each of ``hands`` processes, which take a stretch each, begins with its share of long ones.

    A process may take tests from another's end, but not half of one: what takes longest must not begin last. Every
    second one begins in the browser, which waits more than it counts, and wants others beside it that count.
    """
    if hands == 1:
        return items
    # Not by class: axe leaves out what it has seen in another of the same file.
    files = dict.fromkeys(item.nodeid.partition("::")[0] for item in items if item.nodeid.startswith(BROWSER))
    shares = [[] for _hand in range(hands)]
    for starts, among in ((files, shares[::2]), (LONG, shares[1::2] if files else shares)):
        for number, start in enumerate(starts):
            among[number % len(among)] += [item for item in items if item.nodeid.startswith(start)]
    rest = [item for item in items if not item.nodeid.startswith((BROWSER, *LONG))]
    order = []
    for number, share in enumerate(shares):
        short = max(0, (len(items) - len(order)) // (hands - number) - len(share))
        order += share + rest[:short]
        rest = rest[short:]
    return order


def pytest_collection_finish(session):
    """What was imported stays: Python need not look through it for rubbish again and again."""
    gc.freeze()
    gc.set_threshold(20_000)


def fail_if_skipped(report):
    """With STRICT=1 everything that tests need is promised to be there; then a skip means something is broken."""
    if STRICT and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: skipped although STRICT=1. {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return fail_if_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return fail_if_skipped((yield))
