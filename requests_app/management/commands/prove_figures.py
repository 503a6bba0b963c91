from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from requests_app.figures.closing import adjust
from requests_app.figures.proof import prove


class Command(BaseCommand):
    help = (
        "Counts everything that the figures count anew, compares it with the counters and repairs what differs; each "
        "difference is in the log. Then it puts down what has changed in closed months. Run it every night. Exits with "
        "1 where anything had to be repaired."
    )

    def handle(self, **options):
        at = timezone.now()
        outcome = prove(at)
        self.stdout.write(f"cases: {outcome.cases}, repaired: {outcome.wrong_cases}")
        self.stdout.write(f"counters: {outcome.counters}, repaired: {outcome.wrong_counters}")
        self.stdout.write(f"adjustments to closed months: {adjust(at)}")
        if not outcome.is_proved:
            raise CommandError("the counters were not what counting gives; they have been repaired, the log says what")
