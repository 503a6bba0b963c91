"""How a date was counted: the proof of one deadline, a row a day, for whoever may see the case."""

from datetime import time, timedelta

from django.core.exceptions import ImproperlyConfigured
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from requests_app.journey.account import account_of
from requests_app.journey.limits import limits_for, statutory_calendar
from requests_app.journey.proof import Why
from requests_app.privacy import reads_internals
from requests_app.views.cases import clock_in_words, limit_in_words, signed_in_or_tracked
from requests_app.views.shared import visible_case
from requests_app.wording import event_sentence
from services.models import Limit

TimeUnit = Limit.TimeUnit
# How each unit of time is counted, for somebody who counts along with a finger on the calendar.
RULES = {
    TimeUnit.MINUTES: gettext_lazy("Every minute counts, day and night, holidays too."),
    TimeUnit.HOURS: gettext_lazy("Only working hours count: %(hours)s on working days."),
    TimeUnit.WORKDAYS: gettext_lazy(
        "The day it began is not counted. From the next day on each working day counts as one; it ends when work ends "
        "on the last of them."
    ),
    TimeUnit.DAYS: gettext_lazy(
        "The day it began is not counted. From the next day on every day counts, holidays too; it ends at midnight of "
        "the last of them."
    ),
}
REASONS = {
    Why.WORKING: pgettext_lazy("of the calendar", "working day"),
    Why.MAKE_UP: gettext_lazy("worked in exchange for a holiday"),
    Why.HALF_DAY: gettext_lazy("half day"),
    Why.CALENDAR_DAY: gettext_lazy("every day counts"),
    Why.ROUND_THE_CLOCK: gettext_lazy("day and night"),
    Why.FIRST_DAY: gettext_lazy("the day it began"),
    Why.WEEKEND: gettext_lazy("weekend"),
    Why.HOLIDAY: gettext_lazy("day off"),
    Why.BREAK: gettext_lazy("break"),
    Why.CLOSED: gettext_lazy("outside working hours"),
    Why.PAUSED: gettext_lazy("waiting for the resident"),
}
# One day of a limit, and several that are one row.
NTH = {
    TimeUnit.WORKDAYS: (gettext_lazy("working day %(number)s"), gettext_lazy("working days %(first)s to %(last)s")),
    TimeUnit.DAYS: (gettext_lazy("day %(number)s"), gettext_lazy("days %(first)s to %(last)s")),
}
WEEKDAYS = (
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
)


@signed_in_or_tracked
@never_cache
@require_safe
def deadline(request, pk, deadline_pk):
    """The proof of one deadline of a case; 404 where the case is out of sight or the deadline another case's."""
    at = timezone.now()
    case = visible_case(request, pk)
    chosen = case.deadlines.select_related("calendar").filter(pk=deadline_pk).first()
    if chosen is None:
        raise Http404
    internal = reads_internals(request.user, case)
    return render(request, "requests/deadline.html", deadline_context(case, chosen, at, internal))


def deadline_context(case, deadline, at, internal):
    """Everything the page of ``deadline`` shows; what is said inside alone only where ``internal``."""
    account = account_of(deadline, list(case.pauses.select_related("reason")))
    clock_in_words(deadline, at)
    return {
        "case": case,
        "deadline": deadline,
        "total": limit_in_words(deadline.amount + deadline.extended_by, deadline.time_unit),
        "rule": RULES[deadline.time_unit] % {"hours": _hours(account)},
        "rows": [_row(days, account, at) for days in account.rows],
        "is_asked": any(not pause.is_merger for pause in account.pauses),
        "is_merged": any(pause.is_merger for pause in account.pauses),
        "is_paused": case.waits_for_answer and deadline.ended_at is None,
        "moves": _moves(case, deadline, internal),
        **_changes_since(case, account),
    }


def _hours(account):
    """The blocks of a working day in words; an empty text where the calendar was not kept."""
    blocks = account.calendar.blocks if account.calendar else ()
    return pgettext("between times", ", ").join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in blocks)


def _row(days, account, at):
    """One row of the table: which day, why, what of it counted, and the hours where parts of it differ."""
    chief = days.chief
    return {
        "when": _dates(days, at),
        "weekday": WEEKDAYS[days.first.weekday()] if days.first == days.last else "",
        "why": _reason(chief, account),
        "counted": _counted(days, account.deadline.time_unit),
        "is_assumed": chief.is_assumed,
        "parts": [_part(span, account) for span in days.spans] if _differs(days) else [],
    }


def _dates(days, at):
    """The day, or the first and the last of several, as pieces that are not broken."""
    pattern = pgettext("date format", "M j")
    if days.first.year != timezone.localdate(at).year:
        pattern = pgettext("date format", "M j Y")
    first, last = date_format(days.first, pattern), date_format(days.last, pgettext("date format", "M j"))
    return [first] if days.first == days.last else [first, _("to %(last)s") % {"last": last}]


def _reason(span, account):
    """Why ``span`` counts or not; the name of the day where it has one."""
    if span.pause:
        pause = account.pause_of(span)
        return (
            pause.why
            if pause.is_merger
            else _("%(waiting)s: %(reason)s")
            % {
                "waiting": REASONS[Why.PAUSED],
                "reason": pause.why,
            }
        )
    words = REASONS[span.why]
    if span.why == Why.HOLIDAY and span.name:
        return _("%(name)s, day off") % {"name": span.name}
    if span.why == Why.MAKE_UP and span.name:
        words = span.name
    if span.why in (Why.MAKE_UP, Why.HALF_DAY) and span.day in account.calendar.closes:
        until = account.calendar.closes[span.day].strftime("%H:%M")
        return _("%(day)s, work ends at %(time)s") % {"day": words, "time": until}
    return words


def _counted(days, unit):
    """What of a row counted, in words; an empty text where nothing did."""
    if days.time:
        return duration(days.time)
    if not days.nth:
        return ""
    first, last = days.nth
    one, several = NTH[unit]
    return one % {"number": first} if first == last else several % {"first": first, "last": last}


def duration(length: timedelta) -> str:
    """``length`` in hours and minutes, in words."""
    hours, minutes = divmod(round(length.total_seconds() / 60), 60)
    if not minutes:
        return _("%(hours)s h") % {"hours": hours}
    if not hours:
        return _("%(minutes)s min") % {"minutes": minutes}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}


def _differs(days):
    """Whether the hours of a day must be told apart: where some of them count and the row does not say which."""
    return days.time and days.first == days.last


def _part(span, account):
    begin, end = timezone.localtime(span.begin), timezone.localtime(span.end)
    until = "24:00" if end.time() == time.min else end.strftime("%H:%M")
    counted = duration(span.time) if span.time else ""
    return {"hours": f"{begin:%H:%M}–{until}", "counted": counted, "why": _reason(span, account)}


def _moves(case, deadline, internal):
    """The dates that ``deadline`` had before, each with what moved it; one query."""
    events = case.events.filter(facts__has_key="moved", at__gte=deadline.started_at).select_related(
        "unit", "holder_unit"
    )
    if not internal:
        events = events.public()
    return [
        {"was": parse_datetime(move["was"]), "now": parse_datetime(move["now"]), "why": event_sentence(event)}
        for event in events.order_by("serial")
        for move in event.facts["moved"]
        if move["step"] == deadline.step and (deadline.ended_at is None or event.at <= deadline.ended_at)
    ]


def _changes_since(case, account):
    """What has been changed since ``account``'s deadline was counted, which does not change it any more."""
    deadline, known = account.deadline, {"was_not_kept": account.calendar is None, "is_older": False, "limit_now": ""}
    if account.calendar is not None:
        known["is_older"] = account.due_on(statutory_calendar().with_hours_of(account.calendar)) != deadline.due_at
    try:
        limit = limits_for(case, [deadline.step])[deadline.step]
    except ImproperlyConfigured:
        return known
    # Days to answer or until a review may be fewer than the limit, so only more of the same shows a change.
    if (limit.amount, limit.time_unit) != (deadline.amount, deadline.time_unit) and deadline.step not in CHOSEN:
        known["limit_now"] = limit_in_words(limit.amount, limit.time_unit)
    return known


# Somebody chooses how long these run; the limit is only a ceiling.
CHOSEN = (Limit.Step.ANSWER, Limit.Step.REVIEW)
