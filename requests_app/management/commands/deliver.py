"""``manage.py deliver``: the worker that sends notices by text message and e-mail."""

import signal
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections
from django.db.models import Count, Max, Min, Sum
from django.utils import timezone

from requests_app.models import Channel, Delivery, Handling, Notice
from requests_app.notices.planning import plan
from requests_app.notices.sending import Sender, decide

DAY = timedelta(days=1)
State = Delivery.State


@contextmanager
def told_to_stop():
    """An Event that is set once somebody wants this process to end."""
    stop = Event()
    before = {number: signal.signal(number, lambda *_said: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Command(BaseCommand):
    help = (
        "Send what people are owed by text message and e-mail, until told to stop. Several at once share the work; one "
        "that is told to stop ends the message in hand first."
    )

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="end when nothing more is due")
        parser.add_argument("--every", type=float, default=5, help="seconds between two looks when nothing is due")
        parser.add_argument("--batch", type=int, default=100, help="messages between two looks for urgent ones")
        parser.add_argument("--echo", action="store_true", help="print text messages: for the demo")
        parser.add_argument("--status", action="store_true", help="only say what waits, and what was not delivered")
        parser.add_argument("--retry-failed", metavar="REASON", help="send again what was not delivered, then go on")

    def handle(self, *, once, every, batch, echo, status, retry_failed, **options):
        if batch < 1 or every <= 0:
            raise CommandError("--batch and --every must be above nought")
        if status:
            self._say_status(timezone.now())
            return
        if retry_failed:
            again = {"by": None, "reason": retry_failed[:200], "at": timezone.now()}
            self.stdout.write(f"again: {decide(Delivery.objects.all(), Handling.Decision.RETRY, **again)}")
        sender = Sender(say=self._echo if echo else None)
        with told_to_stop() as stop:
            while not stop.is_set():
                is_busy = self._look(sender, batch, stop, options["verbosity"])
                if once and not is_busy:
                    break
                stop.wait(0 if is_busy else every)

    def _look(self, sender, batch, stop, verbosity):
        """Plan what is new and send what is due; False where there was neither."""
        close_old_connections()
        planned = plan(timezone.now())
        done = sender.send_due(batch, stop.is_set)
        if verbosity and done:
            self.stdout.write(", ".join(f"{state}: {count}" for state, count in sorted(done.items())))
        return bool(planned or done)

    def _echo(self, delivery, message):
        # Letters are printed by the console's own mail.
        if delivery.channel == Channel.SMS:
            self.stdout.write(f"--- {delivery.get_channel_display()}\n{message.text}")

    def _say_status(self, at):
        waiting = Delivery.objects.waiting()
        found = waiting.aggregate(count=Count("pk"), oldest=Min("due_at"))
        sent = Delivery.objects.filter(state=State.SENT, ended_at__gte=at - DAY).aggregate(
            count=Count("pk"), segments=Sum("segments"), last=Max("ended_at")
        )
        self.stdout.write(f"not looked at: {Notice.objects.unplanned().count()}")
        self.stdout.write(f"waiting: {found['count']}, of which due: {waiting.filter(due_at__lte=at).count()}")
        self.stdout.write(f"due first: {_said(found['oldest'])}")
        self.stdout.write(f"not delivered: {Delivery.objects.failed().count()}")
        self.stdout.write(f"sent in 24 hours: {sent['count']}, text messages: {sent['segments'] or 0}")
        self.stdout.write(f"last sent: {_said(sent['last'])}")


def _said(moment):
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}" if moment else "-"
