"""One series of the demo at its table: a meeting that was held, what became of its promises, and the next agenda."""

from datetime import timedelta

from requests_app.meetings import agenda, calling, minutes, promises, resolving, sitting
from requests_app.models import Meeting, PromiseChange, Resolution
from services.models import MeetingSeries, Role, SeatKind, Unit

SERIES = "nanguanfang"
BEFORE = timedelta(days=52)  # the meeting held lies between this and five weeks later
DAY = timedelta(days=1)
Kind = Resolution.Kind
Change = PromiseChange.Kind

# What was talked about: the matter, why, who said what, and (kind, words, owner, days until due).
MATTERS = (
    (
        "6栋1单元的楼道灯修了又坏",
        "居民提了三回",
        ((SeatKind.RESIDENTS, "换灯泡管不了几天"), (SeatKind.FIRM, "线老化了，要换线，配件要等")),
        (Kind.DO, "把6栋1单元的楼道线换掉，装感应灯", "140213932", 24),
    ),
    (
        "电动车推进楼道充电",
        "上个月又有五件",
        ((SeatKind.COMMITTEE, "先腾出车棚，再说不让进"), (SeatKind.HOST, "楼长挨户说过了")),
        (Kind.DO, "腾出北墙车棚，装十个充电插座", "业委会（物管会）", 10),
    ),
    (
        "垃圾桶少，袋子堆在地上",
        "三栋楼都在说",
        ((SeatKind.DEPARTMENT, "可以早晚各收一趟"),),
        (Kind.DO, "早晚各收一趟，添两个大桶", "140213901", 7),
    ),
    (
        "外墙保温什么时候做",
        "年年有人问",
        ((SeatKind.HOST, "列在改造里，明年开春"),),
        (Kind.EXPLAIN, "列入老旧小区改造，开工前在公告栏贴出来", "", 0),
    ),
    ("院里停车划不划线", "有车的和没车的意见不一样", ((SeatKind.RESIDENTS, "先量一量能停几辆"),), None),
)


def meet(cast, now):
    """Hold the last meeting of the series, and build the agenda of the next one."""
    series = MeetingSeries.objects.filter(code=SERIES).select_related("unit", "estate").first()
    if series is None:
        return
    chair = cast.at(Role.BRANCH, series.unit)
    meeting = calling.plan(series, now - BEFORE)
    at = meeting.at
    items = [agenda.add(meeting, chair, why, title=title) for title, why, _said, _resolved in MATTERS]
    calling.invite(meeting, chair, at - 4 * DAY)
    # What the rules find now was not so then.
    Meeting.objects.filter(pk=meeting.pk).update(
        state=Meeting.State.OPEN, chair=chair, opened_at=at, built_at=at - 4 * DAY
    )
    there = _sign_in(meeting, series, chair, at)
    for item, (_title, _why, said, resolved) in zip(items, MATTERS, strict=True):
        for kind, words in said:
            sitting.remark(item, chair, at, text=words, speaker=there[kind])
        if resolved:
            _resolve(item, chair, at, *resolved)
    meeting = sitting.close(meeting, at + timedelta(hours=2))
    minutes.publish(minutes.confirm(meeting.minutes, chair, at + DAY), at + DAY)
    _live_on(meeting, chair, now)
    following = calling.plan(series, now)
    agenda.build(following, now)


def _sign_in(meeting, series, chair, at):
    """Everybody who was invited came; three residents by name."""
    there = {}
    for seat in calling.seats_of(series):
        names = ("岳师傅", "贺大姐", "邢大爷") if seat.kind == SeatKind.RESIDENTS else ("" if seat.unit else seat.name,)
        for name in names:
            one = sitting.sign_in(meeting, chair, at, kind=seat.kind, unit=seat.unit, name=name)
            there.setdefault(seat.kind, one)
    return there


def _resolve(item, chair, at, kind, words, owner, days):
    unit = Unit.objects.filter(code=owner).first() if owner.isdecimal() else None
    due_on = (at + days * DAY).date() if days else None
    about = {"unit": unit, "owner_name": "" if unit else owner, "due_on": due_on}
    resolving.resolve(item, chair, at, kind=kind, text=words, count=0, **about)


def _live_on(meeting, chair, now):
    """One promise was kept, one moved with a reason; one is overdue and comes back by itself."""
    at = meeting.at
    light, _shed, bins = (
        resolution.promise
        for resolution in minutes.resolutions().filter(item__meeting=meeting, promise__isnull=False).order_by("pk")
    )
    promises.change(bins, Change.KEPT, chair, at + 6 * DAY, note="早晚各一趟，桶也添了")
    moved = (now + 12 * DAY).date()
    promises.change(light, Change.MOVED, chair, at + 12 * DAY, note="感应灯缺货，厂家下月到货", due_on=moved)
