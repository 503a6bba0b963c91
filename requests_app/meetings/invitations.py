"""The invitation as a calendar file (RFC 5545)."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

LASTS = timedelta(hours=2)  # what a calendar keeps free
MADE_BY = "-//Duidan//Joint meetings//ZH"
KIND = "text/calendar; charset=utf-8"


def calendar_file(meeting, url):
    """``meeting`` as the bytes of an .ics file that leads to ``url``; its time zone is that of the site."""
    starts = timezone.localtime(meeting.at)
    event = Event.new(
        uid=f"meeting-{meeting.pk}@{url.split('/')[2]}",
        summary=meeting.title,
        start=starts,
        end=starts + LASTS,
        stamp=meeting.invited_at or meeting.at,
        location=f"{meeting.series.about} {meeting.place}",
        url=url,
        description=_("Called by %(unit)s. The agenda stands at %(url)s") % {"unit": meeting.series.unit, "url": url},
        status="CANCELLED" if meeting.state == meeting.State.CALLED_OFF else "CONFIRMED",
    )
    calendar = Calendar.new(prodid=MADE_BY, method="PUBLISH", uid=f"calendar-{meeting.pk}", subcomponents=[event])
    calendar.add_missing_timezones()
    return calendar.to_ical()
