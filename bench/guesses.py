#!/usr/bin/env python3
"""What guessing is worth: tracking codes guessed by the hundred thousand, and what the time of an answer gives away.

    bench/guesses.py [--guesses 100000] [--samples 500] [--cases 300]

Needs nothing running and leaves nothing behind: the database is a throw-away SQLite file. Every guess has a
right check digit and comes from an address of its own, so that no limit of an address helps the site: what is left is
the code and four digits. Ends with 1 when a guess opened a case, or the medians differ by more than 5 ms.
"""

import argparse
import os
import secrets
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

AT_MOST = 5  # milliseconds between the medians
BATCH = 1000  # guesses in one transaction


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--guesses", type=int, default=100_000, help="at tracking codes (100000)")
    parser.add_argument("--samples", type=int, default=500, help="of each kind of number (500)")
    parser.add_argument("--cases", type=int, default=300, help="that could be found (300)")
    return parser.parse_args()


def configure(folder):
    for name in ("DATABASE_URL", "DEMO", "SMS_GATEWAY_URL"):
        os.environ.pop(name, None)
    os.environ.update(DJANGO_SETTINGS_MODULE="config.settings", DEBUG="true", LOG_LEVEL="ERROR")
    os.environ.update(SQLITE_PATH=f"{folder}/guesses.sqlite3", MEDIA_ROOT=f"{folder}/media")

    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    settings.ALLOWED_HOSTS.append("testserver")
    call_command("migrate", verbosity=0)
    # What is measured is not the disk.
    connection.cursor().execute("PRAGMA synchronous=OFF")


def guess(count):
    """How many of ``count`` guesses opened a case, and how many a limit stopped."""
    from django.db import transaction
    from django.test import RequestFactory
    from django.utils import timezone
    from stdnum.iso7064 import mod_11_10

    from requests_app.quotas import TooManyTries
    from requests_app.views.tracking import tracked_case

    found = refused = 0
    for start in range(0, count, BATCH):
        with transaction.atomic():
            for number in range(start, min(start + BATCH, count)):
                digits = f"{secrets.randbelow(10**10):010d}"
                code = digits + mod_11_10.calc_check_digit(digits)
                address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
                request = RequestFactory().post("/track/", REMOTE_ADDR=address)
                try:
                    found += tracked_case(request, timezone.now(), code, f"{secrets.randbelow(10**4):04d}") is not None
                except TooManyTries:
                    refused += 1
    return found, refused


def milliseconds(phone):
    from django.test import Client

    from requests_app.models import Quota

    client = Client()
    began = time.perf_counter()
    answer = client.post("/sign-in/", {"phone": phone})
    took = time.perf_counter() - began
    if answer.status_code != 302:
        raise SystemExit(f"{phone}: {answer.status_code}")
    Quota.objects.all().delete()
    return took * 1000


def main():
    arguments = read_arguments()
    with tempfile.TemporaryDirectory() as folder:
        configure(folder)

        from tests import town as towns

        town = towns.town()
        for _number in range(arguments.cases):
            towns.filed(town)
        began = time.monotonic()
        found, refused = guess(arguments.guesses)
        took = f"{time.monotonic() - began:.0f} s"
        print(
            f"{arguments.guesses} guesses at the codes of {arguments.cases} cases, {took}: {found} opened a case, "
            f"{refused} were stopped by the limit of one code"
        )
        times = {town.resident.phone: [], "19900009999": []}
        for number in range(arguments.samples and arguments.samples + 20):
            for phone, took in times.items():
                one = milliseconds(phone)
                # The first few warm up.
                if number >= 20:
                    took.append(one)
        if not arguments.samples:
            sys.exit(int(found > 0))
        known, unknown = (statistics.median(took) for took in times.values())
        print(
            f"asking for a code, {arguments.samples} each: known numbers {known:.2f} ms, unknown {unknown:.2f} ms, "
            f"difference {abs(known - unknown):.2f} ms"
        )
        sys.exit(int(found > 0 or abs(known - unknown) > AT_MOST))


if __name__ == "__main__":
    main()
