"""Papers are issued once for the thing they stand on, with the next number of their unit and year."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from requests_app.figures.readers import may_close
from requests_app.models import Act, Event, Meeting, MonthClose, NumberSeries, Paper
from requests_app.models.meeting import may_run
from requests_app.papers import texts
from requests_app.privacy import reads_internals
from services.models import Role, codes_below

Kind = Paper.Kind
# Which paper an act may be put down in.
OF_ACT = {
    Act.DISPATCH: Kind.DISPATCH,
    Act.REASSIGN: Kind.DISPATCH,
    Act.UPHOLD: Kind.RULING,
    Act.OVERRULE: Kind.RULING,
    Act.GRANT: Kind.EXTENSION,
    Act.REFUSE: Kind.EXTENSION,
    Act.SUPERVISE: Kind.SUPERVISION,
    Act.SETTLE: Kind.DONE,
    Act.FULFIL: Kind.DONE,
}
ISSUERS = (Role.BRANCH, Role.DISPATCHER, Role.OFFICER, Role.SUPERVISOR)


def may_issue(user, kind, source, at):
    """Whether ``user`` may issue the paper of that kind about ``source``: an Event, a Meeting or a MonthClose.

    Those who serve in the unit whose act it was, though never on a request of their own; those who chair the meeting,
    once it has come so far; those who may close the month.
    """
    on = timezone.localdate(at)
    if isinstance(source, Meeting):
        return kind in of_meeting(source) and may_run(user, source.series, on)
    if isinstance(source, MonthClose):
        return kind == Kind.MONTHLY and may_close(user, source.unit, at)
    if OF_ACT.get(source.act) != kind or not reads_internals(user, source.case):
        return False
    return any(one.unit_id == source.unit_id and one.role in ISSUERS for one in user.current_memberships(on))


def of_meeting(meeting):
    """The kinds of paper that ``meeting`` has come far enough for: its notice, and its minutes once confirmed."""
    kinds = set() if meeting.state == Meeting.State.CALLED_OFF else {Kind.INVITATION}
    minutes = getattr(meeting, "minutes", None)
    return kinds if minutes is None or minutes.is_draft else kinds | {Kind.MINUTES}


def waiting(user, at, at_most):
    """(kind, meeting or closed month) that ``user`` may issue a paper about and nobody has, newest first.

    Of ``at_most`` meetings and as many months; a constant number of queries.
    """
    held = user.current_memberships(timezone.localdate(at))
    meetings = Meeting.objects.filter(series__unit__in=[one.unit_id for one in held]).order_by("-at")
    meetings = meetings.select_related("series__unit", "series__estate", "minutes").prefetch_related("papers")
    for meeting in meetings[:at_most]:
        there = {paper.kind for paper in meeting.papers.all()}
        # Nobody is invited to what is over.
        late = set() if meeting.is_planned else {Kind.INVITATION}
        for kind in Kind:
            if kind in of_meeting(meeting) - there - late and may_issue(user, kind, meeting, at):
                yield kind, meeting
    scope = Q(pk__in=[])
    for one in held:
        scope |= codes_below("unit__code", one.unit.code) if one.role == Role.SUPERVISOR else Q(pk__in=[])
    for closed in MonthClose.objects.filter(scope, paper=None).select_related("unit")[:at_most]:
        if may_issue(user, Kind.MONTHLY, closed, at):
            yield Kind.MONTHLY, closed


@transaction.atomic
def issue(kind, source, by, at):
    """The Paper of that kind about ``source``: the one there is, or a new one with the next number.

    The row of numbers is locked until the transaction ends: what is rolled back gives its number back, and of several
    who issue the same paper at once all get the one that was written first.
    """
    unit = source.unit if not isinstance(source, Meeting) else source.series.unit
    year = timezone.localdate(at).year
    NumberSeries.objects.hold(kind, unit, year)
    found = issued(kind, source)
    if found:
        return found
    content, to = texts.content_of(kind, source)
    if kind == Kind.SUPERVISION:
        # The order got its number when it was given.
        year, number = source.facts["year"], source.facts["number"]
    else:
        number = NumberSeries.objects.next(kind, unit, year)
    return Paper.objects.create(
        kind=kind, unit=unit, to=to, year=year, number=number, content=content, issued_by=by, issued_at=at,
        **{name_of(source): source},
    )  # fmt: skip


def issued(kind, source):
    """The paper about ``source``, or None."""
    return Paper.objects.filter(kind=kind, **{name_of(source): source}).select_related("unit").first()


def name_of(source):
    """Under which name a paper stands on ``source``."""
    return {Event: "event", Meeting: "meeting", MonthClose: "close"}[type(source)]
