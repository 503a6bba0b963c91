"""A household's voice for a case that somebody else filed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from requests_app.models.case import ServiceRequest
from services.models import Household


class Backing(models.Model):
    """One household supports a case. Taken back, a voice leaves nothing."""

    case = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="backings", verbose_name=_("service request"))
    household = models.ForeignKey(Household, models.PROTECT, related_name="backings", verbose_name=_("household"))
    # Null where the slip alone speaks, without an account.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="backings", null=True, verbose_name=_("person")
    )
    by_slip = models.BooleanField(_("proved by a slip"), default=False)
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("support of a household")
        verbose_name_plural = _("support of households")
        constraints = [
            # Its index counts the households behind a case.
            models.UniqueConstraint(
                fields=["case", "household"],
                name="backing_once_per_household",
                violation_error_message=_("One voice counts for each household."),
            ),
            # Whoever moves takes no second voice along.
            models.UniqueConstraint(
                fields=["case", "person"], condition=Q(person__isnull=False), name="backing_once_per_person"
            ),
        ]

    def __str__(self):
        return f"{self.case_id}: {self.household_id}"
