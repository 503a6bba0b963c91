"""Text messages: shown on the console or the page of a demo, or handed to a gateway over signed HTTP.

What the gateway is sent and how it answers is written in docs/operations.md.
"""

import hashlib
import hmac
import json
import logging
import time
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from django.conf import settings

from requests_app.notices.channels import ChannelDown, ChannelRefused
from services.masking import mask_phone

log = logging.getLogger(__name__)

# The message itself is wrong. 401, 403 and 404 are not among them: they blame the settings, and those get mended.
NEVER = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
TAKEN_IN = {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED, HTTPStatus.CONFLICT}
LONGEST_ANSWER = 16 * 1024  # bytes
LONGEST_RECEIPT = 100  # characters


def send(phone, text, key):
    """Have ``text`` sent to ``phone``; the receipt's id. Raises ChannelDown or ChannelRefused.

    ``key`` names this message for ever: whoever sends again after ChannelDown sends the same key, and the gateway
    passes on one message for each key.
    """
    return SENDERS[settings.SMS_CHANNEL](phone, text, key)


def is_on():
    """False where no channel is set up, and every ``send`` would be refused."""
    return settings.SMS_CHANNEL != "off"


def is_shown_on_page():
    """True where nothing is sent, because the page that asked shows what it says: in the demo alone."""
    return settings.SMS_CHANNEL == "page"


def _off(phone, text, key):
    raise ChannelRefused("no SMS gateway is set up")


def _console(phone, text, key):
    log.info("SMS %s to %s: %s", key, mask_phone(phone), text)
    return f"console:{key}"


def _page(phone, text, key):
    return f"page:{key}"


def _gateway(phone, text, key):
    body = json.dumps({"id": key, "phone": phone, "text": text}, ensure_ascii=False).encode()
    status, answer = _post(body, key)
    if status in TAKEN_IN:
        # 409 Conflict: a message with this key was taken in before, and its answer was lost on the way.
        return _receipt(answer) or key
    if status in NEVER:
        raise ChannelRefused(f"the SMS gateway answered {status}")
    raise ChannelDown(f"the SMS gateway answered {status}")


def _post(body, key):
    """Status and body of the gateway's answer; a redirect is an answer too and is not followed."""
    url = urlsplit(settings.SMS_GATEWAY_URL)
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = kind(url.hostname, url.port, timeout=settings.SMS_GATEWAY_TIMEOUT)
    path = f"{url.path or '/'}{'?' + url.query if url.query else ''}"
    try:
        connection.request("POST", path, body, _headers(body, key))
        response = connection.getresponse()
        return response.status, response.read(LONGEST_ANSWER)
    except (OSError, HTTPException) as error:
        # Its name alone: what it says may hold the address with a password in it.
        raise ChannelDown(f"the SMS gateway cannot be reached: {type(error).__name__}") from None
    finally:
        connection.close()


def _headers(body, key):
    moment = str(int(time.time()))
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": key,
        "X-Duidan-Timestamp": moment,
        "X-Duidan-Signature": f"sha256={signature(settings.SMS_GATEWAY_SECRET, moment, body)}",
    }


def signature(secret, moment, body):
    """HMAC-SHA256 in hex over ``moment`` (seconds since 1970, as text), a full stop, and the body's bytes."""
    return hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def _receipt(answer):
    """What the gateway calls the message, or an empty text where it does not say."""
    try:
        said = json.loads(answer)
    except ValueError:
        return ""
    receipt = said.get("receipt") if isinstance(said, dict) else None
    return str(receipt)[:LONGEST_RECEIPT] if receipt else ""


SENDERS = {"off": _off, "console": _console, "page": _page, "gateway": _gateway}
