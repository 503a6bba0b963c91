#!/usr/bin/env python3
"""Bring the demo up to date — tables, the district, demo cases — and serve it on this machine only.

    tools/run_demo.py [PORT]

One process does it all, because every further start of Django would cost a second start most of a second; only the
worker that writes long exports and the one that sends messages (it prints them) are their own, started beside the
site and ended with it.
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


WORKERS = (
    ("db_worker", "--no-reload", "--verbosity", "0"),
    ("deliver", "--echo", "--verbosity", "0"),
)


@contextmanager
def workers():
    """The workers beside the site, as long as it runs."""
    processes = [subprocess.Popen([sys.executable, "manage.py", *words], cwd=ROOT) for words in WORKERS]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def main(port: str = "8000"):
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ.update(DJANGO_SETTINGS_MODULE="config.settings", DEBUG="true", DEMO="true")
    os.environ["DJANGO_RUNSERVER_HIDE_WARNING"] = "true"
    os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port}")
    # A database named for some other purpose is no place for demo people.
    os.environ.pop("DATABASE_URL", None)

    import django
    from django.core.management import call_command

    django.setup()
    if IS_RELOADED:
        call_command("runserver", f"127.0.0.1:{port}")
    else:
        prepare()
        with workers():
            call_command("runserver", f"127.0.0.1:{port}")


if __name__ == "__main__":
    main(*sys.argv[1:])
