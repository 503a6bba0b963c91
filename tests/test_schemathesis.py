"""The API keeps what its description promises, whatever is sent: made-up requests, sound ones and broken ones."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.wsgi import application
from requests_app.journey import workflow
from requests_app.models import Event, ServiceRequest
from services.models import ApiToken
from tests import town as world

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 6  # for each operation, person and kind of input


class Aim:
    """Points made-up requests of one person at what exists, so that they get further than 404 and 400."""

    def __init__(self, t, person):
        self.person = person
        makers = (world.filed, world.accepted, world.referred, world.dispatched, world.returned, world.fulfilled)
        self.cases = [make(t) for make in (*makers, world.rated, world.declined)]
        self.codes = {"units": t.housing.code, "estates": "HSY", "categories": "stair-lamp"}
        self.filing = {"estate": "HSY", "building": "HSY06", "category": "stair-lamp", "party": "resident"}
        self.facts = {"lead": t.housing.code, "assist": [t.sanitation.code], "reason": "court", "text": "灯坏了"}

    def at(self, request, number):
        place = request.path_parameters
        case = self.cases[number % len(self.cases)]
        if "id" in place:
            place["id"] = case.pk
        if "code" in place:
            place["code"] = self.codes.get(request.path.split("/")[3], place["code"])
        if isinstance(request.body, dict) and "act" in request.body:
            case.refresh_from_db()
            steps = workflow.steps_open_to(self.person, case)
            act = steps[number % len(steps)].act if steps else request.body["act"]
            request.body.update(self.facts, act=act, note="看过了")
            request.body.pop("seen", None)
        elif isinstance(request.body, dict):
            request.body.update(self.filing, contact_phone="19900000002")


@pytest.fixture
def one_connection(db):
    """The test's own transaction outlives each request, as with Django's test client."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def try_out(requests, token, aim):
    """Send made-up requests and check every answer; how many were sent."""
    sent = 0

    @seed(1)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=requests, chance=st.integers(0, 3), number=st.integers(0, 1000))
    def one(case, chance, number):
        nonlocal sent
        sent += 1
        if chance and aim:
            aim.at(case, number)
        case.call_and_validate(headers=token, checks=CHECKS)

    one()
    return sent


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("name", ["resident", "dispatcher"])
def test_the_api_keeps_its_promises(name, subtests):
    began = timezone.now()
    t = world.town()
    person = t.people[name]
    aim = Aim(t, person)
    token = {"Authorization": f"Token {ApiToken.objects.issue(person, began)[1]}"}
    schema = schemathesis.openapi.from_wsgi("/api/schema/", application)
    tried = 0
    for operation in (result.ok() for result in schema.get_all_operations()):
        with subtests.test(operation.label):
            tried += try_out(operation.as_strategy(generation_mode=GenerationMode.POSITIVE), token, aim)
            if operation.query or operation.body:
                tried += try_out(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE), token, None)
    assert tried > 10 * EXAMPLES
    # Some were sound enough to change something.
    assert ServiceRequest.objects.count() > len(aim.cases)
    assert Event.objects.filter(actor=person, at__gt=began).exclude(act="file").exists()
