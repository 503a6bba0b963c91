import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from requests_app.figures.weeks import carry_over
from services.models import Category, Estate

COLUMNS = ("week", "estate", "category", "requests")


class Command(BaseCommand):
    help = (
        "Takes over what another register counted before this site began, for the heat table of what to expect: a CSV "
        "file with the columns week (any day of it), estate and category (their codes) and requests. A week that is "
        "read again replaces what was taken over for it."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        estates = {one.code: one for one in Estate.objects.select_related("branch")}
        leaves = {one.code: one for one in Category.objects.leaves()}
        weeks = defaultdict(dict)
        try:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                for number, row in enumerate(csv.DictReader(lines), 2):
                    try:
                        day, requests = date.fromisoformat(row["week"]), int(row["requests"])
                        key = estates[row["estate"]], leaves[row["category"]]
                    except (KeyError, TypeError, ValueError) as error:
                        raise CommandError(f"line {number}: {error!r}; the columns are {', '.join(COLUMNS)}") from None
                    monday = date.fromordinal(day.toordinal() - day.weekday())
                    weeks[monday][key] = weeks[monday].get(key, 0) + requests
        except OSError as error:
            raise CommandError(str(error)) from None
        with transaction.atomic():
            for monday, numbers in sorted(weeks.items()):
                carry_over(monday, numbers)
        self.stdout.write(f"weeks taken over: {len(weeks)}")
