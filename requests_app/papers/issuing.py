"""Papers are issued once for the thing they stand on, with the next number of their unit and year."""

from django.db import transaction
from django.utils import timezone

from requests_app.figures.readers import may_close
from requests_app.models import Act, Event, Meeting, Minutes, MonthClose, NumberSeries, Paper
from requests_app.models.meeting import may_run
from requests_app.papers import texts
from services.models import Role

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
    """True for those who serve in the unit whose act it was, who chair the meeting, or who may close the month."""
    on = timezone.localdate(at)
    if isinstance(source, Meeting):
        return may_run(user, source.series, on) and is_ready(kind, source)
    if isinstance(source, MonthClose):
        return may_close(user, source.unit, at)
    held = user.current_memberships(on)
    return any(one.unit_id == source.unit_id and one.role in ISSUERS for one in held)


def is_ready(kind, meeting):
    """True where ``meeting`` has come so far: invited for its notice, minutes confirmed for those."""
    if kind == Kind.INVITATION:
        return meeting.state != Meeting.State.CALLED_OFF
    minutes = Minutes.objects.filter(meeting=meeting).first()
    return minutes is not None and not minutes.is_draft


@transaction.atomic
def issue(kind, source, by, at):
    """The paper of that kind about ``source``: the one there is, or a new one with the next number.

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
