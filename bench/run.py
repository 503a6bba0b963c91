#!/usr/bin/env python3
"""How fast the site is with many cases, beside bare Django views over the same rows.

    bench/run.py [--cases 100000] [--requests 300] [--seconds 10] [--sqlite] [--explain]

Needs nothing running and leaves nothing behind: the database is a throw-away one, the server listens on 127.0.0.1.
"""

import argparse
import base64
import os
import platform
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

import throwaway_postgres  # noqa: E402

WORKERS = 2
CLIENTS = (1, 8)
STARTS_WITHIN = 30  # seconds
STOPS_WITHIN = 10  # seconds
# As a small server would run it: every commit reaches the disk.
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
}
# What a developer has exported must not decide which database is filled.
SETTINGS = ("BEHIND_PROXY", "DATABASE_URL", "DEBUG", "DEMO", "LOG_LEVEL", "SQLITE_PATH")


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000, help="how many are generated (100000)")
    parser.add_argument("--requests", type=int, default=300, help="at most so many for each figure (300)")
    parser.add_argument("--seconds", type=float, default=10, help="at most so long for each figure (10)")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    parser.add_argument("--explain", action="store_true", help="print the slowest queries with their plans as well")
    return parser.parse_args()


def configure(folder, database_url):
    """Open the settings the way a production server does, but for plain HTTP on this machine."""
    for name in SETTINGS:
        os.environ.pop(name, None)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="bench.settings",
        SECRET_KEY=secrets.token_urlsafe(50),
        FIELD_KEYS=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        FIELD_HASH_KEY=secrets.token_urlsafe(50),
        ALLOWED_HOSTS="127.0.0.1",
        PLAIN_HTTP="true",
        LOG_LEVEL="WARNING",
        SQLITE_PATH=str(folder / "bench.sqlite3"),
        STATIC_ROOT=str(folder / "static"),
        MEDIA_ROOT=str(folder / "media"),
        **({"DATABASE_URL": database_url} if database_url else {}),
    )
    import django

    django.setup()


def fill(cases, *, counted=False):
    """Tables, seeds and ``cases`` generated ones, for the figures too if ``counted``; prints how long it took and that
    the chains hold."""
    from django.core.management import call_command
    from django.db import connection

    from bench.generate import generate
    from requests_app.journey.chain import verify
    from requests_app.models import Event, ServiceRequest

    call_command("migrate", verbosity=0)
    call_command("seed", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    begin = time.monotonic()
    at = datetime.now(UTC).replace(second=0, microsecond=0)
    # SQLite lets one write at a time.
    processes = 2 if connection.vendor == "postgresql" else 1
    district = generate(cases, at=at, processes=processes, counted=counted)
    print(f"{cases} cases with {Event.objects.count()} events in {time.monotonic() - begin:.0f} s", flush=True)
    with connection.cursor() as cursor:
        # What autovacuum does on a running server.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    sample = ServiceRequest.objects.filter(pk__in=range(1, cases + 1, max(1, cases // 1000)))
    report = verify(sample)
    if report.faults:
        raise SystemExit("\n".join(report.faults[:10]))
    print(f"{report.events} events of {report.cases} cases sampled: every chain holds", flush=True)
    return district


@contextmanager
def server(folder):
    """Yields (host, port) of gunicorn with the site; stops it whatever happens inside."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = free.getsockname()
    environment = {**os.environ, "BIND": f"{address[0]}:{address[1]}", "WEB_CONCURRENCY": str(WORKERS)}
    command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.conf.py", "config.wsgi"]
    with (folder / "gunicorn.log").open("wb") as log:
        # Ctrl-C in the terminal is for this program first; the server is stopped after it.
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, process_group=0)
    try:
        wait_for(address, process, folder / "gunicorn.log")
        yield address
    finally:
        stop(process)


def wait_for(address, process, log):
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(address) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"gunicorn did not start:\n{log.read_text()}")


def stop(process):
    for demand in (signal.SIGTERM, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, demand)
            try:
                process.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                continue


def measure_all(address, pairs, requests, seconds):
    """(target, its floor or None, clients, Result, the floor's Result) for every pair and number of clients."""
    from bench.load import measure

    for target, floor in pairs:
        for clients in CLIENTS:
            beside = measure(address, floor, clients, requests, seconds)
            yield target, floor, measure(address, target, clients, requests, seconds), beside


def print_table(rows):
    head = ("what", "clients", "requests", "req/s", "p50 ms", "p95 ms", "p50 / floor", "req/s / floor")
    line = "{:<44} {:>7} {:>8} {:>8} {:>8} {:>8} {:>11} {:>13}".format
    print("\n" + line(*head))
    for target, floor, result, beside in rows:
        print(line(target.name, *figures(result), *ratios(result, beside)))
        print(line(f"  floor: {floor.name}", *figures(beside), "1", "1"), flush=True)


def figures(result):
    rate, p50, p95 = f"{result.rate:.1f}", f"{result.p50 * 1000:.1f}", f"{result.p95 * 1000:.1f}"
    return result.clients, len(result.took), rate, p50, p95


def ratios(result, beside):
    return f"{result.p50 / beside.p50:.1f}", f"{result.rate / beside.rate:.2f}"


def describe(options):
    """What was measured on; a figure without it says nothing."""
    import django
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT version()" if connection.vendor == "postgresql" else "SELECT 'SQLite ' || sqlite_version()"
        )
        database = " ".join(cursor.fetchone()[0].split()[:2])
    durability = "synchronous FULL, WAL" if options.sqlite else "fsync and synchronous_commit on"
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the first request; "
        f"Python {platform.python_version()}, Django {django.__version__}, {database} ({durability}); "
        f"gunicorn with {WORKERS} workers; the client runs on the same cores",
        flush=True,
    )


def run(options, folder, database_url):
    configure(folder, database_url)
    district = fill(options.cases)
    from bench.load import WARM_UP
    from bench.targets import explain, targets, verify_filed

    # A step is taken once on each case, those that warm up included.
    pairs = targets(district, steps=sum(options.requests + (WARM_UP + 1) * clients for clients in CLIENTS))
    if options.explain:
        explain(pairs, district)
    with server(folder) as address:
        describe(options)
        print_table(measure_all(address, pairs, options.requests, options.seconds))
    verify_filed(options.cases)


def on_a_database(options, program, work):
    """The exit status of a program that measures: ``work(folder, url)`` on a database of its own, 69 without one."""
    programs = None if options.sqlite else throwaway_postgres.find_programs()
    if programs is None and not options.sqlite:
        print(f"{throwaway_postgres.MISSING}\nor measure on SQLite: {program} --sqlite", file=sys.stderr)
        return throwaway_postgres.EX_UNAVAILABLE
    for number in throwaway_postgres.SIGNALS:
        signal.signal(number, throwaway_postgres.leave)
    throwaway_postgres.OPTIONS.update(DURABLE)
    database = nullcontext() if options.sqlite else throwaway_postgres.throwaway_postgres(programs)
    with tempfile.TemporaryDirectory(prefix="duidan-bench-") as folder, database as url:
        return 1 if work(Path(folder), url) is False else 0


def main():
    options = read_arguments()
    return on_a_database(options, "bench/run.py", lambda folder, url: run(options, folder, url))


if __name__ == "__main__":
    sys.exit(main())
