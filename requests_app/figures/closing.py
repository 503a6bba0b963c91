"""Months that are closed: figures frozen with a hash, and what changed since as lines beside them."""

from django.db import IntegrityError, transaction

from requests_app.figures.board import board_of
from requests_app.figures.counters import Read, Wanted, estate_place, read
from requests_app.figures.definitions import FIGURES, Definitions, readings
from requests_app.figures.measures import Kind
from requests_app.models import Adjustment, MonthClose
from services.models import FigureDefinition, Unit

# What a number of each kind is multiplied with when it is kept.
UNIT = {kind: 1_000_000 if kind == Kind.LEG else 1 for kind in Kind}


def close(unit, first, by, at):
    """Freeze the figures of ``unit`` and all below it for the month beginning with ``first``; its MonthClose.

    The one that is there already where somebody was quicker. The month must be over: ValueError.
    """
    definitions = Definitions()
    if definitions.periods.month(first).end > at:
        raise ValueError("the month is not over")
    content = content_of(board_of(unit, definitions, first, at))
    digest = MonthClose.digest_of(content)
    try:
        with transaction.atomic():
            return MonthClose.objects.create(
                unit=unit, month=first, content=content, digest=digest, closed_by=by, closed_at=at
            )
    except IntegrityError:
        return MonthClose.objects.get(unit=unit, month=first)


def content_of(board):
    """What is frozen: the counts by place, kind and outcome, and the version of each definition."""
    first, counts = board.first, board.counts
    places = [board.unit.code, *(line.unit.code for line in board.below)]
    places += [estate_place(estate.pk) for estate in board.estates]
    return {
        "unit": board.unit.code,
        "month": str(board.month),
        "begin": board.month.begin.isoformat(),
        "end": board.month.end.isoformat(),
        "definitions": {key: board.definitions.holding(key, first).version for key in FigureDefinition.Key.values},
        "counts": {place: _whole(counts.of(place, first)) for place in places},
    }


def _whole(counts):
    """``counts`` in whole numbers, which every database gives back as they were: legs in microseconds."""
    return {kind: {name: round(n * UNIT[kind]) for name, n in of.items()} for kind, of in counts.items()}


def frozen_readings(closed, place, definitions, at_department):
    """The figures of ``place`` as the month was closed with them."""
    chosen = {key: definitions.version(key, number) for key, number in closed.content["definitions"].items()}
    counts = closed.content["counts"].get(place, {})
    counts = {
        kind: {name: n / UNIT[kind] if kind == Kind.LEG else n for name, n in of.items()} for kind, of in counts.items()
    }
    return readings(counts, closed.month, definitions, at_department, chosen)


def adjust(at):
    """Put down what has changed in every closed month since it was closed or last looked at; how many lines."""
    definitions, lines = Definitions(), []
    for closed in MonthClose.objects.select_related("unit").prefetch_related("adjustments"):
        places = set(closed.content["counts"])
        now = read([Wanted(places, {closed.month})], at, definitions)
        lines += _changes(closed, places, now, definitions, at)
    Adjustment.objects.bulk_create(lines)
    return len(lines)


def _changes(closed, places, now: Read, definitions, at):
    known = {(line.place, line.figure): line.now for line in closed.adjustments.all()}
    at_department = closed.unit.kind == Unit.Kind.DEPARTMENT
    for place in sorted(places):
        before = frozen_readings(closed, place, definitions, at_department)
        for key, reading in before.items():
            was = known.get((place, str(key)), _said(reading.counts, reading.times))
            counts = now.of(place, closed.month)
            times = counts.get(Kind.LEG, {}) if reading.figure.form == "time" else {}
            current = _said(counts.get(reading.figure.kind, {}), times)
            if current != was:
                yield Adjustment(close=closed, place=place, figure=key, was=was, now=current, found_at=at)


def _said(counts, times):
    return {**counts, **{f"time:{holder}": round(seconds, 3) for holder, seconds in times.items()}}


def figures_of(adjustment, definitions, closed, at_department):
    """(was, now) of an adjustment as readings."""
    figure = next(figure for figure in FIGURES if figure.key == adjustment.figure)
    chosen = {key: definitions.version(key, number) for key, number in closed.content["definitions"].items()}

    def reading(said):
        counts = {name: number for name, number in said.items() if not name.startswith("time:")}
        times = {name[5:]: seconds for name, seconds in said.items() if name.startswith("time:")}
        kinds = {figure.kind: counts, Kind.LEG: times}
        return readings(kinds, closed.month, definitions, at_department, chosen)[figure.key]

    return reading(adjustment.was), reading(adjustment.now)
