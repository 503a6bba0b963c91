#!/usr/bin/env python3
"""Bring the demo up to date — tables, the district, demo cases — and serve it on this machine only.

    tools/run_demo.py [PORT]

One process does it all, because every further start of Django would cost a second start most of a second; only the
worker that writes long exports is one of its own, started beside the site and ended with it.
"""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The reloader starts this file again in a child process, which has only to serve.
IS_RELOADED = os.environ.get("RUN_MAIN") == "true"


def prepare():
    """Migrate where tables are behind, then let seed and demo fill what is missing."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    is_behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if is_behind:
        call_command("migrate", interactive=False)
    # Both leave alone what is there; a second start has nothing to tell.
    call_command("seed", verbosity=int(is_behind))
    call_command("demo", verbosity=int(is_behind))


@contextmanager
def worker():
    """The worker of the queue, as long as the site runs."""
    command = [sys.executable, "manage.py", "db_worker", "--no-reload", "--verbosity", "0"]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()


def main(port: str = "8000"):
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ.update(DJANGO_SETTINGS_MODULE="config.settings", DEBUG="true", DEMO="true")
    os.environ["DJANGO_RUNSERVER_HIDE_WARNING"] = "true"
    # A database named for some other purpose is no place for demo people.
    os.environ.pop("DATABASE_URL", None)

    import django
    from django.core.management import call_command

    django.setup()
    if IS_RELOADED:
        call_command("runserver", f"127.0.0.1:{port}")
    else:
        prepare()
        with worker():
            call_command("runserver", f"127.0.0.1:{port}")


if __name__ == "__main__":
    main(*sys.argv[1:])
