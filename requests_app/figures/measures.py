"""What is counted: facts, each of one case at one moment with one outcome, read from the rows of the journey.

A fact has a ``kind``, a ``rank`` among the outcomes of that kind, the ``moment`` that puts it into a month, the code of
the ``department`` it concerns and, of legs, a ``time``. A request counts once in a month for each kind: where it has
several facts there, the one with the highest rank speaks for it. So every number is a number of requests.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from requests_app.models import (
    CLOSED_STATUSES,
    OPEN_STATUSES,
    WORKED_ON,
    Act,
    Assignment,
    Deadline,
    Event,
    FollowUp,
    Holder,
    Rating,
    ServiceRequest,
    Status,
)
from requests_app.models.deadline import PROMISES, WORK_CLOCKS
from services.models import Limit

Step = Limit.Step
REPORTS = (Act.SETTLE, Act.FULFIL)
ORDERS = (Act.DISPATCH, Act.UPHOLD, Act.REASSIGN)


class Kind(StrEnum):
    FILED = "filed"
    ENDED = "ended"
    ACCEPT = "accept"
    DISPATCH = "dispatch"
    SIGN = "sign"
    PROMISE = "promise"
    ORDER = "order"
    REPORT = "report"
    LEG = "leg"
    FOLLOW_UP = "follow_up"


# Outcomes of each kind by rank: of two facts of one request in a month, the later in this order speaks for it.
CLOCK = (
    *("not_due", "asked", "withdrawn", "merged", "declined", "parked", "returned", "reassigned", "referred"),
    *("moved_on", "met", "missed", "late"),
)
SATISFACTION = (*Rating.Satisfaction.values, "")
# Of a follow-up that counts: solved, how satisfied, contacted; what was not said lies between yes and no.
SAID = {True: "y", None: "-", False: "n"}
ANSWERS = tuple(
    f"{SAID[solved]}{SAID[contacted]}{satisfaction[:1] or '-'}"
    for solved in SAID
    for satisfaction in SATISFACTION
    for contacted in SAID
)
HOLDERS = (*(holder for holder in Holder.values if holder), "nobody")
OUTCOMES = {
    Kind.FILED: ("filed",),
    Kind.ENDED: ("withdrawn", "declined", "merged", "rated", "lapsed"),
    Kind.ACCEPT: CLOCK,
    Kind.DISPATCH: CLOCK,
    Kind.SIGN: CLOCK,
    Kind.PROMISE: CLOCK,
    Kind.ORDER: ("kept", "returned"),
    Kind.REPORT: ("estate", "department", "estate_redone", "department_redone"),
    Kind.LEG: HOLDERS,
    Kind.FOLLOW_UP: ("refused", "unreachable", "missed", *ANSWERS),
}
# Which clocks are of which kind.
CLOCKS = {Kind.ACCEPT: (Step.ACCEPT,), Kind.DISPATCH: (Step.DISPATCH,), Kind.SIGN: (Step.SIGN,), Kind.PROMISE: PROMISES}
# What ended a clock before its end: an act that keeps it, or one that takes it off whoever had it.
KEEPS = {
    (Step.ACCEPT,): (Act.ACCEPT, Act.REFER, Act.DECLINE),
    (Step.DISPATCH,): (Act.DISPATCH,),
    (Step.SIGN,): (Act.SIGN,),
    PROMISES: REPORTS,
}
TAKES_OFF = {
    Act.WITHDRAW: "withdrawn",
    Act.MERGE: "merged",
    Act.DECLINE: "declined",
    Act.PARK: "parked",
    Act.RETURN: "returned",
    Act.REASSIGN: "reassigned",
    Act.REFER: "referred",
}
# All kinds of clocks have the same outcomes.
CLOCK_KIND = Kind.PROMISE
NO_TIME = Value(timedelta(), output_field=DurationField())
COLUMNS = ("case_key", "kind", "rank", "moment", "department", "time")


@dataclass(frozen=True)
class Facts:
    """The rows that give the facts of some kinds; ``case`` leads from a row to its case in look-ups."""

    rows: object
    case: str = "case__"

    def of_kind(self, kind):
        return self.rows.filter(kind=kind)


def rank_of(kind, outcome):
    return OUTCOMES[kind].index(outcome)


def _is(kind, outcome):
    return Value(rank_of(kind, outcome))


def _kind(kind):
    return Value(str(kind), output_field=CharField())


def _lead_at(moment, case="case"):
    """The code of the department that led the case at the moment a column names; None where none did."""
    held = Q(ended_at=None) | Q(ended_at__gt=OuterRef(moment))
    parts = Assignment.objects.filter(held, case=OuterRef(case), part=Assignment.Part.LEAD)
    parts = parts.filter(assigned_at__lte=OuterRef(moment)).order_by("-assigned_at", "-pk")
    return Subquery(parts.values("unit__code")[:1], output_field=CharField())


def _next_act(acts):
    """The first of ``acts`` that followed an event of the same case."""
    later = Event.objects.filter(case=OuterRef("case"), serial__gt=OuterRef("serial"), act__in=acts)
    return Subquery(later.order_by("serial").values("act")[:1])


def _nowhere():
    return Value(None, output_field=CharField())


def filed():
    """Every request, at the moment it was filed."""
    cases = ServiceRequest.objects.order_by().annotate(
        case_key=F("pk"),
        kind=_kind(Kind.FILED),
        rank=Value(0),
        moment=F("created_at"),
        department=_nowhere(),
        time=NO_TIME,
    )
    return Facts(cases, case="")


# What ended a request, by the act: closing it says how.
ENDINGS = {
    Act.WITHDRAW: "withdrawn",
    Act.DECLINE: "declined",
    Act.MERGE: "merged",
    Act.RATE: "rated",
    Act.LAPSE: "lapsed",
}


def ended():
    """Every end of a request, by the act that ended it; of those that were closed, with the department that did it."""
    rank = Case(*(When(act=act, then=_is(Kind.ENDED, how)) for act, how in ENDINGS.items()), default=Value(0))
    closed = Case(When(target=Status.CLOSED, then=_lead_at("at")), default=_nowhere())
    ends = Event.objects.filter(act__in=ENDINGS, source__in=OPEN_STATUSES, target__in=CLOSED_STATUSES)
    return Facts(_events(ends, Kind.ENDED, rank, closed))


def orders():
    """Every order to a department, and whether it was returned before the next one."""
    rank = Case(When(following=Act.RETURN, then=Value(1)), default=Value(0))
    events = Event.objects.filter(act__in=ORDERS).annotate(following=_next_act((Act.RETURN, *ORDERS)))
    return Facts(_events(events, Kind.ORDER, rank, F("holder_unit__code")))


def reports():
    """Every report of work done, by whom, and whether the resident asked to have it redone."""
    events = Event.objects.filter(act__in=REPORTS).annotate(
        following=_next_act((Act.CONTEST, *REPORTS)), by=_lead_at("at")
    )
    at_estate = Q(act=Act.SETTLE) | Q(by=None)
    rank = Case(
        When(at_estate & Q(following=Act.CONTEST), then=_is(Kind.REPORT, "estate_redone")),
        When(following=Act.CONTEST, then=_is(Kind.REPORT, "department_redone")),
        When(at_estate, then=_is(Kind.REPORT, "estate")),
        default=_is(Kind.REPORT, "department"),
    )
    return Facts(_events(events, Kind.REPORT, rank, F("by")))


def _events(events, kind, rank, department):
    return events.order_by().annotate(
        case_key=F("case"), kind=_kind(kind), rank=rank, moment=F("at"), department=department, time=NO_TIME
    )


def legs():
    """Every stretch in which somebody had a request, put where the next report of work done puts it."""
    later = Event.objects.filter(case=OuterRef("case"), serial__gt=OuterRef("serial"))
    report = later.filter(act__in=REPORTS).order_by("serial").values("at")[:1]
    following = Event.objects.filter(case=OuterRef("case"), serial=OuterRef("serial") + 1).values("at")
    rank = Case(
        *(When(holder=holder, then=_is(Kind.LEG, holder)) for holder in HOLDERS), default=_is(Kind.LEG, "nobody")
    )
    spans = Event.objects.order_by().annotate(
        case_key=F("case"),
        kind=_kind(Kind.LEG),
        rank=rank,
        moment=Subquery(report, output_field=DateTimeField()),
    )
    until = Subquery(following, output_field=DateTimeField())
    spans = spans.filter(moment__isnull=False).annotate(
        department=_lead_at("moment"), time=ExpressionWrapper(until - F("at"), output_field=DurationField())
    )
    return Facts(spans)


def clocks(at):
    """Every clock that somebody who serves had to keep, by when it was due, as it stands at ``at``."""
    steps = [step for of_kind in CLOCKS.values() for step in of_kind]
    rows = Deadline.objects.filter(step__in=steps).order_by()
    kind = Case(*(When(step__in=of_kind, then=_kind(kind)) for kind, of_kind in CLOCKS.items()))
    rows = rows.annotate(case_key=F("case"), kind=kind, moment=F("due_at"), time=NO_TIME)
    at_department = Q(step__in=[Step.SIGN, Step.FULFIL, Step.REDO])
    department = Case(When(at_department, then=_lead_at("started_at")), default=_nowhere())
    return Facts(rows.annotate(rank=_clock_rank(at), department=department))


def _clock_rank(at):
    asked = Q(case__holder=Holder.RESIDENT, case__status__in=WORKED_ON, case__held_since__lte=F("due_at"))
    return Case(
        When(ended_at__gt=F("due_at"), then=_is(CLOCK_KIND, "missed")),
        When(Q(ended_at=None) & asked & Q(step__in=WORK_CLOCKS), then=_is(CLOCK_KIND, "asked")),
        When(ended_at=None, due_at__lt=at, then=_is(CLOCK_KIND, "late")),
        When(ended_at=None, then=_is(CLOCK_KIND, "not_due")),
        *(When(step__in=steps, then=_ended_by(keeps)) for steps, keeps in KEEPS.items()),
        output_field=IntegerField(),
    )


def _ended_by(keeps):
    """The rank that the act gives which ended a clock in time, one of ``keeps`` or one that takes the clock off."""
    taken_off = {act: how for act, how in TAKES_OFF.items() if act not in keeps}
    events = Event.objects.filter(case=OuterRef("case"), at=OuterRef("ended_at"), act__in=[*keeps, *taken_off])
    how = Case(
        When(act__in=keeps, then=_is(CLOCK_KIND, "met")),
        *(When(act=act, then=_is(CLOCK_KIND, how)) for act, how in taken_off.items()),
        output_field=IntegerField(),
    )
    first = Subquery(events.order_by("serial").annotate(how=how).values("how")[:1])
    return Coalesce(first, _is(CLOCK_KIND, "moved_on"))


def follow_ups():
    """Every call task that came to its end, with what was answered."""
    tasks = FollowUp.objects.exclude(state=FollowUp.State.OPEN).order_by().annotate(reported_at=F("event__at"))
    first = rank_of(Kind.FOLLOW_UP, ANSWERS[0])
    solved = _place("solved", {True: 0, False: 2}, 1)
    contacted = _place("contacted", {True: 0, False: 2}, 1)
    satisfied = _place("satisfaction", {said: place for place, said in enumerate(SATISFACTION)}, 0)
    answered = Value(first) + solved * (3 * len(SATISFACTION)) + satisfied * 3 + contacted
    rank = Case(
        *(When(state=state, then=_is(Kind.FOLLOW_UP, state)) for state in OUTCOMES[Kind.FOLLOW_UP][:first]),
        default=answered,
    )
    return Facts(
        tasks.annotate(
            case_key=F("case"),
            kind=_kind(Kind.FOLLOW_UP),
            rank=Cast(rank, IntegerField()),
            moment=F("ended_at"),
            department=_lead_at("reported_at"),
            time=NO_TIME,
        )
    )


def _place(field, places, otherwise):
    return Case(*(When(**{field: said}, then=Value(place)) for said, place in places.items()), default=Value(otherwise))


def facts_of(kind, at):
    """The Facts that hold those of ``kind``, as they stand at ``at``."""
    if kind in CLOCKS:
        steps, found = CLOCKS[kind], clocks(at)
        return Facts(found.rows.filter(step__in=steps))
    made = {
        Kind.FILED: filed,
        Kind.ENDED: ended,
        Kind.ORDER: orders,
        Kind.REPORT: reports,
        Kind.LEG: legs,
        Kind.FOLLOW_UP: follow_ups,
    }
    return made[kind]()


def every_fact(pks, at):
    """All facts of the cases ``pks`` as tuples of ``COLUMNS``; one query."""
    parts = [filed(), ended(), orders(), reports(), legs(), clocks(at), follow_ups()]
    queries = [part.rows.filter(**{f"{part.case or ''}pk__in": pks}).values_list(*COLUMNS) for part in parts]
    return queries[0].union(*queries[1:], all=True)
