"""The figures of one unit in one month, with last month, last year and all below it: read from the counters."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.utils.functional import cached_property

from requests_app.figures.counters import Read, Wanted, estate_place, read
from requests_app.figures.definitions import FIGURES, Definitions, Key, readings
from requests_app.figures.measures import Kind
from requests_app.figures.periods import Month, month_after
from requests_app.models import WORKED_ON, ServiceRequest
from services.models import Category, Estate, Unit, codes_below

TREND = 13  # months of a line, this one included
BREAKDOWNS = ("department", "category", "source", "street")


class Line:
    """The figures of one part of a unit: this month's (``now``), last month's (``before``), of a unit's own line also
    those of a year ago (``year``).

    ``scope`` is what the address of a number says about it.
    """

    def __init__(self, name, read, months, scope, unit):
        self.name, self._read, self._months, self.scope, self.unit = name, read, months, scope, unit

    @cached_property
    def now(self):
        return self._read(self._months[0])

    @cached_property
    def before(self):
        return self._read(self._months[1])

    @cached_property
    def year(self):
        return self._read(self._months[2])


@dataclass
class Board:
    """What a page of figures shows. ``counts`` are the counters; nothing below asks the database for cases."""

    unit: Unit
    first: date
    at: object
    definitions: Definitions
    counts: Read
    units: list
    estates: list
    categories: dict

    @property
    def at_department(self):
        return self.unit.kind == Unit.Kind.DEPARTMENT

    @property
    def month(self) -> Month:
        return self.definitions.periods.month(self.first)

    @cached_property
    def months(self):
        """This month, the one before, and the same one of last year."""
        return months_beside(self.first)

    @property
    def figures(self):
        return [figure for figure in FIGURES if (figure.of_departments if self.at_department else figure.of_areas)]

    @cached_property
    def own(self):
        return Line(self.unit.name, self._reader(self.unit.code), self.months, {}, None)

    @cached_property
    def trend(self):
        """The value of every figure month by month, oldest first, None where there was nothing: {key: values}."""
        months = [month_after(self.first, -back) for back in range(TREND - 1, -1, -1)]
        of_months = [
            readings(self.counts.of(self.unit.code, month), month, self.definitions, self.at_department)
            for month in months
        ]
        return {figure.key: [found[figure.key].value for found in of_months] for figure in self.figures}

    @cached_property
    def below(self):
        """One line for each unit below."""
        return [self._line(unit.name, unit.code, unit=unit) for unit in self.units if is_below(unit, self.unit)]

    @cached_property
    def of_estates(self):
        served_by = {unit.pk: unit for unit in [*self.units, self.unit]}
        return [
            self._line(
                estate.name,
                estate_place(estate.pk),
                scope={"estate": estate.pk},
                unit=served_by.get(estate.branch_id, self.unit),
            )
            for estate in self.estates
        ]

    def by(self, by):
        """One line for each member of a breakdown that has anything this month, those with most first."""
        names = self._names(by)
        members = [name for name in self.counts.members(self.unit.code, self.first, by) if name in names]
        lines = [self._line(names[member], self.unit.code, by, member) for member in members]
        return sorted(lines, key=lambda line: (-_size(line.now), line.name))

    @cached_property
    def days(self):
        """(day of the month, filed, closed) for each day that had any."""
        found = {}
        for day in self.counts.members(self.unit.code, self.first, "day"):
            counts = self.counts.of(self.unit.code, self.first, "day", day)
            closed = counts.get(Kind.ENDED, {})
            ended = closed.get("rated", 0) + closed.get("lapsed", 0)
            found[day] = (int(day[3:]), counts.get(Kind.FILED, {}).get("filed", 0), ended)
        return [found[day] for day in sorted(found)]

    def _names(self, by):
        if by == "category":
            return self.categories
        if by == "source":
            return {source.value: str(source.label) for source in ServiceRequest.Source}
        kind = Unit.Kind.STREET if by == "street" else Unit.Kind.DEPARTMENT
        return {unit.code: unit.name for unit in self.units if unit.kind == kind}

    def _line(self, name, place, by="", member="", scope=None, unit=None):
        read_month = self._reader(place, by, member)
        return Line(name, read_month, self.months[:2], scope or ({"by": by, "member": member} if by else {}), unit)

    def _reader(self, place, by="", member=""):
        """What reads the figures of one part from the counters, month by month."""
        is_department = self.at_department or by == "department"
        return lambda month: readings(self.counts.of(place, month, by, member), month, self.definitions, is_department)


def is_below(one, unit):
    """Whether the board of ``unit`` has a line for ``one``: an area under an area, a team under a department."""
    return one.parent_id == unit.pk and (
        one.kind == unit.kind == Unit.Kind.DEPARTMENT or Unit.Kind.DEPARTMENT not in (one.kind, unit.kind)
    )


def months_beside(first):
    return first, month_after(first, -1), month_after(first, -12)


def _size(now):
    """How much a line has to say."""
    return max(now[key].total for key in (Key.CLOSED, Key.ON_TIME))


def board_of(unit, definitions, first, at):
    """The Board of ``unit`` for the month beginning with ``first``; at most eight queries."""
    beside = Q(parent=unit) | Q(kind=Unit.Kind.DEPARTMENT) | Q(kind=Unit.Kind.STREET)
    units = list(Unit.objects.filter(beside).order_by("code"))
    at_community = unit.kind in (Unit.Kind.COMMUNITY, Unit.Kind.BRANCH)
    estates = list(Estate.objects.under(unit).order_by("name")) if at_community else []
    categories = {str(pk): name for pk, name in Category.objects.values_list("pk", "name")}
    trend = {month_after(first, -back) for back in range(TREND)}
    places = {one.code for one in units if is_below(one, unit)} | {estate_place(estate.pk) for estate in estates}
    lately = set(months_beside(first)[:2])
    wanted = [
        Wanted({unit.code}, trend),
        Wanted({unit.code}, lately, set(BREAKDOWNS)),
        Wanted({unit.code}, {first}, {"day"}),
        Wanted(places, lately),
    ]
    departments = [one.code for one in units if one.kind == Unit.Kind.DEPARTMENT]
    counts = read(wanted, at, definitions, departments)
    return Board(unit, first, at, definitions, counts, units, estates, categories)


def in_hand(unit, at):
    """How many requests are open now and how many of them late, by the estates' units or the lead; one query."""
    where = Q(lead__in=Unit.objects.under(unit).order_by().values("pk"))
    if unit.kind != Unit.Kind.DEPARTMENT:
        where = codes_below("area", unit.code)
    late = Count("pk", filter=Q(due_at__lt=at))
    return ServiceRequest.objects.filter(where, status__in=WORKED_ON).aggregate(open=Count("pk"), late=late)


def month_in_short(place, at):
    """This month's numbers of a unit or an estate for everybody to read: no names, no cases.

    ``place`` is the code of a unit, or what ``estate_place`` gives. A dict: filed, closed, done in time and solved (as
    shares, None where nothing is counted), and the first day of the month.
    """
    line = line_in_short(place, at)
    return {"month": line.month, **{name: line.now[key].value for name, key in IN_SHORT.items()}}


def line_in_short(place, at):
    """The Line of a unit or an estate (as for ``month_in_short``) with this month's figures and last month's.

    ``month`` is its first day.
    """
    definitions = Definitions()
    first = definitions.periods.month_of(at)
    months = months_beside(first)
    counts = read([Wanted({place}, set(months))], at, definitions)

    def read_month(month):
        return readings(counts.of(place, month), month, definitions)

    line = Line(place, read_month, months, {}, None)
    line.month = first
    return line


# What everybody is told of a month.
IN_SHORT = {"filed": Key.FILED, "closed": Key.CLOSED, "on_time": Key.ON_TIME, "solved": Key.SOLVED}
