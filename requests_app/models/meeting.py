"""Joint meetings: the agenda, who sat at the table, what was said and resolved, and the minutes."""

import hashlib
import json

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests_app.models.case import PERSONAL, ServiceRequest
from requests_app.models.event import AppendOnly, Event
from services.encryption import EncryptedTextField
from services.models import MeetingSeries, Role, SeatKind, Unit, codes_below

LINE = 200  # characters of what somebody said, or of a reason
# Who calls the meetings of a branch, and of a community.
CONVENERS = {Role.BRANCH: Unit.Kind.BRANCH, Role.DISPATCHER: Unit.Kind.COMMUNITY}
# Who reads along what lies below their unit.
READERS = (*CONVENERS, Role.SUPERVISOR, Role.AUDITOR)


def in_sight(user, *, area, owner):
    """Condition: rows of ``area`` below one's own unit, and those whose ``owner`` is one's own department.

    Both are paths to a unit's code. False of every row for a stranger and for those who serve nowhere.
    """
    scope = Q(pk__in=[])
    for held in user.current_memberships(timezone.localdate()) if user.is_authenticated else ():
        if held.unit.kind == Unit.Kind.DEPARTMENT:
            scope |= codes_below(owner, held.unit.code)
        elif held.role in READERS:
            scope |= codes_below(area, held.unit.code)
    return scope


def may_run(user, series, on):
    """True for those who prepare and chair the meetings of ``series``: the clerks of the unit that calls them."""
    held = user.current_memberships(on) if user.is_authenticated else []
    return any(one.unit_id == series.unit_id and CONVENERS.get(one.role) == one.unit.kind for one in held)


class OnceWritten(models.QuerySet):
    """Rows that are added and never changed."""

    def update(self, **kwargs):
        raise AppendOnly("these rows are written once")

    def delete(self):
        raise AppendOnly("these rows are never deleted")


class MeetingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Meetings of one's own unit and of those below it, and those in which one of them has a seat."""
        if not user.is_authenticated:
            return self.none()
        scope = Q(pk__in=[])
        for held in user.current_memberships(timezone.localdate()):
            if held.role in READERS or held.unit.kind == Unit.Kind.DEPARTMENT:
                scope |= codes_below("series__unit__code", held.unit.code) | Q(series__in=_seated(held.unit))
        return self.filter(scope)

    def held(self):
        return self.filter(state=Meeting.State.HELD)

    def for_list(self):
        """Everything one row of a list shows, in one query."""
        return self.select_related("series__unit", "series__estate", "minutes")


def _seated(unit):
    """The series that ``unit`` or one below it has a seat in."""
    return MeetingSeries.objects.filter(codes_below("seats__unit__code", unit.code)).order_by().values("pk")


class Meeting(models.Model):
    """One meeting of a series, from its planning to its end."""

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("meeting", "planned")
        OPEN = "open", pgettext_lazy("meeting", "in session")
        HELD = "held", pgettext_lazy("meeting", "held")
        CALLED_OFF = "called_off", pgettext_lazy("meeting", "called off")

    series = models.ForeignKey(
        MeetingSeries, models.PROTECT, related_name="meetings", verbose_name=_("series of meetings")
    )
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("when"))
    place = models.CharField(_("place"), max_length=60)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PLANNED)
    chair = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("chair")
    )
    built_at = models.DateTimeField(_("agenda built at"), null=True)
    invited_at = models.DateTimeField(_("invited at"), null=True)
    opened_at = models.DateTimeField(_("opened at"), null=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="meeting_numbered_once"),
            models.UniqueConstraint(
                fields=["series"],
                condition=Q(state__in=["planned", "open"]),
                name="meeting_one_at_a_time",
                violation_error_message=_("The next meeting of this series is planned already."),
            ),
        ]
        indexes = [
            # Lists, newest first.
            models.Index(fields=["-at"], name="meeting_at"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("requests:meeting", args=[self.pk])

    @property
    def title(self):
        """As minutes are headed: 南官房小区民情议事厅第3次会议."""
        return _("%(series)s, meeting %(number)s") % {"series": self.series.name, "number": self.number}

    @property
    def is_planned(self):
        return self.state == self.State.PLANNED

    @property
    def is_open(self):
        return self.state == self.State.OPEN

    @property
    def is_held(self):
        return self.state == self.State.HELD

    @property
    def day(self):
        return timezone.localdate(self.at)


class AgendaItemQuerySet(models.QuerySet):
    def standing(self):
        """Those that were not taken off."""
        return self.filter(dropped_at=None)

    def for_list(self):
        """Everything one line of an agenda shows, in one query; without name, phone and room."""
        return self.select_related(
            "case__category", "case__estate", "case__building", "case__branch__parent", "case__lead",
            "promise__owner", "promise__estate", "dropped_by",
        ).defer(*(f"case__{name}" for name in PERSONAL))  # fmt: skip


class AgendaItem(models.Model):
    """One thing on the table: a case, a promise, or a matter in words. What a hand takes off stays, with the reason."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="items", verbose_name=_("meeting"))
    order = models.PositiveIntegerField(_("order"))
    case = models.ForeignKey(
        ServiceRequest, models.PROTECT, related_name="agenda_items", null=True, verbose_name=_("case")
    )
    promise = models.ForeignKey(
        "requests_app.Promise", models.PROTECT, related_name="agenda_items", null=True, verbose_name=_("promise")
    )
    title = models.CharField(_("matter"), max_length=LINE, blank=True)
    # Why it is here, one reason a line, in words; ``rules`` are the codes of the rules that gave them.
    reason = models.TextField(_("reason"), blank=True)
    rules = models.JSONField(_("rules"), default=list)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("added by")
    )
    dropped_at = models.DateTimeField(_("taken off at"), null=True)
    dropped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("taken off by")
    )
    drop_reason = models.CharField(_("why it was taken off"), max_length=LINE, blank=True)

    objects = AgendaItemQuerySet.as_manager()

    class Meta:
        ordering = ["meeting", "order", "pk"]
        verbose_name = _("agenda item")
        verbose_name_plural = _("agenda items")
        constraints = [
            models.UniqueConstraint(fields=["meeting", "case"], name="agenda_case_once"),
            models.UniqueConstraint(fields=["meeting", "promise"], name="agenda_promise_once"),
            models.CheckConstraint(
                condition=Q(case__isnull=False, promise__isnull=True, title="")
                | Q(case__isnull=True, promise__isnull=False, title="")
                | Q(case__isnull=True, promise__isnull=True) & ~Q(title=""),
                name="agenda_item_is_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(dropped_at=None) | ~Q(drop_reason=""), name="agenda_item_dropped_with_a_reason"
            ),
        ]

    def __str__(self):
        return self.title or str(self.case or self.promise)

    def get_absolute_url(self):
        return reverse("requests:meeting-item", args=[self.meeting_id, self.pk])

    @property
    def is_by_hand(self):
        return self.added_by_id is not None

    @property
    def reasons(self):
        return self.reason.splitlines()


class Attendance(models.Model):
    """Somebody who signed in at a meeting: for a unit, or by name."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendances", verbose_name=_("meeting"))
    kind = models.CharField(_("kind of member"), max_length=12, choices=SeatKind)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", null=True, verbose_name=_("unit"))
    # A person's name, or that of a committee.
    name = EncryptedTextField(_("name"), max_length=40, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by"))

    class Meta:
        ordering = ["meeting", "pk"]
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False) | ~Q(name=""), name="attendance_has_a_unit_or_a_name"
            ),
        ]

    def __str__(self):
        return " ".join(str(part) for part in (self.unit, self.name) if part)


class Remark(models.Model):
    """Who said what, in one line."""

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="remarks", verbose_name=_("agenda item"))
    speaker = models.ForeignKey(
        Attendance, models.PROTECT, related_name="remarks", null=True, verbose_name=_("who said it")
    )
    text = models.CharField(_("what was said"), max_length=LINE)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by"))

    objects = OnceWritten.as_manager()

    class Meta:
        ordering = ["item", "pk"]
        verbose_name = _("remark")
        verbose_name_plural = _("remarks")

    def __str__(self):
        return self.text


class Resolution(models.Model):
    """What a meeting resolved on one item. It stands by the step or the promise that came of it, and never changes."""

    class Kind(models.TextChoices):
        DO = "do", _("do it")
        EXPLAIN = "explain", _("explain")
        REFUSE = "refuse", _("not to be done")
        PARK = "park", _("wait for conditions")
        PASS_UP = "pass_up", _("pass it up")

    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="resolutions", verbose_name=_("agenda item"))
    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("resolution"), max_length=8, choices=Kind)
    text = models.CharField(_("in words"), max_length=500)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", null=True, verbose_name=_("owner unit"))
    owner_name = models.CharField(_("owner by name"), max_length=40, blank=True)
    due_on = models.DateField(_("by"), null=True)
    # What the journey wrote because of it; none for a matter that is no case.
    event = models.ForeignKey(Event, models.PROTECT, related_name="resolutions", null=True, verbose_name=_("event"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by"))

    objects = OnceWritten.as_manager()

    class Meta:
        ordering = ["item", "number"]
        verbose_name = _("resolution")
        verbose_name_plural = _("resolutions")
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="resolution_numbered_once")]

    def __str__(self):
        return self.text

    @property
    def owner(self):
        """Whose it is: a unit, or others by name."""
        return self.unit or self.owner_name


class Minutes(models.Model):
    """The minutes of one meeting. ``content`` names no resident; once confirmed it is frozen with its digest."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("minutes", "draft")
        CONFIRMED = "confirmed", pgettext_lazy("minutes", "confirmed")
        PUBLISHED = "published", pgettext_lazy("minutes", "published")

    meeting = models.OneToOneField(Meeting, models.PROTECT, related_name="minutes", verbose_name=_("meeting"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    content = models.JSONField(_("content"), default=dict, encoder=DjangoJSONEncoder)
    opening = models.TextField(_("words before the items"), max_length=1000, blank=True)
    closing = models.TextField(_("words after the items"), max_length=1000, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("confirmed by")
    )
    published_at = models.DateTimeField(_("published at"), null=True)
    digest = models.CharField(_("digest"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("minutes")
        verbose_name_plural = _("minutes")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", digest="", confirmed_at=None)
                | ~Q(state="draft") & ~Q(digest="") & Q(confirmed_at__isnull=False),
                name="minutes_frozen_exactly_once_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(state="published", published_at__isnull=False)
                | ~Q(state="published") & Q(published_at=None),
                name="minutes_published_on_a_day",
            ),
        ]

    def __str__(self):
        return str(self.meeting)

    @property
    def is_draft(self):
        return self.state == self.State.DRAFT

    @property
    def is_published(self):
        return self.state == self.State.PUBLISHED

    def compute_digest(self):
        """The digest of what is confirmed, 64 hex digits."""
        content = [self.meeting_id, self.content, self.opening, self.closing]
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def is_as_confirmed(self):
        """False where somebody changed confirmed minutes in the database."""
        return self.is_draft or self.digest == self.compute_digest()


class Addendum(models.Model):
    """A correction to confirmed minutes, with the words that stood there before left standing."""

    minutes = models.ForeignKey(Minutes, models.PROTECT, related_name="addenda", verbose_name=_("minutes"))
    text = models.TextField(_("correction"), max_length=1000)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by"))

    objects = OnceWritten.as_manager()

    class Meta:
        ordering = ["minutes", "pk"]
        verbose_name = _("addendum")
        verbose_name_plural = _("addenda")

    def __str__(self):
        return self.text
