from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from requests_app.exports.jobs import repair
from requests_app.figures import weeks
from requests_app.figures.counters import fold
from requests_app.journey.sweep import FAILED, sweep
from requests_app.meetings import timed
from requests_app.notices import sending

# Cases that are counted anew in one sweep; the next one goes on.
COUNTED_AT_ONCE = 5000
# Weeks that are counted in one sweep, where a site has none yet.
WEEKS_AT_ONCE = 10


class Command(BaseCommand):
    help = (
        "Sign and close what is due, clear away old drafts and exports, take up exports and messages whose worker "
        "died, count for the figures what has changed. Run it every minute; twice at once does no harm."
    )

    def handle(self, **options):
        at = timezone.now()
        done = {**sweep(at), **repair(at), **sending.repair(at), **timed.run(at)}
        done["counted"] = fold(at, most=COUNTED_AT_ONCE).cases
        done["weeks"] = weeks.fold(at, most=WEEKS_AT_ONCE)
        for act, count in done.items():
            self.stdout.write(f"{act}: {count}")
        if done[FAILED]:
            raise CommandError(f"{done[FAILED]} could not be finished; the log says why. The others were.")
