from django.core.management.base import BaseCommand

from requests_app.search import reindex


class Command(BaseCommand):
    help = "Write anew what cases are found by, where it differs: after a place or a category was renamed."

    def handle(self, **options):
        cases, changed = reindex()
        self.stdout.write(f"{cases} cases: {changed} written anew")
