"""Definitions of figures in the admin: read, and followed by new versions; what a month was counted with stays."""

from django.contrib import admin

from services.models import FigureDefinition


@admin.register(FigureDefinition)
class FigureDefinitionAdmin(admin.ModelAdmin):
    """Versions are added, never changed: closed months stand on them."""

    list_display = ["key", "version", "valid_from", "formula"]
    list_filter = ["key"]

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
