"""Whoever is killed at whatever moment: the counters are what counting gives."""

import os
import signal

import pytest
from django.db import connection

from requests_app.figures import counters, proof
from requests_app.figures.definitions import Definitions
from requests_app.journey import workflow
from requests_app.models import Act, Event, ServiceRequest
from tests import town as towns
from tests.support import empty_database
from tests.town import DAY, HOUR, MONDAY

STEPS, KILLED_AFTER = 200, 100


def walk(t, told):
    """File and withdraw until killed, sweep in between; a line for every step."""
    for number in range(STEPS // 2):
        case = towns.filed(t, MONDAY + number * HOUR)
        os.write(told, b"filed\n")
        workflow.take(case, Act.WITHDRAW, by=t.resident, at=MONDAY + number * HOUR)
        os.write(told, b"withdrawn\n")
        if number % 5 == 0:
            counters.fold(MONDAY + number * HOUR)


@pytest.mark.slow
def test_counters_survive_a_kill_in_the_middle_of_200_steps(transactional_db):
    t = towns.town()
    steps, told = os.pipe()
    connection.close()  # a connection cannot be shared
    child = os.fork()
    if not child:
        try:
            walk(t, told)
        finally:
            os._exit(0)
    os.close(told)
    with os.fdopen(steps) as lines:
        for _number, _line in zip(range(KILLED_AFTER), lines, strict=False):
            pass
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert KILLED_AFTER <= Event.objects.count() < STEPS
    at, definitions = MONDAY + 30 * DAY, Definitions()
    month = MONDAY.date().replace(day=1)
    for fold in (False, True):
        if fold:
            counters.fold(at)
        found = counters.read([counters.Wanted({t.street.code}, {month})], at, definitions).of(t.street.code, month)
        assert found["filed"]["filed"] == ServiceRequest.objects.filter(created_at__lt=MONDAY + 28 * DAY).count()
        assert found["ended"]["withdrawn"] == Event.objects.filter(act=Act.WITHDRAW).count()
    assert proof.prove(at).is_proved
    empty_database()
