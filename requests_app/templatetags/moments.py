"""Moments as people say them."""

from datetime import time, timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

register = template.Library()


@register.filter
def moment(value, at=None):
    """``value`` in the fewest words: the hour alone for days next to that of ``at`` (now), the year only if another."""
    if not value:
        return ""
    value, today = timezone.localtime(value), timezone.localdate(at)
    if value.time() == time.min:
        # A day that counts to its end ends at 24:00; "0:00 of the next" would be read as a day more.
        return _at_the_end_of(value.date() - timedelta(days=1), today)
    return _said(value, value.date(), today, date_format(value, "H:i"))


def _at_the_end_of(day, today):
    return _said(day, day, today, "24:00")


def _said(value, day, today, clock):
    near = {
        today - timedelta(days=1): _("yesterday %(clock)s"),
        today: _("today %(clock)s"),
        today + timedelta(days=1): _("tomorrow %(clock)s"),
    }
    if day in near:
        return near[day] % {"clock": clock}
    pattern = pgettext("date format", "M j") if day.year == today.year else pgettext("date format", "M j Y")
    return _("%(day)s %(clock)s") % {"day": date_format(value, pattern), "clock": clock}
