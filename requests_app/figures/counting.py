"""One query for each kind of figure, and the cases behind each number: the same for pages, interface and export."""

from dataclasses import dataclass

from django.db.models import Count, Max, Q, Sum

from requests_app.figures.measures import OUTCOMES, Kind, facts_of
from requests_app.models import ServiceRequest
from services.models import Unit, codes_below


@dataclass(frozen=True)
class Scope:
    """Whose requests are counted: those of a ``unit`` or an ``estate``, and of these those of one ``member``.

    ``by`` says what the member is: a category, a source, a department, a street.
    """

    unit: Unit
    estate: int | None = None
    by: str = ""
    member: str = ""

    @property
    def at_department(self):
        return self.unit.kind == Unit.Kind.DEPARTMENT

    @property
    def counts_departments(self):
        """Whether the figures are those of a department, which files, accepts and dispatches nothing."""
        return self.at_department or self.by == "department"

    def condition(self, case):
        """The facts of these requests, as a Q; ``case`` leads to the case."""
        found = (
            codes_below("department", self.unit.code)
            if self.at_department
            else codes_below(f"{case}area", self.unit.code)
        )
        if self.estate is not None:
            found &= Q(**{f"{case}estate": self.estate})
        return found & self._of_member(case) if self.by else found

    def _of_member(self, case):
        if self.by == "category":
            return Q(**{f"{case}category": self.member})
        if self.by == "source":
            return Q(**{f"{case}source": self.member})
        if self.by == "department":
            return codes_below("department", self.member)
        return codes_below(f"{case}area", self.member)


def cases_with(kind, scope, begin, end, at):
    """Each request once, with the rank (``worst``) that speaks for it between ``begin`` and ``end``; rows are dicts."""
    facts = facts_of(kind, at)
    rows = facts.rows.filter(scope.condition(facts.case), moment__gte=begin, moment__lt=end)
    return rows.values("case_key").annotate(worst=Max("rank")).order_by()


def count(kind, scope, begin, end, at):
    """How many requests had which outcome, as a dict without those that none had; one query."""
    if kind == Kind.LEG:
        return _times(scope, begin, end, at)
    of_rank = {f"rank_{rank}": Count("case_key", filter=Q(worst=rank)) for rank in range(len(OUTCOMES[kind]))}
    counted = cases_with(kind, scope, begin, end, at).aggregate(**of_rank)
    numbers = {outcome: counted[f"rank_{rank}"] for rank, outcome in enumerate(OUTCOMES[kind])}
    return {outcome: number for outcome, number in numbers.items() if number}


def _times(scope, begin, end, at):
    facts = facts_of(Kind.LEG, at)
    rows = facts.rows.filter(scope.condition(facts.case), moment__gte=begin, moment__lt=end)
    sums = rows.values("rank").annotate(all=Sum("time")).order_by()
    return {OUTCOMES[Kind.LEG][row["rank"]]: row["all"].total_seconds() for row in sums if row["all"]}


def count_all(scope, month, at, kinds=tuple(Kind)):
    """``count`` of each kind in one month; a query for each."""
    return {kind: count(kind, scope, month.begin, month.end, at) for kind in kinds}


def cases_behind(kind, outcomes, scope, month, at):
    """The cases that are counted with one of ``outcomes``."""
    ranks = [OUTCOMES[kind].index(outcome) for outcome in outcomes]
    with_rank = cases_with(kind, scope, month.begin, month.end, at).filter(worst__in=ranks)
    return ServiceRequest.objects.filter(pk__in=with_rank.values("case_key"))
