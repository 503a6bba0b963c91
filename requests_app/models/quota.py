"""Counters that limit how often something may be tried."""

from datetime import timedelta

from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _


class QuotaQuerySet(models.QuerySet):
    def spend(self, key, limit, window, at):
        """Count one try under ``key``; True while at most ``limit`` tries fell into the window holding ``at``.

        ``window`` is a timedelta; windows are fixed, counted from the epoch. Exact under concurrency: the count is
        one UPDATE in the database, not a value read and written back.
        """
        seconds = int(window.total_seconds())
        slot = int(at.timestamp()) // seconds
        expires = at + timedelta(seconds=seconds)
        with transaction.atomic():
            self.bulk_create(
                [self.model(key=key, slot=slot, window=seconds, expires_at=expires)], ignore_conflicts=True
            )
            row = self.filter(key=key, slot=slot, window=seconds)
            return row.filter(count__lt=limit).update(count=F("count") + 1) == 1


class Quota(models.Model):
    """How often ``key`` was tried in one window of time."""

    key = models.CharField(max_length=120)
    window = models.PositiveIntegerField()  # seconds
    slot = models.BigIntegerField()
    count = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField()

    objects = QuotaQuerySet.as_manager()

    class Meta:
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")
        constraints = [
            models.UniqueConstraint(fields=["key", "window", "slot"], name="quota_once"),
        ]
        indexes = [
            # The sweep throws away counters whose window has passed.
            models.Index(fields=["expires_at"], name="quota_expires"),
        ]

    def __str__(self):
        return f"{self.key}: {self.count}"
