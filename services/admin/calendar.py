"""The working-day calendar and the hours of units."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from services import holidays
from services.models import CalendarDay, CalendarYear, WorkingBlock
from services.models.calendar import last_hours

MAY_WRITE_HOLIDAYS = ("services.change_calendaryear", "services.add_calendarday", "services.change_calendarday")


class HolidaysForm(forms.Form):
    """The notice of one year; ``days`` are what it says, see ``holidays.read``."""

    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2000, max_value=2100)
    basis = forms.CharField(
        label=gettext_lazy("Name of the notice"),
        max_length=CalendarYear._meta.get_field("basis").max_length,
        widget=AdminTextInputWidget(attrs={"class": "vLargeTextField"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Its days, one line each"),
        max_length=20000,
        widget=AdminTextareaWidget(attrs={"rows": 16}),
        help_text=gettext_lazy(
            "A date or a range, “off” or “work”, the name; for a half day the closing time at the end."
        ),
    )

    def clean(self):
        said = super().clean()
        if "year" in said and "text" in said:
            said["days"], problems = holidays.read(said.pop("text"), said["year"])
            for problem in problems:
                self.add_error("text", problem)
        return said


class TellsUnannouncedYears(admin.ModelAdmin):
    """A list that begins with the years whose holidays nobody knows yet."""

    def changelist_view(self, request, extra_context=None):
        years = CalendarYear.objects.filter(is_announced=False).values_list("year", flat=True)
        if years:
            note = _(
                "The holidays of %(years)s are not announced yet. Until then Monday to Friday count as working days. "
                "When the notice is out, paste it on the page “Holidays of a year”."
            )
            messages.warning(request, note % {"years": "、".join(map(str, years))})
        return super().changelist_view(request, extra_context)


@admin.register(CalendarYear)
class CalendarYearAdmin(TellsUnannouncedYears):
    list_display = ["year", "is_announced", "counts", "recount", "basis"]

    @admin.display(description=gettext_lazy("how days are counted"))
    def counts(self, year):
        if year.is_announced:
            return _("holidays and make-up days of the notice")
        return _("not announced: Monday to Friday")

    def get_urls(self):
        page = self.admin_site.admin_view(self.holidays)
        return [path("holidays/", page, name="services_calendaryear_holidays"), *super().get_urls()]

    def holidays(self, request):
        """The notice of a year, pasted as lines: shown as what it changes, then written."""
        if not request.user.has_perms(MAY_WRITE_HOLIDAYS):
            raise PermissionDenied
        form = HolidaysForm(request.POST or None)
        is_read = request.method == "POST" and form.is_valid() and "back" not in request.POST
        if is_read and "confirm" in request.POST:
            self.announce(request, **form.cleaned_data)
            return redirect("admin:services_calendaryear_changelist")
        context = {**self.admin_site.each_context(request), "title": _("Holidays of a year"), "form": form}
        if is_read:
            context |= self.preview(form.cleaned_data["days"], form.cleaned_data["year"])
        return TemplateResponse(request, "admin/services/calendaryear/holidays.html", context)

    def preview(self, days, year):
        """What writing ``days`` changes."""
        changes = holidays.compare(days)
        return {
            "changes": changes,
            "left_out": holidays.left_out(days, year),
            "working_days": holidays.working_days(days, year),
            "consequences": self.consequences([change for change in changes if change.alters]),
        }

    def consequences(self, changes):
        """What else follows from ``changes``, as sentences."""
        return []

    def announce(self, request, year, basis, days):
        """Write what the notice says, with whoever pasted it in the history of the year."""
        said = holidays.write(days, year, basis)
        self.log_change(request, said, _("Pasted the notice: %(count)s days.") % {"count": len(days)})
        written = _("The holidays of %(year)s are written: %(count)s days.") % {"year": year, "count": len(days)}
        messages.success(request, written)


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
    actions = ["delete_selected"]

    @admin.action(permissions=["delete"], description=gettext_lazy("Delete selected working hours"))
    def delete_selected(self, request, blocks):
        return self._refused(request, blocks) or delete_selected(self, request, blocks)

    def delete_view(self, request, object_id, extra_context=None):
        block = self.get_object(request, unquote(object_id))
        blocks = WorkingBlock.objects.filter(pk=block.pk) if block else WorkingBlock.objects.none()
        return self._refused(request, blocks) or super().delete_view(request, object_id, extra_context)

    def _refused(self, request, blocks):
        """The way back with the reason, where ``blocks`` are the last working hours of a district; otherwise None."""
        district = blocks.only_ones_of().first()
        if district is None:
            return None
        messages.error(request, last_hours(district))
        return redirect("admin:services_workingblock_changelist")
