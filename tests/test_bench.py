"""The rows that the measurements stand on are rows the workflow could have written."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import transaction

from bench import generate
from bench.floors import ROWS
from bench.targets import targets
from requests_app.figures import proof
from requests_app.journey import workflow
from requests_app.journey.chain import verify
from requests_app.journey.sampling import redraw
from requests_app.journey.sweep import sweep
from requests_app.models import Act, Event, FollowUp, Notice, Rating, SampleSeed, ServiceRequest, Status, Tally

pytestmark = pytest.mark.once

CASES = 200
NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)  # a Wednesday, ten o'clock in Shanghai


@pytest.fixture
def seeded(db):
    call_command("seed", verbosity=0)


@pytest.fixture
def district(seeded):
    return generate.generate(CASES, at=NOW)


def test_every_chain_of_the_generated_cases_holds(district):
    report = verify()
    assert (report.cases, report.faults) == (CASES, [])
    assert set(ServiceRequest.objects.values_list("status", flat=True)) > {Status.CLOSED, Status.WITHDRAWN}
    assert not Event.objects.filter(at__gte=NOW).exists()
    assert Rating.objects.count() == Event.objects.filter(act=Act.RATE).count()
    assert Notice.objects.exists()
    assert not Notice.objects.unplanned().exists()
    for case in ServiceRequest.objects.select_related("branch")[:20]:
        case.full_clean()
        assert case.area == case.branch.code


def test_copies_have_numbers_codes_and_chains_of_their_own(seeded):
    generate.generate(90, at=NOW, walked=30, counted=True)
    report = verify()
    assert (report.cases, report.faults) == (90, [])
    codes = list(ServiceRequest.objects.order_by("pk").values_list("code", flat=True))
    assert codes == [generate.code_of(pk) for pk in ServiceRequest.objects.order_by("pk").values_list("pk", flat=True)]
    first, copy = ServiceRequest.objects.order_by("pk")[0], ServiceRequest.objects.order_by("pk")[30]
    assert (copy.text, copy.event_count, copy.contact_phone) == (first.text, first.event_count, first.contact_phone)
    assert copy.deadlines.count() == first.deadlines.count()
    # The counters hold all of them.
    assert Tally.objects.count() == 90
    assert proof.prove(NOW).is_proved


def test_the_generated_call_tasks_are_as_the_seeds_draw_them(district):
    assert {seed.month: redraw(seed).differences for seed in SampleSeed.objects.all()} == {
        seed.month: [] for seed in SampleSeed.objects.all()
    }
    states = FollowUp.State
    ended = set(FollowUp.objects.values_list("state", flat=True))
    assert ended >= {states.REACHED, states.ANSWERED, states.MISSED}
    sweep(NOW)
    assert set(FollowUp.objects.values_list("state", flat=True)) == ended
    for task in FollowUp.objects.all():
        assert bool(task.attempts) == Event.objects.filter(case=task.case_id, act=Act.CALL).exists()


def test_the_site_goes_on_beside_the_generated_cases(district):
    facts = {"text": "楼道灯不亮", "contact_phone": "19900000000"}
    resident, estate, category = district.residents[0], district.estates[0], district.categories[0]
    case = workflow.file(by=resident, estate=estate, category=category, at=NOW, **facts)
    later = NOW + timedelta(minutes=5)
    workflow.take(case, Act.ACCEPT, by=district.staff[estate.branch_id], at=later)
    workflow.take(case, Act.REFER, by=district.staff[estate.branch_id], note="院里修不了", at=later)
    lead = district.departments[0]
    workflow.take(case, Act.DISPATCH, by=district.staff[estate.branch.parent_id], lead=lead, at=later)
    workflow.take(case, Act.SIGN, by=district.staff[lead.pk], at=later)
    assert verify(ServiceRequest.objects.filter(pk=case.pk)).faults == []


def test_everything_that_is_measured_is_answered_as_the_measurement_expects(district, client, settings):
    settings.ROOT_URLCONF = "bench.urls"
    first = settings.TEMPLATES[0]
    settings.TEMPLATES = [first | {"DIRS": [*first["DIRS"], settings.BASE_DIR / "bench" / "templates"]}]
    targets(district, steps=ROWS)  # so that the lists of what is open hold a page full before the first is counted
    for target in itertools.chain.from_iterable(targets(district, steps=1)):
        body, headers = target.written()
        kind, path = headers.get("Content-Type"), next(iter(target.paths))
        client.cookies.load(headers.get("Cookie", ""))
        told = {name: value for name, value in headers.items() if name == "Authorization"}
        sent = {"data": body, "content_type": kind} if body else {}
        response = (client.post if body else client.get)(path, headers=told, **sent)
        assert response.status_code == target.answers, (target.name, response.content.decode())
        assert target.holds(response.content), target.name
        client.cookies.clear()


def test_the_same_seed_gives_the_same_cases(seeded):
    def told():
        with transaction.atomic():
            generate.generate(20, at=NOW)
            rows = list(Event.objects.values_list("case__code", "serial", "act", "at", "note", "unit"))
            transaction.set_rollback(True)
        return rows

    assert told() == told()
