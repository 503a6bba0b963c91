"""``manage.py seed``: load the seed files and say what changed."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from services import seeding


class Command(BaseCommand):
    help = "Loads seeds/*.json. Loading twice changes nothing; a malformed file is refused and changes nothing."

    def add_arguments(self, parser):
        seeds = Path(settings.BASE_DIR) / "seeds"
        parser.add_argument("--dir", dest="folder", type=Path, default=seeds, help="folder of the files")

    def handle(self, *, folder, verbosity, **options):
        try:
            reports = seeding.load(folder)
        except seeding.SeedRefused as refusal:
            raise CommandError(str(refusal)) from None
        if verbosity:
            for report in reports:
                self.stdout.write(self._line(report))

    def _line(self, report):
        line = _("%(file)s created %(created)s, updated %(updated)s, unchanged %(unchanged)s") % {
            **vars(report),
            "file": report.file.ljust(22),
        }
        if report.kept:
            line += _(", left as made in the admin %(kept)s") % {"kept": report.kept}
        return line
