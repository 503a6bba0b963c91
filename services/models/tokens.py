"""Tokens by which programs ask the API as a person: shown once, kept as a digest, good for a time."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

AT_MOST = 10  # tokens of one person; a further one takes the oldest one's place
SHOWN = 6  # characters by which people tell their tokens apart


def digest_of(key):
    """How a token is kept. It has 160 random bits, so nobody finds it by trying and the digest needs no secret."""
    return hashlib.sha256(key.encode()).hexdigest()


class ApiTokenQuerySet(models.QuerySet):
    def issue(self, user, at):
        """A new token of ``user``: the row, and the key that is never to be had again."""
        key = secrets.token_hex(20)
        expires_at = at + timedelta(days=settings.API_TOKEN_DAYS)
        token = self.create(
            user=user, digest=digest_of(key), beginning=key[:SHOWN], created_at=at, expires_at=expires_at
        )
        newest = self.filter(user=user).order_by("-created_at", "-pk").values_list("pk", flat=True)
        self.filter(pk__in=list(newest[AT_MOST:])).delete()
        return token, key

    def of(self, key, at):
        """The token with this key while it is good, or None."""
        return self.filter(digest=digest_of(key), expires_at__gt=at).select_related("user").first()

    def over(self, at):
        return self.filter(expires_at__lte=at)


class ApiToken(models.Model):
    """Opens the API as ``user`` until it expires. Only the digest of the key is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("person")
    )
    digest = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    beginning = models.CharField(_("begins with"), max_length=SHOWN)
    created_at = models.DateTimeField(_("made at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        indexes = [
            # The sweep throws away those that have expired.
            models.Index(fields=["expires_at"], name="token_expires"),
        ]

    def __str__(self):
        return f"{self.beginning}…"
