"""Idempotency keys: what creates something does it once per key, however often and however fast it is sent.

The answer is written in the transaction of what it answers, behind a unique key: whoever comes second waits there and
reads what the first was answered. Only what was done is kept; after a refusal the key is free for the mended request.
"""

import hashlib
import json
import uuid
from functools import wraps

from django.core.exceptions import ValidationError as InvalidPhotos
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from requests_app.api.problems import KeyUsed
from requests_app.forms.photos import PhotosField
from requests_app.models import KeptAnswer
from services.encryption import lookup_hash

KEY = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
PARAMETER = OpenApiParameter(
    KEY,
    OpenApiTypes.UUID,
    OpenApiParameter.HEADER,
    description=_(
        "One key for one request, kept for 72 hours: sent again with it, the request is answered as before and does "
        "nothing twice; another request with the same key is refused."
    ),
)


def once_per_key(create):
    """For a view's method that creates: with a key it runs once, and its answer is given again. Raises KeyUsed."""

    @wraps(create)
    def keyed(view, request, *args, **kwargs):
        key = read_key(request)
        if key is None:
            return create(view, request, *args, **kwargs)
        fingerprint = _fingerprint(request)
        known = KeptAnswer.objects.filter(user=request.user, key=key).first()
        if known:
            return _again(known, fingerprint)
        _prepare_photos(request)
        with transaction.atomic():
            row = KeptAnswer(user=request.user, key=key, fingerprint=fingerprint, at=timezone.now())
            # On PostgreSQL the second of two waits here for the first; on SQLite a transaction begins alone.
            KeptAnswer.objects.bulk_create([row], ignore_conflicts=True)
            row = KeptAnswer.objects.select_for_update().get(user=request.user, key=key)
            if row.code is not None:
                return _again(row, fingerprint)
            answer = create(view, request, *args, **kwargs)
            row.code, row.body = answer.status_code, json.loads(JSONRenderer().render(answer.data))
            row.save(update_fields=["code", "body"])
            return answer

    return keyed


def read_key(request):
    """The idempotency key as a UUID, None without one; ValidationError when it is none."""
    text = request.headers.get(KEY)
    try:
        return uuid.UUID(text) if text is not None else None
    except ValueError:
        raise exceptions.ValidationError({KEY: [_("This is no UUID.")]}) from None


def read_photos(request):
    """The photos sent along, cleaned; ValidationError naming every bad file."""
    _prepare_photos(request)
    if request.refused_photos:
        raise exceptions.ValidationError({"photos": request.refused_photos})
    return request.clean_photos


def _prepare_photos(request):
    """Draw the photos anew, once; with a key before the transaction, which on SQLite keeps every other writer out."""
    if hasattr(request, "clean_photos"):
        return
    request.clean_photos, request.refused_photos = [], []
    try:
        request.clean_photos = PhotosField().clean(request.FILES.getlist("photos"))
    except InvalidPhotos as error:
        request.refused_photos = error.messages


def _again(known, fingerprint):
    if known.fingerprint != fingerprint:
        raise KeyUsed
    return Response(known.body, status=known.code, headers={REPLAYED: "true"})


def _fingerprint(request):
    """What was sent and where to, as a hash: the same for the same fields, however they were written down."""
    data = request.data
    if hasattr(data, "lists"):
        data = {name: [_plain(value) for value in values] for name, values in data.lists()}
    try:
        what = json.dumps(data, sort_keys=True, ensure_ascii=False)
    except RecursionError as error:
        raise exceptions.ParseError from error
    return lookup_hash(f"{request.method} {request.path} {what}")


def _plain(value):
    if not isinstance(value, UploadedFile):
        return value
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return digest.hexdigest()
