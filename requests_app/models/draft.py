"""A filing not sent yet: what was typed so far, kept on the server between the pages of the form."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DraftQuerySet(models.QuerySet):
    def filings(self):
        """Filings under way; the others only keep the photos of a step."""
        return self.filter(data__step__isnull=True)


class Draft(models.Model):
    """What somebody has typed so far. Its key becomes the case's ``filing_key``: one draft makes one case.

    A draft whose data has a ``step`` ({"case": …, "act": …}) keeps the photos of a step that was not taken yet.
    The key is unguessable and stands in the session of the person who began it.
    """

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts", null=True, verbose_name=_("person")
    )
    data = models.JSONField(default=dict)
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
