"""The calendar changes while requests are under way: open deadlines follow, with an event each; nobody becomes late."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse

from requests_app.journey import chain, limits, recompute, workflow
from requests_app.journey.parties import SYSTEM
from requests_app.journey.recompute import recompute as recompute_all
from requests_app.journey.refusals import StepRefused
from requests_app.journey.sweep import sweep
from requests_app.models import Act, Deadline, Notice
from requests_app.wording import event_sentence
from services import holidays
from services.models import CalendarDay, CalendarYear, Limit, WorkingBlock
from tests import town as towns
from tests.town import DAY, HOUR, MONDAY

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
BASIS = "关于2025年部分节假日安排的通知"
Clock = Limit.Step


def local(month, day, hour, minute=0, year=2025):
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def days_off(*days, month=3, works=False):
    for day in days:
        CalendarDay.objects.create(date=date(2025, month, day), is_working=works, name="临时放假")


def running(case, step):
    return case.deadlines.running().get(step=step)


def test_the_holders_clock_the_others_and_the_promise_follow_the_calendar(town):
    case = towns.signed(town)
    assert (case.due_at, running(case, Clock.RETURN_WINDOW).due_at) == (local(3, 10, 18), local(3, 4, 18))
    days_off(4)
    assert recompute_all(MONDAY + HOUR).moved == 1
    case.refresh_from_db()
    assert case.due_at == case.promised_at == running(case, Clock.FULFIL).due_at == local(3, 11, 18)
    assert running(case, Clock.RETURN_WINDOW).due_at == running(case, Clock.FIRST_CONTACT).due_at == local(3, 5, 18)
    event = case.events.latest("serial")
    assert (event.act, event.party, event.is_public) == (Act.RECOMPUTE, "system", True)
    moved = {move["step"]: (move["was"], move["now"]) for move in event.facts["moved"]}
    assert moved["fulfil"] == ("2025-03-10T10:00:00Z", "2025-03-11T10:00:00Z")
    assert set(moved) == {"fulfil", "first_contact", "return_window"}
    assert chain.verify().faults == []


def test_the_resident_and_whoever_has_the_case_hear_of_it_as_news(town):
    towns.signed(town)
    Notice.objects.all().delete()
    days_off(4)
    recompute_all(MONDAY + HOUR)
    heard = set(Notice.objects.values_list("reader__username", "kind"))
    assert heard == {("resident", "news"), ("officer", "news")}


def test_the_day_promised_at_dispatch_follows_too(town):
    case = towns.dispatched(town)
    assert case.promised_at == local(3, 11, 18)
    days_off(4)
    recompute_all(MONDAY + HOUR)
    case.refresh_from_db()
    assert (case.due_at, case.promised_at) == (local(3, 5, 18), local(3, 12, 18))


def test_a_second_time_nothing_is_left_to_do(town):
    case = towns.signed(town)
    days_off(4)
    recompute_all(MONDAY + HOUR)
    count = case.events.count()
    assert recompute_all(MONDAY + 2 * HOUR).moved == 0
    assert case.events.count() == count
    with pytest.raises(StepRefused):
        workflow.take(case, Act.RECOMPUTE, by=SYSTEM, at=MONDAY + 2 * HOUR)


def test_what_ends_as_before_gets_no_event_and_is_no_longer_provisional(town):
    CalendarYear.objects.update(is_announced=False)
    case = towns.signed(town)
    assert running(case, Clock.FULFIL).is_provisional
    CalendarYear.objects.update(is_announced=True, basis=BASIS)
    count = case.events.count()
    assert recompute_all(MONDAY + HOUR).is_done
    assert case.events.count() == count
    assert not case.deadlines.running().filter(is_provisional=True).exists()
    assert list(recompute.waiting(recompute.statutory_calendar())) == []


def test_the_event_names_the_notice_that_moved_the_date(town):
    CalendarYear.objects.update(is_announced=False)
    case = towns.signed(town)
    days_off(4)
    CalendarYear.objects.update(is_announced=True, basis=BASIS)
    recompute_all(MONDAY + HOUR)
    event = case.events.latest("serial")
    assert event.facts["why"] == BASIS
    assert BASIS in event_sentence(event)


def test_nobody_becomes_late_after_the_fact(town):
    """Tuesday was a holiday until it was taken back on Wednesday: what was in time then stays in time."""
    days_off(4)
    case = towns.signed(town)
    due = {deadline.step: deadline.due_at for deadline in case.deadlines.running()}
    assert due[Clock.FIRST_CONTACT] == local(3, 5, 18)
    CalendarDay.objects.filter(date=date(2025, 3, 4)).delete()
    recompute_all(local(3, 5, 9))
    now = {deadline.step: deadline.due_at for deadline in case.deadlines.running()}
    # The first contact would have been due yesterday evening; the work moves a day sooner, which still lies ahead.
    assert now[Clock.FIRST_CONTACT] == due[Clock.FIRST_CONTACT]
    assert (due[Clock.FULFIL], now[Clock.FULFIL]) == (local(3, 11, 18), local(3, 10, 18))
    assert recompute_all(local(3, 5, 10)).moved == 0


def test_what_was_late_already_does_not_become_later_still(town):
    case = towns.filed(town)
    days_off(3, works=True)
    CalendarDay.objects.create(date=date(2025, 3, 2), is_working=True, name="临时上班")
    recompute_all(MONDAY + 3 * DAY)
    case.refresh_from_db()
    assert case.due_at == local(3, 3, 16, 30)


def test_whoever_was_late_and_gets_a_later_date_is_no_longer_late(town):
    case = towns.signed(town)
    at = local(3, 11, 9)
    sweep(at)
    case.refresh_from_db()
    assert case.lateness(at) == "red"
    assert case.rung > 0
    days_off(5, 6, 7)
    recompute_all(at)
    case.refresh_from_db()
    assert (case.lateness(at), case.due_at, case.rung) == ("", local(3, 13, 18), 0)


def test_a_pause_and_more_time_are_kept(town):
    case = towns.signed(town)
    case = workflow.take(case, Act.ASK, by=town.officer, reason=town.unclear_place, note="哪个单元？", at=MONDAY + HOUR)
    case = workflow.take(case, Act.ANSWER, by=town.resident, note="二单元", at=MONDAY + DAY + 9 * HOUR)
    assert case.due_at == local(3, 11, 18)
    case = workflow.take(case, Act.MORE_TIME, by=town.officer, amount=2, note="等配件", at=MONDAY + 2 * DAY)
    case = workflow.take(case, Act.GRANT, by=town.supervisor, note="同意", at=MONDAY + 2 * DAY)
    assert case.due_at == local(3, 13, 18)
    days_off(13)
    recompute_all(MONDAY + 3 * DAY)
    case.refresh_from_db()
    assert case.due_at == local(3, 14, 18)


def test_while_the_resident_is_asked_the_date_of_their_answer_stays_and_the_work_is_counted_beside(town):
    case = towns.signed(town)
    case = workflow.take(case, Act.ASK, by=town.officer, reason=town.unclear_place, note="哪个单元？", at=MONDAY + HOUR)
    days_off(5)
    recompute_all(MONDAY + DAY)
    case.refresh_from_db()
    assert case.due_at == running(case, Clock.ANSWER).due_at == local(3, 11, 0)
    assert running(case, Clock.FULFIL).due_at == local(3, 11, 18)
    case = workflow.take(case, Act.ANSWER, by=town.resident, note="二单元", at=MONDAY + 2 * DAY + HOUR)
    assert case.due_at == local(3, 12, 18)


def test_hours_changed_meanwhile_hold_for_new_clocks_only(town):
    case = towns.filed(town)
    WorkingBlock.objects.update(closes=time(17))
    days_off(4)
    assert recompute_all(MONDAY + HOUR).moved == 0
    assert running(case, Clock.ACCEPT).due_at == local(3, 3, 16, 30)


def test_closed_clocks_stay_as_they_were(town):
    case = towns.signed(town)
    before = list(case.deadlines.exclude(ended_at=None).values())
    days_off(3, 4)
    recompute_all(MONDAY + HOUR)
    assert list(case.deadlines.exclude(ended_at=None).order_by("started_at", "pk").values()) == before


def test_some_at_a_time_it_goes_on_where_it_was(town, monkeypatch):
    cases = [towns.filed(town) for _number in range(5)]
    monkeypatch.setattr(recompute, "CHUNK", 2)
    days_off(3)
    # Whoever waits for a page waits no longer than was said, however many there are.
    assert recompute_all(MONDAY, seconds=0) == recompute.Outcome(moved=0, failed=0, is_done=False)
    first = recompute_all(MONDAY, most=2)
    assert (first.moved, first.is_done) == (2, False)
    rest = recompute_all(MONDAY)
    assert (rest.moved, rest.is_done) == (3, True)
    assert {case.deadlines.get().due_at for case in cases} == {local(3, 4, 15)}


def test_one_that_fails_does_not_keep_the_others_waiting(town, monkeypatch):
    bad, good = towns.filed(town), towns.filed(town)
    days_off(3)
    take = workflow.take

    def fail_on_one(case, *args, **kwargs):
        if case.pk == bad.pk:
            raise RuntimeError("the disk is full")
        return take(case, *args, **kwargs)

    monkeypatch.setattr(workflow, "take", fail_on_one)
    CalendarYear.objects.update(recount=True)
    outcome = recompute_all(MONDAY)
    assert (outcome.moved, outcome.failed, outcome.is_done) == (1, 1, False)
    assert good.deadlines.get().due_at == local(3, 4, 15)
    assert CalendarYear.objects.filter(recount=True).exists()


# Who sets it going


def test_the_sweep_does_what_is_marked_and_takes_the_mark_away(town):
    towns.filed(town)
    days_off(3)
    assert sweep(MONDAY)[Act.RECOMPUTE] == 0
    CalendarYear.objects.update(recount=True)
    assert sweep(MONDAY)[Act.RECOMPUTE] == 1
    assert not CalendarYear.objects.filter(recount=True).exists()


def test_the_command_does_all_of_it_and_says_how_many(town, capsys):
    case = towns.filed(town, datetime.now(SHANGHAI))
    WEEK = [case.created_at.astimezone(SHANGHAI).date() + n * DAY for n in range(7)]
    CalendarDay.objects.bulk_create(CalendarDay(date=day, is_working=False, name="x") for day in WEEK)
    call_command("recompute")
    assert "moved: 1" in capsys.readouterr().out
    assert case.events.filter(act=Act.RECOMPUTE).count() == 1


def test_a_notice_pasted_in_the_admin_moves_the_dates_at_once(town, client):
    at = datetime.now(SHANGHAI)
    case = towns.filed(town, at)
    client.force_login(town.admin)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    last = at.date() + 6 * DAY
    values = {"year": at.year, "basis": BASIS, "text": f"{at:%Y-%m-%d}~{last:%Y-%m-%d} off x"}
    url = reverse("admin:services_calendaryear_holidays")
    assert "1 open deadlines end on or after" in client.post(url, values).content.decode()
    assert not case.events.filter(act=Act.RECOMPUTE).exists()
    page = client.post(url, {**values, "confirm": "yes"}, follow=True).content.decode()
    assert "1 requests have new dates" in page
    event = case.events.get(act=Act.RECOMPUTE)
    assert event.facts["why"] == BASIS
    assert not CalendarYear.objects.filter(recount=True).exists()


def test_too_many_for_a_page_are_left_to_the_sweep(town, client, monkeypatch):
    monkeypatch.setattr("requests_app.admin.RECOUNTED_AT_ONCE", 1)
    at = datetime.now(SHANGHAI)
    for _number in range(3):
        towns.filed(town, at)
    client.force_login(town.admin)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    last = at.date() + 6 * DAY
    values = {"year": at.year, "basis": BASIS, "text": f"{at:%Y-%m-%d}~{last:%Y-%m-%d} off x", "confirm": "yes"}
    page = client.post(reverse("admin:services_calendaryear_holidays"), values, follow=True).content.decode()
    assert "manage.py recompute" in page
    assert CalendarYear.objects.get(year=at.year).recount
    assert sweep(at)[Act.RECOMPUTE] == 2
    assert not CalendarYear.objects.get(year=at.year).recount


def test_writing_a_notice_marks_its_year(town):
    days, _problems = holidays.read("2025-03-04 休 临时放假", 2025)
    assert holidays.write(days, 2025, BASIS).recount


def test_ten_thousand_are_looked_through_with_few_queries(town, django_assert_max_num_queries):
    """What does not move costs no query of its own."""
    case = towns.filed(town)
    deadline = case.deadlines.get()
    Deadline.objects.filter(pk=deadline.pk).update(ended_at=None)
    steps = [step for step in Clock if step != Clock.ACCEPT]
    Deadline.objects.bulk_create(
        Deadline(
            case=case, step=step, amount=4, time_unit="hours", started_at=deadline.started_at,
            amber_at=deadline.amber_at, due_at=deadline.due_at, calendar_id=deadline.calendar_id,
        )
        for step in steps
    )  # fmt: skip
    days_off(20)
    with django_assert_max_num_queries(20):
        assert recompute_all(MONDAY).is_done


def test_one_query_reads_the_calendar_and_a_day_that_changes_counts_from_the_next_reading_on(
    town, django_assert_num_queries
):
    with django_assert_num_queries(1):
        before = limits.calendar_for(town.sanitation)
    days_off(4)
    changed = limits.calendar_for(town.sanitation)
    assert (before.is_working(date(2025, 3, 4)), changed.is_working(date(2025, 3, 4))) == (True, False)
    assert (limits.calendar_for(town.sanitation).digest == changed.digest) is (before.digest != changed.digest) is True
    CalendarDay.objects.filter(date=date(2025, 3, 4)).update(is_working=True, closes_at=time(12))
    assert limits.calendar_for(town.sanitation).hours(date(2025, 3, 4))[-1][1] == time(12)
    CalendarDay.objects.filter(date=date(2025, 3, 4)).delete()
    assert limits.calendar_for(town.sanitation).digest == before.digest
    assert limits.statutory_calendar().days_digest == before.days_digest
