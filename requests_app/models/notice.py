"""The outbox: messages owed to people because of events."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from requests_app.models.case import PERSONAL
from requests_app.models.event import Event
from requests_app.models.export import Export
from requests_app.models.meeting import Meeting
from requests_app.models.promise import Promise

# What a notice may be about: exactly one of these.
SUBJECTS = ("event", "export", "meeting", "promise")


def _exactly_one(names):
    """A Q: one of the fields ``names`` is filled, the others are not."""
    wanted = Q()
    for name in names:
        wanted |= Q(**{f"{other}__isnull": other != name for other in names})
    return wanted


class NoticeQuerySet(models.QuerySet):
    def for_reader(self, user):
        return self.filter(reader=user)

    def unread(self):
        return self.filter(read_at=None)

    def unplanned(self):
        """Those of which nobody has decided yet whether they also leave the site."""
        return self.filter(planned_at=None)

    def for_list(self):
        """Everything one row of the inbox shows, in one query."""
        return self.select_related(
            "event__unit",
            "event__holder_unit",
            "event__case__category",
            "event__case__estate",
            "event__case__building",
            "event__case__branch",
            "event__case__lead",
            "export",
            "meeting__series",
            "promise__owner",
        ).defer(*(f"event__case__{name}" for name in PERSONAL))


class Notice(models.Model):
    """One message owed to one reader because of an event, an export, a meeting or a promise; in the inbox at once.

    Without a reader it is owed to whoever left a number with the case and has no account.
    """

    class Kind(models.TextChoices):
        NEWS = "news", _("news of your request")
        TURN = "turn", _("your turn")

    event = models.ForeignKey(Event, models.PROTECT, related_name="notices", null=True, verbose_name=_("event"))
    export = models.ForeignKey(Export, models.PROTECT, related_name="notices", null=True, verbose_name=_("export"))
    # The invitation to it.
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="notices", null=True, verbose_name=_("meeting"))
    # That it is due soon, or overdue.
    promise = models.ForeignKey(Promise, models.PROTECT, related_name="notices", null=True, verbose_name=_("promise"))
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", null=True, verbose_name=_("reader")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    at = models.DateTimeField(_("at"))
    read_at = models.DateTimeField(_("read at"), null=True)
    # When the worker decided by which ways it leaves the site, and on which day.
    planned_at = models.DateTimeField(_("planned at"), null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(fields=["event", "reader"], name="notice_once"),
            models.UniqueConstraint(fields=["export", "reader"], name="notice_once_per_export"),
            models.UniqueConstraint(
                fields=["event"], condition=Q(reader__isnull=True), name="notice_once_to_the_number"
            ),
            models.UniqueConstraint(fields=["meeting", "reader"], name="notice_once_per_meeting"),
            models.CheckConstraint(condition=_exactly_one(SUBJECTS), name="notice_of_one_thing"),
        ]
        indexes = [
            # The inbox, newest first.
            models.Index(fields=["reader", "-at"], name="notice_reader"),
            # The unread count on every page.
            models.Index(fields=["reader"], name="notice_unread", condition=Q(read_at=None)),
            # The worker that sends takes up what is new, the oldest first.
            models.Index(fields=["at"], name="notice_unplanned", condition=Q(planned_at=None)),
        ]

    def __str__(self):
        return f"{self.reader or '…'} ← {self.event or self.subject}"

    @property
    def subject(self):
        """What it is about, and where it leads: the event's case, or what else it is of."""
        return self.event.case if self.event else self.export or self.meeting or self.promise
