"""The figures once more, as somebody would do it by hand: case by case through its events, without a query's help."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from requests_app.figures.counting import Scope, cases_behind, count_all
from requests_app.figures.definitions import readings
from requests_app.figures.periods import month_after
from requests_app.models import Act, Deadline, Event, FollowUp, ServiceRequest
from services.models import FigureDefinition, Unit

REPORTS, ORDERS = (Act.SETTLE, Act.FULFIL), (Act.DISPATCH, Act.UPHOLD, Act.REASSIGN)
OPEN = ("filed", "accepted", "referred", "dispatched", "in_hand", "returned", "fulfilled", "parked")
WORKED_ON = OPEN[:6]
# Which events start the clocks of a step, by act and by the status they lead to.
STARTS = {
    "accept": lambda event: event.act == Act.FILE,
    "settle": lambda event: event.act == Act.ACCEPT,
    "dispatch": lambda event: event.target == "referred" and event.source != "referred" and event.act != Act.UNMERGE,
    "sign": lambda event: event.act in ORDERS,
    "fulfil": lambda event: event.act in (Act.SIGN, Act.OVERRULE),
    "redo": lambda event: event.act == Act.CONTEST and event.target != "referred",
}
DONE = {
    "accept": (Act.ACCEPT, Act.REFER, Act.DECLINE),
    "dispatch": (Act.DISPATCH,),
    "sign": (Act.SIGN,),
    **dict.fromkeys(("settle", "fulfil", "redo"), REPORTS),
}
FIGURE_OF = {"accept": "accept", "dispatch": "dispatched", "sign": "sign"}


@dataclass(frozen=True)
class Fact:
    case: ServiceRequest
    figure: str
    moment: datetime
    says: str
    unit: str = ""
    seconds: float = 0.0


def month_of(moment, hour):
    """The first day of the month of a moment, where days end at ``hour`` o'clock."""
    shifted = timezone.localtime(moment) + timedelta(hours=(24 - hour) % 24)
    return shifted.date().replace(day=1)


def every_fact(at):
    """The facts of all cases as they stand at ``at``."""
    departments = {unit.name: unit.code for unit in Unit.objects.of_kind(Unit.Kind.DEPARTMENT)}
    clocks, tasks, stories = defaultdict(list), defaultdict(list), defaultdict(list)
    for clock in Deadline.objects.order_by("pk"):
        clocks[clock.case_id].append(clock)
    for task in FollowUp.objects.order_by("pk"):
        tasks[task.case_id].append(task)
    for event in Event.objects.select_related("holder_unit").order_by("case", "serial"):
        stories[event.case_id].append(event)
    for case in ServiceRequest.objects.all():
        told = _Story(case, stories[case.pk], departments, at)
        yield from told.of_events()
        yield from told.of_clocks(clocks[case.pk])
        yield from told.of_calls(tasks[case.pk])


class _Story:
    def __init__(self, case, events, departments, at):
        self.case, self.events, self.departments, self.at = case, events, departments, at

    def fact(self, figure, moment, says, unit="", seconds=0.0):
        return Fact(self.case, figure, moment, says, unit or "", seconds)

    def department_before(self, report):
        """Whoever had it last among the departments; of work reported with a parent, whom the event names."""
        if report.act == Act.SETTLE:
            return ""
        if report.party == "system":
            return self.departments.get(report.facts["unit"], "")
        had = [one for one in self.events if one.serial < report.serial and one.holder == "department"]
        return had[-1].holder_unit.code

    def of_events(self):
        yield self.fact("filed", self.case.created_at, "filed")
        for place, event in enumerate(self.events):
            later = [one.act for one in self.events[place + 1 :]]
            if event.act in ORDERS:
                following = [act for act in later if act in (Act.RETURN, *ORDERS)][:1]
                says = "returned" if following == [Act.RETURN] else "kept"
                yield self.fact("returned", event.at, says, event.holder_unit.code)
            if event.act in REPORTS:
                following = [act for act in later if act in (Act.CONTEST, *REPORTS)][:1]
                unit = self.department_before(event)
                redone = following == [Act.CONTEST]
                says = ("department" if unit else "estate") + ("_redone" if redone else "")
                yield self.fact("report", event.at, says, unit)
                yield from self.legs(event, unit)
            if event.target in ("closed", "declined", "withdrawn", "merged") and event.source in OPEN:
                reports = [one for one in self.events[:place] if one.act in REPORTS]
                closed = event.target == "closed"
                unit = self.department_before(reports[-1]) if closed else ""
                says = {Act.RATE: "rated", Act.LAPSE: "lapsed"}.get(event.act, event.target)
                yield self.fact("closed", event.at, says, unit)

    def legs(self, report, unit):
        before = [one for one in self.events if one.serial < report.serial]
        since = max((one.serial for one in before if one.act in REPORTS), default=1)
        mine = [one for one in before if one.serial >= since]
        for event, following in zip(mine, [*mine[1:], report], strict=True):
            seconds = (following.at - event.at).total_seconds()
            yield self.fact("leg", report.at, event.holder or "nobody", unit, seconds)

    def of_clocks(self, clocks):
        for step, starts in STARTS.items():
            of_step = [clock for clock in clocks if clock.step == step]
            for clock, start in zip(of_step, filter(starts, self.events), strict=True):
                unit = start.holder_unit.code if start.holder == "department" else ""
                figure = FIGURE_OF.get(step, "on_time")
                yield self.fact(figure, clock.due_at, self.how(clock, start), unit)

    def how(self, clock, start):
        case = self.case
        if clock.ended_at is None:
            asked = case.holder == "resident" and case.status in WORKED_ON and case.held_since <= clock.due_at
            if asked and clock.step not in ("accept", "sign"):
                return "asked"
            return "late" if clock.due_at < self.at else "not_due"
        if clock.ended_at > clock.due_at:
            return "late"
        end = self.end_of(start)
        assert end.at == clock.ended_at
        return "met" if end.act in DONE[clock.step] else f"out:{end.act}"

    def end_of(self, start):
        """The event that took the case on; a merger that was undone took it nowhere."""
        later = [one for one in self.events if one.serial > start.serial]
        place = 0
        while True:
            one = later[place]
            if one.act == Act.MERGE and any(other.act == Act.UNMERGE for other in later[place:]):
                while later[place].act != Act.UNMERGE:
                    place += 1
            elif one.source != one.target or one.act == Act.REASSIGN:
                return one
            place += 1

    def of_calls(self, tasks):
        reports = {event.pk: event for event in self.events}
        for task in tasks:
            if task.state != "open":
                said = (task.solved, task.satisfaction, task.contacted) if task.state in ("reached", "answered") else ()
                unit = self.department_before(reports[task.event_id])
                yield self.fact("calls", task.ended_at, said or task.state, unit)


def worst_call(calls):
    """Of the calls of one case that of which most is to be done better."""
    badness = {True: 0, None: 1, False: 2}
    satisfaction = {"good": 0, "fair": 1, "poor": 2, "": 3}
    said = [call.says for call in calls if isinstance(call.says, tuple)]
    return max(said, key=lambda one: (badness[one[0]], satisfaction[one[1]], badness[one[2]]), default=None)


def numbers(facts, belongs, fair=0.9, weights=(0.1, 0.5, 0.4)):
    """Of each figure: (value, {part: cases}, cases left out) for the facts of one month that ``belongs`` lets in."""
    cases = defaultdict(lambda: defaultdict(list))
    for fact in facts:
        if belongs(fact):
            cases[fact.figure][fact.case.pk].append(fact)
    found = {"filed": _count(cases["filed"], {"filed": ("filed",)})}
    found["closed"] = _count(cases["closed"], {"rated": ("rated",), "lapsed": ("lapsed",)}, last="lapsed")
    for figure in ("accept", "dispatched", "sign", "on_time"):
        found[figure] = _in_time(cases[figure])
    returned = {pk for pk, of in cases["returned"].items() if any(one.says == "returned" for one in of)}
    found["returned"] = _share(
        {"returned": returned, "kept": set(cases["returned"]) - returned}, {"returned": 1}, set()
    )
    reported = cases["report"]
    redone = {pk for pk, of in reported.items() if any("redone" in one.says for one in of)}
    found["redone"] = _share({"redone": redone, "stands": set(reported) - redone}, {"redone": 1}, set())
    at_department = {pk for pk, of in reported.items() if any(one.says == "department" for one in of)} - redone
    at_estate = set(reported) - redone - at_department
    found["settled"] = _share({"estate": at_estate, "department": at_department}, {"estate": 1}, redone)
    seconds = sum(one.seconds for of in cases["leg"].values() for one in of)
    found["time"] = (seconds / len(reported) if reported else None, {"done": set(reported)}, set())
    found |= _calls(cases["calls"], fair, weights)
    return found


def _count(cases, parts, last=None):
    named = {}
    for part, says in parts.items():
        named[part] = {pk for pk, of in cases.items() if any(one.says in says for one in of)}
    for part in named:
        if last and part != last:
            named[part] -= named[last]
    counted = set().union(*named.values())
    return len(counted), named, set(cases) - counted


def _in_time(cases):
    late = {pk for pk, of in cases.items() if any(one.says == "late" for one in of)}
    met = {pk for pk, of in cases.items() if any(one.says == "met" for one in of)} - late
    return _share({"met": met, "missed": late}, {"met": 1}, set(cases) - late - met)


def _share(parts, weights, out):
    total = sum(map(len, parts.values()))
    weighed = sum(weights.get(part, 0) * len(of) for part, of in parts.items())
    return (weighed / total if total else None), parts, out


def _calls(cases, fair, weights):
    said = {pk: worst_call(calls) for pk, calls in cases.items()}
    effective = {pk: one for pk, one in said.items() if one}
    out = set(cases) - set(effective)

    def those(place, *says):
        return {pk for pk, one in effective.items() if one[place] in says}

    contacted = {"contacted": those(2, True), "not_contacted": those(2, None, False)}
    solved = {"solved": those(0, True), "not_solved": those(0, None, False)}
    satisfied = {"good": those(1, "good"), "fair": those(1, "fair"), "poor": those(1, "poor", "")}
    found = {
        "contacted": _share(contacted, {"contacted": 1}, out),
        "solved": _share(solved, {"solved": 1}, out),
        "satisfied": _share(satisfied, {"good": 1, "fair": fair}, out),
    }
    values = [found[key][0] for key in ("contacted", "solved", "satisfied")]
    overall = None if None in values else sum(w * v for w, v in zip(weights, values, strict=True))
    return {**found, "overall": (overall, {"effective": set(effective)}, out)}


# The comparison: what the figures say beside what was counted by hand.


def second_versions():
    """A second version of two definitions in the middle of the months that are compared."""
    FigureDefinition.objects.create(
        key="satisfied",
        version=2,
        valid_from=date(2026, 1, 1),
        formula="满意率 =（满意 + 0.6 × 基本满意）÷ 有效回访件数",
        fair_percent=60,
        leave_out=["refused", "unreachable", "missed"],
    )
    FigureDefinition.objects.create(
        key="statistic_day", version=2, valid_from=CHANGED, formula="到 17 时", cut_off_hour=17
    )


CHANGED = date(2025, 12, 1)  # from here on the statistic day ends at 17


def months_until(at, count=14):
    """The first days of ``count`` months, that of ``at`` before the others."""
    return [month_after(timezone.localdate(at).replace(day=1), -back) for back in range(count)]


def scopes():
    """Units of every kind, an estate, and single members of a breakdown: (scope, who belongs to it)."""
    busiest = ServiceRequest.objects.exclude(lead=None).order_by("pk")[0]
    branch, estate = busiest.branch, busiest.estate_id
    found = [branch, branch.parent, branch.parent.parent, branch.parent.parent.parent]
    yield from ((Scope(unit), lambda fact, code=unit.code: fact.case.area.startswith(code)) for unit in found)
    for unit in (busiest.lead, Unit.objects.get(code="140213901")):
        yield Scope(unit), lambda fact, code=unit.code: fact.unit.startswith(code)
    yield Scope(branch, estate=estate), lambda fact: fact.case.estate_id == estate
    category, code = busiest.category_id, busiest.lead.code
    yield Scope(found[3], by="category", member=str(category)), lambda fact: fact.case.category_id == category
    yield Scope(found[3], by="department", member=code), lambda fact: fact.unit.startswith(code)


def named(scope):
    """A scope in words."""
    within = f"estate {scope.estate}" if scope.estate else f"{scope.by} {scope.member}" if scope.by else ""
    return " ".join(part for part in (scope.unit.get_kind_display(), scope.unit.code, within) if part)


class ByHand:
    """All facts as they stand at ``at``, by month; the months before the change of the hour are counted apart."""

    def __init__(self, at, versions):
        self.at, self.versions = at, versions
        self._by_hour = {hour: defaultdict(list) for hour in (0, 17)}
        for fact in every_fact(at):
            for hour, by_month in self._by_hour.items():
                by_month[month_of(fact.moment, hour)].append(fact)

    @property
    def size(self):
        return sum(map(len, self._by_hour[0].values()))

    def facts(self, first):
        """What was counted for a month; the last one before the change ends where the first after it begins."""
        if first == month_after(CHANGED, -1):
            following = self.versions.periods.month(CHANGED).begin
            return [fact for fact in self._by_hour[0][first] if fact.moment < following]
        return self._by_hour[17 if first >= CHANGED else 0][first]


def compare_month(hand, scope, belongs, first, *, opens):
    """Compare every figure of ``scope`` in one month, and with ``opens`` the cases behind every number.

    How many figures were compared and how many numbers opened; AssertionError where something differs.
    """
    month, opened = hand.versions.periods.month(first), 0
    fair = hand.versions.holding("satisfied", first).fair_percent / 100
    expected = numbers(hand.facts(first), belongs, fair=fair)
    counted = readings(count_all(scope, month, hand.at), first, hand.versions, scope.counts_departments)
    for key, reading in counted.items():
        same(reading, expected[key], (key, named(scope), first))
        if opens:
            opened += _open(reading, expected[key], scope, month, hand.at)
    return len(counted), opened


def same(reading, expected, about):
    value, parts, out = expected
    assert reading.value == (value if value is None else pytest.approx(value)), about
    assert {part.key: number for part, number in reading.parts} == {key: len(of) for key, of in parts.items()}, about
    assert sum(number for _outcome, _reason, number in reading.left_out) == len(out), about


def _open(reading, expected, scope, month, at):
    """Every number opens exactly the cases it counts; what is left out opens the rest, each for one reason."""
    _value, parts, out = expected
    for part, number in reading.parts:
        assert _behind(reading, part.key, scope, month, number, at) == parts[part.key], (reading.figure.key, part.key)
    left = [_behind(reading, outcome, scope, month, number, at) for outcome, _why, number in reading.left_out]
    assert set().union(*left) == out, reading.figure.key
    return len(reading.parts) + len(left)


def _behind(reading, key, scope, month, number, at):
    if not number:
        return set()
    found = cases_behind(reading.figure.kind, reading.outcomes_of(key), scope, month, at)
    cases = list(found.values_list("pk", flat=True))
    assert len(cases) == number, (reading.figure.key, key)
    return set(cases)
