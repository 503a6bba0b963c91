"""Statistic days and months: to which of them a moment belongs. Pure functions of the definitions given.

A statistic day ends at its cut-off hour: with 17, Monday reaches from Sunday 17:00 to Monday 17:00. A month begins with
its first statistic day, by the version that holds for it, and ends where the next one begins: every moment belongs to
exactly one day and one month, also where the hour changes.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Month:
    """One statistic month: its first day, and the moments with which it begins and ends."""

    first: date
    begin: datetime
    end: datetime

    def __str__(self):
        return f"{self.first:%Y-%m}"


def month_after(first, count=1):
    """The first day of the month ``count`` months after that of ``first``; before it where ``count`` is negative."""
    year, month = divmod(first.year * 12 + first.month - 1 + count, 12)
    return date(year, month + 1, 1)


def day_begins(day, hour):
    """The moment at which the statistic day ``day`` begins where days end at ``hour`` o'clock."""
    if hour == 0:
        return timezone.make_aware(datetime.combine(day, time.min))
    return timezone.make_aware(datetime.combine(day - DAY, time(hour)))


class Periods:
    """The statistic days as ``versions`` (definitions of the statistic day, oldest first) say."""

    def __init__(self, versions):
        self._versions = versions
        self._begins = {}

    def hour(self, first):
        """The cut-off hour that holds for the month beginning with ``first``."""
        holding = [version for version in self._versions if version.valid_from <= first]
        return (holding or self._versions)[-1 if holding else 0].cut_off_hour

    def begin(self, first):
        if first not in self._begins:
            self._begins[first] = day_begins(first, self.hour(first))
        return self._begins[first]

    def month(self, first):
        return Month(first, self.begin(first), self.begin(month_after(first)))

    def month_of(self, moment):
        """The first day of the month that ``moment`` belongs to."""
        first = timezone.localdate(moment).replace(day=1)
        following = month_after(first)
        return following if moment >= self.begin(following) else first

    def day_of(self, moment):
        """The statistic day that ``moment`` belongs to, within its month."""
        first = self.month_of(moment)
        local, hour = timezone.localtime(moment), self.hour(first)
        day = local.date() + DAY if hour and local.hour >= hour else local.date()
        return min(max(day, first), month_after(first) - DAY)


def month_by_hour(first, hour):
    """The month beginning with ``first`` as it is where days end at ``hour`` o'clock, whatever holds for it."""
    return Month(first, day_begins(first, hour), day_begins(month_after(first), hour))
