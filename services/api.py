"""Who serves, for machines to read: units, estates, categories and listed reasons. Any signed-in person may."""

import functools
import operator

import django_filters
from django.core.validators import RegexValidator
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, viewsets

from services.models import Building, Category, Estate, Reason, Unit, Urgency, codes_below

UNIT_CODE = RegexValidator(r"\A[0-9]{6,18}\Z", _("A unit's code is 6 to 18 digits."))


class UnitSerializer(serializers.ModelSerializer):
    parent = serializers.SlugRelatedField(
        "code", read_only=True, allow_null=True, help_text=_("Code of the unit above.")
    )
    department_type = serializers.ChoiceField(choices=Unit.DepartmentType.choices, allow_blank=True)
    formed = serializers.ChoiceField(choices=Unit.Formed.choices, allow_blank=True)

    class Meta:
        model = Unit
        fields = ["code", "kind", "name", "parent", "is_village", "department_type", "formed", "phone", "is_active"]
        read_only_fields = fields


class BuildingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Building
        fields = ["code", "name", "entrances", "floors"]
        read_only_fields = fields


class EstateSerializer(serializers.ModelSerializer):
    branch = serializers.SlugRelatedField("code", read_only=True, help_text=_("Code of the branch that serves it."))
    property_firm = serializers.SlugRelatedField(
        "code", read_only=True, allow_null=True, help_text=_("Code of its property firm.")
    )
    buildings = BuildingSerializer(many=True)

    class Meta:
        model = Estate
        fields = [
            "code", "name", "branch", "property_firm", "address", "built", "is_old", "households", "buildings",
        ]  # fmt: skip
        read_only_fields = fields


class CategorySerializer(serializers.ModelSerializer):
    group = serializers.SlugRelatedField(
        "code",
        source="parent",
        read_only=True,
        allow_null=True,
        help_text=_("Code of its group; requests are filed under categories that have one."),
    )
    urgency = serializers.ChoiceField(choices=Urgency.choices, allow_blank=True, help_text=_("A group has none."))
    questions = serializers.ListField(child=serializers.DictField(), help_text=_("What else to ask."))

    class Meta:
        model = Category
        fields = [
            "code", "name", "group", "urgency", "plain_words", "example", "questions", "emergency_notice", "is_public",
        ]  # fmt: skip
        read_only_fields = fields


class ReasonSerializer(serializers.ModelSerializer):
    class Meta:
        model = Reason
        fields = ["code", "kind", "text", "guidance"]
        read_only_fields = fields


@extend_schema_field({"type": "string", "pattern": "^[0-9]{6,18}$"})
class UnitCodeFilter(django_filters.CharFilter):
    """Rows of which one of ``paths`` leads to the unit of that code, or to one below it."""

    def __init__(self, *paths, **kwargs):
        self.paths = paths
        super().__init__(validators=[UNIT_CODE], **kwargs)

    def filter(self, rows, code):
        if not code:
            return rows
        if not code.strip("9"):
            # All nines have no code after them, so they bound no range; no unit has such a code.
            return rows.none()
        return rows.filter(functools.reduce(operator.or_, (codes_below(path, code) for path in self.paths)))


UNDER = _("Code of a unit: what lies under it")


class UnitFilter(FilterSet):
    kind = django_filters.ChoiceFilter(choices=Unit.Kind.choices, label=_("Of this kind"))
    under = UnitCodeFilter("code", label=UNDER)

    class Meta:
        model = Unit
        fields = ()


class EstateFilter(FilterSet):
    under = UnitCodeFilter("branch__code", label=UNDER)

    class Meta:
        model = Estate
        fields = ()


class CategoryFilter(FilterSet):
    group = django_filters.CharFilter("parent__code", max_length=40, label=_("Code of a group of categories"))

    class Meta:
        model = Category
        fields = ()


class ReasonFilter(FilterSet):
    kind = django_filters.ChoiceFilter(choices=Reason.Kind.choices, label=_("Of this kind"))

    class Meta:
        model = Reason
        fields = ()


class ByCode(viewsets.ReadOnlyModelViewSet):
    """Rows with a code of their own, in its order."""

    lookup_field = "code"
    order = ("code",)


@extend_schema_view(
    list=extend_schema(summary=_("List units")),
    retrieve=extend_schema(summary=_("One unit")),
)
class UnitViewSet(ByCode):
    queryset = Unit.objects.select_related("parent")
    serializer_class = UnitSerializer
    filterset_class = UnitFilter


@extend_schema_view(
    list=extend_schema(summary=_("List estates with their buildings")),
    retrieve=extend_schema(summary=_("One estate with its buildings")),
)
class EstateViewSet(ByCode):
    queryset = Estate.objects.select_related("branch", "property_firm").prefetch_related(
        Prefetch("buildings", Building.objects.order_by("order", "name"))
    )
    serializer_class = EstateSerializer
    filterset_class = EstateFilter


@extend_schema_view(
    list=extend_schema(summary=_("List categories and their groups")),
    retrieve=extend_schema(summary=_("One category")),
)
class CategoryViewSet(ByCode):
    queryset = Category.objects.filter(is_active=True).select_related("parent")
    serializer_class = CategorySerializer
    filterset_class = CategoryFilter


@extend_schema(summary=_("List the reasons for returning and for declining"))
class ReasonViewSet(viewsets.mixins.ListModelMixin, viewsets.GenericViewSet):
    queryset = Reason.objects.filter(is_active=True)
    serializer_class = ReasonSerializer
    filterset_class = ReasonFilter
    order = ("id",)
