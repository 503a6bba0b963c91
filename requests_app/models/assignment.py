"""Which departments work, or worked, on a case, and as what."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from services.models import Unit


class AssignmentQuerySet(models.QuerySet):
    def current(self):
        return self.filter(ended_at=None)

    def leading(self):
        """The parts of lead departments, the first receiver's first."""
        return self.filter(part=Assignment.Part.LEAD).order_by("assigned_at", "pk")

    def unreported(self):
        """Current assisting units that have neither reported nor been waived."""
        return self.current().filter(part=Assignment.Part.ASSIST, reported_at=None, waived_at=None)


class Assignment(models.Model):
    """One department's part in one case. Ended when the case moves to another lead; never deleted."""

    class Part(models.TextChoices):
        LEAD = "lead", _("lead")
        ASSIST = "assist", _("assisting")

    case = models.ForeignKey("requests_app.ServiceRequest", models.CASCADE, related_name="assignments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="assignments", verbose_name=_("unit"))
    part = models.CharField(_("part"), max_length=8, choices=Part)
    assigned_at = models.DateTimeField(_("assigned at"))
    # When it returned the case; it may still have to do it.
    returned_at = models.DateTimeField(_("returned at"), null=True)
    reported_at = models.DateTimeField(_("reported at"), null=True)
    waived_at = models.DateTimeField(_("waived at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["assigned_at", "pk"]
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(part="lead", ended_at=None),
                name="assignment_one_lead_at_a_time",
                violation_error_message=_("A request has one lead department at a time."),
            ),
            models.UniqueConstraint(
                fields=["case", "unit"],
                condition=Q(ended_at=None),
                name="assignment_once_per_unit",
                violation_error_message=_("This unit already works on the request."),
            ),
        ]
        indexes = [
            # What a department is working on, and what it may see.
            models.Index(fields=["unit", "part", "ended_at"], name="assignment_unit"),
        ]

    def __str__(self):
        return f"{self.unit} ({self.get_part_display()})"

    def get_part_display(self):
        """As Django's, which goes through all choices for every word."""
        return str(self.Part(self.part).label)

    @property
    def is_waiting(self):
        """True while the lead has to wait for this unit's report."""
        return self.part == self.Part.ASSIST and not (self.reported_at or self.waived_at or self.ended_at)
