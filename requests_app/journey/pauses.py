"""Time that stands still while the resident is asked, and what it does to the clocks."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from requests_app.journey.recounting import recount_clocks
from requests_app.models import Holder, Status
from requests_app.models.deadline import WORK_CLOCKS

# Who asks in which status, and has the case again afterwards.
ASKED_BY = {
    Status.ACCEPTED: Holder.BRANCH,
    Status.REFERRED: Holder.COMMUNITY,
    Status.IN_HAND: Holder.DEPARTMENT,
}


def end(case, at):
    """Give ``case`` back to whoever asked; the deadlines that move by the pause, as facts of an event.

    The clocks are counted anew without the time in which the resident had the word.
    """
    pause = case.pauses.running().get()
    pause.ended_at = at
    pause.save(update_fields=["ended_at"])
    case.holder = pause.holder
    running = case.deadlines.running().filter(step__in=WORK_CLOCKS)
    return recount_clocks(case, running.select_related("calendar"), at)


def time_spent(case, at):
    """How long questions to the resident have held ``case`` up so far."""
    asked = [pause.as_stretch(at) for pause in case.pauses.while_asked()]
    return sum((finish - begin for begin, finish in asked), timedelta())


def rest_of_the_day(at):
    """How long the day on which ``at`` falls still lasts."""
    tomorrow = timezone.localdate(at) + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, time.min)) - at
