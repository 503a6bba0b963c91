from django.core.management.base import BaseCommand
from django.utils import timezone

from requests_app.mydata.retention import anonymise, due


class Command(BaseCommand):
    help = (
        "Take the people out of requests that have been kept as long as their category says. Run it every night; twice "
        "at once does no harm. Each batch is in the log of the uses of personal data."
    )

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="only say how many there are")

    def handle(self, *, check, **options):
        if check:
            self.stdout.write(f"to be anonymised: {due(timezone.now()).count()}")
            return
        done = 0
        while rows := anonymise(timezone.now()):
            done += rows["requests"]
        self.stdout.write(f"requests anonymised: {done}")
