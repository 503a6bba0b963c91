"""Weeks of the past two years, and what they let expect (未诉先办).

A week is counted once it is over, by the sweep; ``prove`` counts all of them anew. Weeks a year apart are 52 weeks
apart, so that a winter's week lies over a winter's week and always begins on a Monday.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from requests_app.figures.counters import DISTRICT_DIGITS, estate_place
from requests_app.models import CountedWeek, ServiceRequest, WeekCount
from services.models import Category, Estate, RecurrenceRule, codes_below
from services.models.units import COMMUNITY_DIGITS, STREET_DIGITS

WEEK = timedelta(weeks=1)
YEAR = 52  # weeks
YEARS = 2
AHEAD = 8  # weeks for which trouble is expected
SHOWN = 12  # categories in the heat table; the others are one row
EXPECTED_AT_MOST = 30
SHADES = 4


def monday_of(at):
    """The Monday of the week that ``at`` lies in."""
    day = timezone.localdate(at)
    return day - timedelta(days=day.weekday())


def fold(at, most=None):
    """Count up to ``most`` weeks that are over and not counted yet, the latest first; how many."""
    now = monday_of(at)
    wanted = [now - number * WEEK for number in range(1, YEARS * YEAR + 1)]
    counted = set(CountedWeek.objects.filter(monday__gte=wanted[-1]).values_list("monday", flat=True))
    missing = [monday for monday in wanted if monday not in counted][:most]
    for monday in missing:
        count_week(monday)
    return len(missing)


def _found(monday):
    """{(area, estate, category): requests} of one week; what was filed before anybody asked is no request."""
    begin = timezone.make_aware(datetime.combine(monday, time.min))
    end = timezone.make_aware(datetime.combine(monday + WEEK, time.min))
    filed = ServiceRequest.objects.filter(created_at__gte=begin, created_at__lt=end)
    filed = filed.exclude(source=ServiceRequest.Source.PREVENTIVE).order_by().values_list("area", "estate", "category")
    return {tuple(key): number for *key, number in filed.annotate(number=Count("pk"))}


@transaction.atomic
def count_week(monday):
    """Write what was filed in the week of ``monday``; twice is once."""
    WeekCount.objects.filter(monday=monday, cases__gt=0).update(cases=0)
    _write(monday, _found(monday), "cases")
    CountedWeek.objects.get_or_create(monday=monday)


@transaction.atomic
def carry_over(monday, numbers):
    """Take over what was counted elsewhere in the week of ``monday``: {(Estate, Category): requests}."""
    found = {(estate.branch.code, estate.pk, category.pk): number for (estate, category), number in numbers.items()}
    WeekCount.objects.filter(monday=monday, carried__gt=0).update(carried=0)
    _write(monday, found, "carried")


def _write(monday, found, field):
    cells = Counter()
    for (area, estate, category), number in found.items():
        above = {area[:digits] for digits in (DISTRICT_DIGITS, STREET_DIGITS, COMMUNITY_DIGITS)} | {area}
        for place in above:
            cells[place, None, place, category] += number
        cells[estate_place(estate), estate, area, category] += number
    rows = [
        WeekCount(place=place, estate_id=estate, area=area, category_id=category, monday=monday, **{field: number})
        for (place, estate, area, category), number in cells.items()
    ]
    once = ["place", "monday", "category"]
    WeekCount.objects.bulk_create(
        rows, batch_size=500, update_conflicts=True, unique_fields=once, update_fields=[field]
    )


def prove(at):
    """Count every week anew and put right what differs; how many weeks were wrong."""
    wrong = 0
    for counted in CountedWeek.objects.filter(monday__lt=monday_of(at)).order_by("monday"):
        stored = WeekCount.objects.filter(monday=counted.monday, estate__isnull=False, cases__gt=0)
        known = {
            (area, estate, category): cases
            for area, estate, category, cases in stored.values_list("area", "estate", "category", "cases")
        }
        if known != _found(counted.monday):
            count_week(counted.monday)
            wrong += 1
    return wrong


@dataclass(frozen=True)
class Cell:
    """Requests of one category in one week of the year, over two years; ``shade`` 0 to 4."""

    number: int
    shade: int


@dataclass(frozen=True)
class Heat:
    """The heat table: the Mondays to come, a row for each category, the weeks' sums."""

    mondays: list
    rows: list
    totals: list

    @property
    def most(self):
        return max((cell.number for _category, cells, _total in self.rows for cell in cells), default=0)


def heat_of(place, at):
    """The Heat of one place from this week on, by what was asked in the same weeks of two years; two queries."""
    now = monday_of(at)
    mondays = [now + number * WEEK for number in range(YEAR)]
    counts = WeekCount.objects.filter(place=place, monday__gte=now - YEARS * YEAR * WEEK, monday__lt=now)
    numbers = defaultdict(Counter)
    for category, monday, cases, carried in counts.values_list("category", "monday", "cases", "carried"):
        numbers[category][(monday - now).days // 7 % YEAR] += cases + carried
    sums = {category: sum(weeks.values()) for category, weeks in numbers.items()}
    order = sorted((key for key in sums if sums[key]), key=lambda key: (-sums[key], key))
    names = Category.objects.in_bulk(order[:SHOWN])
    lines = [(names[key], numbers[key]) for key in order[:SHOWN]]
    if order[SHOWN:]:
        lines.append((None, sum((numbers[key] for key in order[SHOWN:]), Counter())))
    top = max((number for _category, weeks in lines for number in weeks.values()), default=0)
    rows = [
        (category, [Cell(weeks[week], _shade(weeks[week], top)) for week in range(YEAR)], sum(weeks.values()))
        for category, weeks in lines
    ]
    totals = [sum(weeks[week] for _category, weeks in lines) for week in range(YEAR)]
    return Heat(mondays, rows, totals)


def _shade(number, top):
    return -(-number * SHADES // top) if number else 0


@dataclass(frozen=True)
class Expected:
    """Trouble to expect at one estate: how many in the same weeks of last year and of the year before, and which."""

    estate: Estate
    category: Category
    last_year: int
    year_before: int
    weeks: list

    @property
    def total(self):
        return self.last_year + self.year_before

    @property
    def first(self):
        return self.weeks[0]

    @property
    def last(self):
        return self.weeks[-1]


def expected(at, *, unit=None, estate=None):
    """What the coming weeks will bring to the estates below ``unit``, or to ``estate``; most first, four queries.

    Both years had it, and together as often as the rule of the category says.
    """
    begin = monday_of(at)
    weeks = _weeks_before(begin, 1) | _weeks_before(begin, 2)
    counts = WeekCount.objects.filter(weeks, estate__isnull=False)
    counts = counts.filter(estate=estate) if estate else counts.filter(codes_below("area", unit.code))
    asked = Sum(F("cases") + F("carried"))
    groups = (
        counts.order_by()
        .values("estate", "category")
        .annotate(
            last_year=Sum(F("cases") + F("carried"), filter=_weeks_before(begin, 1), default=0),
            year_before=Sum(F("cases") + F("carried"), filter=_weeks_before(begin, 2), default=0),
            total=asked,
        )
    )
    groups = list(groups.filter(last_year__gt=0, year_before__gt=0).order_by("-total", "estate", "category")[:200])
    estates = Estate.objects.select_related("branch__parent").in_bulk({row["estate"] for row in groups})
    categories = Category.objects.in_bulk({row["category"] for row in groups})
    rule_for = RecurrenceRule.objects.nearest()
    kept = [row for row in groups if row["total"] >= rule_for(categories[row["category"]]).expected_from]
    kept = kept[:EXPECTED_AT_MOST]
    when = _when(counts, kept, begin)
    return [
        Expected(
            estates[row["estate"]],
            categories[row["category"]],
            row["last_year"],
            row["year_before"],
            sorted(when[row["estate"], row["category"]]),
        )
        for row in kept
    ]


def _weeks_before(begin, years):
    first = begin - years * YEAR * WEEK
    return Q(monday__gte=first, monday__lt=first + AHEAD * WEEK)


def _when(counts, kept, begin):
    """{(estate, category): the Mondays to come over which something lay in one of the years}."""
    estates, categories = {row["estate"] for row in kept}, {row["category"] for row in kept}
    rows = counts.filter(estate__in=estates, category__in=categories).filter(Q(cases__gt=0) | Q(carried__gt=0))
    when = defaultdict(set)
    for estate, category, monday in rows.values_list("estate", "category", "monday"):
        when[estate, category].add(begin + (monday - begin).days // 7 % YEAR * WEEK)
    return when
