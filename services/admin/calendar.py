"""The working-day calendar and the hours of units."""

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from services.models import CalendarDay, CalendarYear, WorkingBlock


class TellsUnannouncedYears(admin.ModelAdmin):
    """A list that begins with the years whose holidays nobody knows yet."""

    def changelist_view(self, request, extra_context=None):
        years = CalendarYear.objects.filter(is_announced=False).values_list("year", flat=True)
        if years:
            note = _(
                "The holidays of %(years)s are not announced yet. Until then Monday to Friday count as working days. "
                "When the notice is out, enter its days and tick “holidays announced”."
            )
            messages.warning(request, note % {"years": "、".join(map(str, years))})
        return super().changelist_view(request, extra_context)


@admin.register(CalendarYear)
class CalendarYearAdmin(TellsUnannouncedYears):
    list_display = ["year", "is_announced", "counts", "basis"]

    @admin.display(description=gettext_lazy("how days are counted"))
    def counts(self, year):
        if year.is_announced:
            return _("holidays and make-up days of the notice")
        return _("not announced: Monday to Friday")


@admin.register(CalendarDay)
class CalendarDayAdmin(TellsUnannouncedYears):
    list_display = ["date", "name", "is_working", "closes_at", "basis"]
    list_filter = ["is_working"]
    date_hierarchy = "date"
    search_fields = ["name"]


@admin.register(WorkingBlock)
class WorkingBlockAdmin(admin.ModelAdmin):
    list_display = ["unit", "opens", "closes"]
    list_select_related = ["unit"]
    search_fields = ["unit__name"]
    autocomplete_fields = ["unit"]
