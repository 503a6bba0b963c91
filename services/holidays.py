"""The State Council's notice of a year's holidays, pasted as lines: what they say, what they change, writing them.

A line is a date or a range of dates, whether they are off (休) or worked (班), a name, and where a worked day ends
early its closing time: ``2027-02-06 班 春节调休上班``, ``2月5日至11日 休 春节``, ``2027-12-31 班 除夕前半天 12:00``.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from services.models import CalendarDay, CalendarYear

DAY = timedelta(days=1)
LONGEST = 31  # days of one line: a slip in the month must not make half a year of holidays
NAME_AT_MOST = CalendarDay._meta.get_field("name").max_length
# Around the new year a notice speaks of days of the neighbouring years too.
MARGIN = timedelta(days=14)
KINDS = {
    **dict.fromkeys(("休", "放假", "休息", "off", "holiday"), False),
    **dict.fromkeys(("班", "上班", "调休上班", "work", "working"), True),
}
_DATE = r"(?:(?P<{0}year>\d{{4}})[-/.年])?(?P<{0}month>\d{{1,2}})[-/.月](?P<{0}day>\d{{1,2}})日?"
_END = r"(?:(?:(?P<until_year>\d{4})[-/.年])?(?P<until_month>\d{1,2})[-/.月])?(?P<until_day>\d{1,2})日?"
_KIND = "|".join(sorted(KINDS, key=len, reverse=True))
LINE = re.compile(
    rf"^{_DATE.format('')}(?:\s*(?:至|到|~|—|–|-)+\s*{_END})?[\s,:、]+(?P<kind>{_KIND})[\s,:、]+"
    r"(?P<name>.+?)(?:[\s,、]+(?P<closes>\d{1,2}:\d{2}))?$"
)


@dataclass(frozen=True)
class Change:
    """What a notice says of one day, and what stood there before (None where nothing did)."""

    day: CalendarDay
    before: CalendarDay | None

    @property
    def is_new(self):
        return self.before is None

    @property
    def weekday_works(self):
        """What the weekday alone would say."""
        return self.day.date.isoweekday() <= 5

    @property
    def alters(self):
        """Whether the day is counted differently afterwards, or called differently."""
        return self.before is None or any(
            getattr(self.before, name) != getattr(self.day, name) for name in ("is_working", "closes_at", "name")
        )


def read(text, year):
    """The days that ``text`` tells of ``year``, as unsaved CalendarDays, and what is wrong with it.

    What is wrong is a list of sentences, each with the number of its line; where there are any the days are no use.
    """
    days, problems, seen = [], [], {}
    for number, line in enumerate(text.splitlines(), 1):
        line = unicodedata.normalize("NFKC", line).strip()
        if not line:
            continue
        try:
            for day in _days_of(line, year):
                if day.date in seen:
                    said = {"date": day.date, "line": seen[day.date]}
                    raise ValueError(_("%(date)s stands in line %(line)s already.") % said)
                seen[day.date] = number
                days.append(day)
        except ValueError as problem:
            problems.append(_("Line %(number)s: %(problem)s") % {"number": number, "problem": problem})
    if not days and not problems:
        problems.append(_("There is no line to read."))
    return days, problems


def _days_of(line, year):
    """The CalendarDays of one line; ValueError with a sentence where it cannot be read."""
    found = LINE.match(line)
    if not found:
        raise ValueError(_("This is not “date, off or work, name”."))
    first, last = _dates(found, year)
    works, name, closes = KINDS[found["kind"]], found["name"].strip(), found["closes"]
    if len(name) > NAME_AT_MOST:
        raise ValueError(_("The name is longer than %(most)s characters.") % {"most": NAME_AT_MOST})
    if closes and not works:
        raise ValueError(_("Only a working day can end early."))
    closes_at = _time(closes) if closes else None
    count = (last - first).days + 1
    return [CalendarDay(date=first + n * DAY, is_working=works, name=name, closes_at=closes_at) for n in range(count)]


def _dates(found, year):
    """First and last day of a line."""
    first = _date(found["year"] or year, found["month"], found["day"])
    last = first
    if found["until_day"]:
        last = _date(found["until_year"] or first.year, found["until_month"] or first.month, found["until_day"])
    if last < first:
        raise ValueError(_("The last day comes before the first."))
    if (last - first).days >= LONGEST:
        raise ValueError(_("These are more than %(most)s days.") % {"most": LONGEST})
    if not date(year, 1, 1) - MARGIN <= first <= last <= date(year, 12, 31) + MARGIN:
        raise ValueError(_("This is not a day of %(year)s.") % {"year": year})
    return first, last


def _date(year, month, day):
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError(_("There is no such day.")) from None


def _time(clock):
    try:
        return time.fromisoformat(clock.zfill(5))
    except ValueError:
        raise ValueError(_("There is no such time of day.")) from None


def compare(days):
    """A Change for each of ``days``, in order of their dates; one query."""
    stored = {day.date: day for day in CalendarDay.objects.filter(date__in=[day.date for day in days])}
    return [Change(day, stored.get(day.date)) for day in sorted(days, key=lambda day: day.date)]


def left_out(days, year):
    """The special days of ``year`` that are stored and not among ``days``: they stay as they are."""
    return CalendarDay.objects.filter(date__year=year).exclude(date__in=[day.date for day in days])


def working_days(days, year):
    """How many working days ``year`` has once ``days`` are written: a figure to compare with what is printed."""
    special = dict(CalendarDay.objects.filter(date__year=year).values_list("date", "is_working"))
    special |= {day.date: day.is_working for day in days}
    every = (date(year, 1, 1) + n * DAY for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days))
    return sum(special.get(day, day.isoweekday() <= 5) for day in every)


@transaction.atomic
def write(days, year, basis):
    """Write ``days``, mark ``year`` announced on ``basis`` and its deadlines to be counted anew; the CalendarYear."""
    for day in days:
        day.basis = basis
    CalendarDay.objects.bulk_create(
        days,
        update_conflicts=True,
        unique_fields=["date"],
        update_fields=["is_working", "closes_at", "name", "basis"],
    )
    said = {"is_announced": True, "basis": basis, "recount": True}
    return CalendarYear.objects.update_or_create(year=year, defaults=said)[0]
