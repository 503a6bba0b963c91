"""Text messages on their way to the gateway: signed, told apart, and clear about what came of them."""

import json
import logging
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from config import env
from requests_app.notices.channels import ChannelDown, ChannelRefused, sms
from tests.test_settings import PRODUCTION, manage

pytestmark = pytest.mark.once

PHONE, TEXT = "19900000001", "您的验证码 123456"


class Gateway(BaseHTTPRequestHandler):
    """Keeps what it was sent, and answers what its server was told to."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, dict(self.headers), body))
        status, answer = self.server.answer
        self.send_response(status)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *words):
        pass


@contextmanager
def gateway(settings):
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    server.seen, server.answer = [], (200, b"{}")
    settings.SMS_CHANNEL, settings.SMS_GATEWAY_SECRET, settings.SMS_GATEWAY_TIMEOUT = "gateway", "pssst", 1
    settings.SMS_GATEWAY_URL = f"http://127.0.0.1:{server.server_port}/sms?site=duidan"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_gateway_takes_a_signed_message_and_its_receipt_comes_back(settings):
    with gateway(settings) as server:
        server.answer = (202, b'{"receipt": "r-1"}')
        assert sms.send(PHONE, TEXT, "key-1") == "r-1"
        [(path, headers, body)] = server.seen
        assert path == "/sms?site=duidan"
        assert json.loads(body) == {"id": "key-1", "phone": PHONE, "text": TEXT}
        assert headers["Idempotency-Key"] == "key-1"
        expected = sms.signature("pssst", headers["X-Duidan-Timestamp"], body)
        assert headers["X-Duidan-Signature"] == f"sha256={expected}"
        assert expected != sms.signature("pssst", headers["X-Duidan-Timestamp"], body.replace(b"key-1", b"key-2"))
        # An answer that was lost: the gateway knows the message, and nothing is wrong.
        for answer in ((409, b""), (200, b""), (200, b"<html>"), (200, b"[1]")):
            server.answer = answer
            assert sms.send(PHONE, TEXT, "key-1") == "key-1"
        # Words that no answer says again: a message that is wrong in itself.
        for status in (400, 413, 422):
            server.answer = (status, b"")
            with pytest.raises(ChannelRefused):
                sms.send(PHONE, TEXT, "key-1")
        server.seen.clear()
        for status in (302, 307, 401, 403, 404, 429, 500, 503):
            server.answer = (status, b"")
            with pytest.raises(ChannelDown):
                sms.send(PHONE, TEXT, "key-1")
        assert {path for path, _headers, _body in server.seen} == {"/sms?site=duidan"}
    # Nobody listens there any more.
    with pytest.raises(ChannelDown, match=r"cannot be reached: \w+$"):
        sms.send(PHONE, TEXT, "key-1")


def test_without_a_gateway_every_message_is_refused_and_a_developer_reads_it(settings, caplog):
    settings.SMS_CHANNEL = "off"
    assert not sms.is_on()
    with pytest.raises(ChannelRefused):
        sms.send(PHONE, TEXT, "key-1")
    settings.SMS_CHANNEL = "console"
    with caplog.at_level(logging.INFO):
        sms.send(PHONE, TEXT, "key-1")
    assert TEXT in caplog.text
    assert PHONE not in caplog.text


@pytest.mark.parametrize(
    ("address", "is_safe"),
    [
        ("https://sms.example.org/send", True),
        ("http://127.0.0.1:9000/", True),
        ("http://[::1]/", True),
        ("http://localhost/", True),
        ("http://sms.example.org/", False),
        ("http://127.0.0.1.example.org/", False),
        ("http://127.0.0.1:port/", False),
        ("ftp://127.0.0.1/", False),
        ("https://", False),
        ("sms.example.org", False),
    ],
)
def test_numbers_and_codes_leave_the_machine_encrypted(address, is_safe):
    assert env.is_safe_url(address) == is_safe


def test_half_a_gateway_is_refused_at_the_start():
    refused = manage("check", **PRODUCTION, SMS_GATEWAY_URL="http://sms.example.org/")
    assert refused.stderr.startswith("Cannot start: SMS_GATEWAY_URL must begin with https://")
    refused = manage("check", **PRODUCTION, SMS_GATEWAY_URL="https://sms.example.org/")
    assert refused.stderr.startswith("Cannot start: SMS_GATEWAY_SECRET is not set")
