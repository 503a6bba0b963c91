"""Moments as people say them."""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

register = template.Library()
# By how many days after today it is.
NEAR = {
    -1: gettext_lazy("yesterday %(clock)s"),
    0: gettext_lazy("today %(clock)s"),
    1: gettext_lazy("tomorrow %(clock)s"),
}
# No day that is said is near this one, nor in its year.
LONG_AGO = datetime(2000, 1, 3, tzinfo=UTC)


@register.filter
def stamp(value):
    """``value`` with day and year in full, for paper: what is printed today is read tomorrow."""
    return moment(value, LONG_AGO)


@register.filter
def moment(value, at=None):
    """``value`` in the fewest words: the hour alone for days next to that of ``at`` (now), the year only if another."""
    if not value:
        return ""
    value, today = timezone.localtime(value), timezone.localdate(at)
    if value.time() == time.min:
        # A day that counts to its end ends at 24:00; "0:00 of the next" would be read as a day more.
        return _at_the_end_of(value.date() - timedelta(days=1), today)
    return _said(value.date(), today, f"{value:%H:%M}")


@register.filter
def day(value):
    """``value``, a date, in the fewest words: the year only if it is another than this one."""
    return _in_days(value, timezone.localdate()) if value else ""


@register.filter
def duration(value):
    """``value`` (a timedelta) in its two largest units: 3 days 4 hours, 4 hours 20 minutes, 20 minutes."""
    minutes = int(value.total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        said = [ngettext("%(count)s day", "%(count)s days", days) % {"count": days}]
        return " ".join([*said, *([_hours(hours)] if hours else [])])
    said = [_hours(hours)] if hours else []
    return " ".join([*said, *([_minutes(minutes)] if minutes or not hours else [])])


def _hours(count):
    return ngettext("%(count)s hour", "%(count)s hours", count) % {"count": count}


def _minutes(count):
    return ngettext("%(count)s minute", "%(count)s minutes", count) % {"count": count}


def _at_the_end_of(day, today):
    return _said(day, today, "24:00")


def _said(day, today, clock):
    near = NEAR.get((day - today).days)
    if near:
        return near % {"clock": clock}
    return _("%(day)s %(clock)s") % {"day": _in_days(day, today), "clock": clock}


def _in_days(day, today):
    pattern = pgettext("date format", "M j") if day.year == today.year else pgettext("date format", "M j Y")
    return _day_said(day, pattern, get_language())


# One page says few days many times.
@lru_cache(maxsize=2048)
def _day_said(day, pattern, language):
    return date_format(day, pattern)
