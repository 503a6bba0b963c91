"""The test run's own helpers do what they promise."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings

from tests.conftest import BROWSER, LONG, dealt

sys.path.insert(0, str(Path(settings.BASE_DIR) / "tools"))
import throwaway_postgres

pytestmark = pytest.mark.once

POSTGRES = [sys.executable, str(Path(settings.BASE_DIR) / "tools/throwaway_postgres.py")]
STRICT_TEST = """
import unittest, pytest
def test_passes(): pass
def test_is_skipped(): pytest.skip("no such program")
@pytest.mark.xfail
def test_fails_as_known(): assert False
class TestOld(unittest.TestCase):
    @unittest.skip("no such server")
    def test_is_skipped(self): pass
"""
SHOW = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(connection.execute("select inet_server_addr(), current_setting('listen_addresses')").fetchone())
print(os.environ["DATABASE_URL"].split("@")[1].split("/")[0].replace("%2F", "/"))
raise SystemExit(3)
"""


@pytest.fixture
def programs():
    if throwaway_postgres.find_programs() is None:
        pytest.skip(throwaway_postgres.MISSING)


def test_the_throw_away_server_has_no_port_and_is_gone_afterwards(programs):
    ended = subprocess.run([*POSTGRES, sys.executable, "-c", SHOW], capture_output=True, text=True, check=False)
    assert ended.returncode == 3, ended.stderr
    connection, folder = ended.stdout.splitlines()
    assert connection == "(None, '')"
    assert folder.startswith("/tmp/duidan-pg-")
    assert not Path(folder).exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_takes_the_throw_away_server_along(programs, number):
    command = "import os, time; print(os.environ['DATABASE_URL'], flush=True); time.sleep(60)"
    with subprocess.Popen([*POSTGRES, sys.executable, "-c", command], stdout=subprocess.PIPE, text=True) as running:
        folder = Path(running.stdout.readline().split("@")[1].split("/")[0].replace("%2F", "/"))
        server = int((folder / "data/postmaster.pid").read_text().splitlines()[0])
        running.send_signal(number)
        assert running.wait(20) == 128 + number
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)


def test_without_the_programs_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(throwaway_postgres, "find_programs", lambda: None)
    assert throwaway_postgres.main(["true"]) == throwaway_postgres.EX_UNAVAILABLE
    assert "apt-get install postgresql" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("strict", "status", "summary"),
    [("0", 0, "1 passed, 2 skipped, 1 xfailed"), ("1", 1, "2 failed, 1 passed, 1 xfailed")],
)
def test_a_skipped_test_is_a_failure_only_where_everything_must_be_there(tmp_path, strict, status, summary):
    (tmp_path / "conftest.py").write_text((Path(settings.BASE_DIR) / "tests/conftest.py").read_text())
    (tmp_path / "test_strict.py").write_text(STRICT_TEST)
    command = [sys.executable, "-m", "pytest", "--rootdir", str(tmp_path), "-p", "no:cacheprovider", str(tmp_path)]
    ended = subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        env={**os.environ, "STRICT": strict},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == status, ended.stdout + ended.stderr
    assert summary in ended.stdout.splitlines()[-1]


@pytest.mark.parametrize("hands", [1, 2, 4])
def test_each_process_begins_in_the_browser_or_with_what_takes_long_and_no_test_is_lost(hands):
    names = [f"{BROWSER}test_{file}.py::test_{n}" for file in "abcd" for n in range(5)]
    names += [f"tests/test_b.py::test_{n}" for n in range(80)] + [f"{start}::test_long" for start in LONG]
    order = [item.nodeid for item in dealt([SimpleNamespace(nodeid=name) for name in names], hands)]
    assert sorted(order) == sorted(names)
    first = [order[len(order) * hand // hands] for hand in range(hands)]
    assert all(name.startswith(BROWSER if hand % 2 == 0 else LONG) for hand, name in enumerate(first))
