"""What comes back: the same kind of trouble at the same place, with its cases, its cause and a lasting remedy."""

from django.db import models
from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests_app.models.case import ServiceRequest
from requests_app.models.meeting import in_sight
from requests_app.models.promise import Promise
from services.models import Building, Category, Estate, Role, Unit

WRITERS = (Role.BRANCH, Role.DISPATCHER, Role.SUPERVISOR)
# A promise that came to nothing is no remedy.
NO_REMEDY = Q(promise=None) | Q(promise__state__in=[Promise.State.BROKEN, Promise.State.EXPLAINED])


class RecurrenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What came back below one's own unit, and what one's own department promised to remedy."""
        return self.filter(in_sight(user, area="area", owner="promise__owner__code"))

    def open(self):
        return self.filter(closed_at=None)

    def without_remedy(self):
        return self.open().filter(NO_REMEDY)

    def promised(self):
        return self.open().filter(promise__state=Promise.State.OPEN)

    def watched(self):
        """Remedied, and quiet so far."""
        return self.open().filter(promise__state=Promise.State.KEPT)

    def closed(self):
        return self.filter(closed_at__isnull=False)

    def for_list(self):
        return self.select_related("estate", "building", "category", "branch__parent", "promise__owner")


class Recurrence(models.Model):
    """``times`` is how often it came: its cases, and how often their residents asked to have them redone."""

    estate = models.ForeignKey(Estate, models.PROTECT, related_name="recurrences", verbose_name=_("estate"))
    building = models.ForeignKey(
        Building, models.PROTECT, related_name="recurrences", null=True, verbose_name=_("building")
    )
    category = models.ForeignKey(Category, models.PROTECT, related_name="recurrences", verbose_name=_("category"))
    branch = models.ForeignKey(Unit, models.PROTECT, related_name="recurrences", verbose_name=_("branch"))
    area = models.CharField(_("area"), max_length=18)
    cause = models.CharField(_("cause"), max_length=500, blank=True)
    # The lasting remedy: who does what by when, in the ledger like every promise.
    promise = models.OneToOneField(
        Promise, models.PROTECT, related_name="recurrence", null=True, verbose_name=_("lasting remedy")
    )
    times = models.PositiveSmallIntegerField(_("how often"), default=0)
    found_at = models.DateTimeField(_("found at"))
    last_case_at = models.DateTimeField(_("last time"))
    closed_at = models.DateTimeField(_("closed at"), null=True)
    reopened = models.PositiveSmallIntegerField(_("reopened"), default=0)

    objects = RecurrenceQuerySet.as_manager()

    class Meta:
        ordering = ["-last_case_at", "-pk"]
        verbose_name = _("recurrence")
        verbose_name_plural = _("recurrences")
        indexes = [
            # Lists of everything under a unit, and rules of the agenda.
            models.Index(fields=["area", "-last_case_at"], name="recurrence_area"),
            # The sweep closes what has been quiet.
            models.Index(fields=["last_case_at"], name="recurrence_open", condition=Q(closed_at=None)),
        ]

    def __str__(self):
        return f"{self.category} · {self.place}"

    def get_absolute_url(self):
        return reverse("requests:recurrence", args=[self.pk])

    @property
    def place(self):
        return " ".join(str(part) for part in (self.estate, self.building) if part)

    @property
    def has_remedy(self):
        """True while a promise stands that shall end it, or has been kept."""
        return self.promise is not None and self.promise.state in (Promise.State.OPEN, Promise.State.KEPT)

    @property
    def state(self):
        """``closed``, ``watched``, ``promised``, or ``open`` where nobody knows a remedy yet."""
        if self.closed_at:
            return "closed"
        if not self.has_remedy:
            return "open"
        return "promised" if self.promise.is_open else "watched"

    @property
    def state_label(self):
        return STATES[self.state]

    @property
    def quiet_since(self):
        """The day from which quiet days count: of the last case, or of the remedy; None while that is to come."""
        last = timezone.localdate(self.last_case_at)
        if not self.has_remedy:
            return last
        return None if self.promise.is_open else max(last, self.promise.settled_on)

    def is_written_by(self, user, on):
        """True for those who say cause and remedy: clerks and supervisors of the place."""
        held = user.current_memberships(on) if user.is_authenticated else []
        return any(one.role in WRITERS and one.unit.covers(self.area) for one in held)

    def count(self):
        """Count ``times`` and the last time anew from the cases that stand; saves nothing."""
        standing = self.links.filter(struck_at=None)
        counted = standing.aggregate(cases=Count("pk"), redone=Sum("case__contest_count"), last=models.Max("at"))
        self.times = counted["cases"] + (counted["redone"] or 0)
        self.last_case_at = counted["last"] or self.last_case_at


STATES = {
    "open": pgettext_lazy("recurrence", "no remedy yet"),
    "promised": pgettext_lazy("recurrence", "remedy promised"),
    "watched": pgettext_lazy("recurrence", "remedied, watched"),
    "closed": pgettext_lazy("recurrence", "quiet, closed"),
}


class RecurrenceCase(models.Model):
    """One case of a recurrence, and what says so. Struck out by a person, it stays so."""

    class Why(models.TextChoices):
        EARLIER = "earlier", _("the earlier one")
        SPOT = "spot", _("the same spot")
        WORDS = "words", _("the same words")
        SAID = "said", _("the resident says so")
        REDONE = "redone", _("the resident asked to have it redone")

    recurrence = models.ForeignKey(Recurrence, models.CASCADE, related_name="links", verbose_name=_("recurrence"))
    case = models.OneToOneField(
        ServiceRequest, models.PROTECT, related_name="in_recurrence", verbose_name=_("service request")
    )
    why = models.CharField(_("what says so"), max_length=8, choices=Why)
    # When the trouble was there: of the filing, or of the last time that the resident asked to have it redone.
    at = models.DateTimeField(_("at"))
    struck_at = models.DateTimeField(_("struck out at"), null=True)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("case of a recurrence")
        verbose_name_plural = _("cases of recurrences")

    def __str__(self):
        return f"{self.recurrence_id}: {self.case_id}"
