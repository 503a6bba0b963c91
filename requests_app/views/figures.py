"""The figures: boards of units, the cases behind every number, and what one person has done."""

import re
from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from requests_app.figures import charts, closing
from requests_app.figures.board import BREAKDOWNS, board_of, in_hand
from requests_app.figures.counters import estate_place
from requests_app.figures.counting import Scope, cases_behind, count, count_all
from requests_app.figures.definitions import BY_KEY, FIGURES, Definitions, Key, readings
from requests_app.figures.measures import Kind
from requests_app.figures.periods import month_after, month_by_hour
from requests_app.figures.readers import may_close, unit_for, units_of
from requests_app.models import Act, Event, MonthClose
from requests_app.templatetags.figures import as_text
from requests_app.views.desk_rows import ROWS, case_rows
from requests_app.views.desks import Waiting
from requests_app.views.shared import visible_cases
from requests_app.views.supervisor import FIRST_YEAR, MONTH

MEMBER = re.compile(r"[A-Za-z0-9_]{1,24}")
MONTH_TEXT = re.compile(r"(\d{4})-(\d{2})")
WALL_SECONDS = 60
# Lines of one table until somebody asks for all of it: of units and estates, and of a breakdown, those with most first.
LINES, FIRST = 20, 10
# What all that a figure counts is called.
ALL_LABEL = _("all that count")
LAST_MONTH, OF_SO_MANY = _("last month %(value)s"), _("of %(number)s")
TABLES = {"department": "departments", "category": "categories", "source": "sources", "street": "streets"}


def month_in(request, definitions, at):
    """The first day of the month the URL asks for, this one where it asks for none; 404 for what is none or to come."""
    today = definitions.periods.month_of(at)
    text = request.GET.get("month")
    if not text:
        return today
    found = MONTH_TEXT.fullmatch(text)
    if not found or not FIRST_YEAR <= int(found[1]) <= today.year or not 1 <= int(found[2]) <= 12:
        raise Http404
    first = today.replace(year=int(found[1]), month=int(found[2]))
    if first > today:
        raise Http404
    return first


@never_cache
@require_safe
def figures(request):
    """What one person holds and has done this month, and the units whose figures they read."""
    at = timezone.now()
    units = units_of(request.user, at)
    if not units:
        raise Http404
    definitions = Definitions()
    month = definitions.periods.month(month_in(request, definitions, at))
    request.waiting = waiting = Waiting(request.user)
    context = {
        "units": units,
        **month_links(month.first, definitions.periods.month_of(at)),
        "held": [
            {"desk": desk, "label": tab.label, "number": waiting.counts[f"{desk.slug}_{tab.key}"], "tab": tab.key}
            for desk, _scope in waiting.seats
            for tab in desk.tabs
            if tab.key in desk.owed
        ],
        "done": [
            {"act": row["act"], "label": capfirst(Act(row["act"]).label), "number": row["number"]}
            for row in own_acts(request.user, month).values("act").annotate(number=Count("case", distinct=True))
        ],
    }
    return render(request, "requests/figures.html", context)


def own_acts(user, month):
    """What ``user`` did between the beginning and the end of a month, by act."""
    return Event.objects.filter(actor=user, at__gte=month.begin, at__lt=month.end).order_by("act")


@never_cache
@require_safe
def figures_done(request, act):
    """The cases on which a person took one act in one month."""
    at = timezone.now()
    if act not in Act.values or not units_of(request.user, at):
        raise Http404
    definitions = Definitions()
    month = definitions.periods.month(month_in(request, definitions, at))
    taken = own_acts(request.user, month).filter(act=act)
    cases = visible_cases(request).filter(pk__in=taken.order_by().values("case"))
    context = listed(request, cases, at) | {"tab": {"label": capfirst(Act(act).label)}, "month": month.first}
    return render(request, "requests/figures_done.html", context)


def listed(request, cases, at):
    """One page of ``cases``, newest first, as rows."""
    keys = cases.order_by("-created_at", "-pk").values_list("pk", flat=True)
    page = Paginator(keys, ROWS).get_page(request.GET.get("page"))
    onward = f"?{urlencode({'next': request.get_full_path()})}"
    return {"page": page, "total": page.paginator.count, "rows": case_rows(page, at, onward)}


@never_cache
@require_safe
def board(request, code):
    """The figures of one unit and of all below it in one month."""
    board = board_for(request, code)
    return render(request, "requests/figures_board.html", board_context(request, board))


@never_cache
@require_safe
def wall(request, code):
    """The figures of one unit on a screen on the wall: large, without names of persons, and refreshing itself."""
    board = board_for(request, code)
    context = board_context(request, board, only_below=True) | {"seconds": WALL_SECONDS}
    return render(request, "requests/figures_wall.html", context)


def board_for(request, code):
    at = timezone.now()
    unit, definitions = unit_for(request.user, code, at), Definitions()
    return board_of(unit, definitions, month_in(request, definitions, at), at)


def board_context(request, board, *, only_below=False):
    """What a page shows of a board; ``only_below`` leaves out everything but the units below."""
    at, user, shown = board.at, request.user, Shown(board)
    is_over = board.month.end <= at
    lines = {"below": board.below}
    if not only_below:
        lines |= {"estates": board.of_estates, **{TABLES[by]: board.by(by) for by in BREAKDOWNS}}
    whole = request.GET.get("whole")
    most = {name: FIRST if name in TABLES.values() else LINES for name in lines if name != whole}
    tables = [
        {
            "name": name,
            "lines": [shown.line(line) for line in of_table[: most.get(name)]],
            "rest": len(of_table[most.get(name, len(of_table)) :]),
        }
        for name, of_table in lines.items()
        if of_table
    ]
    reported = board.own.now[Key.TIME]
    return {
        "board": board,
        "unit": board.unit,
        "at": at,
        "in_hand": in_hand(board.unit, at),
        "tiles": [shown.tile(figure) for figure in board.figures],
        "heads": board.figures,
        "tables": tables,
        "days": days_chart(board),
        "legs": charts.ladder(reported.legs),
        "closed": closed_month(board),
        "may_close": is_over and may_close(user, board.unit, board.at),
        **month_links(board.first, board.definitions.periods.month_of(at)),
    }


NO_CELL = "<td>–</td>"


class Shown:
    """The tiles and lines of a board as a page shows them.

    A district's board has two thousand numbers, each with the list it opens: what all of them have in common (the
    address of the figures, the month, the words below a number and below a share) is made once.
    """

    def __init__(self, board):
        self.board = board
        self.root = reverse("requests:figures")
        self.month = {"month": board.first.strftime(MONTH)}
        self.last_month, self.of_so_many = str(escape(LAST_MONTH)), str(escape(OF_SO_MANY))

    def tile(self, figure):
        """One figure with last month, last year, its line through thirteen months and the numbers it is made of."""
        key, own = figure.key, self.board.own
        values = self.board.trend[key]
        highest = 1 if figure.form == "share" else None
        now = own.now[key]
        url = partial(self._cases, self.board.unit, key, query=urlencode(self.month))
        return {
            "key": key,
            "figure": figure,
            "now": now,
            "before": own.before[key],
            "year": own.year[key],
            "lines": charts.spark(values, highest),
            "dots": charts.dots(values, highest, charts.SPARK_WIDTH, charts.SPARK_HEIGHT)[-1:],
            "url": url("all"),
            "parts": [{"label": part.label, "number": number, "url": url(part.key)} for part, number in now.parts],
            "left_out": [
                {"label": reason, "number": number, "url": url(outcome)} for outcome, reason, number in now.left_out
            ],
        }

    def line(self, line):
        """The name of a line, where it leads, and its figures, each with the list it opens.

        The cells are put together here: a template takes long for so many.
        """
        unit = line.unit or self.board.unit
        query = escape(urlencode({**self.month, **line.scope}))
        on_time = line.now[Key.ON_TIME]
        cells = [self._cell(line, figure, self._cases(unit, figure.key, "all", query)) for figure in self.board.figures]
        return {
            "name": line.name,
            "url": f"{self.root}{unit.code}/" if line.unit and not line.scope else "",
            "bar": charts.share(on_time.value, 1),
            "on_time": on_time,
            "cells": SafeString("".join(cells)),
        }

    def _cases(self, unit, key, part, query):
        """As cases_url(), of what was made once."""
        return f"{self.root}{unit.code}/{key}/{part}/?{query}"

    def _cell(self, line, figure, url):
        """One figure of a line, with last month's number below a number, what is counted below a share or a time."""
        now = line.now.get(figure.key)
        if now is None or not now.total:
            return NO_CELL
        if figure.form == "count":
            beside = self.last_month % {"value": line.before[figure.key].value}
        else:
            beside = self.of_so_many % {"number": now.total}
        return f'<td><a href="{url}">{as_text(now.value, figure.form)}</a><small>{beside}</small></td>'


def closed_month(board):
    """What a closed month was closed with, beside what it is now, and the lines of what changed; None while open."""
    closed = MonthClose.objects.filter(unit=board.unit, month=board.first).select_related("closed_by").first()
    if closed is None:
        return None
    frozen = closing.frozen_readings(closed, board.unit.code, board.definitions, board.at_department)
    names = {line.unit.code: line.name for line in board.below} | {board.unit.code: board.unit.name}
    names |= {estate_place(estate.pk): estate.name for estate in board.estates}
    lines = []
    for line in closed.adjustments.all():
        was, now = closing.figures_of(line, board.definitions, closed, board.at_department)
        lines.append({"name": names.get(line.place, line.place), "was": was, "now": now, "at": line.found_at})
    rows = [(reading.figure, reading, board.own.now[key]) for key, reading in frozen.items()]
    return {"close": closed, "rows": rows, "lines": lines}


@require_POST
def close(request, code):
    """A supervisor closes a month that is over: its figures are frozen."""
    at = timezone.now()
    unit, definitions = unit_for(request.user, code, at), Definitions()
    if not may_close(request.user, unit, at):
        raise Http404
    first = month_in(request, definitions, at)
    url = f"{reverse('requests:figures-board', args=[unit.code])}?month={first.strftime(MONTH)}"
    if definitions.periods.month(first).end > at:
        messages.error(request, gettext("This month is not over yet; it can be closed then."))
        return redirect(url)
    closing.close(unit, first, request.user, at)
    messages.success(request, gettext("The month is closed. Whatever changes now appears as an adjustment."))
    return redirect(url)


@never_cache
@require_safe
def versions(request, code):
    """The figures of one month by every version of their definitions, side by side; each opens its cases."""
    at = timezone.now()
    unit, definitions = unit_for(request.user, code, at), Definitions()
    first, scope = month_in(request, definitions, at), Scope(unit)
    days = [(day, month_by_hour(first, day.cut_off_hour)) for day in definitions.versions(Key.STATISTIC_DAY)]
    rows, counted = [], {day.version: count_all(scope, month, at) for day, month in days}
    for figure in FIGURES:
        if figure.of_departments if scope.at_department else figure.of_areas:
            known = definitions.versions(figure.key)
            cells = [
                _version_cell(unit, first, counted[day.version], definitions, scope, version, day)
                for version in known
                for day, _month in days
            ]
            holds = definitions.holding(figure.key, first)
            rows.append({"figure": figure, "versions": known, "cells": cells, "holds": holds})
    day_holds = definitions.holding(Key.STATISTIC_DAY, first)
    context = {"unit": unit, "rows": rows, "days": [day for day, _month in days], "day_holds": day_holds}
    return render(
        request, "requests/figures_versions.html", context | month_links(first, definitions.periods.month_of(at))
    )


def _version_cell(unit, first, counts, definitions, scope, version, day):
    """One figure by one version of its definition and of the statistic day."""
    key = version.key
    reading = readings(counts, first, definitions, scope.counts_departments, {key: version})[key]
    url = cases_url(unit, key, "all", first, version=version.version, day=day.version)
    return {"reading": reading, "version": version, "day": day, "url": url}


def days_chart(board):
    """The lines of what was filed and closed day by day, and the numbers for the table; None where there is nothing."""
    rows = board.days
    if not rows:
        return None
    by_day = {day: (filed, closed) for day, filed, closed in rows}
    days = range(1, max(by_day) + 1)
    filed, closed = ([by_day.get(day, (0, 0))[place] for day in days] for place in (0, 1))
    highest = max(*filed, *closed, 1)
    return {
        "filed": charts.points(filed, highest),
        "closed": charts.points(closed, highest),
        "highest": highest,
        "rows": list(zip(days, filed, closed, strict=True)),
        "width": charts.WIDTH,
        "height": charts.HEIGHT,
    }


def cases_url(unit, key, part, first, **scope):
    query = urlencode({"month": first.strftime(MONTH), **scope})
    return f"{reverse('requests:figures-cases', args=[unit.code, key, part])}?{query}"


def month_links(first, today):
    """The month a page shows, and the ones before and after it (empty where that is to come)."""
    return {
        "month": first,
        "month_text": first.strftime(MONTH),
        "before": month_after(first, -1).strftime(MONTH),
        "after": month_after(first).strftime(MONTH) if first < today else "",
        "is_running": first == today,
    }


@never_cache
@require_safe
def cases(request, code, key, part):
    """The cases behind one number, with the numbers beside it: what a figure counts, and what it leaves out and why."""
    at = timezone.now()
    unit, figure = unit_for(request.user, code, at), BY_KEY.get(key)
    if figure is None:
        raise Http404
    definitions = Definitions()
    first = month_in(request, definitions, at)
    month, scope = period_in(request, definitions, first), scope_in(request, unit)
    reading = reading_of(figure, scope, month, at, definitions, version_in(request, definitions, key))
    outcomes = reading.outcomes_of(part)
    if not outcomes:
        raise Http404
    found = cases_behind(figure.kind, outcomes, scope, month, at)
    context = {
        **listed(request, visible_cases(request).filter(pk__in=found.values("pk")), at),
        "unit": unit,
        "figure": figure,
        "reading": reading,
        "tab": {"label": capfirst(figure.label)},
        "numbers": numbers_beside(request, reading, unit, part),
        **month_links(first, definitions.periods.month_of(at)),
    }
    return render(request, "requests/figures_cases.html", context)


def reading_of(figure, scope, month, at, definitions, version=None):
    """One figure as it is counted at this moment, by its own queries."""
    kinds = {figure.kind, Kind.LEG} if figure.form == "time" else {figure.kind}
    counts = {kind: count(kind, scope, month.begin, month.end, at) for kind in kinds}
    chosen = {figure.key: version} if version else None
    return readings(counts, month.first, definitions, scope.counts_departments, chosen)[figure.key]


def version_in(request, definitions, key, name="version"):
    """The version of a definition the URL names; None where it names none, 404 where there is no such."""
    number = request.GET.get(name)
    if not number:
        return None
    version = definitions.version(key, int(number)) if number.isdecimal() and len(number) < 5 else None
    if version is None:
        raise Http404
    return version


def period_in(request, definitions, first):
    """The month as it holds, or, where the URL names a version of the statistic day (``day``), as that has it."""
    day = version_in(request, definitions, Key.STATISTIC_DAY, "day")
    return month_by_hour(first, day.cut_off_hour) if day else definitions.periods.month(first)


def scope_in(request, unit):
    """Whose cases the URL narrows the unit's to; 404 for what cannot be."""
    by, member, estate = (request.GET.get(name, "") for name in ("by", "member", "estate"))
    if by and (by not in BREAKDOWNS or not MEMBER.fullmatch(member)):
        raise Http404
    if by == "category" and not (member.isdecimal() and len(member) < 19):
        raise Http404
    if estate and not (estate.isdecimal() and len(estate) < 19):
        raise Http404
    return Scope(unit, int(estate) if estate else None, by, member)


def numbers_beside(request, reading, unit, part):
    """What a figure counts and leaves out: (label, number, address), the part shown now marked."""
    rows = [("all", ALL_LABEL, reading.total)]
    rows += [(one.key, one.label, number) for one, number in reading.parts]
    left = [(outcome, reason, number) for outcome, reason, number in reading.left_out]

    def link(key, label, number):
        query = request.GET.copy()
        query.pop("page", None)
        url = reverse("requests:figures-cases", args=[unit.code, reading.figure.key, key])
        return {"label": label, "number": number, "url": f"{url}?{query.urlencode()}", "is_current": key == part}

    return {"counted": [link(*row) for row in rows], "left_out": [link(*row) for row in left]}
