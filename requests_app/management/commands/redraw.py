"""``manage.py redraw --month 2025-03``: draw the month's follow-up calls again, and compare."""

from datetime import date

from django.core.management.base import BaseCommand, CommandError

from requests_app.journey.sampling import redraw
from requests_app.models import SampleSeed


class Command(BaseCommand):
    help = "Prove that nobody chose which residents are called: draw a month again from its seed, and compare."

    def add_arguments(self, parser):
        parser.add_argument("--month", required=True, metavar="YYYY-MM", help="The month to draw again.")

    def handle(self, *, month, **options):
        try:
            first = date.fromisoformat(f"{month}-01")
        except ValueError:
            raise CommandError(f"“{month}” is no month; write it like 2025-03.") from None
        seed = SampleSeed.objects.filter(month=first).first()
        if seed is None:
            raise CommandError(f"Nothing was drawn in {month}.")
        found = redraw(seed)
        for difference in found.differences:
            self.stderr.write(difference)
        if found.differences:
            raise CommandError(f"{len(found.differences)} differences in {found.reports} reports of {month}")
        self.stdout.write(f"{month}: {found.reports} reports, {found.drawn} drawn, all as the seed says")
        if found.before:
            self.stdout.write(f"{found.before} reports are from before the month had a seed")
