"""The worker as a process of its own: killed in the middle, and two of them at once."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.http import QueryDict
from django.utils import timezone
from openpyxl import load_workbook

from requests_app.exports import jobs
from requests_app.models import Export, Notice, ServiceRequest
from requests_app.views.desks import queue_of
from tests import town as towns
from tests.support import empty_database

ROOT = Path(__file__).resolve().parent.parent
ROWS = 3 * jobs.BATCH + 10
PATIENCE = 120  # seconds

pytestmark = pytest.mark.slow


@pytest.fixture
def crowded_town(transactional_db):
    """The town in a database that processes share, with more cases than three batches hold."""
    town = towns.town()
    case = towns.filed(town)
    fields = {field.attname: getattr(case, field.attname) for field in case._meta.concrete_fields}
    others = (
        {**fields, "id": case.pk + number, "code": f"{number:011d}", "filing_key": None} for number in range(1, ROWS)
    )
    ServiceRequest.objects.bulk_create(ServiceRequest(**other) for other in others)
    yield town
    empty_database()


def database():
    """The variables that lead another process to this test's database and files."""
    this = connection.settings_dict
    where = {"SQLITE_PATH": str(this["NAME"])}
    if connection.vendor == "postgresql":
        where = {"DATABASE_URL": f"postgres://{this['USER']}@{quote(str(this['HOST']), safe='')}/{this['NAME']}"}
    return {**os.environ, "DEBUG": "true", "MEDIA_ROOT": str(settings.MEDIA_ROOT), **where}


@contextmanager
def worker():
    """``manage.py db_worker`` until nothing is left to do; killed at the end if it still runs."""
    command = [sys.executable, "manage.py", "db_worker", "--batch", "--no-reload", "--no-startup-delay"]
    process = subprocess.Popen(command, cwd=ROOT, env=database(), stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def asked(town):
    at = timezone.now()
    queue = queue_of(town.clerk, "branch", QueryDict("tab=all"), at)
    return jobs.ask(town.clerk, queue, "tab=all", ROWS, at)


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def files():
    return list((Path(settings.MEDIA_ROOT) / "exports").glob("*.xlsx"))


def rows_in(export):
    with export.file.open("rb") as file:
        keys = [row[0] for row in load_workbook(file, read_only=True).worksheets[0].iter_rows(values_only=True)]
    return keys[1:]


def test_a_worker_killed_in_the_middle_loses_nothing(crowded_town):
    before, export = len(files()), asked(crowded_town)
    with worker() as process:
        until(lambda: Export.objects.get().done >= jobs.BATCH)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    export.refresh_from_db()
    assert export.state == Export.State.RUNNING
    assert jobs.BATCH <= export.done < export.total == ROWS
    assert jobs.repair(timezone.now())["exports taken up again"] == 0
    assert jobs.repair(timezone.now() + 2 * jobs.SILENT_FOR)["exports taken up again"] == 1
    with worker() as process:
        assert process.wait(PATIENCE) == 0
    export.refresh_from_db()
    assert (export.state, export.tries, export.done) == (Export.State.READY, 2, ROWS)
    assert len(set(rows_in(export))) == ROWS
    assert len(files()) == before + 1
    assert Notice.objects.get(export=export).reader == crowded_town.clerk


def test_two_workers_never_write_the_same_export_twice(crowded_town):
    before, exports = len(files()), [asked(crowded_town), asked(crowded_town)]
    for export in exports:
        jobs.write_export.enqueue(export.pk)
    with worker() as one, worker() as other:
        assert (one.wait(PATIENCE), other.wait(PATIENCE)) == (0, 0)
    for export in exports:
        export.refresh_from_db()
        assert (export.state, export.tries) == (Export.State.READY, 1)
        assert len(set(rows_in(export))) == ROWS
    assert len(files()) == before + 2
    assert Notice.objects.filter(export__isnull=False).count() == 2
