"""Who sits together, how often, and what comes on the table: joint meetings as an administrator sets them up."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from services.models.places import Estate
from services.models.units import Unit, codes_below

CONVENING = (Unit.Kind.BRANCH, Unit.Kind.COMMUNITY)


class MeetingSeries(models.Model):
    """Meetings of one estate, branch or community, held every month on a day.

    A day that is no working day moves to the next one.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=40)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="meeting_series",
        verbose_name=_("called by"),
        help_text=_("A branch or a community; its clerks prepare and chair the meetings."),
    )
    estate = models.ForeignKey(
        Estate,
        models.PROTECT,
        related_name="meeting_series",
        null=True,
        blank=True,
        verbose_name=_("estate"),
        help_text=_("Left empty: for all estates of the unit."),
    )
    day = models.PositiveSmallIntegerField(
        _("day of the month"),
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("In a shorter month the last day. A day off moves to the next working day."),
    )
    opens = models.TimeField(_("begins at"))
    place = models.CharField(_("place"), max_length=60)
    basis = models.CharField(_("basis"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["unit__code", "code"]
        verbose_name = _("series of meetings")
        verbose_name_plural = _("series of meetings")
        constraints = [
            models.CheckConstraint(
                condition=Q(day__gte=1, day__lte=31),
                name="meeting_series_day_of_a_month",
                violation_error_message=_("A month has the days 1 to 31."),
            ),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        if self.unit_id and self.unit.kind not in CONVENING:
            raise ValidationError({"unit": _("A branch or a community calls joint meetings.")})
        if self.estate_id and self.unit_id and not self.unit.covers(self.estate.branch.code):
            raise ValidationError({"estate": _("This unit does not serve that estate.")})

    @property
    def about(self):
        """The estate or the unit whose matters are talked about."""
        return self.estate or self.unit


class SeatKind(models.TextChoices):
    """As what somebody sits at the table."""

    HOST = "host", _("branch and community")
    COMMITTEE = "committee", _("owners' committee")
    FIRM = "firm", pgettext_lazy("at a meeting", "property firm")
    DEPARTMENT = "department", pgettext_lazy("at a meeting", "departments")
    RESIDENTS = "residents", _("residents' representatives")


class Seat(models.Model):
    """One invited unit, or others by name; ``needed`` of all seats of a kind together are its quorum."""

    Kind = SeatKind

    series = models.ForeignKey(
        MeetingSeries, models.CASCADE, related_name="seats", verbose_name=_("series of meetings")
    )
    kind = models.CharField(_("kind of member"), max_length=12, choices=SeatKind)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="seats",
        null=True,
        blank=True,
        verbose_name=_("unit"),
        help_text=_("A unit with accounts here; its people get the invitation as a message."),
    )
    name = models.CharField(
        _("name"), max_length=40, blank=True, help_text=_("Of those who are no unit here, for example the committee.")
    )
    needed = models.PositiveSmallIntegerField(_("needed for the quorum"), default=0)

    class Meta:
        ordering = ["series", "pk"]
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        constraints = [
            models.UniqueConstraint(
                fields=["series", "kind", "name"],
                condition=Q(unit=None),
                name="seat_once_by_name",
                violation_error_message=_("That name has a seat of this kind already."),
            ),
            models.UniqueConstraint(
                fields=["series", "unit"],
                name="seat_once_for_a_unit",
                violation_error_message=_("That unit has a seat already."),
            ),
            models.CheckConstraint(
                condition=Q(unit__isnull=False) | ~Q(name=""),
                name="seat_has_a_unit_or_a_name",
                violation_error_message=_("A seat needs a unit or a name."),
            ),
        ]

    def __str__(self):
        return self.name or str(self.unit)


class AgendaRule(models.Model):
    """One reason for which something comes on the agenda by itself."""

    class Test(models.TextChoices):
        PROMISE_OVERDUE = "promise_overdue", _("promise overdue")
        PROMISE_DUE = "promise_due", _("promise due before the meeting after this")
        LEFT_OVER = "left_over", _("not resolved on at the last meeting")
        LISTED = "listed", _("marked for the next joint meeting")
        RETURNED = "returned", _("returned so many times or more")
        CONTESTED = "contested", _("redone so many times or more")
        LATE = "late", _("late for so many days or more")
        PARKED = "parked", _("parked, to be looked at within so many days")
        MONEY = "money", _("parked for want of money")
        RECURRED = "recurred", _("came back so many times or more, without a remedy")
        BACKED = "backed", _("backed by the households its estate asks for, at least so many")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    test = models.CharField(_("what is asked"), max_length=16, choices=Test)
    amount = models.PositiveSmallIntegerField(_("how many"), default=0)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    basis = models.CharField(_("basis"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("agenda rule")
        verbose_name_plural = _("agenda rules")

    def __str__(self):
        return f"{self.get_test_display()} {self.amount}".removesuffix(" 0")


class BackingThresholdQuerySet(models.QuerySet):
    def for_estates(self):
        """A function from an Estate to the households that must stand behind a case of it; one query.

        0 where no row says anything. An estate that does not know its households counts as the smallest.
        """
        rows = list(self.order_by("-from_households"))

        def needed(estate):
            households = estate.households or 0
            return next((row.needed(households) for row in rows if row.from_households <= households), 0)

        return needed


class BackingThreshold(models.Model):
    """How many households bring a case to the joint meeting, in estates from a size on."""

    from_households = models.PositiveIntegerField(_("estates from so many households"), unique=True)
    at_least = models.PositiveSmallIntegerField(_("at least so many households"), validators=[MinValueValidator(1)])
    percent = models.PositiveSmallIntegerField(
        _("percent of all households"), default=0, validators=[MaxValueValidator(100)]
    )
    basis = models.CharField(_("basis"), max_length=200, blank=True)

    objects = BackingThresholdQuerySet.as_manager()

    class Meta:
        ordering = ["from_households"]
        verbose_name = _("threshold of support")
        verbose_name_plural = _("thresholds of support")
        constraints = [
            models.CheckConstraint(
                condition=Q(at_least__gte=1, percent__lte=100),
                name="backing_threshold_of_some_households",
                violation_error_message=_("At least one household, and at most 100 percent."),
            ),
        ]

    def __str__(self):
        return f"{self.from_households}+: {self.at_least} / {self.percent} %"

    def needed(self, households):
        """In an estate of that many; a part of a household counts as a whole one."""
        return max(self.at_least, -(-households * self.percent // 100))


class TermQuerySet(models.QuerySet):
    def over(self, unit):
        """Terms of ``unit`` and of every unit it lies under."""
        codes = [unit.code[:length] for length in range(6, len(unit.code) + 1)]
        return self.filter(unit__code__in=codes)

    def under(self, unit):
        return self.filter(codes_below("unit__code", unit.code))


class Term(models.Model):
    """A term of office (届): promises are booked when it begins, checked in the middle, settled at its end."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="terms", verbose_name=_("unit"))
    name = models.CharField(_("name"), max_length=40)
    begins = models.DateField(_("begins"))
    booked = models.DateField(_("promises booked by"))
    checked = models.DateField(_("checked in the middle on"))
    ends = models.DateField(_("ends"))
    basis = models.CharField(_("basis"), max_length=200, blank=True)

    objects = TermQuerySet.as_manager()

    class Meta:
        ordering = ["-begins", "unit__code"]
        verbose_name = _("term of office")
        verbose_name_plural = _("terms of office")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "begins"],
                name="term_once",
                violation_error_message=_("This unit has a term that begins on that day."),
            ),
            models.CheckConstraint(
                condition=Q(booked__gte=F("begins"), checked__gt=F("booked"), ends__gt=F("checked")),
                name="term_days_in_order",
                violation_error_message=_("Booking, check and end must follow each other."),
            ),
        ]

    def __str__(self):
        return f"{self.unit} {self.name}"
