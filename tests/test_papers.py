"""Official papers: numbered without gaps, issued by those whose act it was, and kept as they were."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from requests_app.figures import closing
from requests_app.meetings import minutes as papers
from requests_app.meetings import promises, sitting
from requests_app.models import Act, Meeting, NumberSeries, Paper, PromiseChange
from requests_app.papers import issuing, texts
from services.models import Membership, Role
from tests import table
from tests import town as towns
from tests.town import DAY, MONDAY

Kind = Paper.Kind


def source(kind, case, act):
    return {"source": f"event:{case.events.get(act=act).pk}:{kind}"}


def test_an_order_is_numbered_once_and_says_nothing_of_the_resident(town, client_of):
    first, second = (towns.dispatched(town) for _ in range(2))
    desk = client_of(town.dispatcher)
    page = desk.get(reverse("requests:case-papers", args=[first.pk])).content.decode()
    assert source(Kind.DISPATCH, first, Act.DISPATCH)["source"] in page
    numbers = []
    for case in (first, second, first):
        answer = desk.post(reverse("requests:paper-issue"), source(Kind.DISPATCH, case, Act.DISPATCH), follow=True)
        assert answer.status_code == 200
        numbers.append(answer.context["paper"].number)
        assert "周大娘" not in answer.content.decode()
        assert "19900000001" not in answer.content.decode()
    assert numbers == [1, 2, 1]
    paper = Paper.objects.get(number=1)
    assert paper.title == f"槐树社区交〔{paper.year}〕1号"
    assert paper.to == town.sanitation


def test_only_the_unit_whose_act_it_was_issues_it_and_the_unit_it_goes_to_reads_it(town, client_of):
    case = towns.dispatched(town)
    wanted = source(Kind.DISPATCH, case, Act.DISPATCH)
    for person in (town.clerk, town.officer, town.other_dispatcher, town.resident, town.auditor):
        assert client_of(person).post(reverse("requests:paper-issue"), wanted).status_code == 404, person
    wrong = source(Kind.RULING, case, Act.DISPATCH)
    assert client_of(town.dispatcher).post(reverse("requests:paper-issue"), wrong).status_code == 404
    paper = issuing.issue(Kind.DISPATCH, case.events.get(act=Act.DISPATCH), town.dispatcher, MONDAY)
    readers = {town.dispatcher: 200, town.officer: 200, town.supervisor: 200, town.warden: 404, town.resident: 404}
    for person, status in readers.items():
        assert client_of(person).get(paper.get_absolute_url()).status_code == status, person


def test_nobody_issues_or_reads_a_paper_about_a_request_of_their_own(town, client_of):
    case = towns.dispatched(town)
    paper = issuing.issue(Kind.DISPATCH, case.events.get(act=Act.DISPATCH), town.dispatcher, MONDAY)
    other = towns.dispatched(town)
    Membership.objects.create(user=town.resident, role=Role.DISPATCHER, unit=town.community, since=towns.SINCE)
    browser = client_of(town.resident)
    assert not browser.get(reverse("requests:papers")).context["page"].object_list
    assert browser.get(paper.get_absolute_url()).status_code == 404
    answer = browser.post(reverse("requests:paper-issue"), source(Kind.DISPATCH, other, Act.DISPATCH))
    assert answer.status_code == 404


def test_the_database_refuses_to_change_a_paper(town):
    paper = issuing.issue(Kind.DISPATCH, towns.dispatched(town).events.get(act=Act.DISPATCH), town.dispatcher, MONDAY)
    for sql in ("UPDATE requests_app_paper SET number = 9", "DELETE FROM requests_app_paper"):
        with pytest.raises(DatabaseError, match="written once"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert Paper.objects.get().number == paper.number


def test_the_book_offers_what_may_still_be_issued(town, client_of):
    t = table.with_meetings(town)
    table.held(t, MONDAY)
    table.planned(t, MONDAY + DAY)
    offers = client_of(t.clerk).get(reverse("requests:papers")).context["offers"]
    assert [offer.kind for offer in offers] == [Kind.INVITATION, Kind.MINUTES]
    for offer in offers:
        answer = client_of(t.clerk).post(reverse("requests:paper-issue"), {"source": offer.source})
        assert answer.status_code == 302
    assert client_of(t.clerk).get(reverse("requests:papers")).context["offers"] == []


def test_each_kind_of_paper_says_what_it_stands_on(town):
    t = table.with_meetings(town)
    case = towns.returned(t)
    events = case.events
    ruled = towns.workflow.take(case, Act.OVERRULE, by=t.dispatcher, note="路灯归环卫", at=MONDAY)
    ordered = towns.workflow.take(ruled, Act.SUPERVISE, by=t.supervisor, note="今天去现场", at=MONDAY)
    towns.workflow.take(ordered, Act.FULFIL, by=t.officer, note="换了灯", at=MONDAY)
    for kind, act, words in (
        (Kind.RULING, Act.OVERRULE, "不属于本单位职责"),
        (Kind.SUPERVISION, Act.SUPERVISE, "今天去现场"),
        (Kind.DONE, Act.FULFIL, "换了灯"),
    ):
        paper = issuing.issue(kind, events.get(act=act), t.dispatcher, MONDAY)
        assert words in str(paper.content), kind
        assert paper.number == 1
    # The order's own number, which no second paper takes.
    assert NumberSeries.objects.get(kind="supervision").last == 1
    meeting = table.held(t, MONDAY)
    papers.add(meeting.minutes, t.clerk, MONDAY, "第1项应为3单元。")
    minutes = issuing.issue(Kind.MINUTES, meeting, t.clerk, MONDAY)
    # Who was missing, what was said and resolved, and what was corrected since.
    for words in ("居民代表 实到0人，至少到2人，人数不够", "槐安物业：配件三天到", "三天内修好", "第1项应为3单元。"):
        assert words in str(minutes.content), words
    assert "槐树院民情议事厅" in str(issuing.issue(Kind.INVITATION, meeting, t.clerk, MONDAY).content)
    assert Meeting.objects.get(pk=meeting.pk).papers.count() == 2


def test_the_report_of_a_month_says_the_figures_and_each_unit_below(town, client_of):
    for _number in range(2):
        towns.settled(town)
    closed = closing.close(town.street, MONDAY.date().replace(day=1), town.supervisor, MONDAY + 40 * DAY)
    wanted = {"source": f"close:{closed.pk}:{Kind.MONTHLY}"}
    assert client_of(town.auditor).post(reverse("requests:paper-issue"), wanted).status_code == 404
    paper = client_of(town.supervisor).post(reverse("requests:paper-issue"), wanted, follow=True).context["paper"]
    parts = dict(paper.content["parts"])
    assert {"提交件数：2", "按时办结率：100.0%"} <= set(parts["统计"])
    (line,) = (line for line in parts["下属单位"] if line.startswith("槐树社区"))
    assert line == "槐树社区：按时办结率 100.0%（2），综合 —（0）"
    assert closed.digest in str(paper.content["facts"])
    again = client_of(town.supervisor).post(reverse("requests:paper-issue"), wanted, follow=True).context["paper"]
    assert again == paper


def test_minutes_say_what_became_of_promises_and_to_which_day_they_were_moved(town):
    t = table.with_meetings(town)
    table.held(t, MONDAY)
    later = MONDAY + 20 * DAY
    meeting = sitting.open_session(table.planned(t, later), t.clerk, later)
    item = meeting.items.get(promise__isnull=False)
    facts = {"note": "等配件", "due_on": (later + 9 * DAY).date(), "item": item}
    promises.change(item.promise, PromiseChange.Kind.MOVED, t.clerk, later, **facts)
    meeting = sitting.close(meeting, later)
    papers.reword(meeting.minutes, "", "散会。")
    minutes = papers.confirm(meeting.minutes, t.clerk, later)
    (last,) = minutes.content["last"]
    assert (last["due_on"], last["moved_to"], last["state"]) == ("2025-03-08", "2025-04-01", "open")
    parts = dict(texts.content_of(Kind.MINUTES, Meeting.objects.get(pk=meeting.pk))[0]["parts"])
    assert parts["结束语"] == ["散会。"]
    assert parts["上次决议销号"][0].endswith("房屋管理所 · 2025-04-01前 · 未到期")
    assert ["改期 · 等配件 · 2025-04-01前"] in parts.values()


def test_a_paper_that_is_rolled_back_leaves_no_gap(town):
    cases = [towns.dispatched(town) for _ in range(2)]
    orders = [case.events.get(act=Act.DISPATCH) for case in cases]
    with transaction.atomic():
        issuing.issue(Kind.DISPATCH, orders[0], town.dispatcher, MONDAY)
        transaction.set_rollback(True)
    assert issuing.issue(Kind.DISPATCH, orders[1], town.dispatcher, MONDAY).number == 1
    assert issuing.issue(Kind.DISPATCH, orders[0], town.dispatcher, MONDAY + 365 * DAY).number == 1
