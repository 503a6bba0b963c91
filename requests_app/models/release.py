"""What of a finished case the public may read."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Release(models.Model):
    """The wording that a person has checked for the public: no name, phone, room number or plate."""

    case = models.OneToOneField("requests_app.ServiceRequest", models.PROTECT, related_name="release")
    text = models.TextField(_("what was the matter, for the public"), max_length=1000)
    outcome = models.TextField(_("what was done, for the public"), max_length=1000)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("released by")
    )
    at = models.DateTimeField(_("at"))
    # When it was released again with other words or photos.
    changed_at = models.DateTimeField(_("changed at"), null=True)

    class Meta:
        ordering = ["-at"]
        verbose_name = _("public wording")
        verbose_name_plural = _("public wordings")
        indexes = [
            # The public page, newest first.
            models.Index(fields=["-at"], name="release_at"),
        ]

    def __str__(self):
        return str(self.case)
