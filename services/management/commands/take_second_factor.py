"""``manage.py take_second_factor``: for whoever lost both phone and recovery codes, an administrator above all."""

from django.core.management.base import BaseCommand, CommandError

from services import second_factor
from services.models import User


class Command(BaseCommand):
    help = (
        "Takes the second factor of PERSON away and signs them out everywhere; at the next sign-in they set up a new "
        "one. Make sure first, face to face or by a number you know, that it is they who ask."
    )

    def add_arguments(self, parser):
        parser.add_argument("person", help="user name of the person")
        parser.add_argument("--by", required=True, help="user name of the administrator who decided it")

    def handle(self, *, person, by, **options):
        user, decided = (self._find(name) for name in (person, by))
        if not (decided.is_superuser and decided.is_active):
            raise CommandError(f"{by} is no administrator.")
        if not second_factor.take_away(user, by=decided, why="second factor taken away on the server"):
            raise CommandError(f"{person} has no second factor.")
        user.open_sessions.all().end()
        self.stdout.write(f"{person} sets up a new second factor at the next sign-in. {by} is named in the history.")

    def _find(self, name):
        try:
            return User.objects.get(username=name)
        except User.DoesNotExist:
            raise CommandError(f"There is no {name}.") from None
