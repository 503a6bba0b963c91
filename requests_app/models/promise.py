"""Promises: who does what by when for whom, and everything that became of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests_app.models.case import ServiceRequest
from requests_app.models.meeting import CONVENERS, AgendaItem, OnceWritten, Resolution, in_sight
from services.models import Estate, MeetingSeries, Role, Unit, codes_below


class PromiseQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Promises below one's own unit, and those that one's own department made."""
        return self.filter(in_sight(user, area="unit__code", owner="owner__code"))

    def open(self):
        return self.filter(state=Promise.State.OPEN)

    def overdue(self, on):
        return self.open().filter(due_on__lt=on)

    def about(self, series):
        """Those that the meetings of ``series`` talk of: booked there, or made to the people it serves."""
        if series.estate_id:
            return self.filter(Q(series=series) | Q(estate=series.estate_id))
        return self.filter(Q(series=series) | codes_below("unit__code", series.unit.code))

    def public(self):
        """What every resident may read: promises made to an estate."""
        return self.filter(estate__isnull=False)

    def for_list(self):
        """Everything one row of a ledger shows, in one query."""
        return self.select_related("owner", "estate", "unit", "series")


class Promise(models.Model):
    """One promise. ``due_on`` is the day that holds now; days that held before stay in its changes."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("promise", "open")
        KEPT = "kept", pgettext_lazy("promise", "kept")
        BROKEN = "broken", pgettext_lazy("promise", "broken")
        EXPLAINED = "explained", pgettext_lazy("promise", "explained, not to be done")

    owner = models.ForeignKey(
        Unit, models.PROTECT, related_name="promises", null=True, blank=True, verbose_name=_("who promised")
    )
    owner_name = models.CharField(_("who promised, by name"), max_length=40, blank=True)
    text = models.CharField(_("what was promised"), max_length=500)
    # To whom: one estate, or everybody whom the unit serves.
    estate = models.ForeignKey(
        Estate, models.PROTECT, related_name="promises", null=True, blank=True, verbose_name=_("to the estate")
    )
    # The branch or community that booked it and watches over it.
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="booked_promises", verbose_name=_("booked by"))
    series = models.ForeignKey(
        MeetingSeries, models.PROTECT, related_name="promises", null=True, verbose_name=_("series of meetings")
    )
    resolution = models.OneToOneField(
        Resolution, models.PROTECT, related_name="promise", null=True, verbose_name=_("resolution")
    )
    case = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="promises", null=True, verbose_name=_("case"))
    made_on = models.DateField(_("promised on"))
    first_due_on = models.DateField(_("first promised for"))
    due_on = models.DateField(_("due"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    settled_on = models.DateField(_("settled on"), null=True)
    # The days for which the owner was reminded before, and told that it is overdue.
    reminded_for = models.DateField(_("reminded for"), null=True)
    called_for = models.DateField(_("told overdue for"), null=True)

    objects = PromiseQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=False, owner_name="") | Q(owner__isnull=True) & ~Q(owner_name=""),
                name="promise_has_one_owner",
                violation_error_message=_("A promise is a unit's, or somebody's by name."),
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_on=None) | ~Q(state="open") & Q(settled_on__isnull=False),
                name="promise_settled_on_a_day",
            ),
        ]
        indexes = [
            # Reminders, and rules of the agenda: open promises by their day.
            models.Index(fields=["due_on"], name="promise_open_due", condition=Q(state="open")),
            # The page of an estate.
            models.Index(fields=["estate", "due_on"], name="promise_estate"),
        ]

    def __str__(self):
        return _("%(who)s: %(text)s") % {"who": self.who, "text": self.text}

    def get_absolute_url(self):
        return reverse("requests:promise", args=[self.pk])

    @property
    def who(self):
        """Whose promise it is: a unit, or others by name."""
        return self.owner or self.owner_name

    @property
    def to_whom(self):
        return self.estate or self.unit

    @property
    def is_open(self):
        return self.state == self.State.OPEN

    @property
    def was_moved(self):
        return self.due_on != self.first_due_on

    def is_late(self, on):
        return self.is_open and self.due_on < on

    def is_watched_by(self, user, on):
        """True for those who say what became of it: the clerks of the unit that booked it, and supervisors above."""
        held = user.current_memberships(on) if user.is_authenticated else []
        return any(
            (one.unit_id == self.unit_id and CONVENERS.get(one.role) == one.unit.kind)
            or (one.role == Role.SUPERVISOR and one.unit.covers(self.unit.code))
            for one in held
        )  # fmt: skip

    def is_owned_by(self, user, on):
        """True for those who serve in the unit that promised."""
        held = user.current_memberships(on) if user.is_authenticated and self.owner_id else []
        return any(one.role != Role.AUDITOR and one.unit.covers(self.owner.code) for one in held)


class PromiseChange(models.Model):
    """One thing that happened to a promise. Written once."""

    class Kind(models.TextChoices):
        MADE = "made", pgettext_lazy("promise", "promised")
        REPORTED = "reported", pgettext_lazy("promise", "owner reports")
        MOVED = "moved", pgettext_lazy("promise", "moved")
        LATE = "late", pgettext_lazy("promise", "overdue")
        KEPT = "kept", pgettext_lazy("promise", "kept")
        BROKEN = "broken", pgettext_lazy("promise", "broken")
        EXPLAINED = "explained", pgettext_lazy("promise", "explained, not to be done")

    promise = models.ForeignKey(Promise, models.PROTECT, related_name="changes", verbose_name=_("promise"))
    kind = models.CharField(_("what happened"), max_length=10, choices=Kind)
    note = models.CharField(_("in words"), max_length=500, blank=True)
    old_due_on = models.DateField(_("due before"), null=True)
    new_due_on = models.DateField(_("due from then on"), null=True)
    # The item under which a meeting settled it.
    item = models.ForeignKey(
        AgendaItem, models.PROTECT, related_name="promise_changes", null=True, verbose_name=_("agenda item")
    )
    on = models.DateField(_("day"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("written by")
    )

    objects = OnceWritten.as_manager()

    class Meta:
        ordering = ["promise", "pk"]
        verbose_name = _("change of a promise")
        verbose_name_plural = _("changes of promises")
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="moved") | Q(old_due_on__isnull=False, new_due_on__isnull=False) & ~Q(note=""),
                name="promise_moved_with_days_and_reason",
            ),
        ]

    def __str__(self):
        return f"{self.promise_id} {self.kind}"
