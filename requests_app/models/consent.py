"""Who agreed to which version of the privacy notice, and when."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from requests_app.models.case import ServiceRequest
from services.models import PrivacyNotice


class ConsentQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(withdrawn_at=None)


class Consent(models.Model):
    """One consent: of an account, or, where somebody filed without one, given with that case.

    Who takes their data away withdraws it; that it was given stays on record, without anything that names them.
    """

    notice = models.ForeignKey(PrivacyNotice, models.PROTECT, related_name="consents", verbose_name=_("privacy notice"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="consents", null=True, verbose_name=_("person")
    )
    case = models.OneToOneField(
        ServiceRequest, models.PROTECT, related_name="privacy_consent", null=True, verbose_name=_("service request")
    )
    at = models.DateTimeField(_("agreed at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("consent to the privacy notice")
        verbose_name_plural = _("consents to the privacy notice")
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, case__isnull=True) | Q(user__isnull=True, case__isnull=False),
                name="consent_of_a_person_or_a_case",
            ),
            # Filing asks whether a person agreed to the version that holds.
            models.UniqueConstraint(
                fields=["user", "notice"], condition=Q(withdrawn_at=None), name="consent_once_a_version"
            ),
        ]

    def __str__(self):
        return f"{self.notice} · {self.user or self.case_id}"
