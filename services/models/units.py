"""Units: the bodies that serve, from the district down to a branch or a department's team."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

# Digits of the code of a street, and of a community.
STREET_DIGITS, COMMUNITY_DIGITS = 9, 12

DISTRICT = 6  # digits of the code of a district, under which all other units lie
DIGITS = RegexValidator(r"^\d{6,18}$", _("A code is 6 to 18 digits."))


def codes_below(field, code):
    """A Q for rows whose ``field`` is ``code`` or begins with it.

    Written as a range, not as LIKE, so that an ordinary index answers it on SQLite and on PostgreSQL in any
    collation; codes hold digits only. ``code`` must not be all nines.
    """
    return codes_between(field, *span_of(code))


def span_of(code):
    """The first of the codes that are ``code`` or begin with it, and the first after them all."""
    stem = code.rstrip("9")
    if not stem:
        raise ValueError(f"no code stands after {code}")
    return code, stem[:-1] + str(int(stem[-1]) + 1)


def codes_between(field, first, after):
    """As ``codes_below``, of a span."""
    return Q(**{f"{field}__gte": first, f"{field}__lt": after})


class UnitQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def of_kind(self, kind):
        return self.filter(kind=kind)

    def under(self, unit):
        """``unit`` itself and everything below it."""
        return self.filter(codes_below("code", unit.code))

    def over(self, unit):
        """``unit`` itself and everything it lies under, the district first."""
        below = Value(unit.code, output_field=models.CharField())
        return self.annotate(below=below).filter(below__startswith=F("code")).order_by("code")


class Unit(models.Model):
    """A body that serves: district, street, community, branch or department.

    ``code`` is the path in the tree: a child's code begins with its parent's. Streets, communities and villages
    carry the official statistics codes.
    """

    class Kind(models.TextChoices):
        DISTRICT = "district", _("district")
        STREET = "street", _("street")
        COMMUNITY = "community", _("community")
        BRANCH = "branch", _("branch")
        DEPARTMENT = "department", _("department")

    class DepartmentType(models.TextChoices):
        GOVERNMENT = "government", _("government")
        UTILITY = "utility", _("utility")
        PROPERTY = "property", _("property firm")
        ENFORCEMENT = "enforcement", _("enforcement")
        VOLUNTEERS = "volunteers", _("volunteers")

    class Formed(models.TextChoices):
        OWN = "own", _("formed for one estate")
        ATTACHED = "attached", _("attached to a neighbour's")
        JOINT = "joint", _("formed jointly by several estates")

    code = models.CharField(_("code"), max_length=18, unique=True, validators=[DIGITS])
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    name = models.CharField(_("name"), max_length=60)
    parent = models.ForeignKey(
        "self", models.PROTECT, related_name="children", null=True, blank=True, verbose_name=_("parent")
    )
    is_village = models.BooleanField(_("village"), default=False)
    department_type = models.CharField(_("department type"), max_length=12, choices=DepartmentType, blank=True)
    formed = models.CharField(_("how the branch was formed"), max_length=12, choices=Formed, blank=True)
    phone = models.CharField(_("public service phone"), max_length=20, blank=True)
    is_demo = models.BooleanField(_("demo"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "name"],
                name="unit_name_once_per_parent",
                violation_error_message=_("This parent already has a unit of that name."),
            ),
            models.CheckConstraint(
                condition=Q(kind="district", parent__isnull=True) | ~Q(kind="district") & Q(parent__isnull=False),
                name="unit_only_a_district_has_no_parent",
                violation_error_message=_("Only a district stands at the top; choose the unit above this one."),
            ),
            models.CheckConstraint(
                condition=Q(is_village=False) | Q(kind="community"),
                name="unit_a_village_is_a_community",
                violation_error_message=_("Only a community can be a village."),
            ),
            models.CheckConstraint(
                condition=Q(kind="department") & ~Q(department_type="") | ~Q(kind="department") & Q(department_type=""),
                name="unit_exactly_departments_have_a_type",
                violation_error_message=_("A department needs a type; other units have none."),
            ),
            models.CheckConstraint(
                condition=Q(formed="") | Q(kind="branch"),
                name="unit_only_branches_are_formed",
                violation_error_message=_("Only a branch says how it was formed."),
            ),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        if self.parent and self.code and not (self.code.startswith(self.parent.code) and self.code != self.parent.code):
            message = _("The code must begin with %(code)s, the code of the unit above.") % {"code": self.parent.code}
            raise ValidationError({"code": message})
        if self.code and self._nearest_above() not in (None, self.parent_id):
            raise ValidationError({"code": _("Another unit's code begins this one; choose a code of its own.")})

    def _nearest_above(self):
        """The key of the unit with the longest code that begins this one's, or None."""
        prefixes = [self.code[:length] for length in range(DISTRICT, len(self.code))]
        over = Unit.objects.filter(code__in=prefixes).exclude(pk=self.pk).order_by("-code")
        return over.values_list("pk", flat=True).first()

    @property
    def codes_above(self):
        """The codes that it and the units above it may have, its own first."""
        return [self.code[:length] for length in range(len(self.code), DISTRICT - 1, -1)]

    def covers(self, code):
        """True when the unit of that code is this one or lies below it."""
        return code.startswith(self.code)


class UnitFact(models.Model):
    """One published figure or practice of a unit, as its source prints it."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="facts", verbose_name=_("unit"))
    key = models.CharField(_("what"), max_length=60)
    value = models.CharField(_("value"), max_length=200)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        ordering = ["unit", "key"]
        verbose_name = _("published figure")
        verbose_name_plural = _("published figures")
        constraints = [
            models.UniqueConstraint(fields=["unit", "key"], name="unit_fact_once"),
        ]

    def __str__(self):
        return f"{self.unit}: {self.key}"
