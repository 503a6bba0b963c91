"""The small town every test lives in. Its people have names; each function makes one thing."""

import json
import pickle
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models.sql import InsertQuery

from requests_app.journey import workflow
from requests_app.models import Act, Draft
from services.models import (
    Building,
    CalendarDay,
    CalendarYear,
    CallSlot,
    Category,
    Estate,
    FigureDefinition,
    FollowUpRule,
    Limit,
    Membership,
    Reason,
    Role,
    Route,
    SignalDefinition,
    Spot,
    Unit,
    User,
    WorkingBlock,
)

# Monday morning, ten o'clock in Shanghai; no holiday near.
MONDAY = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SINCE = date(2024, 1, 1)
PASSWORD = "a-quiet-street-in-march"
# The town of this process once it was built: its namespace, pickled, and what writes its rows. Nearly every test wants
# a town, and to write rows that are known takes a tenth of the time.
kept = []

Kind, Type = Unit.Kind, Unit.DepartmentType


def unit(kind, code, name, parent=None, **fields):
    return Unit.objects.create(kind=kind, code=code, name=name, parent=parent, **fields)


def person(username, name, role=None, unit=None, phone=None):
    user = User(username=username, name=name, phone=phone)
    user.set_password(PASSWORD)
    user.save()
    if role:
        Membership.objects.create(user=user, role=role, unit=unit, since=SINCE)
    return user


def limits():
    step, unit_of = Limit.Step, Limit.TimeUnit
    rows = [
        (step.ACCEPT, "", 4, unit_of.HOURS),
        (step.ACCEPT, "urgent", 30, unit_of.MINUTES),
        (step.SETTLE, "", 2, unit_of.WORKDAYS),
        (step.DISPATCH, "", 4, unit_of.HOURS),
        (step.SIGN, "", 1, unit_of.WORKDAYS),
        (step.FIRST_CONTACT, "", 1, unit_of.WORKDAYS),
        (step.FULFIL, "consult", 3, unit_of.WORKDAYS),
        (step.FULFIL, "help", 5, unit_of.WORKDAYS),
        (step.FULFIL, "complaint", 10, unit_of.WORKDAYS),
        (step.FULFIL, "urgent", 24 * 60, unit_of.MINUTES),
        (step.RETURN_WINDOW, "", 1, unit_of.WORKDAYS),
        (step.RULING, "", 4, unit_of.HOURS),
        (step.REDO, "", 3, unit_of.WORKDAYS),
        (step.ANSWER, "", 7, unit_of.DAYS),
        (step.CONTEST_WINDOW, "", 7, unit_of.DAYS),
        (step.APPEAL_WINDOW, "", 15, unit_of.DAYS),
        (step.FOLLOW_UP, "", 1, unit_of.WORKDAYS),
        (step.PAUSE, "", 14, unit_of.DAYS),
        (step.REVIEW, "", 90, unit_of.DAYS),
        (step.SUPERVISION, "", 2, unit_of.WORKDAYS),
        (step.SILENCE, "", 3, unit_of.WORKDAYS),
        (step.ESCALATION, "", 1, unit_of.WORKDAYS),
        (step.LISTING, "", 3, unit_of.WORKDAYS),
    ]
    for name, urgency, amount, time_unit in rows:
        Limit.objects.create(step=name, urgency=urgency, amount=amount, time_unit=time_unit)


def calls():
    """Nobody is called about what a category does not say otherwise; see ``to_call``."""
    FollowUpRule.objects.create(rate=0)
    for opens, closes in ((8, 12), (12, 17), (17, 21)):
        CallSlot.objects.create(opens=time(opens), closes=time(closes))


def calendar(district):
    WorkingBlock.objects.create(unit=district, opens=time(8, 30), closes=time(12, 0))
    WorkingBlock.objects.create(unit=district, opens=time(14, 30), closes=time(18, 0))
    CalendarYear.objects.create(year=2025, is_announced=True)
    # Labour Day 2025: a Sunday worked, five days off.
    CalendarDay.objects.create(date=date(2025, 4, 27), is_working=True, name="make-up day")
    for day in range(1, 6):
        CalendarDay.objects.create(date=date(2025, 5, day), is_working=False, name="Labour Day")


def definitions():
    """The figures and the signals as the seeds define them."""
    rows = json.loads((settings.BASE_DIR / "seeds/figure_definitions.json").read_text(encoding="utf-8"))
    for row in rows:
        row.pop("source")
    FigureDefinition.objects.bulk_create(FigureDefinition(**row) for row in rows)
    rows = json.loads((settings.BASE_DIR / "seeds/signal_definitions.json").read_text(encoding="utf-8"))
    for row in rows:
        row.pop("source")
    SignalDefinition.objects.bulk_create(SignalDefinition(**row) for row in rows)


def units(t):
    t.district = unit(Kind.DISTRICT, "140213", "平城区")
    t.street = unit(Kind.STREET, "140213001", "东街街道", t.district)
    t.other_street = unit(Kind.STREET, "140213002", "西街街道", t.district)
    t.community = unit(Kind.COMMUNITY, "140213001001", "槐树社区", t.street)
    t.other_community = unit(Kind.COMMUNITY, "140213002001", "柳树社区", t.other_street)
    t.branch = unit(Kind.BRANCH, "14021300100101", "槐树院党支部", t.community, formed="own")
    t.other_branch = unit(Kind.BRANCH, "14021300200101", "柳树院党支部", t.other_community, formed="own")
    t.sanitation = unit(Kind.DEPARTMENT, "140213901", "环境卫生中心", t.district, department_type=Type.GOVERNMENT)
    t.sweepers = unit(Kind.DEPARTMENT, "14021390101", "清扫一队", t.sanitation, department_type=Type.GOVERNMENT)
    t.housing = unit(Kind.DEPARTMENT, "140213902", "房屋管理所", t.district, department_type=Type.GOVERNMENT)
    t.firm = unit(Kind.DEPARTMENT, "140213903", "槐安物业", t.district, department_type=Type.PROPERTY)


def places(t):
    t.estate = Estate.objects.create(code="HSY", name="槐树院", branch=t.branch, property_firm=t.firm, households=320)
    t.other_estate = Estate.objects.create(code="LSY", name="柳树院", branch=t.other_branch)
    t.building = Building.objects.create(estate=t.estate, code="HSY06", name="6栋", order=6, entrances=3)
    t.lift = Spot.objects.create(estate=t.estate, building=t.building, code="HSY06D1", name="1单元电梯")
    t.other_building = Building.objects.create(estate=t.other_estate, code="LSY01", name="1栋", order=1)


def catalogue(t):
    lighting = Category.objects.create(code="lighting", name="照明", order=1)
    t.lamp = Category.objects.create(
        code="stair-lamp", parent=lighting, name="楼道灯", urgency="help", is_public=True, plain_words="灯不亮"
    )
    rubbish = Category.objects.create(code="rubbish", name="垃圾", order=2)
    t.rubbish = Category.objects.create(
        code="rubbish-left", parent=rubbish, name="垃圾没人收", urgency="complaint", is_public=True
    )
    allowance = Category.objects.create(code="errands", name="办事", order=3)
    t.allowance = Category.objects.create(code="allowance", parent=allowance, name="低保", urgency="consult")
    t.burst = Category.objects.create(
        code="burst-pipe", parent=rubbish, name="爆管", urgency="urgent", emergency_notice="先拨 119。"
    )
    Route.objects.create(category=t.lamp, area=t.district, department=t.housing, basis="楼道照明归房管")
    Route.objects.create(category=t.lamp, area=t.district, to_property_firm=True, basis="楼道照明由物业维护")
    Route.objects.create(category=rubbish, area=t.district, department=t.sanitation, basis="清运归环卫")
    t.not_ours = Reason.objects.create(kind="return", code="not-ours", text="不属于本单位职责")
    t.unclear_place = Reason.objects.create(kind="ask", code="place", text="地点不清楚", guidance="请写清楼栋单元。")
    t.no_money = Reason.objects.create(kind="park", code="money", text="要先落实资金", guidance="资金落实后续办。")
    t.court = Reason.objects.create(kind="decline", code="court", text="已进入诉讼程序", guidance="请等法院判决。")


def people(t):
    t.resident = person("resident", "周大娘", phone="19900000001")
    t.neighbour = person("neighbour", "吴师傅", phone="19900000002")
    t.household = person("household", "郑阿姨", Role.HOUSEHOLD, t.branch, phone="19900000003")
    t.clerk = person("clerk", "小林", Role.BRANCH, t.branch)
    t.dispatcher = person("dispatcher", "小唐", Role.DISPATCHER, t.community)
    t.officer = person("officer", "老高", Role.OFFICER, t.sanitation)
    t.sweeper = person("sweeper", "老马", Role.OFFICER, t.sweepers)
    t.warden = person("warden", "老石", Role.OFFICER, t.housing)
    t.fitter = person("fitter", "老钟", Role.OFFICER, t.firm)
    t.supervisor = person("supervisor", "赵主任", Role.SUPERVISOR, t.street)
    t.caller = person("caller", "小宋", Role.CALLER, t.street)
    t.auditor = person("auditor", "孟审计", Role.AUDITOR, t.district)
    t.other_clerk = person("other_clerk", "小杜", Role.BRANCH, t.other_branch)
    t.other_dispatcher = person("other_dispatcher", "小秦", Role.DISPATCHER, t.other_community)
    t.other_supervisor = person("other_supervisor", "钱主任", Role.SUPERVISOR, t.other_street)
    t.other_household = person("other_household", "孙阿姨", Role.HOUSEHOLD, t.other_branch)
    t.admin = User.objects.create_superuser("admin", password=PASSWORD, name="管理员")
    names = (
        "resident neighbour household clerk dispatcher officer sweeper warden fitter supervisor caller auditor "
        "other_clerk other_dispatcher other_supervisor other_household"
    )
    t.people = {name: getattr(t, name) for name in names.split()}


def town():
    """The whole town as one namespace: units, places, catalogue and people by name."""
    models = [model for model in apps.get_app_config("services").get_models() if not model._meta.proxy]
    if not kept:
        stood_alone = not any(model._base_manager.exists() for model in models)
        t = built()
        if stood_alone:
            kept[:] = [pickle.dumps(t), *inserts(models)]
        return t
    # Rows may point to such as come later.
    with transaction.atomic(), connection.cursor() as cursor:
        for statement, values in kept[1:]:
            cursor.execute(statement, values)
    return pickle.loads(kept[0])


def inserts(models):
    """Statements, each with its values, that write the rows of ``models`` as they are now, keys included."""
    made = []
    for model in models:
        if rows := list(model._base_manager.all()):
            query = InsertQuery(model)
            query.insert_values(model._meta.concrete_fields, rows)
            made += query.get_compiler(connection=connection).as_sql()
            # PostgreSQL does not count on from a key that was given.
            made += [(reset, None) for reset in connection.ops.sequence_reset_sql(no_style(), [model])]
    return made


def built():
    """The town made row by row, as people would make it."""
    t = SimpleNamespace()
    units(t)
    places(t)
    limits()
    calls()
    definitions()
    calendar(t.district)
    catalogue(t)
    people(t)
    return t


def filed(t, at=MONDAY, **fields):
    """周大娘's request about the stair lamp in 6栋, filed at ``at``."""
    wanted = {
        "by": t.resident,
        "estate": t.estate,
        "building": t.building,
        "spot": "1单元",
        "category": t.lamp,
        "text": "一单元的灯坏了三天",
        "contact_name": "周大娘",
        "contact_phone": "19900000001",
    }
    return workflow.file(**{**wanted, **fields}, at=at)


def typed(t, another=False, **fields):
    """周大娘's filing before it is sent: a draft with every page answered.

    With ``another`` it also says that what was reported already at the building is another matter.
    """
    pages = {
        "where": {"estate": t.estate.pk},
        "place": {"building": t.building.pk, "spot_words": "1单元"},
        "what": {"category": t.lamp.pk},
        "words": {"text": "一单元的灯坏了三天"},
        "contact": {"contact_name": "周大娘", "contact_phone": "19900000001"},
    }
    if another:
        pages["same"] = {"same": "no"}
    return Draft.objects.create(**{"user": t.resident, "data": {"party": "resident", "pages": pages}, **fields})


def accepted(t, at=MONDAY):
    return workflow.take(filed(t, at), Act.ACCEPT, by=t.clerk, at=at)


def settled(t, at=MONDAY):
    return workflow.take(accepted(t, at), Act.SETTLE, by=t.clerk, note="换了灯泡", at=at)


def referred(t, at=MONDAY):
    return workflow.take(accepted(t, at), Act.REFER, by=t.clerk, note="线路老化，院里修不了", at=at)


def dispatched(t, at=MONDAY, **facts):
    facts = {"lead": t.sanitation, "assist": [], **facts}
    return workflow.take(referred(t, at), Act.DISPATCH, by=t.dispatcher, at=at, **facts)


def elsewhere(t, at=MONDAY):
    """A request in 柳树院, dispatched by its own community."""
    place = {"estate": t.other_estate, "building": t.other_building, "by": t.neighbour}
    case = workflow.take(filed(t, at, **place), Act.ACCEPT, by=t.other_clerk, at=at)
    case = workflow.take(case, Act.REFER, by=t.other_clerk, note="院里修不了", at=at)
    return workflow.take(case, Act.DISPATCH, by=t.other_dispatcher, lead=t.firm, assist=[], at=at)


def signed(t, at=MONDAY, **facts):
    return workflow.take(dispatched(t, at, **facts), Act.SIGN, by=t.officer, at=at)


def returned(t, at=MONDAY):
    return workflow.take(dispatched(t, at), Act.RETURN, by=t.officer, reason=t.not_ours, note="归房管", at=at)


def fulfilled(t, at=MONDAY):
    return workflow.take(signed(t, at), Act.FULFIL, by=t.officer, note="换了线路和灯", at=at)


def to_call(t, at=MONDAY, make=fulfilled):
    """As ``make``, and the work was drawn: the resident is to be called about it."""
    Category.objects.filter(pk=t.lamp.pk).update(follow_up_rate=100)
    case = make(t, at)
    Category.objects.filter(pk=t.lamp.pk).update(follow_up_rate=None)
    return case


def called(t, at=MONDAY, **facts):
    """``to_call``, and tried once."""
    return workflow.take(to_call(t, at), Act.CALL, by=t.caller, at=at, **{"outcome": "no_answer", **facts})


def rated(t, at=MONDAY):
    answers = {"contacted": True, "solved": True, "satisfaction": "good"}
    return workflow.take(fulfilled(t, at), Act.RATE, by=t.resident, at=at, **answers)


def declined(t, at=MONDAY):
    facts = {"reason": t.court, "door": "请等法院判决。"}
    return workflow.take(filed(t, at), Act.DECLINE, by=t.clerk, at=at, **facts)


def merged(t, at=MONDAY):
    """周大娘's request, merged into 吴师傅's about the same lamp."""
    return workflow.take(filed(t, at), Act.MERGE, by=t.clerk, at=at, parent=neighbours(t, at))


def neighbours(t, at=MONDAY, **fields):
    """吴师傅's request about the stair lamp."""
    about = {"by": t.neighbour, "contact_name": "吴师傅", "contact_phone": "19900000002", "text": "楼道黑了"}
    return filed(t, at, **{**about, **fields})


def withdrawn(t, at=MONDAY):
    return workflow.take(filed(t, at), Act.WITHDRAW, by=t.resident, at=at)
