from django.core.management.base import BaseCommand, CommandError

from requests_app.journey.chain import verify


class Command(BaseCommand):
    help = "Prove that no event was changed, removed or put in another order."

    def handle(self, **options):
        report = verify()
        for fault in report.faults:
            self.stderr.write(str(fault))
        if report.faults:
            raise CommandError(f"{len(report.faults)} faults in {report.events} events of {report.cases} cases")
        self.stdout.write(f"{report.events} events of {report.cases} cases: every chain holds")
        if report.erased:
            self.stdout.write(f"{report.erased} of them without a person who had their data deleted or kept no longer")
        self.stdout.write(f"digest over all: {report.digest}")
