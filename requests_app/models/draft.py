"""What is not sent yet, kept on the server between two pages: a filing, or the photos of a step."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from services.encryption import EncryptedJSONField


class DraftQuerySet(models.QuerySet):
    def filings(self):
        """Filings under way; the others only keep the photos of a step."""
        return self.filter(case=None)


class Draft(models.Model):
    """What somebody has typed so far. Its key becomes the case's ``filing_key``: one draft makes one case.

    One that names a ``case`` and an ``act`` keeps the photos of that step until it is taken. The key is unguessable
    and stands in the session of the person who began it.
    """

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts", null=True, verbose_name=_("person")
    )
    case = models.ForeignKey(
        "requests_app.ServiceRequest", models.CASCADE, related_name="+", null=True, verbose_name=_("case")
    )
    act = models.CharField(_("act"), max_length=12, blank=True)
    data = EncryptedJSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at"]
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        indexes = [
            # The sweep throws away drafts that nobody came back to.
            models.Index(fields=["updated_at"], name="draft_updated"),
        ]

    def __str__(self):
        return str(self.key)
