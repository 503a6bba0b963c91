"""The clocks of a case: which limit runs, since when, until when, and how it ended."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from services.models import CalendarEdition, Limit

# These say until when somebody may still speak.
WINDOWS = (Limit.Step.RETURN_WINDOW, Limit.Step.CONTEST_WINDOW, Limit.Step.APPEAL_WINDOW)
# The ends of these are promises to the resident.
PROMISES = (Limit.Step.SETTLE, Limit.Step.FULFIL, Limit.Step.REDO)
# These stand still while the resident is asked.
WORK_CLOCKS = (Limit.Step.SETTLE, Limit.Step.DISPATCH, Limit.Step.FULFIL, Limit.Step.REDO)
# These run beside the clock of whoever has the case.
BESIDE = (*WINDOWS, Limit.Step.FIRST_CONTACT, Limit.Step.SUPERVISION, Limit.Step.FOLLOW_UP)


class DeadlineQuerySet(models.QuerySet):
    def running(self):
        return self.filter(ended_at=None)


class Deadline(models.Model):
    """One clock of one case. The limit is kept in words too: the row it came from may change later."""

    case = models.ForeignKey("requests_app.ServiceRequest", models.CASCADE, related_name="deadlines")
    step = models.CharField(_("step"), max_length=16, choices=Limit.Step)
    amount = models.PositiveIntegerField(_("amount"))
    time_unit = models.CharField(_("unit of time"), max_length=10, choices=Limit.TimeUnit)
    basis = models.CharField(_("basis"), max_length=200, blank=True)
    # Granted on top of the limit, in the same unit of time.
    extended_by = models.PositiveIntegerField(_("extended by"), default=0)
    started_at = models.DateTimeField(_("started at"))
    amber_at = models.DateTimeField(_("near its deadline from"))
    due_at = models.DateTimeField(_("due"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    # It counts days of a year whose holidays are not announced yet, so it may still move.
    is_provisional = models.BooleanField(_("provisional"), default=False)
    # As it stood when the end was last counted: the proof of it never changes.
    calendar = models.ForeignKey(
        CalendarEdition, models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("calendar")
    )

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        ordering = ["started_at", "pk"]
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "step"],
                condition=Q(ended_at=None),
                name="deadline_one_clock_per_step",
            ),
        ]
        indexes = [
            # Figures read ended and running clocks of one kind by their due date.
            models.Index(fields=["step", "due_at"], name="deadline_step_due"),
            # Counting anew reads the running clocks of an older calendar.
            models.Index(fields=["calendar", "id"], name="deadline_running_calendar", condition=Q(ended_at=None)),
        ]

    def __str__(self):
        return f"{self.get_step_display()} · {self.due_at}"

    def get_absolute_url(self):
        """Where its proof stands."""
        return reverse("requests:deadline", args=[self.case_id, self.pk])

    def get_step_display(self):
        """As Django's, which goes through all choices for every word."""
        return str(Limit.Step(self.step).label)

    @property
    def is_promise(self):
        return self.step in PROMISES

    @property
    def was_met(self):
        """True or False once the clock has ended; None while it runs, and for windows, which bind nobody."""
        if self.ended_at is None or self.step in WINDOWS:
            return None
        return self.ended_at <= self.due_at
