from django.core.management.base import BaseCommand
from django.utils import timezone

from requests_app.journey.sweep import sweep


class Command(BaseCommand):
    help = "Sign and close what is due, and clear away old drafts. Run it every minute; twice at once does no harm."

    def handle(self, **options):
        for act, count in sweep(timezone.now()).items():
            self.stdout.write(f"{act}: {count}")
