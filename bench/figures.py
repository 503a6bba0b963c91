#!/usr/bin/env python3
"""Every figure against a second count by hand: case by case, unit by unit, month by month, number by number.

    bench/figures.py --database FILE [--cases 20000] [--scopes 0,1,2]

The cases are generated into the SQLite file FILE and stay in it, so that the scopes can be compared in several runs; a
run that was stopped goes on where it stood. Two definitions are given a second version: what "mostly satisfied" weighs
changes with January, the hour at which the statistic day ends with December. For each scope (units of every kind, an
estate, a category, a department) and each of fourteen months the value of every figure, its parts and what it leaves
out are compared, and every number is opened: it must lead to exactly the cases that were found by hand. Exit status 1
with the first difference.
"""

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

PORTION = 2500  # cases generated at a time
NOW = datetime(2026, 3, 18, 7, 0, tzinfo=UTC)  # a Wednesday afternoon in Shanghai


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", type=Path, required=True, help="an SQLite file, filled where it is not")
    parser.add_argument("--cases", type=int, default=20_000, help="how many are generated (20000)")
    parser.add_argument("--scopes", default="", help="which scopes, by their numbers; all without it")
    return parser.parse_args()


def configure(database):
    """The site's settings over ``database``, with keys of its own: nothing in it is anybody's."""
    os.environ.pop("DATABASE_URL", None)
    os.environ.update(DJANGO_SETTINGS_MODULE="config.settings", DEBUG="true", SQLITE_PATH=str(database))
    import django

    django.setup()


def fill(cases):
    from django.core.management import call_command
    from django.db.models import Value
    from django.db.models.functions import Concat

    from bench.generate import generate
    from requests_app.models import ServiceRequest
    from services.models import FigureDefinition, User
    from tests.naive_figures import second_versions

    call_command("migrate", verbosity=0)
    call_command("seed", verbosity=0)
    while (known := ServiceRequest.objects.count()) < cases:
        begin, count = time.monotonic(), min(PORTION, cases - known)
        # Each portion has people of its own.
        people = User.objects.filter(username__startswith="bench-")
        people.update(username=Concat(Value(f"{known}-"), "username"))
        generate(count, at=NOW, seed=known + 1)
        print(f"{count} cases in {time.monotonic() - begin:.0f} s", flush=True)
    if not FigureDefinition.objects.filter(version=2).exists():
        second_versions()


def compare(chosen):
    from requests_app.figures.definitions import Definitions
    from tests import naive_figures as naive

    begin = time.monotonic()
    months = naive.months_until(NOW)
    hand = naive.ByHand(NOW, Definitions())
    scopes = list(naive.scopes())
    print(f"{hand.size} facts by hand in {time.monotonic() - begin:.0f} s", flush=True)
    for number in chosen or range(len(scopes)):
        scope, belongs = scopes[number]
        begin, figures, opened = time.monotonic(), 0, 0
        for first in months:
            compared = naive.compare_month(hand, scope, belongs, first, opens=True)
            figures, opened = figures + compared[0], opened + compared[1]
        print(
            f"scope {number}, {naive.named(scope)}: {len(months)} months, {figures} figures alike, "
            f"{opened} numbers opened, {time.monotonic() - begin:.0f} s",
            flush=True,
        )


def main():
    options = read_arguments()
    configure(options.database)
    fill(options.cases)
    compare([int(number) for number in options.scopes.split(",") if number])
    return 0


if __name__ == "__main__":
    sys.exit(main())
