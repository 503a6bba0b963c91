"""What people are told about their data (隐私说明), version by version, and how long it is kept."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from services.models.catalogue import Category

HEADING = "# "


class PrivacyNoticeQuerySet(models.QuerySet):
    def published(self, at):
        """Those that hold or held by ``at``, the newest first."""
        return self.filter(published_at__lte=at).order_by("-version")

    def current(self, at):
        """The one that holds at ``at``; None before the first."""
        return self.published(at).first()


class PrivacyNotice(models.Model):
    """One version. People agree to it by its number, so it is never changed: what changes becomes the next version.

    A line of the text that begins with “# ” is a heading; every other line is a paragraph.
    """

    version = models.PositiveSmallIntegerField(_("version"), unique=True, validators=[MinValueValidator(1)])
    text = models.TextField(_("text"), help_text=_("A line that begins with “# ” is a heading."))
    text_en = models.TextField(_("text in English"), blank=True)
    changes = models.CharField(_("what is new"), max_length=300, blank=True)
    changes_en = models.CharField(_("what is new, in English"), max_length=300, blank=True)
    published_at = models.DateTimeField(_("holds from"), default=timezone.now)

    objects = PrivacyNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        verbose_name = _("privacy notice")
        verbose_name_plural = _("privacy notices")
        constraints = [
            models.CheckConstraint(condition=models.Q(version__gte=1), name="privacy_notice_counts_from_one"),
        ]

    def __str__(self):
        return _("privacy notice, version %(version)s") % {"version": self.version}

    def sections(self, language):
        """Its parts in ``language``: {"title", "paragraphs"} of each; the first may have no title."""
        text = (self.text_en if language == "en" else "") or self.text
        found = [{"title": "", "paragraphs": []}]
        for line in filter(None, map(str.strip, text.splitlines())):
            if line.startswith(HEADING):
                found.append({"title": line.removeprefix(HEADING), "paragraphs": []})
            else:
                found[-1]["paragraphs"].append(line)
        return [part for part in found if part["title"] or part["paragraphs"]]

    def news(self, language):
        """What is new in it, in ``language``."""
        return (self.changes_en if language == "en" else "") or self.changes


class Retention(models.Model):
    """How long what names a person is kept after their request has ended: by group of categories, or for all."""

    category = models.OneToOneField(
        Category,
        models.CASCADE,
        related_name="retention",
        null=True,
        blank=True,
        limit_choices_to={"parent": None},
        verbose_name=_("category group"),
        help_text=_("Left empty, it holds for all groups without a time of their own."),
    )
    months = models.PositiveSmallIntegerField(_("months"), validators=[MinValueValidator(1), MaxValueValidator(600)])
    basis = models.CharField(_("basis"), max_length=200, blank=True)

    class Meta:
        ordering = ["category__order", "pk"]
        verbose_name = _("time that personal data is kept")
        verbose_name_plural = _("times that personal data is kept")
        constraints = [
            # Redos and appeals are over by then.
            models.CheckConstraint(condition=models.Q(months__gte=1), name="retention_is_at_least_a_month"),
            models.UniqueConstraint(
                Coalesce("category", 0),
                name="retention_once_a_group",
                violation_error_message=_("There is already such a time."),
            ),
        ]

    def __str__(self):
        group = self.category or _("all categories")
        return _("%(group)s: %(months)s months") % {"group": group, "months": self.months}
