"""Many hands on one case: exactly one wins, and nothing is doubled. On whichever database the run uses."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from requests_app.figures import closing
from requests_app.journey import bulk, chain, workflow
from requests_app.journey.refusals import StepIncomplete, StepRefused
from requests_app.journey.sweep import sweep
from requests_app.lamp import nightly
from requests_app.models import Act, Event, MonthClose, Notice, Photo, Quota, ServiceRequest, Signal, SignalCase, Status
from requests_app.mydata import erasing, retention
from requests_app.papers import issuing
from services.models import Retention, SignalDefinition
from tests import town as towns
from tests.support import empty_database
from tests.town import DAY, HOUR, MONDAY

CLIENTS, ROUNDS = 50, 20
SENDERS, KEYS = 20, 4


@pytest.fixture
def racing_town(transactional_db):
    """The town in a database that threads share."""
    yield towns.town()
    empty_database()


@pytest.fixture
def race():
    """Call it with a function: ``CLIENTS`` threads run it at once; what each came to is returned."""
    barrier = Barrier(CLIENTS)

    def run(attempt, client):
        barrier.wait(timeout=60)
        try:
            return attempt(client)
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        yield lambda attempt: list(pool.map(lambda client: run(attempt, client), range(CLIENTS)))


def taking(case, act, people, **facts):
    """A function for ``race``: try the step; "won" or "refused"."""

    def attempt(client):
        try:
            workflow.take(case, act, by=people[client % len(people)], at=MONDAY + HOUR, **facts)
        except (StepRefused, StepIncomplete):
            return "refused"
        return "won"

    return attempt


@pytest.mark.slow
def test_fifty_clerks_accept_at_once_and_one_does(racing_town, race):
    second = towns.person("second", "小林二", "branch", racing_town.branch)
    for _round in range(ROUNDS):
        case = towns.filed(racing_town)
        results = race(taking(case, Act.ACCEPT, [racing_town.clerk, second]))
        assert results.count("won") == 1
        assert case.events.filter(act=Act.ACCEPT).count() == 1
        accepted = case.events.get(act=Act.ACCEPT)
        assert Notice.objects.filter(event=accepted, reader=racing_town.resident).count() == 1
        assert case.deadlines.running().count() == 1
    assert chain.verify().faults == []


@pytest.mark.slow
def test_accepting_declining_and_withdrawing_at_once_leaves_one_of_them(racing_town, race):
    t = racing_town
    for _round in range(5):
        case = towns.filed(t)
        attempts = [
            taking(case, Act.ACCEPT, [t.clerk]),
            taking(case, Act.DECLINE, [t.dispatcher], reason=t.court, door="法院"),
            taking(case, Act.WITHDRAW, [t.resident]),
        ]
        race(lambda client, attempts=attempts: attempts[client % 3](client))
        case.refresh_from_db()
        # Accepting first leaves the way open for one of the other two; those two end it.
        ends = case.events.filter(act__in=[Act.DECLINE, Act.WITHDRAW]).count()
        assert ends == 1
        assert case.status in (Status.DECLINED, Status.WITHDRAWN)
    assert chain.verify().faults == []


@pytest.mark.slow
def test_one_key_sent_fifty_times_at_once_makes_one_case(racing_town, race):
    for _round in range(5):
        key = uuid4()
        found = race(lambda client, key=key: towns.filed(racing_town, filing_key=key).pk)
        assert len(set(found)) == 1
    assert ServiceRequest.objects.count() == Event.objects.count() == 5


@pytest.mark.slow
def test_twenty_sends_of_one_key_at_once_make_one_case_by_form_and_by_api(racing_town, race):
    t = racing_town
    browser = Client()
    browser.force_login(t.resident)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    filing = {"estate": t.estate.code, "category": t.lamp.code, "text": "灯坏了"}
    for number in range(KEYS):
        by_form = number % 2
        key = towns.typed(t, another=True).key if by_form else uuid4()

        def send(client, key=key, by_form=by_form):
            if client >= SENDERS:
                return None
            if by_form:
                window = Client(headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"})
                return window.post(reverse("requests:file-step", args=[key, "check"]))["Location"]
            window = APIClient()
            window.force_authenticate(t.resident)
            return window.post("/api/v1/requests/", filing, HTTP_IDEMPOTENCY_KEY=str(key)).json()["id"]

        answers = race(send)[:SENDERS]
        assert len(set(answers)) == 1
        assert ServiceRequest.objects.filter(filing_key=key).count() == 1
    assert ServiceRequest.objects.count() == Event.objects.count() == KEYS


@pytest.mark.slow
def test_several_dispatched_at_once_by_many_are_each_dispatched_once(racing_town, race):
    t = racing_town
    for _round in range(5):
        cases = [towns.referred(t) for _number in range(3)]
        leads = [t.housing, t.firm]

        def dispatch(client, cases=cases, leads=leads):
            facts = {"lead": leads[client % 2]}
            wanted = [bulk.Wanted(case, case.event_count, facts) for case in cases]
            # Every second one goes through them the other way round: nobody waits for ever.
            wanted = wanted if client % 4 < 2 else wanted[::-1]
            outcomes = bulk.take_each(wanted, Act.DISPATCH, by=t.dispatcher, at=MONDAY + HOUR)
            return [outcome.is_done for outcome in outcomes]

        results = race(dispatch)
        assert all(len(done) == len(cases) for done in results)
        for case in cases:
            assert case.events.filter(act=Act.DISPATCH).count() == 1
            assert case.assignments.current().count() == 1
    assert chain.verify().faults == []


@pytest.mark.slow
def test_fifty_sweeps_at_once_sign_once(racing_town, race):
    cases = [towns.dispatched(racing_town) for _ in range(3)]
    results = race(lambda client: sweep(MONDAY + 8 * DAY)[Act.SIGN])
    assert sum(results) == len(cases)
    assert Event.objects.filter(act=Act.SIGN).count() == len(cases)


@pytest.mark.slow
def test_a_quota_of_ten_lets_ten_of_fifty_through(transactional_db, race):
    at = timezone.now()
    results = race(lambda client: Quota.objects.spend("guess:somewhere", 10, DAY, at))
    assert results.count(True) == 10


@pytest.mark.slow
def test_fifty_papers_at_once_have_fifty_numbers_in_a_row(racing_town, race):
    t = racing_town
    orders = [towns.dispatched(t).events.get(act=Act.DISPATCH) for _client in range(CLIENTS)]

    def second_try(client):
        """The first one is rolled back while others go on, and gives its number back."""
        with transaction.atomic():
            issuing.issue("dispatch", orders[client], t.dispatcher, MONDAY)
            transaction.set_rollback(True)
        return issuing.issue("dispatch", orders[client], t.dispatcher, MONDAY).number

    numbers = race(second_try)
    assert sorted(numbers) == list(range(1, CLIENTS + 1))
    again = race(lambda client: issuing.issue("dispatch", orders[0], t.dispatcher, MONDAY).number)
    assert len(set(again)) == 1


@pytest.mark.slow
def test_a_change_of_lead_and_a_note_at_once_agree_on_who_holds_the_case(racing_town, race):
    """Whoever waited for the row must read the new lead with it, not the one joined before."""
    t = racing_town
    for _round in range(5):
        case = towns.dispatched(t)
        attempts = [
            taking(case, Act.REASSIGN, [t.dispatcher], lead=t.housing, note="归房管"),
            taking(case, Act.SIGN, [t.officer]),
            taking(case, Act.NOTE, [t.supervisor], note="请尽快"),
        ]
        race(lambda client, attempts=attempts: attempts[client % 3](client))
        holding = case.events.filter(holder="department").values_list("holder_unit", flat=True)
        assert None not in holding
    assert chain.verify().faults == []


@pytest.mark.slow
def test_two_merges_that_cross_leave_one_and_nobody_waits_for_ever(racing_town, race):
    t = racing_town
    for _round in range(5):
        one, other = towns.filed(t), towns.filed(t)
        attempts = [
            taking(one, Act.MERGE, [t.clerk, t.dispatcher], parent=other),
            taking(other, Act.MERGE, [t.clerk, t.dispatcher], parent=one),
        ]
        results = race(lambda client, attempts=attempts: attempts[client % 2](client))
        assert results.count("won") == 1
        assert ServiceRequest.objects.filter(status=Status.MERGED, pk__in=[one.pk, other.pk]).count() == 1
    assert chain.verify().faults == []


@pytest.mark.slow
def test_merging_taking_apart_and_reporting_at_once_lose_nobody(racing_town, race):
    """The parent's number is above or below the others': either way nobody waits for somebody who waits for them."""
    t = racing_town
    for round_ in range(8):
        cases = [towns.filed(t) for _ in range(2)]
        parent = towns.signed(t)
        cases += [towns.filed(t) for _ in range(2)]
        merged = workflow.take(cases[round_ % 4], Act.MERGE, by=t.dispatcher, parent=parent, at=MONDAY)
        attempts = [taking(case, Act.MERGE, [t.dispatcher], parent=parent) for case in cases]
        attempts += [
            taking(merged, Act.UNMERGE, [t.clerk]),
            taking(parent, Act.TELL, [t.officer], note="就来"),
            taking(parent, Act.FULFIL, [t.officer], note="换了灯"),
        ]
        race(lambda client, attempts=attempts: attempts[client % len(attempts)](client))
        parent.refresh_from_db()
        assert parent.status == Status.FULFILLED
        for case in cases:
            case.refresh_from_db()
            # Merged in time and answered, or too late and on its own.
            assert case.status in (Status.FULFILLED, Status.FILED)
    assert chain.verify().faults == []


def at_once(*attempts):
    """Run the ``attempts`` together; what each came to."""
    barrier = Barrier(len(attempts))

    def run(attempt):
        barrier.wait(timeout=60)
        try:
            return attempt()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(run, attempts))


@pytest.mark.slow
def test_whoever_files_while_they_delete_everything_leaves_nothing(racing_town):
    t = racing_town
    for number in range(8):
        phone = f"199000031{number:02}"
        leaver = towns.person(f"leaver{number}", "苗大爷", phone=phone)
        parent = towns.filed(t)

        def file(by=leaver, phone=phone, joins=None):
            try:
                towns.filed(t, by=by, contact_name="苗大爷", contact_phone=phone, joins=joins)
            except StepIncomplete:
                return "refused"
            return "filed"

        erased = at_once(
            lambda leaver=leaver: erasing.erase_person(leaver, timezone.now()).rows.get("requests", 0),
            file,
            lambda file=file, parent=parent: file(joins=parent),
        )
        assert erased[0] == erased.count("filed")
        left = ServiceRequest.objects.filter(contact_phone_hash=leaver.phone_hash)
        assert not (left | ServiceRequest.objects.filter(resident=leaver)).exists()
    assert chain.verify().faults == []


@pytest.mark.slow
def test_anonymising_twice_at_once_beside_a_deletion_does_each_once_and_nobody_waits_for_ever(racing_town):
    """The person's requests ended in another order than they came."""
    t = racing_town
    Retention.objects.create(months=12)
    year = MONDAY + 366 * DAY
    for number in range(4):
        leaver = towns.person(f"leaver{number}", "苗大爷", phone=f"199000032{number:02}")
        cases = [towns.filed(t, by=leaver) for _number in range(6)]
        for hours, case in enumerate(reversed(cases)):
            workflow.take(case, Act.WITHDRAW, by=leaver, at=MONDAY + hours * HOUR)
        note = taking(cases[0], Act.NOTE, [t.clerk], note="给苗大爷回过话")
        *done, _record = at_once(
            lambda: retention.anonymise(year)["requests"],
            lambda: retention.anonymise(year)["requests"],
            lambda note=note: note(0),
            lambda leaver=leaver: erasing.erase_person(leaver, year),
        )
        assert done[0] + done[1] <= len(cases)
        assert not ServiceRequest.objects.filter(resident=leaver).exists()
        assert not Event.objects.filter(actor=leaver).exists()
        assert retention.anonymise(year) == {}
    assert chain.verify().faults == []


@pytest.mark.slow
def test_signals_counted_by_several_at_once_are_counted_once(racing_town):
    t, night = racing_town, MONDAY + 30 * DAY
    SignalDefinition.objects.update(least=1, percent=1)
    cases = [towns.fulfilled(t) for _number in range(6)]
    # Photos whose files cannot be read: each night tries to look at them and writes down what it saw.
    file = {"large": "none.jpg", "small": "none.jpg", "width": 1, "height": 1}
    Photo.objects.bulk_create(Photo(case=case, stage="after", **file) for case in cases * 5)
    nightly.run(night)

    def stands():
        rows = Signal.objects.order_by("definition", "unit", "month")
        opened = SignalCase.objects.order_by("signal__definition", "case")
        return [
            list(rows.values_list("definition", "unit", "month", "number", "total", "is_lit")),
            list(opened.values_list("signal__definition", "case", "twin")),
        ]

    before = stands()
    # Done at once after signing, and all but the first in the same words.
    assert len(before[1]) == 6 + 5
    # From nothing, and then over what is there.
    SignalCase.objects.all().delete()
    Signal.objects.all().delete()
    for _round in range(3):
        Photo.objects.update(likeness="")
        at_once(*[lambda: nightly.run(night).counted] * 4)
        assert stands() == before
        assert not Photo.objects.filter(likeness="").exists()


@pytest.mark.slow
def test_a_month_closed_by_several_at_once_is_closed_once(racing_town):
    t = racing_town
    towns.fulfilled(t)
    first, later = MONDAY.date().replace(day=1), MONDAY + 40 * DAY
    found = at_once(*[lambda: closing.close(t.street, first, t.supervisor, later).pk] * 4)
    assert len(set(found)) == 1
    assert MonthClose.objects.get().is_intact
