"""Official papers: numbered by kind, unit and year, and kept as they were issued."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests_app.models.event import Event
from requests_app.models.figures import MonthClose
from requests_app.models.meeting import Meeting, OnceWritten
from services.models import Role, Unit, codes_below

READERS = (Role.BRANCH, Role.DISPATCHER, Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR)


def reading_units(user):
    """The units as whose staff ``user`` reads papers now."""
    held = user.current_memberships(timezone.localdate()) if user.is_authenticated else ()
    return [membership.unit for membership in held if membership.role in READERS]


class PaperQuerySet(OnceWritten):
    def visible_to(self, user):
        """Papers that one's own unit, or one below it, issued or was sent; none about a request of one's own."""
        scope = Q(pk__in=[])
        for unit in reading_units(user):
            scope |= codes_below("unit__code", unit.code) | codes_below("to__code", unit.code)
        # What staff write to each other about a request is not for whoever filed it, whatever unit they are of.
        return self.filter(scope).exclude(event__case__resident=user.pk)


class Paper(models.Model):
    """One official paper. ``content`` is what it says, without name, number or room of a resident; it never changes.

    It stands on exactly one thing: an act on a case, a meeting, or a closed month.
    """

    class Kind(models.TextChoices):
        DISPATCH = "dispatch", _("dispatch order")
        RULING = "ruling", _("ruling on a return")
        EXTENSION = "extension", _("decision on more time")
        SUPERVISION = "supervision", _("supervision notice")
        DONE = "done", _("report of work done")
        INVITATION = "invitation", _("notice of a meeting")
        MINUTES = "minutes", _("minutes of a meeting")
        MONTHLY = "monthly", _("report of the month")

    # The word between unit and year by which offices tell their papers apart.
    WORDS = {
        Kind.DISPATCH: "交",
        Kind.RULING: "裁",
        Kind.EXTENSION: "延",
        Kind.SUPERVISION: "督",
        Kind.DONE: "结",
        Kind.INVITATION: "会",
        Kind.MINUTES: "纪",
        Kind.MONTHLY: "报",
    }

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="papers", verbose_name=_("issued by"))
    to = models.ForeignKey(Unit, models.PROTECT, related_name="+", null=True, verbose_name=_("issued to"))
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"))
    event = models.OneToOneField(Event, models.PROTECT, related_name="paper", null=True, verbose_name=_("event"))
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="papers", null=True, verbose_name=_("meeting"))
    close = models.OneToOneField(
        MonthClose, models.PROTECT, related_name="paper", null=True, verbose_name=_("closed month")
    )
    content = models.JSONField(_("content"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("issued by (person)")
    )
    issued_at = models.DateTimeField(_("issued at"))

    objects = PaperQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "-pk"]
        verbose_name = _("official paper")
        verbose_name_plural = _("official papers")
        constraints = [
            models.UniqueConstraint(fields=["kind", "unit", "year", "number"], name="paper_numbered_once"),
            models.UniqueConstraint(fields=["meeting", "kind"], name="paper_of_a_meeting_once"),
            models.CheckConstraint(
                condition=Q(event__isnull=False, meeting=None, close=None)
                | Q(event=None, meeting__isnull=False, close=None)
                | Q(event=None, meeting=None, close__isnull=False),
                name="paper_stands_on_one_thing",
            ),
        ]
        indexes = [
            # The book of papers, newest first.
            models.Index(fields=["-issued_at"], name="paper_issued"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("requests:paper", args=[self.pk])

    @property
    def title(self):
        """The number as papers carry it: 西花园街道督〔2026〕7号."""
        return f"{self.unit}{self.WORDS[self.kind]}〔{self.year}〕{self.number}号"
