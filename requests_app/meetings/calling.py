"""When the next meeting of a series is, and whom it calls together."""

import calendar as months
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from requests_app.journey.limits import calendar_for
from requests_app.meetings.refusals import MOVED_ON, NOT_PLANNED, PLANNED_ALREADY, Refused
from requests_app.models import Meeting
from requests_app.notices import outbox
from services.models import MeetingSeries, SeatKind

DAY = timedelta(days=1)
State = Meeting.State


def day_in(month: date, day: int) -> date:
    """The day of that number in ``month``, or its last one."""
    return month.replace(day=min(day, months.monthrange(month.year, month.month)[1]))


def next_day(series, after, calendar):
    """The first day after the date ``after`` on which a meeting of ``series`` falls, days off moved on."""
    month = after.replace(day=1)
    while True:
        found = day_in(month, series.day)
        while not calendar.is_working(found):
            found += DAY
        if found > after:
            return found
        month = (month + 31 * DAY).replace(day=1)


@transaction.atomic
def plan(series, at):
    """The next meeting of ``series``, in a month that has none yet; Refused where one is planned or in session."""
    series = MeetingSeries.objects.select_for_update(of=("self",)).select_related("unit").get(pk=series.pk)
    last = series.meetings.order_by("-number").first()
    if last and last.state in (State.PLANNED, State.OPEN):
        raise Refused(PLANNED_ALREADY)
    today = timezone.localdate(at)
    # One meeting a month: the next one is never in the month of the last.
    after = max(today, day_in(last.day, 31)) if last and last.is_held else today
    calendar = calendar_for(series.unit)
    moment = calendar.at(next_day(series, after, calendar), series.opens)
    number = last.number + 1 if last else 1
    return Meeting.objects.create(series=series, number=number, at=moment, place=series.place)


@transaction.atomic
def move(meeting, moment: datetime, place):
    """Give a planned meeting another moment and place; its members are invited anew."""
    meeting = _planned(meeting)
    meeting.at, meeting.place, meeting.invited_at = moment, place, None
    meeting.save(update_fields=["at", "place", "invited_at"])
    return meeting


@transaction.atomic
def call_off(meeting, at):
    """The planned meeting does not take place; whoever was invited reads so."""
    meeting = _planned(meeting)
    meeting.state = State.CALLED_OFF
    meeting.save(update_fields=["state"])
    outbox.owe_anew(meeting.notices.all(), at)


@transaction.atomic
def invite(meeting, by, at):
    """Write the invitations: a message to everybody of the invited units who has an account; how many there are."""
    meeting = _planned(meeting)
    if meeting.invited_at:
        raise Refused(MOVED_ON)
    meeting.invited_at = at
    meeting.save(update_fields=["invited_at"])
    return outbox.owe_invitation(meeting, seated_units(meeting.series), by, at)


def seats_of(series):
    """The seats of ``series`` with their units, in the order of their kinds; one query."""
    order = list(SeatKind)
    seats = series.seats.select_related("unit")
    return sorted(seats, key=lambda seat: (order.index(seat.kind), seat.pk))


def seated_units(series):
    return [seat.unit for seat in seats_of(series) if seat.unit]


def _planned(meeting):
    """The meeting, locked; Refused where it is no longer only planned."""
    meeting = (
        Meeting.objects.select_for_update(of=("self",))
        .select_related("series__unit", "series__estate")
        .get(pk=meeting.pk)
    )
    if not meeting.is_planned:
        raise Refused(NOT_PLANNED)
    return meeting
