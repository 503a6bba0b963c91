"""Joint meetings: who sits together, what comes on the agenda, and terms of office."""

from django.contrib import admin

from services.admin.filters import NamedFields
from services.models import AgendaRule, BackingThreshold, MeetingSeries, RecurrenceRule, Seat, Term


class SeatInline(admin.TabularInline):
    model = Seat
    formset = NamedFields
    autocomplete_fields = ["unit"]
    extra = 0


@admin.register(MeetingSeries)
class MeetingSeriesAdmin(admin.ModelAdmin):
    list_display = ["name", "unit", "estate", "day", "opens", "is_active"]
    list_select_related = ["unit", "estate"]
    list_filter = ["is_active"]
    search_fields = ["name", "unit__name", "estate__name"]
    autocomplete_fields = ["unit", "estate"]
    inlines = [SeatInline]

    def get_readonly_fields(self, request, obj=None):
        # Meetings that were held name them.
        return ["code", "unit", "estate"] if obj else []

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(AgendaRule)
class AgendaRuleAdmin(admin.ModelAdmin):
    list_display = ["__str__", "test", "amount", "order", "is_active", "basis"]


@admin.register(BackingThreshold)
class BackingThresholdAdmin(admin.ModelAdmin):
    list_display = ["from_households", "at_least", "percent", "basis"]


@admin.register(RecurrenceRule)
class RecurrenceRuleAdmin(admin.ModelAdmin):
    list_display = ["__str__", "days", "quiet_days", "alike_percent", "expected_from", "basis"]
    list_select_related = ["category"]
    autocomplete_fields = ["category"]


@admin.register(Term)
class TermAdmin(admin.ModelAdmin):
    list_display = ["__str__", "unit", "begins", "booked", "checked", "ends"]
    list_select_related = ["unit"]
    autocomplete_fields = ["unit"]
