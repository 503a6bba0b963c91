"""Lists taken away as files: what they hold, what they never hold, and that a killed worker loses none."""

import io
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.http import QueryDict
from django.utils import timezone
from openpyxl import load_workbook

from requests_app.exports import jobs
from requests_app.exports.workbook import COLUMNS
from requests_app.journey import workflow
from requests_app.models import Act, Export, Notice
from requests_app.views.desks import queue_of
from services.models import Category, Membership
from tests import town as towns
from tests.town import HOUR, MONDAY

EXPORTS = "/exports/"
State = Export.State
DESKS = {
    "clerk": "branch",
    "dispatcher": "community",
    "officer": "department",
    "supervisor": "supervisor",
    "caller": "calls",
    "auditor": "audit",
}


@pytest.fixture
def long_from(monkeypatch):
    """Call it with a number of rows from which on a list counts as long."""
    return lambda rows: monkeypatch.setattr(jobs, "AT_ONCE", rows - 1)


def take(browser, desk, query="tab=all"):
    return browser.post(EXPORTS, {"desk": desk, "query": query})


def opened(response):
    """The workbook in a download."""
    return load_workbook(io.BytesIO(b"".join(response.streaming_content)))


def rows_of(book):
    """The rows of the first sheet as dicts, by the English labels' order."""
    head, *rows = book.worksheets[0].iter_rows(values_only=True)
    assert len(head) == len(COLUMNS)
    return [dict(zip(head, row, strict=True)) for row in rows]


def texts_of(book):
    cells = (cell for sheet in book for row in sheet.iter_rows() for cell in row)
    return [str(cell.value) for cell in cells if cell.value is not None]


def run_worker():
    """The worker's own command, but for its care for connections: a test's must stay open."""
    with patch("django_tasks_db.management.commands.db_worker.close_old_connections"):
        call_command("db_worker", batch=True, interval=0, startup_delay=False, reload=False, verbosity=0)


def asked(town, person="clerk", query="tab=all", at=None):
    """A long list asked for, with the at-once limit out of the way."""
    user, at = town.people[person], at or timezone.now()
    queue = queue_of(user, DESKS[person], QueryDict(query), at)
    return jobs.ask(user, queue, query, jobs.rows_of(queue, user).count(), at)


# What a file holds


def test_a_clerk_takes_the_list_away_as_it_is_shown(client_of, town):
    case = towns.fulfilled(town)
    towns.filed(town)
    response = take(client_of(town.clerk), "branch", "tab=answered")
    assert response["Content-Disposition"].startswith("attachment")
    book = opened(response)
    (row,) = rows_of(book)
    assert row["编号"] == case.pk
    assert row["居民反映"] == "一单元的灯坏了三天"
    assert row["主办部门"] == "环境卫生中心"
    assert row["提交时间"] == timezone.localtime(MONDAY).replace(tzinfo=None)
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref.endswith("2")


def test_rows_follow_filters_and_order(client_of, town):
    first, second = towns.filed(town), towns.filed(town, MONDAY + HOUR)
    towns.filed(town, category=town.rubbish)
    query = f"tab=accept&category={town.lamp.pk}&sort=newest"
    book = opened(take(client_of(town.clerk), "branch", query))
    assert [row["编号"] for row in rows_of(book)] == [second.pk, first.pk]
    assert any("楼道灯" in str(value) for _label, value in book.worksheets[1].iter_rows(values_only=True))


@pytest.mark.parametrize("person", DESKS)
def test_no_file_holds_a_whole_phone_a_room_or_a_code(client_of, town, person):
    Category.objects.filter(pk=town.lamp.pk).update(follow_up_rate=100)
    case = towns.filed(town, room="1302", text="请打19900000001，或找周大娘")
    steps = (
        (Act.REFER, town.clerk, {"note": "修不了"}),
        (Act.DISPATCH, town.dispatcher, {"lead": town.sanitation, "assist": []}),
        (Act.SIGN, town.officer, {}),
        (Act.FULFIL, town.officer, {"note": "修好了"}),
    )
    for act, by, facts in steps:
        workflow.take(case, act, by=by, at=MONDAY, **facts)
    tab = "to_call" if person == "caller" else "all"
    response = take(client_of(town.people[person]), DESKS[person], f"tab={tab}")
    texts = texts_of(opened(response))
    assert any("199****0001" in text for text in texts)
    for secret in ("19900000001", "1302", case.code):
        assert not any(secret in text for text in texts), secret
    assert "周**" in texts
    assert "周大娘" not in texts


def test_what_is_kept_from_a_unit_is_kept_from_its_files(client_of, town):
    case = towns.signed(town)
    workflow.take(case, Act.CONCEAL, by=town.dispatcher, note="怕被报复", at=MONDAY)
    (row,) = rows_of(opened(take(client_of(town.officer), "department")))
    assert (row["姓名"], row["电话"]) == (None, None)
    (row,) = rows_of(opened(take(client_of(town.clerk), "branch")))
    assert (row["姓名"], row["电话"]) == ("周**", "199****0001")


def test_the_number_of_ones_own_request_is_masked_too(client_of, town):
    towns.filed(town, by=town.clerk, contact_name="小林", contact_phone="19900000009")
    (row,) = rows_of(opened(take(client_of(town.clerk), "branch")))
    assert (row["姓名"], row["电话"]) == ("小**", "199****0009")


def test_a_person_takes_away_only_what_they_see(client_of, town):
    case = towns.filed(town)
    towns.filed(town, estate=town.other_estate, building=town.other_building)
    for person in ("clerk", "dispatcher", "supervisor"):
        rows = rows_of(opened(take(client_of(town.people[person]), DESKS[person])))
        assert [row["编号"] for row in rows] == [case.pk], person
    assert take(client_of(town.neighbour), "branch").status_code == 404
    assert take(client_of(town.clerk), "community").status_code == 404
    assert take(client_of(town.clerk), "nothing").status_code == 404


@pytest.mark.parametrize(
    "text", ["=cmd()", "+86", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", '=HYPERLINK("x")', "#N/A", "a\x07b"]
)
def test_a_text_is_never_a_formula(client_of, town, text):
    towns.filed(town, text=text, spot=text[:5])
    book = opened(take(client_of(town.clerk), "branch"))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"inlineStr", "s", "n", "d"}
    (row,) = rows_of(book)
    assert row["居民反映"][0] in "'#a"


def test_the_second_sheet_says_what_the_list_is(client_of, town):
    towns.filed(town, text="请打19900000001")
    book = opened(take(client_of(town.clerk), "branch", "tab=accept&urgency=help&words=请打19900000001"))
    about = dict(book.worksheets[1].iter_rows(values_only=True))
    assert about["工作台"] == "小区接单"
    assert about["导出人"] == "小林 (clerk)"
    assert about["条数"] == 1
    assert "199****0001" in "".join(map(str, about.values()))


def test_a_tracking_code_that_was_looked_for_stands_neither_in_the_file_nor_on_record(client_of, town):
    case = towns.filed(town)
    for typed in (case.code, case.grouped_code):
        book = opened(take(client_of(town.clerk), "branch", f"tab=all&words={typed}"))
        (row,) = rows_of(book)
        assert row["编号"] == case.pk
        assert all(case.code not in text and case.grouped_code not in text for text in texts_of(book))
        what = Export.objects.latest("pk").what
        assert "***" in what
        assert case.code[-4:] not in what


def test_an_empty_list_makes_no_file(client_of, town):
    response = take(client_of(town.clerk), "branch", "tab=accept")
    assert response.status_code == 302
    assert not Export.objects.exists()


def test_every_list_taken_away_is_on_record(client_of, town):
    towns.filed(town)
    take(client_of(town.clerk), "branch")
    (export,) = Export.objects.all()
    assert (export.owner, export.desk, export.total, export.state) == (town.clerk, "branch", 1, State.SENT)
    assert list(export.units.all()) == [town.branch]


@pytest.mark.once
def test_a_list_costs_the_same_for_one_row_and_for_thirty(client_of, town, django_assert_max_num_queries):
    browser = client_of(town.clerk)

    def cost():
        with django_assert_max_num_queries(40) as seen:
            opened(take(browser, "branch"))
        return len(seen)

    towns.fulfilled(town)
    one = cost()
    for _number in range(29):
        towns.filed(town)
    assert cost() == one


# Long lists


def test_a_long_list_is_written_by_the_worker_and_its_owner_told(client_of, town, long_from):
    long_from(2)
    cases = [towns.filed(town) for _number in range(3)]
    browser = client_of(town.clerk)
    response = take(browser, "branch")
    export = Export.objects.get()
    assert response["Location"] == export.get_absolute_url()
    page = browser.get(response["Location"])
    assert "<progress" in page.text
    assert browser.get(f"{export.get_absolute_url()}file/").status_code == 404
    run_worker()
    assert "<progress" not in browser.get(export.get_absolute_url()).text
    book = opened(browser.get(f"{export.get_absolute_url()}file/"))
    assert {row["编号"] for row in rows_of(book)} == {case.pk for case in cases}
    notice = Notice.objects.get(export=export)
    assert notice.reader == town.clerk
    assert browser.get(f"/inbox/{notice.pk}/")["Location"] == export.get_absolute_url()
    assert "导出" in browser.get("/inbox/").text


def test_nobody_else_fetches_it_nor_its_owner_once_the_desk_is_left(client_of, town):
    towns.filed(town)
    export = asked(town)
    run_worker()
    file = f"{export.get_absolute_url()}file/"
    for person in (town.dispatcher, town.other_clerk, town.admin):
        assert client_of(person).get(file).status_code == 404
        assert client_of(person).get(export.get_absolute_url()).status_code == 404
    assert client_of(town.clerk).get(file).status_code == 200
    assert Export.objects.get().downloaded_at
    Membership.objects.filter(user=town.clerk).update(until=towns.SINCE)
    assert client_of(town.clerk).get(file).status_code == 404
    assert client_of(town.clerk).get(export.get_absolute_url()).status_code == 200


def test_a_list_is_not_written_for_somebody_who_left_the_desk_meanwhile(town):
    towns.filed(town)
    export = asked(town)
    Membership.objects.filter(user=town.clerk).update(until=towns.SINCE)
    run_worker()
    export.refresh_from_db()
    assert (export.state, export.failure) == (State.FAILED, Export.Failure.LEFT)
    assert Notice.objects.filter(export=export, reader=town.clerk).exists()


def test_nobody_waits_for_more_than_three(client_of, town, long_from):
    long_from(1)
    towns.filed(town)
    browser = client_of(town.clerk)
    for _number in range(4):
        response = take(browser, "branch")
    assert response["Location"] == EXPORTS
    assert Export.objects.count() == 3
    towns.filed(town)
    assert take(client_of(town.dispatcher), "community").status_code == 302
    assert Export.objects.count() == 4


def test_asked_twice_a_worker_writes_once(town):
    towns.filed(town)
    export = asked(town)
    for _number in range(3):
        jobs.write_export.enqueue(export.pk)
    run_worker()
    export.refresh_from_db()
    assert (export.state, export.tries) == (State.READY, 1)
    assert Notice.objects.filter(export=export).count() == 1


def test_a_worker_that_was_given_up_cannot_finish(town, monkeypatch):
    """It seemed dead for five minutes, another one took over, and now it comes back with a file."""
    towns.filed(town)
    export = asked(town)
    late = jobs.claim(export.pk, timezone.now() - 2 * jobs.SILENT_FOR)
    jobs.repair(timezone.now())
    with pytest.raises(jobs.ClaimLost):
        jobs._write(late, timezone.now())
    run_worker()
    export.refresh_from_db()
    assert (export.state, export.tries) == (State.READY, 2)
    assert not jobs.default_storage.exists(f"exports/{late.claim}.xlsx")


def test_the_sweep_takes_up_what_a_dead_worker_left_three_times_at_most(town):
    towns.filed(town)
    at, export = timezone.now(), asked(town)
    for number in range(jobs.TRIES):
        export.refresh_from_db()
        assert export.state == State.WAITING
        assert jobs.claim(export.pk, at)
        assert jobs.repair(at + jobs.SILENT_FOR)["exports taken up again"] == 0  # it may still live
        at += 2 * jobs.SILENT_FOR
        assert jobs.repair(at)["exports taken up again"] == int(number < jobs.TRIES - 1)
    export.refresh_from_db()
    assert (export.state, export.failure) == (State.FAILED, Export.Failure.BROKEN)
    assert Notice.objects.filter(export=export, reader=town.clerk).count() == 1


def test_the_sweep_queues_again_what_lost_its_task(town):
    towns.filed(town)
    export = asked(town)
    soon = timezone.now() + 2 * jobs.LOST_AFTER
    assert jobs.repair(soon)["exports put in the queue again"] == 0  # its task waits for a worker
    Export.objects.update(task="00000000-0000-0000-0000-000000000000")
    assert jobs.repair(soon)["exports put in the queue again"] == 1
    run_worker()
    export.refresh_from_db()
    assert export.state == State.READY


def test_after_seven_days_the_file_goes_and_the_record_stays(client_of, town):
    towns.filed(town)
    export = asked(town)
    run_worker()
    export.refresh_from_db()
    name = export.file.name
    call_command("sweep", verbosity=0)
    assert jobs.default_storage.exists(name)
    assert jobs.repair(timezone.now() + timedelta(days=7, minutes=1))["export files deleted"] == 1
    assert not jobs.default_storage.exists(name)
    export.refresh_from_db()
    assert (export.state, export.total) == (State.EXPIRED, 1)
    page = client_of(town.clerk).get(export.get_absolute_url())
    assert page.status_code == 200
    assert client_of(town.clerk).get(f"{export.get_absolute_url()}file/").status_code == 404
    assert client_of(town.clerk).get("/inbox/").status_code == 200


def test_the_list_of_exports_costs_the_same_for_one_and_for_twenty(client_of, town, django_assert_max_num_queries):
    towns.filed(town)
    browser = client_of(town.clerk)

    def cost():
        with django_assert_max_num_queries(12) as seen:
            assert browser.get(EXPORTS).status_code == 200
        with django_assert_max_num_queries(12) as inbox:
            assert browser.get("/inbox/").status_code == 200
        return len(seen), len(inbox)

    asked(town)
    run_worker()
    few = cost()
    for _number in range(10):
        asked(town)
        run_worker()
    assert cost() == few
