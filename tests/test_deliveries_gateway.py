"""Several workers, some of them killed, and a gateway that is down, slow or answers twice: nothing lost or doubled."""

import json
import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread, Timer
from time import sleep

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from requests_app.journey import workflow
from requests_app.models import Act, Delivery, Notice, Told
from requests_app.notices import sending
from requests_app.notices.planning import plan
from requests_app.notices.sending import Sender
from tests import town as towns
from tests.support import empty_database
from tests.town import HOUR, MONDAY

WORKERS, PEOPLE, URGENT = 6, 6, 3
EIGHT = MONDAY + 22 * HOUR
TIMEOUT = 0.3  # seconds the site waits for the gateway
State = Delivery.State


class Gateway(BaseHTTPRequestHandler):
    """Passes on one message for each id. Every third it meets with 503, every third it takes in and answers too late;
    one that it took in before is answered with 409.
    """

    def do_POST(self):
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = self.take_in(said)
        if status is None:
            sleep(2 * TIMEOUT)
            status = 200
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def take_in(self, said):
        gateway = self.server
        with gateway.lock:
            gateway.met[said["id"]] += 1
            if said["id"] in gateway.passed_on:
                return 409
            if gateway.met[said["id"]] == 1 and len(gateway.met) % 3 == 0:
                return 503
            gateway.passed_on[said["id"]] = (said["phone"], said["text"])
            return None if len(gateway.met) % 3 == 1 else 200

    def log_message(self, *words):
        pass


@contextmanager
def gateway(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    server.lock, server.met, server.passed_on = Lock(), Counter(), {}
    settings.SMS_CHANNEL, settings.SMS_GATEWAY_SECRET, settings.SMS_GATEWAY_TIMEOUT = "gateway", "pssst", TIMEOUT
    settings.SMS_GATEWAY_URL = f"http://127.0.0.1:{server.server_port}/"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def busy_town(transactional_db):
    """People with urgent requests that were accepted, and with ordinary ones that were settled on Monday."""
    t = towns.town()
    for number in range(PEOPLE):
        person = towns.person(f"neighbour{number}", "孙大爷", phone=f"1990000100{number}")
        for _time in range(URGENT):
            case = towns.filed(t, EIGHT, by=person, category=t.burst)
            workflow.take(case, Act.ACCEPT, by=t.clerk, at=EIGHT)
        case = workflow.take(towns.filed(t, by=person), Act.ACCEPT, by=t.clerk, at=MONDAY)
        workflow.take(case, Act.SETTLE, by=t.clerk, note="换了灯泡", at=MONDAY)
    yield t
    empty_database()


class Killed(BaseException):
    """A worker that is gone between sending and putting on record."""


def killed(delivery, message):
    raise Killed


@pytest.mark.slow
def test_every_notice_is_passed_on_once_and_put_on_record_once(busy_town, settings):
    def work(number):
        """One of the workers at the moment ``clock``; the last is killed as soon as its first message is out."""
        try:
            while plan(clock, most=5):
                pass
            Sender(now=lambda: clock, say=killed if number == WORKERS - 1 else None).send_due()
        except Killed:
            return "killed"
        finally:
            connection.close()
        return "well"

    clock, deaths = EIGHT, 0
    with gateway(settings) as server, ThreadPoolExecutor(WORKERS) as pool:
        for _round in range(20):
            deaths += list(pool.map(work, range(WORKERS))).count("killed")
            # The sweep and the next sender come after the dead one's claim is over.
            clock += 3 * timedelta(minutes=1)
            sending.repair(clock)
            if not (Delivery.objects.waiting().exists() or Notice.objects.unplanned().exists()):
                break
    assert deaths
    assert max(server.met.values()) > 1
    made = Delivery.objects.all()
    assert {one.state for one in made} == {State.SENT}
    assert made.count() == PEOPLE * URGENT + PEOPLE
    assert {str(one.pk) for one in made} == set(server.passed_on)
    # Each notice to these people in one message; the one of the day lists all that can wait.
    told = Notice.objects.filter(reader__username__startswith="neighbour", told__isnull=False)
    assert Told.objects.count() == told.distinct().count() == PEOPLE * URGENT + PEOPLE
    assert not Notice.objects.unplanned().exists()


@pytest.mark.slow
def test_the_worker_sends_until_nothing_is_due_and_stops_when_it_is_told_to(busy_town, settings, capsys):
    settings.SMS_CHANNEL = "page"
    # Nothing that waits for the day is sent at whatever hour the test runs.
    Notice.objects.filter(event__case__category=busy_town.lamp).update(planned_at=MONDAY)
    call_command("deliver", once=True, echo=True)
    assert Delivery.objects.filter(state=State.SENT).count() == PEOPLE * URGENT
    assert f"sent: {PEOPLE * URGENT}" in capsys.readouterr().out
    call_command("deliver", status=True)
    assert "waiting: 0" in capsys.readouterr().out
    Delivery.objects.update(state=State.FAILED, failure=Delivery.Failure.DOWN)
    call_command("deliver", once=True, retry_failed="网关修好了")
    assert Delivery.objects.filter(state=State.SENT).count() == PEOPLE * URGENT
    before = signal.getsignal(signal.SIGTERM)
    Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
    call_command("deliver", every=60)
    assert signal.getsignal(signal.SIGTERM) is before
    assert timezone.now() > MONDAY
