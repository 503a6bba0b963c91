"""Moments as people say them."""

from datetime import timedelta

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
    near = {
        today - timedelta(days=1): _("yesterday %(clock)s"),
        today: _("today %(clock)s"),
        today + timedelta(days=1): _("tomorrow %(clock)s"),
    }
    if value.date() in near:
        return near[value.date()] % {"clock": date_format(value, "H:i")}
    if value.year == today.year:
        return date_format(value, pgettext("date format", "M j, H:i"))
    return date_format(value, pgettext("date format", "M j Y, H:i"))
