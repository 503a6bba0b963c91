"""What a body may be: of bounded size, and read so that no input can break the reader."""

from http import HTTPStatus

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import parsers
from rest_framework.exceptions import APIException, ParseError
from rest_framework.utils import json

from requests_app.photos import MAX_MEGABYTES, PHOTOS_AT_MOST

# Bytes of a body with photos: all of the largest size, and the fields beside them.
LARGEST_BODY = PHOTOS_AT_MOST * MAX_MEGABYTES * 2**20 + settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class TooLarge(APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = _("What was sent is too large.")
    default_code = "too_large"


class JsonParser(parsers.JSONParser):
    """JSON of bounded size in UTF-8; DRF's own reads a body of any length."""

    def parse(self, stream, media_type=None, parser_context=None):
        data = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(data) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            return json.loads(data.decode())
        except (ValueError, RecursionError) as error:
            raise ParseError from error


class BoundedBody:
    """For views that take a body: one that is too large is refused before anything reads it."""

    def initial(self, request, *args, **kwargs):
        length = request.META.get("CONTENT_LENGTH") or "0"
        if int(length) > LARGEST_BODY:
            raise TooLarge
        super().initial(request, *args, **kwargs)
