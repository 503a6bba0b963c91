"""What boards answer from, how much every case adds to it, and what closed months were closed with."""

import hashlib
import json

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from requests_app.models.case import ServiceRequest
from services.models import FigureDefinition, Unit


class Tally(models.Model):
    """What one case added to the counters when it was last counted: its place in them, and its facts.

    A step says only that the case is to be counted again (``ServiceRequest.is_tallied``); the sweep takes these facts
    off the counters and adds the new ones.
    """

    case = models.OneToOneField(ServiceRequest, models.CASCADE, primary_key=True, related_name="tally")
    # [area, estate, category, source] of the case
    place = models.JSONField()
    # Each as [kind, outcome, month, day, code of the department, microseconds].
    facts = models.JSONField()

    class Meta:
        verbose_name = _("tally of a case")
        verbose_name_plural = _("tallies of cases")

    def __str__(self):
        return str(self.case_id)


class FigureCount(models.Model):
    """Counters of one place (the code of a unit, or an estate) in one month: how many requests had which outcome.

    ``by`` and ``member`` narrow them to a category, a source, a department, a street or a day; both are empty where
    all requests of the place are counted. ``counts`` holds a number for each "kind:outcome", of legs microseconds.
    """

    key = models.CharField(max_length=80, primary_key=True)
    place = models.CharField(_("place"), max_length=24)
    by = models.CharField(_("by"), max_length=12, blank=True)
    member = models.CharField(_("member"), max_length=24, blank=True)
    month = models.DateField(_("month"))  # its first day
    counts = models.JSONField(_("counts"), default=dict)

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")
        indexes = [
            # A board reads some months of its own place, and of each below it.
            models.Index(fields=["place", "by", "month"], name="figure_count_place"),
        ]

    def __str__(self):
        return self.key


class TallyState(models.Model):
    """How far the counters are: one row, which whoever changes them locks first.

    ``number`` grows whenever they change, ``at`` is how far clocks were looked at.
    """

    number = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("state of the counters")
        verbose_name_plural = _("states of the counters")

    def __str__(self):
        return str(self.number)


class MonthClose(models.Model):
    """The figures of a unit in a month as they were when a supervisor closed it. Never changed.

    ``content`` holds the counts of the unit and of all below it, and by which version each figure counts them;
    ``digest`` is the SHA-256 of it, written as canonical JSON.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="closed_months", verbose_name=_("unit"))
    month = models.DateField(_("month"))  # its first day
    content = models.JSONField(_("figures"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("closed by")
    )
    closed_at = models.DateTimeField(_("closed at"))

    class Meta:
        ordering = ["-month", "unit__code"]
        verbose_name = _("closed month")
        verbose_name_plural = _("closed months")
        constraints = [models.UniqueConstraint(fields=["unit", "month"], name="month_closed_once")]

    def __str__(self):
        return f"{self.unit} {self.month:%Y-%m}"

    @staticmethod
    def digest_of(content):
        """The SHA-256 of ``content`` as canonical JSON, 64 hex digits."""
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def is_intact(self):
        """Whether the figures are still those of which the digest was taken."""
        return self.digest_of(self.content) == self.digest


class Adjustment(models.Model):
    """What a figure of a closed month is now, other than it was closed with; each later change is a line of its own."""

    close = models.ForeignKey(MonthClose, models.CASCADE, related_name="adjustments", verbose_name=_("closed month"))
    place = models.CharField(_("place"), max_length=24)
    figure = models.CharField(_("figure"), max_length=16, choices=FigureDefinition.Key)
    # The counts by outcome, as they were known before and as they are.
    was = models.JSONField(_("was"))
    now = models.JSONField(_("now"))
    found_at = models.DateTimeField(_("found at"))

    class Meta:
        ordering = ["found_at", "pk"]
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")

    def __str__(self):
        return f"{self.close} {self.place} {self.figure}"
