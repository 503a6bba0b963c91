"""Estates with their buildings, facilities, service areas."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from services.admin.filters import NamedFields, street_filter
from services.models import Building, Estate, Facility, ServiceArea
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
