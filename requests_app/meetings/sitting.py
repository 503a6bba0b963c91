"""A meeting in session: who is there, whether they are enough, and what is said."""

from dataclasses import dataclass

from django.db import transaction

from requests_app.meetings import agenda, minutes
from requests_app.meetings.calling import seats_of
from requests_app.meetings.refusals import NOT_OPEN, SPOKE, Refused
from requests_app.models import Attendance, Meeting, Remark
from requests_app.personal import without_personal_data
from services.models import SeatKind


@dataclass(frozen=True)
class Bench:
    """One kind of member: its seats, who of it signed in, and how many make the quorum."""

    kind: SeatKind
    seats: list
    attendances: list

    @property
    def label(self):
        return self.kind.label

    @property
    def needed(self):
        return sum(seat.needed for seat in self.seats)

    @property
    def present(self):
        return len(self.attendances)

    @property
    def is_reached(self):
        return self.present >= self.needed


def benches(meeting):
    """The kinds of members that are invited or there, in their order; two queries."""
    seats = seats_of(meeting.series)
    there = list(meeting.attendances.select_related("unit"))
    found = (
        Bench(kind, [one for one in seats if one.kind == kind], [one for one in there if one.kind == kind])
        for kind in SeatKind
    )
    return [bench for bench in found if bench.seats or bench.attendances]


def has_quorum(found):
    return all(bench.is_reached for bench in found)


def open_session(meeting, by, at):
    """Begin: the agenda is brought up to date once more and stands from here on; ``by`` is in the chair."""
    with transaction.atomic():
        agenda.build(meeting, at)
        meeting = agenda.planned(meeting)
        meeting.state, meeting.chair, meeting.opened_at = Meeting.State.OPEN, by, at
        meeting.save(update_fields=["state", "chair", "opened_at"])
    return meeting


@transaction.atomic
def sign_in(meeting, by, at, *, kind, unit=None, name=""):
    """Somebody is there; signing in twice is once."""
    meeting = in_session(meeting)
    name = name.strip()
    for known in meeting.attendances.filter(kind=kind, unit=unit):
        if known.name == name:
            return known
    return Attendance.objects.create(meeting=meeting, kind=kind, unit=unit, name=name, at=at, by=by)


@transaction.atomic
def strike(attendance):
    """They were written down by mistake; Refused once they have said something."""
    in_session(attendance.meeting)
    if attendance.remarks.exists():
        raise Refused(SPOKE)
    attendance.delete()


@transaction.atomic
def remark(item, by, at, *, text, speaker=None):
    """One line of what was said; the same line sent twice is once.

    It can never be changed, so what names the resident is left out at once.
    """
    in_session(item.meeting)
    text = without_personal_data(text, item.case) if item.case else text
    last = item.remarks.order_by("-pk").first()
    if last and (last.text, last.speaker_id) == (text, speaker and speaker.pk):
        return last
    return Remark.objects.create(item=item, speaker=speaker, text=text, at=at, by=by)


@transaction.atomic
def close(meeting, at):
    """End the meeting; its minutes are drafted."""
    meeting = in_session(meeting)
    meeting.state, meeting.closed_at = Meeting.State.HELD, at
    meeting.save(update_fields=["state", "closed_at"])
    minutes.draft(meeting)
    return meeting


def in_session(meeting):
    """The meeting, locked; Refused where it has not begun or is over."""
    meetings = Meeting.objects.select_for_update(of=("self",)).select_related("series__unit", "series__estate")
    meeting = meetings.get(pk=meeting.pk)
    if not meeting.is_open:
        raise Refused(NOT_OPEN)
    return meeting
