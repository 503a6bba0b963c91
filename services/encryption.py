"""Personal data at rest: encrypted with the keys of the environment, found again by a keyed hash.

An encrypted field is read and written as if it were none. It cannot be searched or sorted; where its exact value is
looked up, a ``HashOf`` field stands beside it.
"""

import hashlib
import hmac
import json
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact, IsNull


class Unreadable(Exception):
    """Something was encrypted with a key that FIELD_KEYS does not hold, or is not encrypted at all."""


@cache
def _cipher(keys):
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text):
    """``text`` as a token that the newest key of FIELD_KEYS made; an empty text stays empty."""
    return _cipher(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode() if text else text


def decrypt(token):
    """The text of ``token``, which any key of FIELD_KEYS may have made; an empty one stays empty. Raises Unreadable."""
    if not token:
        return token
    try:
        return _cipher(tuple(settings.FIELD_KEYS)).decrypt(token).decode()
    except InvalidToken:
        raise Unreadable("none of the keys in FIELD_KEYS fits") from None


def is_newest(token):
    """True where the first key of FIELD_KEYS made ``token``, or there is nothing to encrypt."""
    try:
        return not token or bool(_cipher(tuple(settings.FIELD_KEYS[:1])).decrypt(token))
    except InvalidToken:
        return False


def lookup_hash(text):
    """64 hex digits that stand for ``text`` in look-ups; an empty text has none and stays empty.

    Keyed with FIELD_HASH_KEY: a mobile number has so few values that a plain hash would be undone by trying them all.
    """
    if not text:
        return ""
    return hmac.new(settings.FIELD_HASH_KEY.encode(), text.encode(errors="replace"), hashlib.sha256).hexdigest()


class OnlyEmpty(Exact):
    """The one comparison with an encrypted column that can be true: whether it is empty."""

    def get_prep_lookup(self):
        if self.rhs not in ("", None):
            raise FieldError("an encrypted field cannot be searched: look up its hash")
        return super().get_prep_lookup()


class Encrypted(models.Field):
    """What encrypted fields share. ``to_text`` and ``to_value`` say how a value is written down."""

    def get_internal_type(self):
        return "TextField"

    def to_text(self, value):
        return str(value)

    def to_value(self, text):
        return text

    def get_db_prep_value(self, value, connection, prepared=False):
        return None if value is None else encrypt(self.to_text(value))

    def get_db_prep_save(self, value, connection):
        if hasattr(value, "as_sql"):
            return value
        return self.get_db_prep_value(value, connection)

    def from_db_value(self, token, expression, connection):
        try:
            return token if token is None else self.to_value(decrypt(token))
        except Unreadable as error:
            raise Unreadable(f"{self.model._meta.label}.{self.name} cannot be decrypted: {error}") from None

    def get_transform(self, name):
        return None

    def get_lookup(self, name):
        known = {"exact": OnlyEmpty, "isnull": IsNull}
        if name not in known:
            raise FieldError(f"{self.name} is encrypted: it has no lookup “{name}”")
        return known[name]


class EncryptedTextField(Encrypted, models.CharField):
    """A line of text; ``max_length`` counts its characters before it is encrypted."""


class EncryptedJSONField(Encrypted, models.JSONField):
    """Lists and dicts; an empty one is encrypted too."""

    def to_text(self, value):
        return json.dumps(value, ensure_ascii=False, cls=self.encoder)

    def to_value(self, text):
        return json.loads(text, cls=self.decoder)


class HashOf(models.CharField):
    """The ``lookup_hash`` of the field ``source`` beside it, kept with every save that names it; null where that is
    allowed and there is nothing to hash.

    A save with ``update_fields`` names both, see ``with_hashes``.
    """

    def __init__(self, source, **kwargs):
        self.source = source
        super().__init__(**{**kwargs, "max_length": 64, "blank": True, "editable": False})

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        for name_of_ours in ("max_length", "blank", "editable"):
            del kwargs[name_of_ours]
        return name, path, [self.source, *args], kwargs

    def of(self, text):
        """What this column holds where ``source`` is ``text``."""
        return lookup_hash(text) or (None if self.null else "")

    def pre_save(self, row, add):
        value = self.of(getattr(row, self.source))
        setattr(row, self.attname, value)
        return value


def with_hashes(model, names):
    """``names`` of fields, and the hashes of those among them that have one."""
    hashes = [
        field.name for field in model._meta.concrete_fields if isinstance(field, HashOf) and field.source in names
    ]
    return [*names, *hashes]
