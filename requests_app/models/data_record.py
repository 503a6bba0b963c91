"""What was done with people's data: who asked, what was done, when, how many rows. It names nobody."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests_app.models.meeting import OnceWritten

ROWS = {
    "requests": _("requests"),
    "requests_filed_for_others": _("requests filed for others"),
    "events": pgettext_lazy("rows", "events"),
    "photos": pgettext_lazy("rows", "photos"),
    "drafts": pgettext_lazy("rows", "drafts"),
    "wordings": _("wordings"),
    "messages": pgettext_lazy("rows", "messages"),
    "messages_sent": pgettext_lazy("rows", "messages"),
    "notices": pgettext_lazy("rows", "notices"),
    "choices": pgettext_lazy("rows", "choices of messages"),
    "answers kept": _("answers kept for programs"),
    "views": pgettext_lazy("rows", "saved views"),
    "saved_views": pgettext_lazy("rows", "saved views"),
    "tokens": pgettext_lazy("rows", "API tokens"),
    "api_tokens": pgettext_lazy("rows", "API tokens"),
    "second factors": _("second factors"),
    "addresses": pgettext_lazy("rows", "e-mail addresses"),
    "codes": pgettext_lazy("rows", "sign-in codes"),
    "wrong passwords": _("counts of wrong passwords"),
    "sessions": pgettext_lazy("rows", "sign-ins"),
    "signed_in": pgettext_lazy("rows", "sign-ins"),
    "consents": pgettext_lazy("rows", "consents"),
    "consents withdrawn": _("consents withdrawn"),
    "files": pgettext_lazy("rows", "files"),
    "lists_taken_away": _("lists taken away"),
    "uses_of_my_data": _("lines of this log"),
}


class DataRecordQuerySet(OnceWritten):
    def erasures(self):
        """The moments at which somebody was taken out of what is kept."""
        return set(self.filter(kind__in=DataRecord.ERASES).values_list("at", flat=True))


class DataRecord(models.Model):
    """One line of the log. The database refuses to change or delete it."""

    class Kind(models.TextChoices):
        COPY = "copy", _("copy taken by the person")
        DELETION = "deletion", _("deleted at the person's wish")
        RETENTION = "retention", _("anonymised, kept long enough")

    ERASES = (Kind.DELETION, Kind.RETENTION)

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    # Their account, by number only once it is emptied; none where the time had come.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("person")
    )
    # How many rows of each kind, by the name of the kind.
    rows = models.JSONField(_("rows"), default=dict)
    at = models.DateTimeField(_("at"))

    objects = DataRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("use of personal data")
        verbose_name_plural = _("uses of personal data")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="retention", person__isnull=True) | ~Q(kind="retention") & Q(person__isnull=False),
                name="data_record_says_who_asked",
            ),
        ]
        indexes = [
            # The auditor's page, newest first.
            models.Index(fields=["-at"], name="data_record_at"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"

    @property
    def counted(self):
        """(what, how many) of its rows, in the reader's language."""
        return [(ROWS.get(name, name), count) for name, count in self.rows.items()]
