"""The resident's word on a case."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from requests_app.models.event import Event


class Rating(models.Model):
    """Three answers given once per closing: contacted? solved? how satisfied?"""

    class Satisfaction(models.TextChoices):
        GOOD = "good", _("satisfied")
        FAIR = "fair", _("mostly satisfied")
        POOR = "poor", _("not satisfied")

    case = models.ForeignKey("requests_app.ServiceRequest", models.PROTECT, related_name="ratings")
    event = models.OneToOneField(Event, models.PROTECT, related_name="rating")
    contacted = models.BooleanField(_("somebody contacted me"))
    solved = models.BooleanField(_("it is solved"))
    satisfaction = models.CharField(_("satisfaction"), max_length=8, choices=Satisfaction)
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["at"]
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.CheckConstraint(
                condition=Q(satisfaction__in=["good", "fair", "poor"]), name="rating_satisfaction_known"
            ),
        ]

    def __str__(self):
        return f"{self.case_id}: {self.get_satisfaction_display()}"
