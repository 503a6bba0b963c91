"""Errors as problem details (RFC 9457): one shape for every answer that is not what was asked for."""

from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFilesSent, ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import exception_handler

from requests_app.api.parsers import TooLarge
from requests_app.journey.refusals import StepRefused
from requests_app.quotas import TooManyTries

MEDIA_TYPE = "application/problem+json"
# The fragment of the API's page that explains a kind of problem; other problems are what their status says.
KINDS = {"invalid": "problem-invalid", "refused": "problem-refused", "tries": "problem-tries"}
KEY_OF_ANOTHER = _("This idempotency key was used for another request.")
KEY_USED = _("Something else was sent with this idempotency key before. Take a new key for a new request.")


class Problem(serializers.Serializer):
    type = serializers.CharField(help_text=_("What kind of problem: a page about it, or about:blank."))
    title = serializers.CharField(help_text=_("The kind of problem in a few words."))
    status = serializers.IntegerField(help_text=_("The HTTP status once more."))
    detail = serializers.CharField(help_text=_("What happened here, as a sentence for people."))
    errors = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text=_("What to mend, by field; non_field_errors holds what concerns several."),
    )


class Conflict(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT
    default_detail = KEY_OF_ANOTHER
    default_code = "conflict"


class KeyUsed(exceptions.APIException):
    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_detail = KEY_USED
    default_code = "key_used"


def handle_exception(error, context):
    """The problem that ``error`` amounts to, as a Response; None for a fault of the server, which goes on its way."""
    request = context["request"]
    if isinstance(error, StepRefused):
        return problem(request, HTTPStatus.CONFLICT, str(error.reason), kind="refused", title=_("Step refused"))
    if isinstance(error, TooManyTries):
        return _too_many_tries(request, error)
    error = _as_api_exception(error)
    answer = exception_handler(error, context)
    if answer is None:
        return None
    headers = {name: answer.headers[name] for name in ("WWW-Authenticate", "Retry-After", "Allow") if name in answer}
    if isinstance(error, exceptions.ValidationError):
        detail = _("Some fields need another look.")
        return problem(
            request, answer.status_code, detail, kind="invalid", title=_("Invalid input"), errors=flat(error.detail)
        )
    return problem(request, answer.status_code, str(answer.data.get("detail", "")), headers=headers)


def problem(request, status, detail, *, kind=None, title=None, errors=None, headers=None):
    """A Response with one problem; ``errors`` is a dict of field to sentences."""
    url = f"{request.build_absolute_uri(reverse('api:docs'))}#{KINDS[kind]}" if kind else "about:blank"
    content = {"type": url, "title": str(title or HTTPStatus(status).phrase), "status": int(status), "detail": detail}
    if errors is not None:
        content["errors"] = errors
    return Response(printable(content), status=status, headers=headers, content_type=MEDIA_TYPE)


def flat(detail, path=""):
    """Nested errors as one dict: ``{"assist": {0: ["…"]}}`` becomes ``{"assist.0": ["…"]}``."""
    if isinstance(detail, dict):
        parts = detail.items()
    elif any(isinstance(part, (dict, list)) for part in detail):
        parts = enumerate(detail)
    else:
        return {path or "non_field_errors": [str(sentence) for sentence in detail]}
    found = {}
    for key, part in parts:
        if part:
            found.update(flat(part, f"{path}.{key}" if path else str(key)))
    return found


def printable(content):
    """``content`` without the lone surrogates that an error may quote from the input and no encoder takes."""
    if isinstance(content, dict):
        return {printable(key): printable(part) for key, part in content.items()}
    if isinstance(content, list):
        return [printable(part) for part in content]
    return content.encode(errors="replace").decode() if isinstance(content, str) else content


def _as_api_exception(error):
    if isinstance(error, (RequestDataTooBig, TooManyFilesSent)):
        return TooLarge()
    if isinstance(error, SuspiciousOperation):
        return exceptions.ParseError()
    if isinstance(error, ValidationError):
        errors = error.message_dict if hasattr(error, "error_dict") else {"non_field_errors": error.messages}
        return exceptions.ValidationError(errors)
    return error


def _too_many_tries(request, error):
    seconds = int(error.wait.total_seconds()) + 1
    detail = _("Too many tries. Please wait %(minutes)s minutes and try again.") % {"minutes": -(-seconds // 60)}
    headers = {"Retry-After": str(seconds)}
    return problem(
        request, HTTPStatus.TOO_MANY_REQUESTS, detail, kind="tries", title=_("Too many tries"), headers=headers
    )
