"""Time that does not count: a case waits for the resident's answer, or was merged into another."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from requests_app.models.case import Holder
from requests_app.models.deadline import WORK_CLOCKS
from requests_app.models.event import Event
from services.models import Reason


class PauseQuerySet(models.QuerySet):
    def running(self):
        return self.filter(ended_at=None)

    def while_asked(self):
        return self.filter(reason__isnull=False)


class Pause(models.Model):
    """A stretch in which the clocks of a case stood still, opened and ended by an event.

    ``holder`` had the case before and gets it back. Windows, and clocks that a pause does not concern, run on.
    One without a listed reason is the time in which the case was merged: written when that ends, it stops all clocks.
    """

    case = models.ForeignKey("requests_app.ServiceRequest", models.CASCADE, related_name="pauses")
    event = models.OneToOneField(Event, models.PROTECT, related_name="pause", verbose_name=_("event"))
    reason = models.ForeignKey(
        Reason, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("listed reason")
    )
    holder = models.CharField(_("held by"), max_length=12, choices=Holder)
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)

    objects = PauseQuerySet.as_manager()

    class Meta:
        ordering = ["started_at", "pk"]
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(ended_at=None), name="pause_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="pause_ends_after_it_began",
            ),
        ]

    def __str__(self):
        return f"{self.case_id}: {self.started_at} – {self.ended_at or '…'}"

    @property
    def is_merger(self):
        """True for the time in which the case was merged."""
        return self.reason_id is None

    @property
    def why(self):
        """Why the clocks stood still, in words."""
        return _("it went on with another request") if self.is_merger else str(self.reason)

    def stops(self, step):
        """Whether the clock of ``step`` stood still: all of them while the case was merged, work while it was asked."""
        return self.is_merger or step in WORK_CLOCKS

    def as_stretch(self, at):
        """(begin, end), a pause that still runs cut off at ``at``."""
        return self.started_at, self.ended_at or at
