"""Estates with their buildings, spots with a plate, facilities, service areas."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from services.admin.filters import NamedFields, street_filter
from services.models import Building, Category, Estate, Facility, ServiceArea, Spot
from services.validators import check_hours, check_roads


class BuildingInline(admin.TabularInline):
    model = Building
    formset = NamedFields
    extra = 0


@admin.register(Estate)
class EstateAdmin(admin.ModelAdmin):
    list_display = ["name", "code", "branch", "community_name", "property_firm", "is_old", "is_demo"]
    list_filter = [
        street_filter("branch__code"),
        "is_old",
        "is_demo",
        ("property_firm", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["branch__parent", "property_firm"]
    list_per_page = 50
    search_fields = ["name", "code", "address", "branch__name", "branch__parent__name"]
    autocomplete_fields = ["branch", "property_firm"]
    inlines = [BuildingInline]

    @admin.display(description=_("community"), ordering="branch__parent__code")
    def community_name(self, estate):
        return estate.community.name


class BuildingField(forms.ModelChoiceField):
    """A building by its full name; the one of another estate bears the same short one."""

    def label_from_instance(self, building):
        return f"{building.estate} {building}"


class SpotForm(forms.ModelForm):
    building = BuildingField(
        label=_("building"), queryset=Building.objects.select_related("estate"), required=False, blank=True
    )

    class Meta:
        fields = ["estate", "building", "code", "name", "group", "is_active"]


@admin.register(Spot)
class SpotAdmin(admin.ModelAdmin):
    form = SpotForm
    list_display = ["name", "code", "estate", "building", "group", "is_active"]
    list_filter = [street_filter("estate__branch__code"), "is_active", ("group", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["estate", "building", "group"]
    list_per_page = 50
    search_fields = ["name", "code", "estate__name", "building__name"]
    autocomplete_fields = ["estate"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "group":
            kwargs["queryset"] = Category.objects.filter(parent=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Facility)
class FacilityAdmin(admin.ModelAdmin):
    list_display = ["name", "unit", "estate", "source"]
    list_select_related = ["unit", "estate"]
    search_fields = ["name", "unit__name", "estate__name"]
    autocomplete_fields = ["unit", "estate"]


class ServiceAreaForm(forms.ModelForm):
    def clean_roads(self):
        roads = self.cleaned_data["roads"]
        check_roads(roads)
        return roads

    def clean_hours(self):
        hours = self.cleaned_data["hours"] or []
        check_hours(hours)
        return hours


@admin.register(ServiceArea)
class ServiceAreaAdmin(admin.ModelAdmin):
    form = ServiceAreaForm
    list_display = ["code", "unit", "road_names", "times"]
    list_filter = [("unit", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["unit"]
    search_fields = ["code", "unit__name"]
    autocomplete_fields = ["unit"]

    @admin.display(description=_("roads"))
    def road_names(self, area):
        return "、".join(area.roads)

    @admin.display(description=_("hours"), empty_value="-")
    def times(self, area):
        return "、".join(area.hours) or None
