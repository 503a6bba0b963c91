#!/usr/bin/env python3
"""Everything `make test` checks, the quick things first; stops at the first that fails.

    tools/run_tests.py [--lint]

The tests run on a throw-away PostgreSQL where its programs are found, then on SQLite, so that the last line is
pytest's own summary. With STRICT=1 in the environment a test that would be skipped fails instead.
"""

import base64
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

import throwaway_postgres

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
DJADE = str(Path(PYTHON).with_name("djade"))  # a program, not a module
# Two processes more than there are cores, as each waits for a server or a browser now and then; each has a database of
# its own. Whoever has nothing left to do takes tests from another, so that nobody waits for the longest file.
WORKERS = ("-n", str(min(6, (os.cpu_count() or 1) + 2)), "--dist", "worksteal")
NEEDED = 2**30  # bytes for the databases of the tests
# Read from the environment by the settings: what a developer has exported must not decide what is tested.
SETTINGS = (
    "ALLOWED_HOSTS",
    "BEHIND_PROXY",
    "DATABASE_URL",
    "DEBUG",
    "DEMO",
    "FIELD_HASH_KEY",
    "FIELD_KEYS",
    "MIGRATED",
    "PLAIN_HTTP",
    "SECRET_KEY",
    "SQLITE_PATH",
)


def environment(**more: str) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if name not in SETTINGS}, **more}


def step(title: str, *command, **settings: str):
    """Run one command in the project's folder; a failure ends everything with its exit status."""
    print(f"\n=== {title}", flush=True)
    status = subprocess.run(command, cwd=ROOT, env=environment(**settings)).returncode
    if status:
        sys.exit(status)


def lint():
    templates = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("templates/**/*.html"))]
    step("ruff check", PYTHON, "-m", "ruff", "check")
    step("ruff format", PYTHON, "-m", "ruff", "format", "--check")
    if templates:
        step("djade", DJADE, "--check", "--target-version", "5.2", *templates)
    step("migrations are complete", PYTHON, "manage.py", "makemigrations", "--check", "--dry-run", DEBUG="true")
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    production = {"SECRET_KEY": secrets.token_urlsafe(50), "ALLOWED_HOSTS": "example.org"}
    production |= {"FIELD_KEYS": key, "FIELD_HASH_KEY": secrets.token_urlsafe(50)}
    step("production settings", PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **production)


def migrate(**settings: str) -> subprocess.Popen:
    """Running migrations; they take one core most of a minute."""
    command = (PYTHON, "manage.py", "migrate", "--verbosity", "0")
    return subprocess.Popen(command, cwd=ROOT, env=environment(DEBUG="true", **settings))


def in_memory():
    """A folder that the system keeps in memory, where it has one: SQLite waits for the disk at every commit."""
    folder = Path("/dev/shm")  # noqa: S108
    return folder if os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= NEEDED else None


def test():
    """The linters, and meanwhile the migrations, once for each database: what they leave is copied for each process."""
    pytest = (PYTHON, "-m", "pytest", *WORKERS)
    programs = throwaway_postgres.find_programs()
    on_postgres = throwaway_postgres.throwaway_postgres(programs) if programs else nullcontext()
    with tempfile.TemporaryDirectory(prefix="duidan-", dir=in_memory()) as folder, on_postgres as url:
        file = str(Path(folder, "migrated.sqlite3"))
        running = [migrate(SQLITE_PATH=file), *([migrate(DATABASE_URL=url)] if url else ())]
        try:
            lint()
            print("\n=== migrations", flush=True)
            statuses = [process.wait() for process in running]
        finally:
            for process in running:
                process.kill()
        if any(statuses):
            sys.exit(1)
        if url:
            migrated = throwaway_postgres.DATABASE
            step("tests on PostgreSQL", *pytest, "-m", "not browser", DATABASE_URL=url, MIGRATED=migrated)
        step("tests on SQLite", *pytest, MIGRATED=file)


if __name__ == "__main__":
    for number in throwaway_postgres.SIGNALS:
        signal.signal(number, throwaway_postgres.leave)
    if "--lint" in sys.argv[1:]:
        lint()
    else:
        test()
