"""The page and the API answer that say how a date was counted."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from requests_app.journey import workflow
from requests_app.journey.account import account_of
from requests_app.journey.recompute import recompute
from requests_app.models import Act, Deadline, Pause
from requests_app.views.shared import TRACKED
from services.models import CalendarDay, CalendarYear, Limit, WorkingBlock
from tests import town as towns
from tests.town import DAY, HOUR, MONDAY

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SHANGHAI = ZoneInfo("Asia/Shanghai")
Clock = Limit.Step
BEFORE_LABOUR_DAY = datetime(2025, 4, 25, 10, tzinfo=SHANGHAI)  # a Friday; the Sunday after it is worked


def running(case, step):
    return case.deadlines.running().get(step=step)


def rows_of(client, user, deadline, language="zh-hans"):
    """The rows of the table as text, one a line."""
    client.force_login(user)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    response = client.get(deadline.get_absolute_url())
    assert response.status_code == 200
    return response.context["rows"], response.content.decode()


def told(rows):
    return [
        " ".join(filter(None, ["".join(row["when"]), str(row["weekday"]), str(row["why"]), row["counted"]]))
        for row in rows
    ]


def ask_and_answer(t, case, at, later):
    case = workflow.take(case, Act.ASK, by=t.officer, reason=t.unclear_place, note="哪个单元？", at=at)
    return workflow.take(case, Act.ANSWER, by=t.resident, note="二单元", at=at + later)


def test_the_days_are_told_as_a_neighbour_would_count_them(town, client):
    CalendarDay.objects.filter(date=date(2025, 4, 27)).update(name="劳动节调休上班")
    CalendarDay.objects.filter(date__month=5).update(name="劳动节")
    case = towns.signed(town, BEFORE_LABOUR_DAY)
    rows, page = rows_of(client, town.resident, running(case, Clock.FULFIL))
    assert told(rows) == [
        "2025年4月25日 周五 开始那天",
        "2025年4月26日 周六 周末",
        "2025年4月27日 周日 劳动节调休上班 第1个工作日",
        "2025年4月28日 周一 工作日 第2个工作日",
        "2025年4月29日 周二 工作日 第3个工作日",
        "2025年4月30日 周三 工作日 第4个工作日",
        "2025年5月1日至5月5日 劳动节放假",
        "2025年5月6日 周二 工作日 第5个工作日",
    ]
    assert "5 个工作日" in page


def test_working_hours_are_told_hour_by_hour(town, client):
    case = towns.filed(town, MONDAY)
    rows, page = rows_of(client, town.resident, running(case, Clock.ACCEPT))
    assert told(rows) == ["2025年3月3日 周一 工作日 4小时"]
    parts = [(part["hours"], part["counted"], str(part["why"])) for part in rows[0]["parts"]]
    assert parts == [
        ("10:00–12:00", "2小时", "工作日"),
        ("12:00–14:30", "", "午休"),
        ("14:30–16:30", "2小时", "工作日"),
    ]
    assert "08:30–12:00、14:30–18:00" in page


def test_everybody_who_sees_the_case_sees_how_its_dates_were_counted_and_nobody_else(town, client):
    case = towns.signed(town)
    url = running(case, Clock.FULFIL).get_absolute_url()
    for name in ("resident", "clerk", "dispatcher", "officer", "supervisor", "caller", "auditor"):
        client.force_login(town.people[name])
        assert client.get(url).status_code == 200, name
    for name in ("neighbour", "warden", "other_clerk", "other_supervisor"):
        client.force_login(town.people[name])
        assert client.get(url).status_code == 404, name
    client.logout()
    assert client.get(url).status_code == 302
    session = client.session
    session[TRACKED] = [case.pk]
    session.save()
    assert client.get(url).status_code == 200


def test_a_deadline_of_another_case_is_not_found(town, client):
    case, other = towns.filed(town), towns.filed(town)
    client.force_login(town.resident)
    url = reverse("requests:deadline", args=[case.pk, other.deadlines.get().pk])
    assert client.get(url).status_code == 404


def test_every_deadline_shown_on_the_case_pages_leads_to_its_proof(town, client):
    case = towns.signed(town)
    client.force_login(town.officer)
    page = client.get(case.get_absolute_url()).content.decode()
    for deadline in case.deadlines.all():
        assert deadline.get_absolute_url() in page, deadline
    for resident, step in ((towns.signed(town), Clock.FULFIL), (towns.rated(town), Clock.CONTEST_WINDOW)):
        at = datetime.now(SHANGHAI)
        Deadline.objects.filter(case=resident).update(due_at=at + DAY)
        if resident.due_at:
            type(resident).objects.filter(pk=resident.pk).update(due_at=at + DAY)
        client.force_login(town.resident)
        page = client.get(resident.get_absolute_url()).content.decode()
        assert running(resident, step).get_absolute_url() in page


def test_a_pause_is_named_with_its_reason_and_a_longer_limit_as_granted(town, client):
    case = ask_and_answer(town, towns.signed(town), MONDAY + HOUR, 2 * DAY)
    case = workflow.take(case, Act.MORE_TIME, by=town.officer, amount=2, note="等配件", at=MONDAY + 3 * DAY)
    case = workflow.take(case, Act.GRANT, by=town.supervisor, note="同意", at=MONDAY + 3 * DAY)
    rows, page = rows_of(client, town.resident, running(case, Clock.FULFIL))
    assert told(rows)[:3] == [
        "2025年3月3日 周一 开始那天",
        "2025年3月4日 周二 等居民补充：地点不清楚",
        "2025年3月5日 周三 工作日 第1个工作日",
    ]
    assert told(rows)[-1].endswith("第7个工作日")
    assert "批准延长2 个工作日" in page
    assert "7 个工作日" in page
    # The date moved twice, each with what moved it.
    moves = client.get(running(case, Clock.FULFIL).get_absolute_url()).context["moves"]
    local = [(f"{move['was'].astimezone(SHANGHAI):%d}", f"{move['now'].astimezone(SHANGHAI):%d}") for move in moves]
    assert local == [("10", "11"), ("11", "13")]


def test_while_the_resident_is_asked_it_says_that_the_time_stands_still(town, client):
    case = workflow.take(
        towns.signed(town), Act.ASK, by=town.officer, reason=town.unclear_place, note="哪个单元？", at=MONDAY + HOUR
    )
    _rows, page = rows_of(client, town.officer, running(case, Clock.FULFIL))
    assert "时间暂停" in page


def test_a_year_nobody_knows_yet_is_said_to_be_assumed(town, client):
    CalendarYear.objects.update(is_announced=False)
    rows, page = rows_of(client, town.resident, running(towns.signed(town), Clock.FULFIL))
    assert "还没有公布" in page
    assert rows[1]["is_assumed"]


def test_what_is_changed_later_changes_no_proof_and_is_said(town, client):
    case = towns.signed(town)
    deadline = running(case, Clock.FULFIL)
    before = told(rows_of(client, town.resident, deadline)[0])
    CalendarDay.objects.create(date=date(2025, 3, 5), is_working=False, name="临时放假")
    WorkingBlock.objects.update(closes=time(17))
    Limit.objects.filter(step="fulfil", category=None).update(amount=4)
    rows, page = rows_of(client, town.resident, deadline)
    assert told(rows) == before
    assert "按当时的日历算的" in page
    assert "新的诉求是4 个工作日" in page
    recompute(MONDAY + HOUR)
    rows, page = rows_of(client, town.resident, deadline)
    assert "临时放假放假" in "".join(told(rows))
    assert "按当时的日历算的" not in page


def test_a_deadline_whose_calendar_was_not_kept_says_so(town, client):
    case = towns.filed(town)
    Deadline.objects.update(calendar=None)
    rows, page = rows_of(client, town.resident, case.deadlines.get())
    assert rows == []
    assert "没有留下当时的日历" in page


def test_the_page_costs_the_same_for_a_short_and_for_a_long_proof(town, client):
    case = ask_and_answer(town, towns.signed(town), MONDAY + HOUR, 2 * DAY)
    deadline, short = running(case, Clock.FULFIL), case.deadlines.get(step=Clock.ACCEPT)
    client.force_login(town.officer)
    client.get(deadline.get_absolute_url())
    counts = []
    for chosen in (short, deadline):
        with CaptureQueriesContext(connection) as captured:
            client.get(chosen.get_absolute_url())
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 20


# What is stored and what is shown


def test_every_stored_date_is_what_its_proof_ends_with(town):
    """All kinds of clocks, with pauses and more time among them."""
    case = ask_and_answer(town, towns.signed(town), MONDAY + HOUR, 2 * DAY)
    case = workflow.take(case, Act.MORE_TIME, by=town.officer, amount=2, note="等配件", at=MONDAY + 3 * DAY)
    case = workflow.take(case, Act.GRANT, by=town.supervisor, note="同意", at=MONDAY + 3 * DAY)
    workflow.take(case, Act.FULFIL, by=town.officer, note="好了", at=MONDAY + 4 * DAY)
    for make in (towns.rated, towns.declined, towns.returned, towns.settled):
        make(town)
    towns.filed(town, category=town.burst)
    accepted = workflow.take(
        towns.accepted(town), Act.ASK, by=town.clerk, reason=town.unclear_place, note="？", at=MONDAY + HOUR
    )
    # It leaves the status while it waits: the pause ends with it, and later ones are no business of the ended clock.
    referred = workflow.take(accepted, Act.REFER, by=town.clerk, note="修不了", at=MONDAY + 2 * DAY)
    asked = workflow.take(
        referred, Act.ASK, by=town.dispatcher, reason=town.unclear_place, note="？", at=MONDAY + 2 * DAY + HOUR
    )
    workflow.take(asked, Act.ANSWER, by=town.resident, note="二单元", at=MONDAY + 3 * DAY)
    seen = set()
    for deadline in Deadline.objects.select_related("calendar"):
        account = account_of(deadline, list(Pause.objects.filter(case=deadline.case_id)))
        assert account.spans[-1].end == deadline.due_at, deadline
        seen.add((deadline.step, deadline.time_unit))
    assert len(seen) >= 12


def test_a_date_that_was_kept_is_proved_with_the_calendar_of_its_time(town):
    CalendarDay.objects.create(date=date(2025, 3, 4), is_working=False, name="临时放假")
    case = towns.signed(town)
    CalendarDay.objects.filter(date=date(2025, 3, 4)).delete()
    recompute(datetime(2025, 3, 5, 9, tzinfo=SHANGHAI))
    kept = Deadline.objects.select_related("calendar").get(case=case, step=Clock.FIRST_CONTACT)
    assert account_of(kept, []).spans[-1].end == kept.due_at


def test_equal_calendars_are_kept_once(town):
    towns.filed(town)
    towns.signed(town)
    assert Deadline.objects.values("calendar").distinct().count() == 1
    WorkingBlock.objects.create(unit=town.branch, opens=time(9), closes=time(17))
    towns.filed(town)
    assert Deadline.objects.values("calendar").distinct().count() == 2


# The API


def test_the_api_lists_the_deadlines_with_their_proofs(town, client):
    case = ask_and_answer(town, towns.signed(town), MONDAY + HOUR, 2 * DAY)
    client.force_login(town.resident)
    answer = client.get(f"/api/v1/requests/{case.pk}/deadlines/").json()
    fulfil = next(row for row in answer["results"] if row["step"] == "fulfil")
    counted = [span for span in fulfil["proof"] if span["counted"]]
    assert [span["nth"] for span in counted] == [1, 2, 3, 4, 5]
    assert parse_datetime(fulfil["proof"][-1]["end"]) == parse_datetime(fulfil["due_at"])
    paused = [span for span in fulfil["proof"] if span["why"] == "paused"]
    assert [span["reason"] for span in paused] == ["地点不清楚"]
    accept = next(row for row in answer["results"] if row["step"] == "accept")
    assert sum(span["seconds"] for span in accept["proof"]) == timedelta(hours=4).total_seconds()


def test_the_api_costs_the_same_for_few_and_for_many_deadlines(town, client):
    few, many = towns.dispatched(town), ask_and_answer(town, towns.signed(town), MONDAY + HOUR, 2 * DAY)
    client.force_login(town.officer)
    client.get(f"/api/v1/requests/{few.pk}/deadlines/")
    counts = []
    for case in (few, many):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/api/v1/requests/{case.pk}/deadlines/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
