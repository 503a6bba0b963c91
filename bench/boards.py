#!/usr/bin/env python3
"""How fast boards answer, and how long it takes to prove their counters.

    bench/boards.py [--cases 20000] [--sqlite] [--prove]

Needs nothing running and leaves nothing behind, as bench/run.py.
"""

import argparse
import sys
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from bench import run  # noqa: E402

TIMES = 9


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
    boards()


def boards():
    """The time and the queries of a board of each kind, as the district's supervisor reads them."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from requests_app.models import ServiceRequest
    from services.models import Membership, Role, User

    case = ServiceRequest.objects.exclude(lead=None).select_related("branch__parent__parent__parent", "lead")[0]
    community = case.branch.parent
    district = community.parent.parent
    reader = User.objects.create(username="bench-boards", password="!")
    Membership.objects.create(user=reader, unit=district, role=Role.SUPERVISOR, since=date(2024, 1, 1))
    browser = Client(HTTP_HOST="127.0.0.1")
    browser.force_login(reader)
    for unit in (district, community.parent, community, case.lead):
        took = []
        for _time in range(TIMES):
            begin = time.perf_counter()
            with CaptureQueriesContext(connection) as queries:
                answer = browser.get(f"/figures/{unit.code}/")
            took.append(time.perf_counter() - begin)
        if answer.status_code != 200:
            raise SystemExit(f"{unit.code} answered {answer.status_code}")
        print(
            f"{unit.get_kind_display()}: {1000 * sorted(took)[TIMES // 2]:.0f} ms, {len(queries)} queries", flush=True
        )


if __name__ == "__main__":
    chosen = read_arguments()
    sys.exit(run.on_a_database(chosen, "bench/boards.py", lambda folder, url: measure(chosen, folder, url)))
