from django.core.management.base import BaseCommand
from django.utils import timezone

from requests_app.mydata.erasing import erase_person, left_over
from requests_app.mydata.retention import anonymise, due
from requests_app.photos import discard_strays


class Command(BaseCommand):
    help = (
        "Take the people out of requests that have been kept as long as their category says, and out of what arrived "
        "for an account while it was being deleted, and delete files of photos that nothing speaks of. Run it every "
        "night; twice at once does no harm. Each batch is in the log of the uses of personal data."
    )

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="only say how many there are")

    def handle(self, *, check, **options):
        if check:
            self.stdout.write(f"to be anonymised: {due(timezone.now()).count()}")
            return
        for user in left_over(timezone.now()):
            erase_person(user, timezone.now())
        done = 0
        while rows := anonymise(timezone.now()):
            done += rows["requests"]
        strays = discard_strays(timezone.now())
        self.stdout.write(f"requests anonymised: {done}; files of photos deleted that nothing spoke of: {strays}")
