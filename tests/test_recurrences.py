"""What comes back: found by place, kind and words or by the resident's word; remedied by a promise; closed by quiet."""

from datetime import timedelta

import pytest
from django.utils import timezone

from requests_app.journey import recurrences, workflow
from requests_app.journey.recurrences import close_quiet, prove
from requests_app.meetings import promises, remedies, rules
from requests_app.models import Act, Promise, PromiseChange, Recurrence, RecurrenceCase
from services.models import MeetingSeries, RecurrenceRule
from tests import town as towns
from tests.town import DAY, MONDAY

pytestmark = pytest.mark.django_db
Kind = PromiseChange.Kind


def mended(town, at=MONDAY):
    return towns.fulfilled(town, at)


def again(town, at, **fields):
    return towns.neighbours(town, at, **{"text": "一单元的灯又坏了", "spot": "1 单元", **fields})


def test_the_same_place_and_kind_within_ninety_days_of_the_work_is_a_recurrence(town):
    first = mended(town)
    case = again(town, MONDAY + 30 * DAY)
    (one,) = Recurrence.objects.all()
    assert (one.times, one.state, one.last_case_at) == (2, "open", case.created_at)
    assert {(link.case, link.why) for link in one.links.all()} == {(first, "earlier"), (case, "spot")}
    # One that is worked on still is the same trouble, and belongs there too.
    third = again(town, MONDAY + 31 * DAY, text="楼道里的灯又坏了", spot="楼梯间")
    assert (third.in_recurrence.recurrence, third.in_recurrence.why) == (one, "words")


def test_what_is_no_recurrence(town):
    mended(town)
    late, soon = MONDAY + 100 * DAY, MONDAY + 30 * DAY
    for at, fields in (
        (late, {}),
        (soon, {"building": None}),
        (soon, {"category": town.rubbish}),
        (soon, {"spot": "地下室", "text": "开关面板松动，请来看看"}),
        (soon, {"source": "preventive"}),
    ):
        again(town, at, **fields)
        assert not Recurrence.objects.exists(), fields
    # What is worked on still is the same trouble, not one that came back.
    again(town, soon, building=None)
    assert not Recurrence.objects.exists()


def test_the_residents_again_counts_too(client_of, town):
    case = towns.filed(town, again=True)
    assert (case.in_recurrence.why, case.in_recurrence.recurrence.times) == ("said", 1)
    assert "又出现" in client_of(town.clerk).get(case.get_absolute_url()).text
    other = towns.rated(town, MONDAY + DAY)
    workflow.take(other, Act.CONTEST, by=town.resident, note="又坏了", at=MONDAY + 2 * DAY)
    one = Recurrence.objects.get()
    assert one.links.get(case=other).why == "redone"
    # Two requests, one of which was asked to be redone.
    assert one.times == 3


def test_a_remedy_is_a_promise_and_quiet_days_from_it_close_what_a_new_case_opens(town):
    mended(town)
    case = again(town, MONDAY + 30 * DAY)
    one = case.in_recurrence.recurrence
    assert close_quiet(MONDAY + 119 * DAY, (MONDAY + 119 * DAY).date()) == 0
    at, due_on = MONDAY + 31 * DAY, (MONDAY + 60 * DAY).date()
    words = {"cause": "线老化", "text": "换整条线", "owner": town.housing, "due_on": due_on}
    one = remedies.remedy(one, town.clerk, at, **words)
    assert (one.promise.unit, one.promise.estate, one.state) == (town.branch, town.estate, "promised")
    with pytest.raises(remedies.Refused):
        remedies.remedy(one, town.clerk, at, **words)
    late = MONDAY + 200 * DAY
    assert close_quiet(late, late.date()) == 0  # the remedy is still to come
    promises.change(one.promise, Kind.KEPT, town.clerk, MONDAY + 60 * DAY)
    done = MONDAY + 151 * DAY
    # Its case is worked on still.
    assert close_quiet(done, done.date()) == 0
    workflow.take(case, Act.WITHDRAW, by=town.neighbour, at=MONDAY + 61 * DAY)
    assert close_quiet(MONDAY + 149 * DAY, (MONDAY + 149 * DAY).date()) == 0
    assert close_quiet(done, done.date()) == 1
    one.refresh_from_db()
    assert one.state == "closed"
    back = again(town, MONDAY + 400 * DAY)
    one.refresh_from_db()
    assert (back.in_recurrence.recurrence, one.closed_at, one.reopened) == (one, None, 1)


def test_what_has_no_remedy_comes_on_the_agenda(town):
    mended(town)
    case = again(town, MONDAY + 30 * DAY)
    series = MeetingSeries.objects.create(code="hsy", name="会", unit=town.branch, day=15, opens="15:00", place="院里")
    asked = rules.Asked(series, 2, MONDAY + 31 * DAY)
    ((found, why),) = rules.recurred(asked)
    assert found == case
    assert "2" in why
    assert not list(rules.recurred(rules.Asked(series, 3, MONDAY + 31 * DAY)))
    workflow.take(case, Act.WITHDRAW, by=town.neighbour, at=MONDAY + 31 * DAY)
    assert [found for found, _why in rules.recurred(asked)] == ["楼道灯 · 槐树院 6栋"]


def test_the_page_says_cause_and_remedy_and_strikes_out_another_matter(client_of, town):
    now = timezone.now()
    mended(town, now - 20 * DAY)
    case = again(town, now - DAY)
    one = case.in_recurrence.recurrence
    clerk, page = client_of(town.clerk), one.get_absolute_url()
    assert [row["one"] for row in clerk.get("/recurrences/").context["rows"]] == [one]
    assert clerk.post(page, {"do": "say", "cause": "线老化"}).context["form"].errors.keys() == {
        "text",
        "owner",
        "due_on",
    }
    due_on = (now + 20 * DAY).date().isoformat()
    said = {
        "do": "say",
        "cause": "线老化",
        "text": "换线，电话 19900000001",
        "owner": town.housing.pk,
        "due_on": due_on,
    }
    assert clerk.post(page, said).status_code == 302
    promise = Promise.objects.get()
    assert (promise.owner, promise.text) == (town.housing, "换线，电话 199****0001")
    assert clerk.post(page, {"do": "say", "cause": "线太细"}).status_code == 302
    # On the page of its case, only for those who may open it.
    assert clerk.get(case.get_absolute_url()).context["recurrence"] == one
    first = one.links.get(why="earlier").case
    assert client_of(town.officer).get(first.get_absolute_url()).context["recurrence"] is None
    # The department that promised sees it, and says nothing there.
    warden = client_of(town.warden)
    assert warden.get(page).context["unseen"] == 2
    assert warden.post(page, {"do": "say", "cause": "x"}).status_code == 404
    assert client_of(town.other_clerk).get(page).status_code == 404
    # A number of no case here, and no number at all, change nothing and say so.
    elsewhere = towns.filed(town, now - DAY, category=town.rubbish).pk
    for number in (elsewhere, "0", "", "9" * 40, "二", "²"):
        answer = clerk.post(page, {"do": "strike", "case": number}, follow=True)
        assert "这里没有这个编号的诉求" in answer.text, number
    one.refresh_from_db()
    assert one.times == 2
    assert "是另一回事" in clerk.post(page, {"do": "strike", "case": case.pk}, follow=True).text
    one.refresh_from_db()
    assert (one.cause, one.times) == ("线太细", 1)
    assert prove(now) == 0
    clerk.post(page, {"do": "put_back", "case": case.pk})
    one.refresh_from_db()
    assert one.times == 2
    answer = clerk.get(f"/api/v1/recurrences/{one.pk}/").json()
    assert (answer["times"], answer["remedy"]["state"], len(answer["requests"])) == (2, "open", 2)


def test_the_nightly_proof_puts_right_what_was_missed(town):
    mended(town)
    again(town, MONDAY + 30 * DAY)
    towns.filed(town, MONDAY + 31 * DAY, category=town.rubbish, again=True)
    RecurrenceCase.objects.all().delete()
    Recurrence.objects.all().delete()
    at = MONDAY + 32 * DAY
    assert (prove(at), prove(at)) == (2, 0)
    assert {one.times for one in Recurrence.objects.all()} == {1, 2}


def test_a_category_may_have_limits_of_its_own(town):
    RecurrenceRule.objects.create(days=90)
    RecurrenceRule.objects.create(category=town.lamp, days=10)
    mended(town)
    again(town, MONDAY + 30 * DAY)
    assert not Recurrence.objects.exists()


def test_filing_costs_two_queries_more_where_nothing_comes_back(town, django_assert_num_queries):
    case = towns.filed(town)
    with django_assert_num_queries(2):
        assert recurrences.notice(case, MONDAY + timedelta(hours=1)) is None


def test_the_list_costs_the_same_for_one_and_for_many(client_of, town, django_assert_max_num_queries):
    counts = []
    for category in (town.lamp, town.rubbish, town.allowance):
        towns.filed(town, timezone.now(), category=category, again=True)
        with django_assert_max_num_queries(26) as seen:
            client_of(town.clerk).get("/recurrences/")
        counts.append(len(seen))
    assert len(set(counts)) == 1
