"""A service request: one case, from filing to the resident's word on it."""

from django.conf import settings
from django.db import models
from django.db.models import Case, Prefetch, Q, Value, When, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests_app.models.assignment import Assignment
from requests_app.models.rows import HasRows
from services.encryption import EncryptedTextField, HashOf
from services.models import Building, Category, Estate, Role, Unit, Urgency, codes_below, codes_between, span_of
from services.models.users import MOBILE


class Status(models.TextChoices):
    FILED = "filed", _("waiting for the estate")
    ACCEPTED = "accepted", _("in hand at the estate")
    REFERRED = "referred", _("waiting for dispatch")
    DISPATCHED = "dispatched", _("waiting for signature")
    IN_HAND = "in_hand", _("in hand")
    RETURNED = "returned", _("returned, waiting for a ruling")
    FULFILLED = "fulfilled", _("waiting for rating")
    CLOSED = "closed", pgettext_lazy("status", "closed")
    PARKED = "parked", _("parked")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")
    MERGED = "merged", _("merged")


# Somebody still owes work or an answer.
OPEN_STATUSES = (
    Status.FILED,
    Status.ACCEPTED,
    Status.REFERRED,
    Status.DISPATCHED,
    Status.IN_HAND,
    Status.RETURNED,
    Status.FULFILLED,
    Status.PARKED,
)
# A unit owes the next step; waiting for the resident's word, or for conditions to come, is no lateness of theirs.
WORKED_ON = (
    Status.FILED,
    Status.ACCEPTED,
    Status.REFERRED,
    Status.DISPATCHED,
    Status.IN_HAND,
    Status.RETURNED,
)
CLOSED_STATUSES = (Status.CLOSED, Status.DECLINED, Status.WITHDRAWN, Status.MERGED)
# For its resident a merged case goes on, although nobody holds it.
UNDER_WAY = (*OPEN_STATUSES, Status.MERGED)
# The work is done; only then may a case be shown in public.
DONE_STATUSES = (Status.FULFILLED, Status.CLOSED)
# The lead department is known in these.
WITH_A_LEAD = (Status.DISPATCHED, Status.IN_HAND, Status.RETURNED)

# Encrypted in the database.
PERSONAL = ("contact_name", "contact_phone", "room")
# What a row of a list names.
IN_A_ROW = ("category", "estate", "building", "branch__parent", "lead")
SEES_BELOW = (Role.BRANCH, Role.DISPATCHER, Role.SUPERVISOR, Role.CALLER, Role.AUDITOR)


class Holder(models.TextChoices):
    """Who has the ball; nobody once the case is closed."""

    BRANCH = "branch", _("branch")
    COMMUNITY = "community", _("community")
    DEPARTMENT = "department", _("department")
    SUPERVISOR = "supervisor", _("supervisor")
    RESIDENT = "resident", _("resident")
    MEETING = "meeting", _("joint meeting")
    NOBODY = "", _("nobody")


class Rung(models.IntegerChoices):
    """How far a case has climbed the ladder that leads from a near deadline to the list of the month."""

    NONE = 0, _("in time")
    AMBER = 1, _("near its deadline")
    LATE = 2, _("late")
    SUPERVISOR = 3, _("with the supervisor")
    LISTED = 4, _("on the list of the month")


class ServiceRequestQuerySet(models.QuerySet):
    def visible_to(self, user, tracked=()):
        """What ``user`` may see; ``tracked`` are cases whose code and phone digits were proved in this session.

        Residents see their own, households what they filed, branch and everybody above it what lies under their
        unit, departments what is or was assigned to them; nobody else anything.
        """
        values, shape = reach_of(user, tracked)
        return self.filter(in_reach(*values, **shape))

    def under(self, unit):
        """Cases of the estates that lie under ``unit``."""
        return self.filter(codes_below("area", unit.code))

    def open(self):
        return self.filter(status__in=OPEN_STATUSES)

    def under_way(self):
        """What a resident still waits for."""
        return self.filter(status__in=UNDER_WAY)

    def late(self, at):
        """Cases whose holder's deadline had passed by ``at``."""
        return self.filter(due_at__lt=at)

    def released(self):
        """Finished cases that a person has checked and released to the public."""
        released = self.filter(release__isnull=False, category__is_public=True, status__in=DONE_STATUSES)
        return released.filter(is_confidential=False)

    def residents_turn_first(self):
        """Those that wait for the resident's word, then the newest."""
        waits = Case(When(holder=Holder.RESIDENT, then=Value(0)), default=Value(1))
        return self.order_by(waits, "-created_at", "-pk")

    def for_list(self):
        """Everything one row of a list shows, in one query; without name, phone and room."""
        return self.select_related(*IN_A_ROW).without_contact()

    def without_contact(self):
        """Without what a list has no need to decrypt."""
        return self.defer(*PERSONAL)

    def with_contact(self):
        """With what ``contact_of`` reads, for a list that shows it."""
        return self.defer(None).select_related("against")

    def for_export(self):
        """Everything a row of an exported list shows, name and phone too; four queries."""
        cases = self.select_related("category__parent", "estate", "building", "branch__parent__parent", "lead")
        return cases.select_related("against").prefetch_related("assignments__unit", "ratings")

    def for_page(self):
        """What a page of one case shows beside its events and photos; the unit complained about few have."""
        cases = self.select_related("category", "estate", "building", "branch__parent__parent", "lead", "release")
        return cases.with_merged().with_photos().with_tabled().with_backings().with_recurrence()

    def with_merged(self):
        """With ``has_merged``, which otherwise costs a query."""
        return self.annotate(has_merged=HasRows("requests_app.ServiceRequest", "parent"))

    def with_backings(self):
        """With ``has_backings``, which otherwise costs a query."""
        return self.annotate(has_backings=HasRows("requests_app.Backing", "case"))

    def with_recurrence(self):
        """With ``has_come_back``, which otherwise costs a query."""
        return self.annotate(has_come_back=HasRows("requests_app.RecurrenceCase", "case"))

    def with_photos(self):
        """With ``has_photos``, which otherwise costs a query."""
        return self.annotate(has_photos=HasRows("requests_app.Photo", "case"))

    def with_tabled(self):
        """With ``has_agenda_items`` and ``has_promises``, which otherwise cost a query each."""
        return self.annotate(
            has_agenda_items=HasRows("requests_app.AgendaItem", "case"),
            has_promises=HasRows("requests_app.Promise", "case"),
        )


class Opens(models.TextChoices):
    """What one membership lets its holder see."""

    AREA = "area"  # everything under its unit
    ASSIGNED = "assigned"  # what is or was assigned to its unit or the teams of that
    FILED = "filed"  # what they filed themselves for the estates under its unit


def opens(membership):
    """Which of ``Opens`` ``membership`` does."""
    if membership.role == Role.OFFICER or (
        membership.role in SEES_BELOW and membership.unit.kind == Unit.Kind.DEPARTMENT
    ):
        return Opens.ASSIGNED
    return Opens.AREA if membership.role in SEES_BELOW else Opens.FILED


def reach_of(user, tracked=()):
    """What ``user`` may see, in two parts: the values in the condition, and the shape of it (see ``Kept``)."""
    if not user.is_authenticated:
        return [*tracked], {"tracked": len(tracked), "owns": False, "opened": ()}
    held = user.current_memberships(timezone.localdate())
    spans = [end for membership in held for end in span_of(membership.unit.code)]
    return [*tracked, user.pk, *spans], {"tracked": len(tracked), "owns": True, "opened": tuple(map(opens, held))}


def in_reach(*values, tracked, owns, opened):
    """The condition of what ``reach_of`` gave, on a case or on whatever has its fields of the same names."""
    keys, reader, spans = parts_of(values, tracked, owns, opened)
    scope = Q(pk__in=keys)
    if owns:
        scope |= Q(resident=reader)
    for kind, first, after in spans:
        if kind == Opens.ASSIGNED:
            assigned = Assignment.objects.filter(codes_between("unit__code", first, after))
            scope |= Q(pk__in=assigned.values("case"))
        else:
            area = codes_between("area", first, after)
            scope |= area & Q(filed_by=reader) if kind == Opens.FILED else area
    return scope


def parts_of(values, tracked, owns, opened):
    """What ``reach_of`` gave, apart: (tracked keys, the reader's key or None, [(one of ``Opens``, first, after)])."""
    ends = iter(values[tracked + owns :])
    return values[:tracked], values[tracked] if owns else None, [(kind, next(ends), next(ends)) for kind in opened]


class ServiceRequest(models.Model):
    """What one resident asks for.

    Only the workflow writes ``status``, ``holder``, ``lead``, ``lead_locked``, ``due_at`` and the counters; the admin
    corrects wording. Name, phone and room are personal: pages show them masked.
    """

    Status = Status
    Holder = Holder

    class Source(models.TextChoices):
        WEB = "web", _("web page")
        ANONYMOUS = "anonymous", _("web page, without an account")
        HOUSEHOLD = "household", _("Party-member household")
        COUNTER = "counter", _("at the counter")
        API = "api", _("interface")
        IMPORT = "import", _("import")
        # Filed by those who serve, before anybody has to ask (未诉先办).
        PREVENTIVE = "preventive", _("before anybody asked")

    code = models.CharField(_("tracking code"), max_length=11, unique=True, editable=False)
    # One filing makes one case, however often it is sent.
    filing_key = models.UUIDField(_("filing key"), unique=True, null=True, editable=False)

    resident = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="cases",
        null=True,
        blank=True,
        verbose_name=_("resident"),
    )
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="filed_cases",
        null=True,
        blank=True,
        verbose_name=_("filed by"),
    )
    source = models.CharField(_("source"), max_length=12, choices=Source, default=Source.WEB)
    contact_name = EncryptedTextField(_("full name"), max_length=40, blank=True)
    contact_phone = EncryptedTextField(_("mobile number"), max_length=11, validators=[MOBILE])
    contact_phone_hash = HashOf("contact_phone", verbose_name=_("hash of the number"))
    consent = models.BooleanField(_("the neighbour agreed"), default=False)
    # Name, phone and room are then hidden from every department, and the case is never shown in public.
    is_confidential = models.BooleanField(_("confidential"), default=False, editable=False)
    # Hidden from this unit in any case, also where it does the work.
    against = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("unit complained about"),
    )

    estate = models.ForeignKey(Estate, models.PROTECT, related_name="cases", verbose_name=_("estate"))
    building = models.ForeignKey(
        Building, models.PROTECT, related_name="cases", null=True, blank=True, verbose_name=_("building")
    )
    spot = models.CharField(_("spot"), max_length=60, blank=True)
    room = EncryptedTextField(_("room"), max_length=20, blank=True)
    branch = models.ForeignKey(Unit, models.PROTECT, related_name="cases", verbose_name=_("branch"))
    # The branch's code at filing: one range over it answers "everything under this street".
    area = models.CharField(_("area"), max_length=18, editable=False)

    category = models.ForeignKey(Category, models.PROTECT, related_name="cases", verbose_name=_("category"))
    urgency = models.CharField(_("urgency"), max_length=12, choices=Urgency)
    text = models.TextField(_("what is the matter"), max_length=1000)
    answers = models.JSONField(_("answers to the extra questions"), default=list, blank=True)

    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.FILED, editable=False)
    holder = models.CharField(
        _("held by"), max_length=12, choices=Holder, default=Holder.BRANCH, blank=True, editable=False
    )
    lead = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="led_cases",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("lead department"),
    )
    lead_locked = models.BooleanField(_("first receiver stays responsible"), default=False, editable=False)
    return_count = models.PositiveSmallIntegerField(_("returns"), default=0, editable=False)
    contest_count = models.PositiveSmallIntegerField(_("redos"), default=0, editable=False)
    appeal_count = models.PositiveSmallIntegerField(_("appeals"), default=0, editable=False)
    # The next joint meeting must talk about it.
    for_meeting = models.BooleanField(_("for the next joint meeting"), default=False, editable=False)

    # What it goes on with while it is merged.
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        related_name="merged",
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        verbose_name=_("merged into"),
    )

    due_at = models.DateTimeField(_("due"), null=True, editable=False)
    # From here on the deadline counts as near: three quarters of the time are gone.
    amber_at = models.DateTimeField(_("near its deadline from"), null=True, editable=False)
    # When the next alarm rings: a rung of the ladder, or too long a silence towards the resident.
    alarm_at = models.DateTimeField(_("next alarm"), null=True, editable=False)
    silent_at = models.DateTimeField(_("silence alarm"), null=True, editable=False)
    rung = models.PositiveSmallIntegerField(_("rung of the ladder"), choices=Rung, default=Rung.NONE, editable=False)
    listed_on = models.DateField(_("listed for the month on"), null=True, editable=False)
    # The resident may urge once a working day: again from here on.
    urge_from = models.DateTimeField(_("may be urged from"), null=True, editable=False)
    urge_count = models.PositiveSmallIntegerField(_("times urged"), default=0, editable=False)
    promised_at = models.DateTimeField(_("promised for"), null=True, editable=False)
    created_at = models.DateTimeField(_("filed at"), default=timezone.now, editable=False)
    # How many events there are, the digest of the last and its moment: a removed end shows too.
    event_count = models.PositiveIntegerField(_("number of events"), default=0, editable=False)
    chain_head = models.CharField(_("digest of the last event"), max_length=64, blank=True, editable=False)
    last_event_at = models.DateTimeField(_("last event at"), null=True, editable=False)
    # The counters of the figures hold it as it stands; every step takes the mark away, the sweep gives it back.
    is_tallied = models.BooleanField(_("counted in the figures"), default=False, editable=False)
    # Since when the present holder has it; null exactly while nobody has.
    held_since = models.DateTimeField(_("held since"), null=True, default=timezone.now, editable=False)
    moved_at = models.DateTimeField(_("last moved at"), default=timezone.now, editable=False)
    fulfilled_at = models.DateTimeField(_("fulfilled at"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, editable=False)
    # Since then nothing of it says whose it was.
    anonymised_at = models.DateTimeField(_("anonymised at"), null=True, editable=False)

    objects = ServiceRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("service request")
        verbose_name_plural = _("service requests")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="case_status_known"),
            models.CheckConstraint(condition=Q(holder__in=Holder.values), name="case_holder_known"),
            models.CheckConstraint(
                condition=Q(status__in=CLOSED_STATUSES, holder="") | ~Q(status__in=CLOSED_STATUSES) & ~Q(holder=""),
                name="case_held_exactly_while_open",
                violation_error_message=_("An open request has one holder, a closed one none."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN_STATUSES, due_at__isnull=False, amber_at__isnull=False)
                | ~Q(status__in=OPEN_STATUSES) & Q(due_at__isnull=True, amber_at__isnull=True),
                name="case_due_exactly_while_open",
                violation_error_message=_("An open request has a deadline, a closed one none."),
            ),
            models.CheckConstraint(
                condition=Q(status=Status.MERGED, parent__isnull=False)
                | ~Q(status=Status.MERGED) & Q(parent__isnull=True),
                name="case_merged_into_another",
                violation_error_message=_("A merged request goes on with another one, and only a merged one does."),
            ),
            models.CheckConstraint(
                condition=~Q(status__in=WITH_A_LEAD) | Q(lead__isnull=False),
                name="case_dispatched_has_lead",
                violation_error_message=_("A dispatched request needs a lead department."),
            ),
            models.CheckConstraint(
                condition=Q(lead_locked=False) | Q(lead__isnull=False),
                name="case_locked_lead_is_known",
            ),
            models.CheckConstraint(
                condition=Q(resident__isnull=False) | ~Q(contact_phone="") | Q(anonymised_at__isnull=False),
                name="case_somebody_can_be_reached",
                violation_error_message=_("A request needs a mobile number."),
            ),
            models.CheckConstraint(
                condition=~Q(source="household") | Q(consent=True, filed_by__isnull=False),
                name="case_for_a_neighbour_has_consent",
                violation_error_message=_("Filing for a neighbour needs their consent."),
            ),
        ]
        indexes = [
            # The "late" tabs and filters read open cases by deadline.
            models.Index(fields=["due_at"], name="case_due", condition=Q(due_at__isnull=False)),
            # The sweep's due steps.
            models.Index(fields=["status", "due_at"], name="case_status_due"),
            # What a street or the district works on, soonest due first, and how much of it: an index that begins with
            # the area holds all that was ever filed there, and not in this order.
            models.Index(
                fields=["due_at", "id", "area", "status"],
                name="case_worked_on",
                condition=Q(status__in=WORKED_ON),
            ),
            # Queues of branch, community, street and district: area and status, by deadline.
            models.Index(fields=["area", "status", "due_at"], name="case_area_status"),
            # "Held longest": queues by how long the present holder has had a case.
            models.Index(fields=["held_since"], name="case_held_since", condition=Q(held_since__isnull=False)),
            # The sweep rings alarms.
            models.Index(fields=["alarm_at"], name="case_alarm", condition=Q(alarm_at__isnull=False)),
            # The list of the month, by area.
            models.Index(fields=["area", "listed_on"], name="case_listed", condition=Q(listed_on__isnull=False)),
            # What waits for supervisors: their counts, also over a whole district.
            models.Index(fields=["holder", "area"], name="case_holder_area"),
            # Lists of everything under a unit, newest first.
            models.Index(fields=["area", "-created_at"], name="case_area_created"),
            # Department queues: lead and status, by deadline.
            models.Index(fields=["lead", "status", "due_at"], name="case_lead_status"),
            # The API's cursor and the district's list, newest first.
            models.Index(fields=["-created_at", "-id"], name="case_created"),
            # A resident's own list.
            models.Index(fields=["resident", "-created_at"], name="case_resident"),
            # What was done with this kind of request in a street: dispatch proposals, and routes tried out on the past.
            models.Index(fields=["category", "area", "created_at"], name="case_category_area"),
            # Open cases of the same building and category; what an estate asked most lately, when somebody files.
            models.Index(fields=["estate", "category", "-created_at"], name="case_estate_category"),
            # Search by the exact number, in the admin and at the desks.
            models.Index(fields=["contact_phone_hash"], name="case_phone"),
            # What is merged into a case: its page, its buttons, and its steps.
            models.Index(fields=["parent"], name="case_parent", condition=Q(parent__isnull=False)),
            # What the sweep has to count anew, and boards read by themselves.
            models.Index(fields=["id"], name="case_not_tallied", condition=Q(is_tallied=False)),
            # The job that anonymises what has been kept long enough, the oldest first.
            models.Index(
                fields=["closed_at"],
                name="case_to_anonymise",
                condition=Q(closed_at__isnull=False, anonymised_at__isnull=True),
            ),
            # The "for the meeting" list, and the agenda rule that reads it.
            models.Index(
                fields=["area"],
                name="case_for_meeting",
                condition=Q(for_meeting=True, status__in=OPEN_STATUSES),
            ),
        ]

    def __str__(self):
        return f"{self.category} · {self.place}"

    def get_absolute_url(self):
        return reverse("requests:case", args=[self.pk])

    def get_status_display(self):
        """As Django's, which goes through all choices for every word."""
        return str(Status(self.status).label)

    def get_urgency_display(self):
        """As Django's, like that of the status."""
        return str(Urgency(self.urgency).label)

    @property
    def community(self):
        return self.branch.parent

    @property
    def place(self):
        """Estate, building and spot in one line; never the room, which is personal."""
        return in_one_line(self)

    @property
    def grouped_code(self):
        """The tracking code as people read it aloud: 123 4567 8901."""
        return f"{self.code[:3]} {self.code[3:7]} {self.code[7:]}"

    @property
    def is_open(self):
        return self.status in OPEN_STATUSES

    @property
    def holding_unit(self):
        """The unit that has the ball, None where the resident, a meeting or nobody has it."""
        if self.holder == Holder.BRANCH:
            return self.branch
        if self.holder == Holder.COMMUNITY:
            return self.branch.parent
        if self.holder == Holder.SUPERVISOR:
            return self.branch.parent.parent
        return self.lead if self.holder == Holder.DEPARTMENT else None

    @property
    def waits_for_answer(self):
        """True while work stands still because the resident was asked something."""
        return self.holder == Holder.RESIDENT and self.status in WORKED_ON

    @cached_property
    def has_merged(self):
        """True where others are merged into it; ``with_merged()`` knows it without asking."""
        return self.merged.exists()

    @cached_property
    def has_backings(self):
        """True where households back it; ``with_backings()`` knows it without asking."""
        return self.backings.exists()

    @cached_property
    def has_come_back(self):
        """True where it belongs to a recurrence; ``with_recurrence()`` knows it without asking."""
        return hasattr(self, "in_recurrence")

    @cached_property
    def has_photos(self):
        """True where there are photos of it; ``with_photos()`` knows it without asking."""
        return self.photos.exists()

    @cached_property
    def has_agenda_items(self):
        """True where a meeting had it on its agenda; ``with_tabled()`` knows it without asking."""
        return self.agenda_items.exists()

    @cached_property
    def has_promises(self):
        """True where something was promised about it; ``with_tabled()`` knows it without asking."""
        return self.promises.exists()

    @property
    def parts(self):
        """Its assignments with their units; one query for all who ask, none where they were prefetched."""
        return self.read_once("assignments", Prefetch("assignments", Assignment.objects.select_related("unit")))

    def read_once(self, name, lookup=None):
        """The rows that hang on it as ``name``; one query for all who ask, none where they were prefetched."""
        prefetch_related_objects([self], lookup or name)
        return getattr(self, name).all()

    def forget_parts(self):
        """Let ``parts`` be read anew, after they were changed."""
        if "assignments" in getattr(self, "_prefetched_objects_cache", ()):
            self.refresh_from_db(fields=["assignments"])

    @property
    def is_for_another(self):
        """True where somebody without an office filed it for somebody else, with their consent."""
        return self.consent and self.filed_by_id is None

    @property
    def is_urgent(self):
        return self.urgency == Urgency.URGENT

    def lateness(self, at):
        """``"red"`` when the holder is late at ``at``, ``"amber"`` when the deadline is near, otherwise ``""``."""
        return lateness_of(self, at)


# Both are asked of a case and of the row that a list reads of one.


def in_one_line(case):
    """Estate, building and spot of ``case`` in one line; never the room."""
    return " ".join(str(part) for part in (case.estate, case.building, case.spot) if part)


def lateness_of(case, at):
    """``"red"`` when the holder of ``case`` is late at ``at``, ``"amber"`` when the deadline is near, else ``""``."""
    if case.due_at is None or at < case.amber_at:
        return ""
    return "red" if at > case.due_at else "amber"
