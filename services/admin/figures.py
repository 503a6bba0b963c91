"""Definitions in the admin: of figures, which are followed by new versions, and of signals, whose numbers change."""

from django.contrib import admin

from services.models import FigureDefinition, SignalDefinition
from services.models.signals import MEASURES


@admin.register(FigureDefinition)
class FigureDefinitionAdmin(admin.ModelAdmin):
    """Versions are added, never changed: closed months stand on them."""

    list_display = ["key", "version", "valid_from", "formula"]
    list_filter = ["key"]

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(SignalDefinition)
class SignalDefinitionAdmin(admin.ModelAdmin):
    """What each signal is, the program says; from where on it is lit, and how that is put, says the district.

    Months that are over keep the words they were counted by.
    """

    list_display = ["__str__", "days", "minutes", "bits", "percent", "least", "is_active"]

    def get_readonly_fields(self, request, obj=None):
        unused = {"days", "minutes", "bits"} - set(MEASURES[obj.key]) if obj else set()
        return ["key", *sorted(unused)]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
