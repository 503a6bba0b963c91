"""Codes that prove who holds a mobile number: sent as a text, good once, for a time, against a few tries."""

import secrets
import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from services.encryption import EncryptedTextField, lookup_hash

HOLDS = timedelta(minutes=10)
TRIES = 3  # the third wrong one ends a code
DIGITS = 6


def digest_of(key, digits):
    """How a code is kept. Keyed: six digits are so few that a plain hash would be undone by trying them all."""
    return lookup_hash(f"sign-in-code:{key}:{digits}")


class SignInCodeQuerySet(models.QuerySet):
    def issue(self, phone, at):
        """A new code for ``phone``: the row, and the digits that are never to be had again."""
        digits, key = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}", uuid.uuid4()
        row = self.create(key=key, phone=phone, digest=digest_of(key, digits), sent_at=at, expires_at=at + HOLDS)
        return row, digits

    def open(self, at):
        """Those that the right digits still redeem."""
        return self.filter(tries__lt=TRIES, expires_at__gt=at)

    def over(self, at):
        return self.filter(expires_at__lte=at)

    def redeem(self, key, digits, at):
        """The row of ``key`` where ``digits`` are right, for exactly one of several callers; otherwise None.

        The try is counted before the digits are compared, so that guesses made at the same moment are counted too.
        """
        if not self.open(at).filter(pk=key).update(tries=F("tries") + 1):
            return None
        row = self.filter(pk=key).first()
        is_right = row is not None and constant_time_compare(row.digest, digest_of(key, digits))
        return row if is_right and self.filter(pk=key).delete()[0] else None


class SignInCode(models.Model):
    """Whoever types its digits holds ``phone``. Known by ``key`` to the one session that asked for it."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    phone = EncryptedTextField(_("mobile number"), max_length=11)
    digest = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = SignInCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-in code")
        verbose_name_plural = _("sign-in codes")
        indexes = [
            # The sweep throws away those that have expired.
            models.Index(fields=["expires_at"], name="sign_in_code_expires"),
        ]

    def __str__(self):
        return str(self.key)

    def is_open(self, at):
        """True while the right digits would redeem it."""
        return self.tries < TRIES and self.expires_at > at

    @property
    def tries_left(self):
        return TRIES - self.tries
