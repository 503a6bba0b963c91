from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from requests_app.journey.recompute import recompute

AT_ONCE = 1000  # cases, after which it says how far it is


class Command(BaseCommand):
    help = "Count every open deadline anew on the calendar as it is now; those that move get an event each."

    def handle(self, **options):
        moved, is_done = 0, False
        while not is_done:
            outcome = recompute(timezone.now(), most=AT_ONCE)
            moved += outcome.moved
            if outcome.failed:
                raise CommandError(f"{outcome.failed} could not be counted; the log says why. {moved} moved.")
            is_done = outcome.is_done
            self.stdout.write(f"moved: {moved}")
