"""What a keyed request was answered: sent again within some days, it is answered the same and does nothing twice."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from services.encryption import EncryptedJSONField

KEPT = timedelta(hours=72)


class KeptAnswerQuerySet(models.QuerySet):
    def over(self, at):
        """Those kept long enough at ``at``."""
        return self.filter(at__lt=at - KEPT)


class KeptAnswer(models.Model):
    """One answer to one person's key. Written with what the request did, in the same transaction, or not at all."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    key = models.UUIDField(_("key"))
    # A keyed hash of where and what was sent; the words themselves are in the case.
    fingerprint = models.CharField(max_length=64)
    code = models.PositiveSmallIntegerField(null=True)  # the HTTP status
    body = EncryptedJSONField(null=True)
    at = models.DateTimeField()

    objects = KeptAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="answer_once_per_key"),
        ]
        indexes = [
            # The sweep throws away those that were kept long enough.
            models.Index(fields=["at"], name="answer_at"),
        ]

    def __str__(self):
        return str(self.key)
