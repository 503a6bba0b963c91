"""What a passed time brings about: reminders, the next meeting of each series, agendas kept up to date."""

import logging
from datetime import timedelta

from django.utils import timezone

from requests_app.journey import recurrences
from requests_app.meetings import agenda, calling, promises
from requests_app.meetings.refusals import Refused
from requests_app.models import Meeting
from services.models import MeetingSeries

logger = logging.getLogger(__name__)

AHEAD = Meeting.State.PLANNED, Meeting.State.OPEN
REBUILT_EVERY = timedelta(days=1)


def run(at):
    """Do what is due at ``at``; how many promises were told of, recurrences closed, meetings planned, agendas built.

    Safe to run every minute. What fails is logged and left for the next time.
    """
    quiet = recurrences.close_quiet(at, timezone.localdate(at))
    done = {"promises": promises.remind(at), "quiet": quiet, "meetings": 0, "agendas": 0}
    waiting = MeetingSeries.objects.filter(is_active=True).exclude(meetings__state__in=AHEAD)
    for series in list(waiting):
        done["meetings"] += _attempt(calling.plan, series, at)
    old = Meeting.objects.filter(state=Meeting.State.PLANNED).exclude(built_at__gt=at - REBUILT_EVERY)
    for meeting in list(old):
        done["agendas"] += _attempt(agenda.build, meeting, at)
    return done


def _attempt(work, subject, at):
    try:
        work(subject, at)
    except Refused:
        # Somebody was quicker.
        return False
    except Exception:
        logger.exception("could not finish %s for %s", work.__name__, subject.pk)
        return False
    return True
