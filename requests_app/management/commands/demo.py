"""``manage.py demo``: people and cases to look at, where there are none yet."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.demo.people import is_present
from requests_app.demo.walk import walk
from requests_app.figures.counters import fold
from requests_app.lamp import nightly
from requests_app.models import Status
from services.models import Category, SignalDefinition

DEMO_MONTHS = 3  # that its sixty days touch


class Command(BaseCommand):
    help = "Fills a demo with people, and with cases of sixty days; changes nothing where that is done already."

    def handle(self, *, verbosity, **options):
        if not settings.DEMO:
            raise CommandError(_("Demo data is for demo mode only: set DEMO=true and DEBUG=true, then try again."))
        if is_present():
            self._say(verbosity, _("The demo data is there already; nothing was changed."))
            return
        if not Category.objects.exists():
            raise CommandError(_("There is nothing to serve yet: run “manage.py seed” first."))
        now = timezone.now()
        report = walk(now)
        fold(now)
        # In a demo of so few requests no lamp would be lit otherwise.
        SignalDefinition.objects.update(least=1)
        nightly.run(now, DEMO_MONTHS)
        for line in report.left_out:
            self.stderr.write(_("Left out: %(what)s") % {"what": line})
        for status in Status:
            if report.cases[status]:
                self._say(verbosity, f"{status.label}  {report.cases[status]}")
        self._say(verbosity, _("%(number)s demo cases.") % {"number": report.cases.total()})

    def _say(self, verbosity, line):
        if verbosity:
            self.stdout.write(line)
