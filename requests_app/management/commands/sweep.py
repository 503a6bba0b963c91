from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from requests_app.journey.sweep import FAILED, sweep


class Command(BaseCommand):
    help = "Sign and close what is due, and clear away old drafts. Run it every minute; twice at once does no harm."

    def handle(self, **options):
        done = sweep(timezone.now())
        for act, count in done.items():
            self.stdout.write(f"{act}: {count}")
        if done[FAILED]:
            raise CommandError(f"{done[FAILED]} could not be finished; the log says why. The others were.")
