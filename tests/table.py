"""The table the town meets at: its series, its seats, its rules, and meetings in every state."""

from datetime import time

from requests_app.journey import workflow
from requests_app.meetings import agenda, calling, minutes, promises, resolving, sitting
from requests_app.models import Act, Resolution
from services.models import AgendaRule, MeetingSeries, Seat, SeatKind, Term
from tests import town as towns
from tests.town import DAY

Test = AgendaRule.Test
# What is asked, and from how many on.
RULES = {
    Test.PROMISE_OVERDUE: 0,
    Test.LEFT_OVER: 0,
    Test.LISTED: 0,
    Test.RETURNED: 2,
    Test.CONTESTED: 2,
    Test.LATE: 3,
    Test.MONEY: 0,
    Test.PARKED: 35,
    Test.BACKED: 10,
    Test.PROMISE_DUE: 35,
}


def with_meetings(t):
    """The estate meets on the 15th: its branch calls the committee, the firm, a department and residents."""
    where = {"opens": time(15), "place": "议事厅"}
    t.series = MeetingSeries.objects.create(
        code="hsy", name="槐树院民情议事厅", unit=t.branch, estate=t.estate, day=15, **where
    )
    seats = (
        (SeatKind.HOST, t.branch, "", 1),
        (SeatKind.COMMITTEE, None, "业委会", 1),
        (SeatKind.FIRM, t.firm, "", 1),
        (SeatKind.DEPARTMENT, t.housing, "", 1),
        (SeatKind.RESIDENTS, None, "居民代表", 2),
    )
    t.seats = {
        kind: Seat.objects.create(series=t.series, kind=kind, unit=unit, name=name, needed=needed)
        for kind, unit, name, needed in seats
    }
    for order, (test, amount) in enumerate(RULES.items()):
        AgendaRule.objects.create(code=test, test=test, amount=amount, order=order)
    t.wide_series = MeetingSeries.objects.create(code="hs", name="槐树社区协商会", unit=t.community, day=20, **where)
    t.other_series = MeetingSeries.objects.create(
        code="ls", name="柳树院联席会议", unit=t.other_branch, day=20, **where
    )
    return t


def planned(t, at, series=None):
    meeting = calling.plan(series or t.series, at)
    agenda.build(meeting, at)
    return meeting


def resolved(t, item, at, **facts):
    """The clerk's meeting resolves on ``item``: to do it, unless ``facts`` say something else."""
    facts = {"kind": Resolution.Kind.DO, "text": "三天内修好", "count": item.resolutions.count(), **facts}
    return resolving.resolve(item, t.clerk, at, **facts)


def held(t, at):
    """A meeting of the estate that resolved on a case with a promise, and whose minutes are published."""
    case = towns.accepted(t, at)
    meeting = planned(t, at)
    item = agenda.add(meeting, t.clerk, "灯总坏", case=case)
    meeting = sitting.open_session(meeting, t.clerk, at)
    for kind, name in ((SeatKind.HOST, ""), (SeatKind.COMMITTEE, "业委会"), (SeatKind.FIRM, "李经理")):
        sitting.sign_in(meeting, t.clerk, at, kind=kind, unit=t.seats[kind].unit, name=name)
    sitting.remark(item, t.clerk, at, text="配件三天到", speaker=meeting.attendances.last())
    resolved(t, item, at, unit=t.housing, due_on=(at + 5 * DAY).date())
    meeting = sitting.close(meeting, at)
    minutes.publish(minutes.confirm(meeting.minutes, t.clerk, at), at)
    return meeting


def world_of_meetings(t, at):
    """One meeting held, one planned, one in session, one foreign; a promise, and a foreign one; a term."""
    with_meetings(t)
    t.held_meeting = held(t, at)
    t.planned_meeting = planned(t, at)
    t.promise = t.planned_meeting.items.filter(promise__isnull=False).get().promise
    matter = agenda.add(planned(t, at, t.wide_series), t.dispatcher, "居民提的", title="停车怎么收费")
    t.sitting = sitting.open_session(matter.meeting, t.dispatcher, at)
    t.item = matter
    t.foreign_meeting = planned(t, at, t.other_series)
    t.foreign_item = agenda.add(t.foreign_meeting, t.other_clerk, "居民提的", title="停车怎么收费")
    t.foreign_promise = promises.make(
        t.other_clerk, at, unit=t.other_branch, owner_name="业委会", text="公布账目", due_on=(at + DAY).date()
    )
    day = at.date()
    days = {"begins": day - 90 * DAY, "booked": day, "checked": day + DAY, "ends": day + 2 * DAY}
    t.term = Term.objects.create(unit=t.street, name="本届", **days)
    t.foreign_term = Term.objects.create(unit=t.other_street, name="本届", **days)


def troubled(t, at):
    """Eight cases and a promise that the rules bring on the agenda at ``at``, begun ten days before."""
    begun = at - 10 * DAY
    late = [towns.accepted(t, begun) for _number in range(3)]
    twice = towns.fulfilled(t, begun)
    workflow.take(twice, Act.CONTEST, by=t.resident, note="还是不亮", at=begun)
    workflow.take(twice, Act.FULFIL, by=t.officer, note="又换了", at=begun)
    workflow.take(twice, Act.CONTEST, by=t.resident, note="又灭了", at=begun)
    bounced = towns.returned(t, begun)
    workflow.take(bounced, Act.UPHOLD, by=t.dispatcher, lead=t.housing, at=begun)
    workflow.take(bounced, Act.RETURN, by=t.warden, reason=t.not_ours, note="归物业", at=begun)
    facts = {"reason": t.no_money, "condition": "资金到位", "leader": t.housing, "review_on": (at + 20 * DAY).date()}
    parked = workflow.take(towns.accepted(t, begun), Act.PARK, by=t.supervisor, note="列入计划", at=begun, **facts)
    waiting = [towns.referred(t, begun), towns.signed(t, begun)]
    promise = promises.make(
        t.clerk,
        begun,
        unit=t.branch,
        series=t.series,
        owner=t.housing,
        estate=t.estate,
        text="修院门口的路灯",
        due_on=(begun + DAY).date(),
    )
    return [*late, twice, bounced, parked, *waiting, promise]
