#!/usr/bin/env python3
"""How fast boards answer, and how long it takes to prove their counters.

    bench/boards.py [--cases 20000] [--sqlite] [--prove]

Asked through gunicorn by one client, as bench/run.py does; needs nothing running and leaves nothing behind.
"""

import argparse
import sys
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from bench import run  # noqa: E402

REQUESTS, SECONDS = 100, 10  # of each page at most


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20_000, help="how many are generated (20000)")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    parser.add_argument("--prove", action="store_true", help="count every case anew as well, as every night")
    return parser.parse_args()


def measure(options, folder, database_url):
    run.configure(folder, database_url)
    run.fill(options.cases, counted=True)
    from django.utils import timezone

    from requests_app.figures.counters import fold
    from requests_app.figures.proof import prove

    at = timezone.now()
    begin = time.monotonic()
    print(f"sweep: {fold(at)} in {time.monotonic() - begin:.0f} s", flush=True)
    if options.prove:
        begin = time.monotonic()
        outcome = prove(at)
        print(f"prove: {outcome} in {time.monotonic() - begin:.0f} s", flush=True)
        if not outcome.is_proved:
            raise SystemExit("the counters are not what counting gives; the log says what")
    boards(folder)


def boards(folder):
    """The time and the queries of a board of each kind, as the district's supervisor reads them, and of the page that
    everybody reads of a community."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from bench.load import Target
    from bench.load import measure as measure_page
    from bench.targets import session
    from requests_app.models import ServiceRequest
    from services.models import Membership, Role, User

    case = ServiceRequest.objects.exclude(lead=None).select_related("branch__parent__parent__parent", "lead")[0]
    community = case.branch.parent
    district = community.parent.parent
    reader = User.objects.create(username="bench-boards", password="!")
    Membership.objects.create(user=reader, unit=district, role=Role.SUPERVISOR, since=date(2024, 1, 1))
    headers, units = session(reader), (district, community.parent, community, case.lead)
    pages = [(unit.get_kind_display(), reverse("requests:figures-board", args=[unit.code])) for unit in units]
    pages += [("for everybody", reverse("requests:public-community", args=[community.code]))]
    with run.server(folder) as address:
        for name, path in pages:
            with CaptureQueriesContext(connection) as queries:
                Client(headers={"host": "127.0.0.1", "cookie": headers["Cookie"]}).get(path)
            result = measure_page(address, Target(name, (path,), headers), 1, REQUESTS, SECONDS)
            took = f"p50 {1000 * result.p50:.0f} ms, p95 {1000 * result.p95:.0f} ms"
            print(f"{name}: {took}, {len(queries)} queries", flush=True)


if __name__ == "__main__":
    chosen = read_arguments()
    sys.exit(run.on_a_database(chosen, "bench/boards.py", lambda folder, url: measure(chosen, folder, url)))
