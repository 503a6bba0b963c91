from django.core.management.base import BaseCommand
from django.utils import timezone

from requests_app.lamp.nightly import MONTHS, run


class Command(BaseCommand):
    help = (
        "Counts the signals on units for this month and the last, and looks at photos that were stored before photos "
        "were compared. Run it every night; twice at once does no harm."
    )

    def add_arguments(self, parser):
        parser.add_argument("--months", type=int, default=MONTHS, help="how many months, this one among them")

    def handle(self, *, months, **options):
        done = run(timezone.now(), max(months, 1))
        self.stdout.write(f"photos looked at: {done.photos}")
        self.stdout.write(f"signals counted: {done.counted}, lit: {done.lit}")
