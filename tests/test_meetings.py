"""Joint meetings: agendas by rules, sittings, resolutions through the one door, minutes, and promises."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from requests_app.journey import workflow
from requests_app.meetings import agenda, calling, ledger, minutes, promises, resolving, sitting
from requests_app.meetings.refusals import Refused
from requests_app.models import (
    Act,
    AgendaItem,
    Meeting,
    Notice,
    NoticeChoice,
    Promise,
    PromiseChange,
    Resolution,
    Status,
)
from requests_app.models.event import AppendOnly
from requests_app.notices import planning
from requests_app.notices.sending import Sender
from services.models import Role, SeatKind, Term
from tests import table
from tests import town as towns
from tests.town import DAY, HOUR, MONDAY, person

Kind = Resolution.Kind


@pytest.fixture
def town(db):
    return table.with_meetings(towns.town())


def planned(t, at=MONDAY):
    return table.planned(t, at)


def opened(t, at=MONDAY):
    return sitting.open_session(planned(t, at), t.clerk, at)


def resolved(t, item, **facts):
    return table.resolved(t, item, MONDAY, **facts)


def test_a_day_off_moves_to_the_next_working_day(town):
    first = calling.plan(town.series, MONDAY)
    # 15 March 2025 is a Saturday.
    assert first.at == datetime(2025, 3, 17, 15, tzinfo=ZoneInfo("Asia/Shanghai"))
    with pytest.raises(Refused):
        calling.plan(town.series, MONDAY)
    Meeting.objects.filter(pk=first.pk).update(state=Meeting.State.HELD)
    assert calling.plan(town.series, MONDAY + 14 * DAY).day == date(2025, 4, 15)
    assert calling.day_in(date(2025, 2, 1), 31) == date(2025, 2, 28)


def test_each_rule_brings_its_cases_with_the_reason_in_words(town):
    at = MONDAY + 10 * DAY
    late = towns.accepted(town)
    quiet = towns.accepted(town, at)
    elsewhere = towns.filed(town, estate=town.other_estate, building=None)
    hidden = towns.filed(town, is_confidential=True)
    parked = towns.workflow.take(
        towns.accepted(town, at), Act.PARK, by=town.supervisor, note="列入计划", at=at, reason=town.no_money,
        condition="资金到位", leader=town.housing, review_on=(at + 20 * DAY).date(),
    )  # fmt: skip
    contested = towns.fulfilled(town, at)
    towns.workflow.take(contested, Act.CONTEST, by=town.resident, note="还是不亮", at=at)
    towns.workflow.take(contested, Act.FULFIL, by=town.officer, note="又换了", at=at)
    towns.workflow.take(contested, Act.CONTEST, by=town.resident, note="又灭了", at=at)
    bounced = towns.returned(town, at)
    towns.workflow.take(bounced, Act.UPHOLD, by=town.dispatcher, lead=town.housing, at=at)
    towns.workflow.take(bounced, Act.RETURN, by=town.warden, reason=town.not_ours, note="归物业", at=at)
    made = {"unit": town.branch, "series": town.series, "owner_name": "业委会", "estate": town.estate}
    overdue = promises.make(town.clerk, MONDAY, text="公布账目", due_on=(MONDAY + DAY).date(), **made)
    due = promises.make(town.clerk, at, text="选代表", due_on=(at + 20 * DAY).date(), **made)
    meeting = planned(town, at)
    assert meeting.items.count() == 6
    assert meeting.items.get(case=late).reason == "超时8天：槐树院党支部"
    assert meeting.items.get(case=contested).rules == ["listed", "contested"]
    assert meeting.items.get(case=bounced).rules == ["listed", "returned"]
    assert meeting.items.get(case=parked).rules == ["money", "parked"]
    assert meeting.items.get(promise=overdue).rules == ["promise_overdue"]
    assert meeting.items.get(promise=due).rules == ["promise_due"]
    assert not meeting.items.filter(case__in=[quiet, elsewhere, hidden]).exists()


def test_building_twice_is_building_once_and_hands_are_respected(town):
    at = MONDAY + 10 * DAY
    first, second = towns.accepted(town), towns.accepted(town)
    calm = towns.accepted(town, at)
    meeting = planned(town, at)
    agenda.add(meeting, town.clerk, "要大家出主意", title="停车怎么收费")
    agenda.add(meeting, town.clerk, "三户都在问", case=calm)
    agenda.move(meeting.items.get(case=second), up=True)
    agenda.drop(meeting.items.get(case=first), town.clerk, "已经约好上门", at)
    before = list(meeting.items.order_by("order", "pk").values_list("pk", "order", "dropped_at", "reason"))
    agenda.build(meeting, at)
    assert list(meeting.items.order_by("order", "pk").values_list("pk", "order", "dropped_at", "reason")) == before
    towns.workflow.take(second, Act.SETTLE, by=town.clerk, note="修好了", at=at)
    agenda.build(meeting, at)
    assert not meeting.items.filter(case=second).exists()
    with pytest.raises(Refused):
        agenda.add(meeting, town.clerk, "再提一次", case=calm)
    with pytest.raises(Refused):
        agenda.drop(meeting.items.get(case=calm), town.clerk, " ", at)
    agenda.restore(meeting.items.get(case=first))
    assert [item.case_id for item in meeting.items.standing()][-1] == first.pk
    sitting.open_session(meeting, town.clerk, at)
    with pytest.raises(Refused):
        agenda.add(meeting, town.clerk, "晚了", title="别的")


def test_what_became_confidential_is_not_read_out(town, client):
    case = towns.accepted(town)
    meeting = planned(town)
    item = agenda.add(meeting, town.clerk, "灯总坏", case=case)
    client.force_login(town.fitter)
    assert case.text in client.get(item.get_absolute_url()).text
    case.is_confidential = True
    case.save(update_fields=["is_confidential"])
    for url in (item.get_absolute_url(), reverse("requests:meeting-pack", args=[meeting.pk])):
        assert case.text not in client.get(url).text, url


def test_what_another_hand_took_off_is_neither_moved_nor_taken_off_again(town, client):
    first, second = towns.accepted(town), towns.accepted(town)
    meeting = planned(town, MONDAY + 10 * DAY)
    item = meeting.items.get(case=first)
    client.force_login(town.clerk)
    url = meeting.get_absolute_url()
    # Without words, or with a sign that no text may hold, it stays.
    for reason in ("", " ", "约好\0上门"):
        client.post(url, {"do": "drop", "item": item.pk, "reason": reason})
        assert meeting.items.standing().count() == 2
    client.post(url, {"do": "drop", "item": item.pk, "reason": "约好上门"})
    for do in ("up", "down", "drop"):
        page = client.post(url, {"do": do, "item": item.pk, "reason": "别的话"}, follow=True)
        assert "刚才已经有人往下办了" in page.text, do
    item.refresh_from_db()
    assert item.drop_reason == "约好上门"
    order = meeting.items.get(case=second).order
    client.post(url, {"do": "restore", "item": meeting.items.get(case=second).pk})
    assert meeting.items.get(case=second).order == order


def test_a_meeting_held_on_another_day_says_so_in_its_minutes(town):
    meeting = sitting.close(opened(town, MONDAY), MONDAY + 2 * HOUR)
    assert meeting.day > MONDAY.date()
    assert (meeting.minutes.content["day"], meeting.minutes.content["time"]) == ("2025-03-03", "10:00")


def test_a_promise_moved_twice_keeps_both_days(town, client):
    made = {"unit": town.branch, "series": town.series, "owner": town.firm, "estate": town.estate, "text": "换灯"}
    promise = promises.make(town.clerk, MONDAY, due_on=date(2025, 3, 7), **made)
    for day, why in ((10, "等配件"), (20, "等天晴")):
        promises.change(promise, PromiseChange.Kind.MOVED, town.clerk, MONDAY, note=why, due_on=date(2025, 3, day))
    promise.refresh_from_db()
    assert (promise.first_due_on, promise.due_on, promise.was_moved) == (date(2025, 3, 7), date(2025, 3, 20), True)
    moves = [(one.old_due_on.day, one.new_due_on.day, one.note) for one in promise.changes.filter(kind="moved")]
    assert moves == [(7, 10, "等配件"), (10, 20, "等天晴")]
    public = client.get(reverse("requests:public-promises", args=["HSY"])).text
    assert all(said in public for said in ("等配件", "等天晴", "2025年3月7日", "2025年3月20日"))
    # Counted once among those that were moved, and late by the last day alone.
    assert ledger.total(Promise.objects.all(), date(2025, 3, 15)).moved == 1
    read = list(Promise.objects.prefetch_related("changes"))
    assert ledger.account_on(read, date(2025, 3, 15)).late == 0


def test_the_quorum_is_counted_for_each_kind_and_signing_in_twice_is_once(town):
    meeting = opened(town)
    seats = town.seats
    for kind, name in (
        (SeatKind.HOST, ""),
        (SeatKind.FIRM, "李经理"),
        (SeatKind.FIRM, "李经理"),
        (SeatKind.RESIDENTS, "张师傅"),
    ):
        sitting.sign_in(meeting, town.clerk, MONDAY, kind=kind, unit=seats[kind].unit, name=name)
    reached = {bench.kind: (bench.present, bench.is_reached) for bench in sitting.benches(meeting)}
    assert reached == {
        SeatKind.HOST: (1, True), SeatKind.COMMITTEE: (0, False), SeatKind.FIRM: (1, True),
        SeatKind.DEPARTMENT: (0, False), SeatKind.RESIDENTS: (1, False),
    }  # fmt: skip


def test_a_resolution_takes_the_step_that_the_chair_may_take(town):
    case, unfit = towns.accepted(town), towns.accepted(town)
    meeting = planned(town)
    passed = agenda.add(meeting, town.clerk, "支部修不了", case=case)
    refused = agenda.add(meeting, town.clerk, "打官司了", case=unfit)
    meeting = sitting.open_session(meeting, town.clerk, MONDAY)
    one = resolved(town, passed, kind=Kind.PASS_UP, text="报社区派单")
    case.refresh_from_db()
    assert (case.status, one.event.act, one.event.actor) == (Status.REFERRED, Act.REFER, town.clerk)
    assert one.event.note == "槐树院民情议事厅第1次会议议定：报社区派单"
    other = resolved(town, refused, kind=Kind.REFUSE, text="等法院判决", reason=town.court)
    unfit.refresh_from_db()
    assert (unfit.status, other.event.act) == (Status.DECLINED, Act.DECLINE)
    assert not Promise.objects.exists()


def test_where_no_step_is_open_it_is_a_promise_and_the_resident_is_told(town):
    case = towns.accepted(town)
    meeting = planned(town)
    item = agenda.add(meeting, town.clerk, "灯总坏", case=case)
    sitting.open_session(meeting, town.clerk, MONDAY)
    due_on = (MONDAY + 5 * DAY).date()
    one = resolved(town, item, unit=town.firm, due_on=due_on, text="换灯，周大娘家门口先换")
    case.refresh_from_db()
    assert (case.status, one.event.act) == (Status.ACCEPTED, Act.TELL)
    assert one.event.public_note.endswith("换灯，周大娘家门口先换（2025-03-08前）")
    promise = one.promise
    assert (promise.owner, promise.estate, promise.case, promise.due_on) == (town.firm, town.estate, case, due_on)
    assert "周大娘" not in promise.text
    # Sent again from the same page, nothing is written twice.
    with pytest.raises(Refused):
        resolved(town, item, count=0, unit=town.firm, due_on=due_on)
    with pytest.raises(AppendOnly):
        Resolution.objects.update(text="别的")
    matter = agenda_item_of_words(meeting)
    assert resolved(town, matter, owner_name="业委会", due_on=due_on, text="贴公告").event is None
    assert Promise.objects.filter(owner_name="业委会", estate=town.estate).exists()


def agenda_item_of_words(meeting):
    return AgendaItem.objects.create(meeting=meeting, order=99, title="公布账目", reason="居民提的")


def test_a_dispatchers_meeting_dispatches_through_the_one_door(town):
    case = towns.referred(town)
    meeting = calling.plan(town.wide_series, MONDAY)
    item = agenda.add(meeting, town.dispatcher, "几家都说不归自己", case=case)
    sitting.open_session(meeting, town.dispatcher, MONDAY)
    one = resolving.resolve(
        item, town.dispatcher, MONDAY, kind=Kind.DO, text="房管所办", count=0, unit=town.housing,
        due_on=(MONDAY + 5 * DAY).date(),
    )  # fmt: skip
    case.refresh_from_db()
    assert (case.status, case.lead, one.event.act) == (Status.DISPATCHED, town.housing, Act.DISPATCH)
    assert not Promise.objects.exists()


def test_minutes_name_nobody_are_frozen_once_confirmed_and_published_for_all(town, client):
    private = towns.accepted(town)
    private.category = town.allowance
    private.save(update_fields=["category"])
    case = towns.accepted(town)
    meeting = planned(town)
    item = agenda.add(meeting, town.clerk, "灯总坏", case=case)
    agenda.add(meeting, town.clerk, "低保", case=private)
    meeting = sitting.open_session(meeting, town.clerk, MONDAY)
    speaker = sitting.sign_in(meeting, town.clerk, MONDAY, kind=SeatKind.FIRM, unit=town.firm, name="李经理")
    sitting.remark(item, town.clerk, MONDAY, text="周大娘家 19900000001 打过电话", speaker=speaker)
    resolved(town, item, unit=town.firm, due_on=(MONDAY + 5 * DAY).date())
    meeting = sitting.close(meeting, MONDAY)
    paper = meeting.minutes
    url = reverse("requests:public-minutes", args=[meeting.pk])
    assert client.get(url).status_code == 404
    with pytest.raises(Refused):
        minutes.publish(paper, MONDAY)
    other = person("clerk2", "小白", Role.BRANCH, town.branch)
    with pytest.raises(Refused):
        minutes.confirm(paper, other, MONDAY)
    minutes.reword(paper, "会议由支部召集。", "")
    paper = minutes.confirm(paper, town.clerk, MONDAY)
    with pytest.raises(Refused):
        minutes.reword(paper, "改一改", "")
    with pytest.raises(Refused):
        minutes.draft(meeting)
    minutes.publish(paper, MONDAY)
    minutes.add(paper, town.clerk, MONDAY, "第1项应为3单元。")
    page = client.get(url).content.decode()
    for shown in ("槐安物业", "三天内修好", "会议由支部召集。", "第1项应为3单元。", paper.digest[:16]):
        assert shown in page, shown
    for kept in ("周大娘", "19900000001", "李经理", "低保</", "小林"):
        assert kept not in page, kept
    paper.refresh_from_db()
    assert paper.is_as_confirmed
    paper.closing = "偷偷改"
    assert not paper.is_as_confirmed


def test_the_next_agenda_opens_with_what_became_of_the_last_resolutions(town, client):
    case = towns.accepted(town)
    meeting = planned(town)
    item = agenda.add(meeting, town.clerk, "灯总坏", case=case)
    undone = agenda.add(meeting, town.clerk, "居民提的", title="公布账目")
    sitting.open_session(meeting, town.clerk, MONDAY)
    one = resolved(town, item, unit=town.firm, due_on=(MONDAY + 5 * DAY).date())
    sitting.close(meeting, MONDAY)
    after = MONDAY + 20 * DAY
    following = planned(town, after)
    assert (following.number, following.day) == (2, date(2025, 4, 15))
    assert minutes.last_resolutions(following) == [one]
    assert resolving.outcome(one, timezone.localdate(after))[0] == "late"
    items = {item.title or item.promise_id: item.rules for item in following.items.all() if not item.case_id}
    assert items == {undone.title: ["left_over"], one.promise.pk: ["promise_overdue"]}
    client.force_login(town.clerk)
    page = client.get(following.get_absolute_url()).content.decode()
    assert page.index("上次决议销号") < page.index("会议议程")


def test_everything_that_happens_to_a_promise_stays(town):
    first, later = date(2025, 3, 7), date(2025, 3, 20)
    promise = promises.make(
        town.clerk, MONDAY, unit=town.branch, series=town.series, owner=town.firm, text="换灯", due_on=first,
        estate=town.estate,
    )  # fmt: skip
    change = PromiseChange.Kind
    assert promises.remind(MONDAY) == 0
    assert promises.remind(MONDAY + 2 * DAY) == 1
    assert promises.remind(MONDAY + 3 * DAY) == 0
    assert {one.reader for one in Notice.objects.filter(promise=promise)} == {town.clerk, town.fitter}
    assert promises.remind(MONDAY + 8 * DAY) == 1
    assert promises.remind(MONDAY + 8 * DAY) == 0
    with pytest.raises(Refused):
        promises.change(promise, change.MOVED, town.clerk, MONDAY + 8 * DAY, note="等配件", due_on=first)
    with pytest.raises(Refused):
        promises.change(promise, change.BROKEN, town.clerk, MONDAY + 8 * DAY)
    promises.change(promise, change.MOVED, town.clerk, MONDAY + 8 * DAY, note="等配件", due_on=later)
    promises.change(promise, change.REPORTED, town.fitter, MONDAY + 9 * DAY, note="配件到了")
    promise = promises.change(promise, change.KEPT, town.clerk, MONDAY + 14 * DAY)
    assert [one.kind for one in promise.changes.all()] == ["made", "late", "moved", "reported", "kept"]
    assert (promise.first_due_on, promise.due_on, promise.state) == (first, later, "kept")
    with pytest.raises(Refused):
        promises.change(promise, change.BROKEN, town.clerk, MONDAY + 15 * DAY, note="又坏了")
    with pytest.raises(AppendOnly):
        PromiseChange.objects.all().delete()
    for verb in ("DELETE FROM", "UPDATE"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"{verb} requests_app_promisechange {'SET note = 1' if verb == 'UPDATE' else ''}")
    # As a term's account stood on a day that has passed.
    read = list(Promise.objects.prefetch_related("changes"))
    stood = {
        day: ledger.account_on(read, day) for day in (date(2025, 3, 5), date(2025, 3, 10), date(2025, 3, 12), later)
    }
    shown = [(one.open, one.late, one.kept, one.moved) for one in stood.values()]
    assert shown == [(1, 0, 0, 0), (0, 1, 0, 0), (1, 0, 0, 1), (0, 0, 1, 1)]
    assert ledger.total(Promise.objects.all(), later).share == 100


def test_the_ledger_counts_by_owner_series_and_term(town, client):
    today = timezone.localdate()
    at = timezone.now()
    term = Term.objects.create(
        unit=town.street, name="本届", begins=today - 30 * DAY, booked=today, checked=today + DAY, ends=today + 2 * DAY
    )
    for number, owner in enumerate((town.firm, town.firm, town.housing)):
        promises.make(
            town.clerk, at, unit=town.branch, series=town.series, owner=owner, text=f"第{number}件", due_on=today,
            estate=town.estate,
        )  # fmt: skip
    promises.change(Promise.objects.first(), PromiseChange.Kind.KEPT, town.clerk, at)
    assert [(who, one.made, one.kept) for who, one in ledger.by_owner(Promise.objects.all(), today)] == [
        ("槐安物业", 2, 1),
        ("房屋管理所", 1, 0),
    ]
    (day, account), (_later, none), _end = ledger.accounts_of(term, Promise.objects.all(), today)
    assert (day, account.made, account.kept, none) == (today, 3, 1, None)
    client.force_login(town.supervisor)
    for name, arguments in (("promises", []), ("term", [term.pk]), ("public-promises", ["HSY"])):
        assert "槐安物业" in client.get(reverse(f"requests:{name}", args=arguments)).content.decode()
    client.force_login(town.other_clerk)
    assert "槐安物业" not in client.get(reverse("requests:promises")).content.decode()
    assert client.get(reverse("requests:term", args=[term.pk])).status_code == 404


def test_who_sees_a_meeting(town):
    meeting = planned(town)
    sees = {name for name, user in town.people.items() if Meeting.objects.visible_to(user).exists()}
    assert sees == {"clerk", "dispatcher", "supervisor", "auditor", "warden", "fitter"}
    assert Meeting.objects.visible_to(town.admin).count() == 0
    assert calling.invite(meeting, town.clerk, MONDAY) == 2
    assert {one.reader for one in Notice.objects.filter(meeting=meeting)} == {town.warden, town.fitter}
    calling.move(meeting, meeting.at + DAY, "楼下")
    assert calling.invite(meeting, town.clerk, MONDAY + DAY) == 2
    assert Notice.objects.filter(meeting=meeting, at=MONDAY + DAY).count() == 2


def test_an_invitation_is_sent_by_mail_and_again_when_the_day_moves(town):
    NoticeChoice.objects.create(user=town.warden, address="shi@example.org")
    meeting = planned(town)
    eight = MONDAY + 22 * HOUR

    def work(at):
        while planning.plan(at):
            pass
        return Sender(now=lambda: at).send_due()

    calling.invite(meeting, town.clerk, MONDAY)
    work(eight)
    meeting = calling.move(meeting, meeting.at + DAY, "楼下")
    calling.invite(meeting, town.clerk, eight)
    work(eight)
    work(eight + DAY)
    letters = [letter.body for letter in mail.outbox if letter.to == ["shi@example.org"]]
    assert ["楼下" in body for body in letters] == [False, True]


def test_lists_ask_as_much_for_many_as_for_one(town, client, django_assert_max_num_queries):
    at = timezone.now()
    for number in range(12):
        case = towns.accepted(town, at)
        promises.make(
            town.clerk, at, unit=town.branch, series=town.series, owner=town.firm, text=f"第{number}件",
            estate=town.estate, due_on=timezone.localdate(at), case=case,
        )  # fmt: skip
    meeting = calling.plan(town.series, at)
    for case in town.estate.cases.all():
        agenda.add(meeting, town.clerk, "都要议", case=case)
    sitting.open_session(meeting, town.clerk, at)
    item = meeting.items.first()
    client.force_login(town.clerk)
    urls = [meeting.get_absolute_url(), reverse("requests:session", args=[meeting.pk]), item.get_absolute_url()]
    for url in [*urls, reverse("requests:promises"), reverse("requests:public-promises", args=["HSY"])]:
        with django_assert_max_num_queries(26):
            assert client.get(url).status_code == 200


def test_what_was_resolved_is_marked_no_more_and_the_request_leads_to_its_meetings(town, client):
    case = towns.fulfilled(town)
    for note in ("还是不亮", "又灭了"):
        case = workflow.take(case, Act.CONTEST, by=town.resident, note=note, at=MONDAY)
        if note == "还是不亮":
            case = workflow.take(case, Act.FULFIL, by=town.officer, note="又换了", at=MONDAY)
    assert case.for_meeting
    item = next(one for one in opened(town).items.all() if one.case_id == case.pk)
    one = resolved(town, item, unit=town.firm, due_on=(MONDAY + 5 * DAY).date())
    case.refresh_from_db()
    assert (case.for_meeting, one.event.facts["meeting"]) == (False, item.meeting_id)
    meeting = item.meeting
    # Staff see the meeting and the promise at once, the resident the promise, and the minutes once they are published.
    public, ledger_url = f"/public/meetings/{meeting.pk}/", "/public/estates/HSY/promises/"
    shown = {"clerk": (meeting.get_absolute_url(), one.promise.get_absolute_url()), "resident": (ledger_url,)}
    for name, urls in shown.items():
        client.force_login(getattr(town, name))
        page = client.get(case.get_absolute_url()).content.decode()
        assert all(f'href="{url}"' in page for url in urls), name
        assert f'href="{public}"' not in page
    paper = sitting.close(Meeting.objects.get(pk=meeting.pk), MONDAY).minutes
    minutes.publish(minutes.confirm(paper, town.clerk, MONDAY), MONDAY)
    assert f'href="{public}"' in client.get(case.get_absolute_url()).content.decode()
    # The interface: the agenda for those at the table, the minutes for everybody.
    address = reverse("api:meeting", args=[meeting.pk])
    of_resident = client.get(address).json()
    assert (of_resident["agenda"], of_resident["minutes"]["digest"]) == (None, paper.compute_digest())
    client.force_login(town.clerk)
    (mine,) = [row for row in client.get(address).json()["agenda"] if row["request"] == case.pk]
    assert (mine["resolutions"][0]["owner"], mine["promise"]) == (town.firm.name, None)
    promised = client.get(reverse("api:promise", args=[one.promise.pk])).json()
    assert [change["kind"] for change in promised["changes"]] == ["made"]
    (row,) = client.get(reverse("api:promises"), {"estate": "HSY", "state": "open"}).json()["results"]
    assert (row["owner"]["code"], row["due_on"]) == (town.firm.code, "2025-03-08")
