"""The figures: of which outcomes each is made, and which version of its definition holds."""

from dataclasses import dataclass
from functools import cached_property

from django.core.exceptions import ImproperlyConfigured
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


class Definitions:
    """All versions of all definitions, read once; ImproperlyConfigured where a figure has none."""

    def __init__(self):
        self._versions = {}
        for version in FigureDefinition.objects.order_by("valid_from", "version"):
            self._versions.setdefault(version.key, []).append(version)

    def versions(self, key):
        if key not in self._versions:
            raise ImproperlyConfigured(f"no definition of {key}: load the seeds")
        return self._versions[key]

    def holding(self, key, first):
        """The version that holds for the month beginning with ``first``; the oldest one for the time before it."""
        versions = self.versions(key)
        return ([version for version in versions if version.valid_from <= first] or versions[:1])[-1]

    def version(self, key, number):
        """The version of that number, or None."""
        return next((version for version in self.versions(key) if version.version == number), None)

    @cached_property
    def periods(self):
        return Periods(self.versions(Key.STATISTIC_DAY))


@dataclass(frozen=True)
class Reading:
    """One figure of one unit in one month: how many requests had which outcome, as a definition counts them.

    ``times`` are the seconds of each holder, of the average time alone; ``weighed`` what the overall score is made of.
    """

    figure: Figure
    definition: FigureDefinition
    counts: dict
    times: dict
    weighed: float | None = None

    @cached_property
    def parts(self):
        """(part, number of requests) in order; outcomes that this version no longer leaves out count with the first."""
        named = {outcome for part in self.figure.parts for outcome in part.outcomes}
        extra = [
            outcome for outcome in OUTCOMES[self.figure.kind] if outcome not in named and not self._is_out(outcome)
        ]
        found = []
        for place, part in enumerate(self.figure.parts):
            outcomes = [outcome for outcome in part.outcomes if not self._is_out(outcome)]
            outcomes += extra if place == 0 else []
            found.append((part, sum(self.counts.get(outcome, 0) for outcome in outcomes)))
        return found

    @property
    def left_out(self):
        """(outcome, reason, number of requests) of those that are not counted, where there are any."""
        return [
            (outcome, LEFT_OUT.get(outcome, outcome), self.counts[outcome])
            for outcome in OUTCOMES[self.figure.kind]
            if self._is_out(outcome) and self.counts.get(outcome)
        ]

    @cached_property
    def total(self):
        """How many requests the figure counts."""
        return sum(number for _part, number in self.parts)

    @cached_property
    def value(self):
        """The figure: a share between 0 and 1, a number, or seconds; None where nothing is counted."""
        if self.figure.form == "count":
            return self.total
        if not self.total:
            return None
        if self.figure.form == "time":
            return sum(self.times.values()) / self.total
        if self.figure.key == Key.OVERALL:
            return self.weighed
        return sum(self._weight(part) * number for part, number in self.parts) / self.total

    @property
    def legs(self):
        """The mean seconds of each holder, in the order of the journey."""
        return [
            (holder, self.times[holder] / self.total)
            for holder in OUTCOMES[Kind.LEG]
            if self.times.get(holder) and self.total
        ]

    def outcomes_of(self, key):
        """The outcomes that the part, or the reason to be left out, named ``key`` holds; all counted for ``all``."""
        named = {outcome for part in self.figure.parts for outcome in part.outcomes}
        counted = [outcome for outcome in OUTCOMES[self.figure.kind] if not self._is_out(outcome)]
        if key == "all":
            return counted
        for place, part in enumerate(self.figure.parts):
            if part.key == key:
                return [
                    outcome for outcome in counted if outcome in part.outcomes or (place == 0 and outcome not in named)
                ]
        return [outcome for outcome in OUTCOMES[self.figure.kind] if outcome == key and self._is_out(outcome)]

    def _is_out(self, outcome):
        return outcome in self.definition.leave_out

    def _weight(self, part):
        if part.key == "fair":
            return self.definition.fair_percent / 100
        return part.weight


def readings(counts, first, definitions, at_department=False, chosen=None):
    """Every figure of one unit and month by its key, from ``counts`` (by kind, by outcome; of legs the seconds).

    ``chosen`` are versions to count by instead of those that hold for the month, by key.
    """
    found = {}
    for figure in FIGURES:
        if figure.of_departments if at_department else figure.of_areas:
            definition = (chosen or {}).get(figure.key) or definitions.holding(figure.key, first)
            times = counts.get(Kind.LEG, {}) if figure.form == "time" else {}
            found[figure.key] = Reading(figure, definition, counts.get(figure.kind, {}), times)
    overall = found[Key.OVERALL]
    parts = [found[key].value for key in (Key.CONTACTED, Key.SOLVED, Key.SATISFIED)]
    if None not in parts:
        weighed = sum(weight * value for weight, value in zip(overall.definition.weights, parts, strict=True))
        found[Key.OVERALL] = Reading(overall.figure, overall.definition, overall.counts, {}, weighed)
    return found
