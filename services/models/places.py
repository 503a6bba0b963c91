"""Places: estates, their buildings, facilities, and the roads a team looks after."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from services.models.units import Unit, codes_below

PLATE_CODE = RegexValidator(r"^[A-Z0-9]{3,12}$", _("A plate code is 3 to 12 capital letters and digits."))


class EstateQuerySet(models.QuerySet):
    def active(self):
        return self.filter(branch__is_active=True)

    def under(self, unit):
        """Estates served below ``unit``."""
        return self.filter(codes_below("branch__code", unit.code))

    def named(self, words):
        """Estates whose name, address or community holds every one of ``words`` (separated by spaces)."""
        estates = self
        for word in words.split():
            estates = estates.filter(
                Q(name__contains=word) | Q(address__contains=word) | Q(branch__parent__name__contains=word)
            )
        return estates


class Estate(models.Model):
    """A housing estate, served by exactly one branch."""

    code = models.CharField(_("plate code"), max_length=12, unique=True, validators=[PLATE_CODE])
    name = models.CharField(_("name"), max_length=60)
    branch = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="estates",
        limit_choices_to={"kind": Unit.Kind.BRANCH},
        verbose_name=_("branch"),
    )
    property_firm = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="managed_estates",
        null=True,
        blank=True,
        limit_choices_to={"department_type": Unit.DepartmentType.PROPERTY},
        verbose_name=_("property firm"),
    )
    address = models.CharField(_("address"), max_length=100, blank=True)
    built = models.PositiveSmallIntegerField(_("year built"), null=True, blank=True)
    is_old = models.BooleanField(_("old estate"), default=False)
    households = models.PositiveIntegerField(_("households"), null=True, blank=True)
    is_demo = models.BooleanField(_("demo"), default=False)
    source = models.CharField(_("source"), max_length=200, blank=True)

    objects = EstateQuerySet.as_manager()

    class Meta:
        ordering = ["branch__code", "name"]
        verbose_name = _("estate")
        verbose_name_plural = _("estates")
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "name"],
                name="estate_name_once_per_branch",
                violation_error_message=_("This branch already serves an estate of that name."),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def community(self):
        return self.branch.parent


class Building(models.Model):
    """A building of an estate; its short code is printed on the plate at the door."""

    estate = models.ForeignKey(Estate, models.CASCADE, related_name="buildings", verbose_name=_("estate"))
    code = models.CharField(_("plate code"), max_length=12, unique=True, validators=[PLATE_CODE])
    name = models.CharField(_("name"), max_length=30)
    # Sorts 10栋 after 9栋, which names as text do not.
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    entrances = models.PositiveSmallIntegerField(_("entrances"), default=1)
    floors = models.PositiveSmallIntegerField(_("floors"), null=True, blank=True)

    class Meta:
        ordering = ["estate", "order", "name"]
        verbose_name = _("building")
        verbose_name_plural = _("buildings")
        constraints = [
            models.UniqueConstraint(
                fields=["estate", "name"],
                name="building_name_once_per_estate",
                violation_error_message=_("This estate already has a building of that name."),
            ),
        ]

    def __str__(self):
        return self.name


class Spot(models.Model):
    """A place with a plate of its own: a lift, a pump room, a car park. Without a building it is one of the estate."""

    estate = models.ForeignKey(Estate, models.CASCADE, related_name="spots", verbose_name=_("estate"))
    building = models.ForeignKey(
        Building, models.CASCADE, related_name="spots", null=True, blank=True, verbose_name=_("building")
    )
    code = models.CharField(_("plate code"), max_length=12, unique=True, validators=[PLATE_CODE])
    # As a request says it beside estate and building.
    name = models.CharField(_("name"), max_length=30)
    group = models.ForeignKey(
        "services.Category",
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        limit_choices_to={"parent": None},
        verbose_name=_("what is mostly asked there"),
        help_text=_("Whoever scans the plate is offered these kinds of request first."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["estate", "building__order", "name"]
        verbose_name = _("spot with a plate")
        verbose_name_plural = _("spots with a plate")
        constraints = [
            models.UniqueConstraint(
                fields=["building", "name"],
                condition=Q(building__isnull=False),
                name="spot_name_once_per_building",
                violation_error_message=_("This building already has a spot of that name."),
            ),
            models.UniqueConstraint(
                fields=["estate", "name"],
                condition=Q(building__isnull=True),
                name="spot_name_once_per_estate",
                violation_error_message=_("This estate already has a spot of that name."),
            ),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        if self.building and self.building.estate_id != self.estate_id:
            raise ValidationError({"building": _("This building belongs to another estate.")})
        taken = Estate.objects.filter(code=self.code).exists() or Building.objects.filter(code=self.code).exists()
        if taken:
            raise ValidationError({"code": _("An estate or a building has this plate code already.")})


class Facility(models.Model):
    """A place of service that a unit or an estate offers: a canteen, a parlour, a clinic."""

    name = models.CharField(_("name"), max_length=60)
    unit = models.ForeignKey(
        Unit, models.CASCADE, related_name="facilities", null=True, blank=True, verbose_name=_("unit")
    )
    estate = models.ForeignKey(
        Estate, models.CASCADE, related_name="facilities", null=True, blank=True, verbose_name=_("estate")
    )
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("facility")
        verbose_name_plural = _("facilities")
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False, estate__isnull=True) | Q(unit__isnull=True, estate__isnull=False),
                name="facility_of_a_unit_or_an_estate",
                violation_error_message=_("A facility belongs to a unit or to an estate: choose one of them."),
            ),
        ]

    def __str__(self):
        return self.name


class ServiceArea(models.Model):
    """The roads a department's team looks after, and its hours; one collection grid, for example."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="service_areas", verbose_name=_("unit"))
    code = models.CharField(_("code"), max_length=12, unique=True)
    roads = models.JSONField(_("roads"), default=list)
    hours = models.JSONField(_("hours"), default=list, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("service area")
        verbose_name_plural = _("service areas")

    def __str__(self):
        return self.code
