"""Figures as people read them."""

from datetime import timedelta

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from requests_app.models import Holder
from requests_app.templatetags.moments import duration

register = template.Library()


@register.filter
def said(reading):
    """The value of a reading: a number, a share with one decimal, a time; a dash where nothing is counted."""
    return as_text(reading.value, reading.figure.form)


def as_text(value, form):
    """``value`` (None for nothing) as a figure of that form says it."""
    if value is None:
        return "–"
    if form == "share":
        return f"{100 * value:.1f}%"
    return duration(timedelta(seconds=value)) if form == "time" else str(value)


@register.filter
def as_share(value):
    """A share in percent with one decimal; a dash where there is none."""
    return as_text(value, "share")


@register.filter
def compared(now, before):
    """How far ``now`` lies from ``before``, with its sign: in percentage points, in requests or in time."""
    if now.value is None or before.value is None:
        return ""
    change = now.value - before.value
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    if now.figure.form == "share":
        return _("%(sign)s%(change)s points") % {"sign": sign, "change": f"{abs(100 * change):.1f}"}
    return sign + as_text(abs(change), now.figure.form)


@register.filter
def holder(name):
    """Who had it, in words."""
    return pgettext("held by", "nobody: merged or closed") if name == "nobody" else Holder(name).label


@register.filter
def time_of(seconds):
    return duration(timedelta(seconds=seconds))
