"""The figures: of which outcomes each is made, and which version of its definition holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from requests_app.figures.measures import ANSWERS, OUTCOMES, Kind
from requests_app.figures.periods import Periods
from services.models import FigureDefinition

Key = FigureDefinition.Key


@dataclass(frozen=True)
class Part:
    """Some outcomes that a figure counts together; ``weight`` is what each adds to the numerator."""

    key: str
    label: str
    outcomes: tuple[str, ...]
    weight: float = 0.0


@dataclass(frozen=True)
class Figure:
    """What a figure is made of: a ``share`` (weighed parts by all counted), a ``count`` or a mean ``time``."""

    key: Key
    kind: Kind
    form: str
    parts: tuple[Part, ...]
    # False where more of it is worse.
    is_praise: bool = True
    of_areas: bool = True
    of_departments: bool = True

    @property
    def label(self):
        return Key(self.key).label


def _answers(place, said):
    return tuple(answer for answer in ANSWERS if answer[place] in said)


def _in_time(key, kind, done, **of):
    parts = (Part("met", done, ("met",), 1.0), Part("missed", _("late"), ("missed", "late")))
    return Figure(key, kind, "share", parts, **of)


AREAS_ONLY = {"of_departments": False}
FIGURES = (
    Figure(Key.FILED, Kind.FILED, "count", (Part("filed", _("filed"), ("filed",), 1.0),), **AREAS_ONLY),
    Figure(
        Key.CLOSED,
        Kind.ENDED,
        "count",
        (
            Part("rated", _("closed by the resident's word"), ("rated",), 1.0),
            Part("lapsed", _("lapsed"), ("lapsed",), 1.0),
        ),
    ),
    _in_time(Key.ACCEPT, Kind.ACCEPT, _("accepted in time"), **AREAS_ONLY),
    _in_time(Key.DISPATCH, Kind.DISPATCH, _("dispatched in time"), **AREAS_ONLY),
    _in_time(Key.SIGN, Kind.SIGN, _("signed in time")),
    _in_time(Key.ON_TIME, Kind.PROMISE, _("done in time")),
    Figure(
        Key.RETURNED,
        Kind.ORDER,
        "share",
        (Part("returned", _("returned"), ("returned",), 1.0), Part("kept", _("not returned"), ("kept",))),
        is_praise=False,
    ),
    Figure(
        Key.REDONE,
        Kind.REPORT,
        "share",
        (
            Part("redone", _("asked to be redone"), ("estate_redone", "department_redone"), 1.0),
            Part("stands", _("not contested"), ("estate", "department")),
        ),
        is_praise=False,
    ),
    Figure(
        Key.SETTLED,
        Kind.REPORT,
        "share",
        (
            Part("estate", _("settled at the estate"), ("estate",), 1.0),
            Part("department", _("done by a department"), ("department",)),
        ),
        **AREAS_ONLY,
    ),
    Figure(
        Key.TIME, Kind.REPORT, "time", (Part("done", _("reported done"), OUTCOMES[Kind.REPORT], 1.0),), is_praise=False
    ),
    Figure(
        Key.CONTACTED,
        Kind.FOLLOW_UP,
        "share",
        (
            Part("contacted", _("contacted"), _answers(1, "y"), 1.0),
            Part("not_contacted", _("not contacted, or not said"), _answers(1, "-n")),
        ),
    ),
    Figure(
        Key.SOLVED,
        Kind.FOLLOW_UP,
        "share",
        (
            Part("solved", _("solved"), _answers(0, "y"), 1.0),
            Part("not_solved", _("not solved, or not said"), _answers(0, "-n")),
        ),
    ),
    Figure(
        Key.SATISFIED,
        Kind.FOLLOW_UP,
        "share",
        (
            Part("good", _("satisfied"), _answers(2, "g"), 1.0),
            Part("fair", _("mostly satisfied"), _answers(2, "f")),
            Part("poor", _("not satisfied, or not said"), _answers(2, "p-")),
        ),
    ),
    Figure(Key.OVERALL, Kind.FOLLOW_UP, "share", (Part("effective", _("effective follow-up calls"), ANSWERS),)),
)
BY_KEY = {figure.key: figure for figure in FIGURES}

# Why a request is not counted, by its outcome.
LEFT_OUT = {
    "not_due": _("not due yet"),
    "asked": _("stands still while the resident is asked"),
    "withdrawn": _("withdrawn by the resident"),
    "merged": _("merged into another request"),
    "declined": _("declined"),
    "parked": _("parked before it was due"),
    "returned": _("returned before it was due"),
    "reassigned": _("given to another department before it was due"),
    "referred": _("referred to the community before it was due"),
    "moved_on": _("taken further by others before it was due"),
    "estate_redone": _("settled at the estate, then asked to be redone"),
    "department_redone": _("done by a department, then asked to be redone"),
    "refused": _("did not want to answer"),
    "unreachable": _("could not be reached"),
    "missed": _("not called in time"),
}


@lru_cache(maxsize=256)
def _places(key, left_out):
    """With which part of a figure each outcome counts, by its place; None for what is left out.

    An outcome that no part names and that is not left out counts with the first.
    """
    figure = BY_KEY[key]
    named = {outcome: place for place, part in enumerate(figure.parts) for outcome in part.outcomes}
    return {outcome: None if outcome in left_out else named.get(outcome, 0) for outcome in OUTCOMES[figure.kind]}


class Definitions:
    """All versions of all definitions, read once; ImproperlyConfigured where a figure has none."""

    def __init__(self):
        self._versions, self._holding = {}, {}
        for version in FigureDefinition.objects.order_by("valid_from", "version"):
            self._versions.setdefault(version.key, []).append(version)

    def versions(self, key):
        if key not in self._versions:
            raise ImproperlyConfigured(f"no definition of {key}: load the seeds")
        return self._versions[key]

    def holding(self, key, first):
        """The version that holds for the month beginning with ``first``; the oldest one for the time before it."""
        if (key, first) not in self._holding:
            versions = self.versions(key)
            holding = [version for version in versions if version.valid_from <= first] or versions[:1]
            self._holding[key, first] = holding[-1]
        return self._holding[key, first]

    def version(self, key, number):
        """The version of that number, or None."""
        return next((version for version in self.versions(key) if version.version == number), None)

    @cached_property
    def periods(self):
        return Periods(self.versions(Key.STATISTIC_DAY))


class Reading:
    """One figure of one unit in one month: how many requests had which outcome, as a definition counts them.

    ``times`` are the seconds of each holder, of the average time alone; ``others`` the readings of the same unit and
    month, of which the overall score is made.
    """

    def __init__(self, figure, definition, counts, times, others):
        self.figure, self.definition, self.counts = figure, definition, counts
        self.times, self._others = times, others
        self._places = _places(figure.key, tuple(definition.leave_out))
        self._numbers = [0] * len(figure.parts)
        for outcome, number in counts.items():
            place = self._places.get(outcome)
            if place is not None:
                self._numbers[place] += number
        # How many requests the figure counts.
        self.total = sum(self._numbers)

    @property
    def parts(self):
        """(part, number of requests) in order."""
        return list(zip(self.figure.parts, self._numbers, strict=True))

    @property
    def left_out(self):
        """(outcome, reason, number of requests) of those that are not counted, where there are any."""
        return [
            (outcome, LEFT_OUT.get(outcome, outcome), self.counts[outcome])
            for outcome, place in self._places.items()
            if place is None and self.counts.get(outcome)
        ]

    @cached_property
    def value(self):
        """The figure: a share between 0 and 1, a number, or seconds; None where nothing is counted."""
        total = self.total
        if self.figure.form == "count":
            return total
        if not total:
            return None
        if self.figure.form == "time":
            return sum(self.times.values()) / total
        if self.figure.key == Key.OVERALL:
            return self._overall()
        return sum(self._weight(part) * number for part, number in self.parts) / total

    def _overall(self):
        values = [self._others[key].value for key in (Key.CONTACTED, Key.SOLVED, Key.SATISFIED)]
        if None in values:
            return None
        return sum(weight * value for weight, value in zip(self.definition.weights, values, strict=True))

    @property
    def legs(self):
        """The mean seconds of each holder, in the order of the journey."""
        total = self.total
        return [
            (holder, self.times[holder] / total) for holder in OUTCOMES[Kind.LEG] if self.times.get(holder) and total
        ]

    def outcomes_of(self, key):
        """The outcomes that the part, or the reason to be left out, named ``key`` holds; all counted for ``all``."""
        places = self._places.items()
        if key == "all":
            return [outcome for outcome, place in places if place is not None]
        for number, part in enumerate(self.figure.parts):
            if part.key == key:
                return [outcome for outcome, place in places if place == number]
        return [outcome for outcome, place in places if outcome == key and place is None]

    def _weight(self, part):
        if part.key == "fair":
            return self.definition.fair_percent / 100
        return part.weight


class Readings(Mapping):
    """The figures of one unit and month by their keys, each read when it is asked for."""

    def __init__(self, counts, first, definitions, at_department, chosen):
        self._counts, self._first, self._definitions, self._chosen = counts, first, definitions, chosen or {}
        self._figures = OF_DEPARTMENTS if at_department else OF_AREAS
        self._made = {}

    def __getitem__(self, key):
        if key not in self._made:
            self._made[key] = self._read(self._figures[key])
        return self._made[key]

    def __contains__(self, key):
        return key in self._figures

    def __iter__(self):
        return iter(self._figures)

    def __len__(self):
        return len(self._figures)

    def _read(self, figure):
        definition = self._chosen.get(figure.key) or self._definitions.holding(figure.key, self._first)
        times = self._counts.get(Kind.LEG, {}) if figure.form == "time" else {}
        return Reading(figure, definition, self._counts.get(figure.kind, {}), times, self)


OF_AREAS = {figure.key: figure for figure in FIGURES if figure.of_areas}
OF_DEPARTMENTS = {figure.key: figure for figure in FIGURES if figure.of_departments}


def readings(counts, first, definitions, at_department=False, chosen=None):
    """Every figure of one unit and month by its key, from ``counts`` (by kind, by outcome; of legs the seconds).

    ``chosen`` are versions to count by instead of those that hold for the month, by key.
    """
    return Readings(counts, first, definitions, at_department, chosen)
