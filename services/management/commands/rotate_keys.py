"""``manage.py rotate_keys``: every encrypted name and number anew with the newest key."""

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from services.rotation import rotate

SHOWN = 10  # keys of rows that no key reads


class Command(BaseCommand):
    help = (
        "Encrypts everything with the first key of FIELD_KEYS, and hashes it with FIELD_HASH_KEY, where that is not so "
        "already. Runs beside the site; a run that was stopped is started again."
    )

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="write nothing, only count what is still to be done")

    def handle(self, *, check, **options):
        reports = []
        for report in rotate(connection, only_count=check):
            done = "to be written" if check else "written"
            self.stdout.write(f"{report.table}: {report.rows} rows, {report.written} {done}")
            if report.unreadable:
                keys = ", ".join(map(str, report.unreadable[:SHOWN]))
                self.stderr.write(f"{report.table}: {len(report.unreadable)} rows fit no key in FIELD_KEYS: {keys}")
            reports.append(report)
        if any(report.unreadable for report in reports):
            raise CommandError("Put the key back into FIELD_KEYS that those rows were written with.")
        if check and any(report.written for report in reports):
            raise CommandError("Older keys are still needed: run rotate_keys.")
        self.stdout.write("Everything bears the newest key; older ones may go.")
