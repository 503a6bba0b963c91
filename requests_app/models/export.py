"""Lists that left the site as a file: who took what, when, and how far a long one is."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from services.encryption import EncryptedTextField
from services.models import Unit

LONGEST_QUERY = 2000  # characters


class State(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("export", "waiting")
    RUNNING = "running", pgettext_lazy("export", "being written")
    READY = "ready", pgettext_lazy("export", "ready")
    SENT = "sent", pgettext_lazy("export", "downloaded at once")
    FAILED = "failed", pgettext_lazy("export", "failed")
    EXPIRED = "expired", pgettext_lazy("export", "file deleted")


# Somebody waits for these.
UNDER_WAY = (State.WAITING, State.RUNNING)


class ExportQuerySet(models.QuerySet):
    def of(self, user):
        return self.filter(owner=user)

    def under_way(self):
        return self.filter(state__in=UNDER_WAY)


class Export(models.Model):
    """One list taken as a file: the record of it, which stays, and the work on it.

    This row is the truth about the work; a task in the queue is only a hint to look at it.
    """

    State = State

    class Failure(models.TextChoices):
        BROKEN = "broken", _("Writing the file broke off three times.")
        LEFT = "left", _("You no longer sit at this desk.")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="exports", verbose_name=_("person")
    )
    desk = models.CharField(_("desk"), max_length=20)
    # The list as its page's URL says it: tab, own unit, filters, order. What was searched for may be a number.
    query = EncryptedTextField(_("filters in the address"), max_length=LONGEST_QUERY, blank=True)
    what = models.CharField(_("what"), max_length=300)
    units = models.ManyToManyField(Unit, related_name="+", verbose_name=_("for units"))
    language = models.CharField(_("language"), max_length=10)
    asked_at = models.DateTimeField(_("asked for at"))

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    total = models.PositiveIntegerField(_("rows"))
    done = models.PositiveIntegerField(_("rows written"), default=0)
    task = models.CharField(_("task"), max_length=64, blank=True)
    queued_at = models.DateTimeField(_("put in the queue at"), null=True)
    # Who writes now, and when they last gave a sign of life.
    claim = models.UUIDField(_("claim"), null=True)
    beat_at = models.DateTimeField(_("last sign of life at"), null=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    failure = models.CharField(_("why it failed"), max_length=10, choices=Failure, blank=True)

    file = models.FileField(_("file"), upload_to="exports", blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)
    downloaded_at = models.DateTimeField(_("last downloaded at"), null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="export_state_known"),
            models.CheckConstraint(
                condition=Q(state="ready", expires_at__isnull=False) & ~Q(file="") | ~Q(state="ready") & Q(file=""),
                name="export_has_a_file_exactly_while_ready",
            ),
            models.CheckConstraint(
                condition=Q(state="running", claim__isnull=False, beat_at__isnull=False)
                | ~Q(state="running") & Q(claim__isnull=True, beat_at__isnull=True),
                name="export_is_claimed_exactly_while_running",
            ),
            models.CheckConstraint(
                condition=Q(state="failed") & ~Q(failure="") | ~Q(state="failed") & Q(failure=""),
                name="export_says_why_it_failed",
            ),
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="export_writes_no_more_than_all"),
        ]
        indexes = [
            # A person's own list, and how many they wait for.
            models.Index(fields=["owner", "-asked_at"], name="export_owner"),
            # The sweep looks at what is under way and at files to delete, not at the record of years.
            models.Index(fields=["state"], name="export_alive", condition=Q(state__in=["waiting", "running", "ready"])),
        ]

    def __str__(self):
        return self.what

    def get_absolute_url(self):
        return reverse("requests:export", args=[self.pk])

    @property
    def is_under_way(self):
        return self.state in UNDER_WAY

    @property
    def percent(self):
        return 100 * self.done // self.total if self.total else 0
