"""The journey in the admin: read what happened, correct a wording; never move a case."""

from datetime import datetime, time

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult

from requests_app import search
from requests_app.journey.recompute import recompute
from requests_app.journey.recounting import COUNT_WORK
from requests_app.journey.replay import PAST, replay
from requests_app.models import (
    Assignment,
    Consent,
    DataRecord,
    Deadline,
    Delivery,
    Event,
    Export,
    Extension,
    FollowUp,
    Handling,
    Pause,
    Photo,
    Precedent,
    Rating,
    SampleSeed,
    ServiceRequest,
    Supervision,
)
from requests_app.notices import sending
from services.admin.calendar import CalendarYearAdmin
from services.admin.catalogue import RouteAdmin
from services.admin.masked import MaskedForm
from services.encryption import lookup_hash, with_hashes
from services.masking import mask_name, mask_phone, mask_room
from services.models import CalendarYear, Category, Route

# A task is a hint to look at an export; what became of it stands in the export's own row.
admin.site.unregister(DBTaskResult)

WORDING = ("text", "spot", "room", "contact_name", "contact_phone")


# Cases that a page counts anew before it answers; the sweep does the others.
RECOUNTED_AT_ONCE = 300
COUNTED_FOR = 5  # seconds; whoever pasted a notice waits for the page


class RecountingCalendarYearAdmin(CalendarYearAdmin):
    """The years of the calendar, with what a notice means for requests under way."""

    def consequences(self, changes):
        if not changes:
            return []
        first = timezone.make_aware(datetime.combine(changes[0].day.date, time.min))
        running = Deadline.objects.running().filter(time_unit__in=COUNT_WORK, due_at__gte=first).count()
        sentence = gettext(
            "%(count)s open deadlines end on or after these days. Those that move are counted anew, and the resident "
            "reads why. Nobody becomes late by it."
        )
        return [sentence % {"count": running}]

    def announce(self, request, year, basis, days):
        super().announce(request, year, basis, days)
        outcome = recompute(timezone.now(), most=RECOUNTED_AT_ONCE, seconds=COUNTED_FOR)
        messages.success(request, gettext("%(count)s requests have new dates.") % {"count": outcome.moved})
        if not outcome.is_done:
            sentence = gettext(
                "The others follow by themselves, a thousand with each sweep. To have it done at once, run the command "
                "“manage.py recompute”."
            )
            messages.warning(request, sentence)


admin.site.unregister(CalendarYear)
admin.site.register(CalendarYear, RecountingCalendarYearAdmin)


class ReplayingRouteAdmin(RouteAdmin):
    """Routes: prepared first, tried out on past requests, then switched on."""

    def get_changeform_initial_data(self, request):
        return {"is_active": False, **super().get_changeform_initial_data(request)}

    def get_urls(self):
        page = self.admin_site.admin_view(self.replay)
        return [path("<path:object_id>/replay/", page, name="services_route_replay"), *super().get_urls()]

    def response_post_save_add(self, request, obj):
        return super().response_post_save_add(request, obj) if obj.is_active else redirect(self._page(obj))

    def response_post_save_change(self, request, obj):
        return super().response_post_save_change(request, obj) if obj.is_active else redirect(self._page(obj))

    @staticmethod
    def _page(route):
        return reverse("admin:services_route_replay", args=[route.pk])

    def replay(self, request, object_id):
        """What switching a route on, or off, would have meant for past requests; sent, it is switched."""
        route = self.get_object(request, unquote(object_id))
        if route is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_change_permission(request, route):
            raise PermissionDenied
        if request.method == "POST":
            self._switch(request, route, on="on" in request.POST)
            return redirect("admin:services_route_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Replay: %(route)s") % {"route": route},
            "route": route,
            "replaces": Route.objects.beside(route).select_related("department"),
            "found": replay(route, timezone.now()),
            "days": PAST.days,
        }
        return TemplateResponse(request, "admin/services/route/replay.html", context)

    def _switch(self, request, route, *, on):
        """Switch as asked, with it in the history of each route that changes."""
        if on:
            for replaced in route.switch_on():
                self.log_change(request, replaced, gettext("Switched off: another route takes its place."))
            said = gettext("Switched on.")
        else:
            route.switch_off()
            said = gettext("Switched off.")
        self.log_change(request, route, said)
        messages.success(request, f"{route}: {said}")


admin.site.unregister(Route)
admin.site.register(Route, ReplayingRouteAdmin)


class ReadOnlyInline(admin.TabularInline):
    """Rows to read: none added, changed or deleted."""

    extra = 0
    can_delete = False

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class EventInline(ReadOnlyInline):
    model = Event
    fields = ("serial", "at", "act", "party", "unit", "actor", "source", "target", "note", "is_public")
    ordering = ("serial",)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("unit", "actor")


class AssignmentInline(ReadOnlyInline):
    model = Assignment
    fields = ("unit", "part", "assigned_at", "reported_at", "waived_at", "ended_at")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("unit")


class DeadlineInline(ReadOnlyInline):
    model = Deadline
    fields = ("step", "amount", "time_unit", "basis", "started_at", "due_at", "ended_at")


class PauseInline(ReadOnlyInline):
    model = Pause
    fields = ("reason", "holder", "started_at", "ended_at")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("reason")


class ExtensionInline(ReadOnlyInline):
    model = Extension
    fields = ("amount", "state", "asked_at", "decided_at")


class SupervisionInline(ReadOnlyInline):
    model = Supervision
    fields = ("order", "to_unit", "at")

    @admin.display(description=Supervision._meta.verbose_name)
    def order(self, supervision):
        return supervision.title

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("unit", "to_unit")


class PhotoInline(ReadOnlyInline):
    model = Photo
    fields = ("look", "stage", "is_released", "uploaded_by", "at")

    @admin.display(description=_("photo"))
    def look(self, photo):
        return format_html('<a href="{}">{}×{}</a>', photo.get_absolute_url(), photo.width, photo.height)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("uploaded_by")


class RatingInline(ReadOnlyInline):
    model = Rating
    fields = ("contacted", "solved", "satisfaction", "at")


class GroupFilter(admin.SimpleListFilter):
    """Narrows by a category's group; the leaves are too many for a list at the side."""

    title = _("category")
    parameter_name = "group"

    def lookups(self, request, model_admin):
        return Category.objects.filter(parent=None).values_list("pk", "name")

    def queryset(self, request, queryset):
        value = self.value() or ""
        return queryset.filter(category__parent=value) if value.isdecimal() else queryset


class WordingForm(MaskedForm):
    masks = {"contact_name": mask_name, "contact_phone": mask_phone, "room": mask_room}


@admin.register(ServiceRequest)
class ServiceRequestAdmin(admin.ModelAdmin):
    """Lists every case and corrects its wording. Steps are taken at the desks, by those who may take them."""

    list_display = ("id", "category", "place", "status", "lead", "created_at", "due_at")
    list_display_links = ("id", "category")
    list_filter = ("status", "urgency", GroupFilter, "source", "for_meeting", "created_at")
    list_select_related = ("category", "estate", "building", "lead")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("=code", "text", "estate__name")
    search_help_text = _("Number (#42), whole tracking code, words of the text, estate or whole mobile number")
    actions = None
    form = WordingForm
    inlines = (
        EventInline,
        AssignmentInline,
        DeadlineInline,
        PauseInline,
        ExtensionInline,
        SupervisionInline,
        PhotoInline,
        RatingInline,
    )
    fieldsets = (
        (
            _("Wording"),
            {
                "fields": WORDING,
                "description": _(
                    "Correct a slip of the pen here. The correction is kept in the history of this page, with your "
                    "name. Where a request stands is changed only at the desks, step by step."
                ),
            },
        ),
        (
            _("Where it stands"),
            {
                "fields": (
                    "number",
                    "status",
                    "holder",
                    "parent",
                    "lead",
                    "lead_locked",
                    "due_at",
                    "promised_at",
                    "for_meeting",
                )
            },
        ),
        (
            _("What was filed"),
            {
                "fields": (
                    "category",
                    "urgency",
                    "estate",
                    "building",
                    "branch",
                    "answers_in_words",
                    "source",
                    "resident",
                    "filed_by",
                    "consent",
                    "is_confidential",
                    "against",
                    "created_at",
                )
            },
        ),
        (
            _("How it went"),
            {
                "fields": (
                    "return_count",
                    "contest_count",
                    "appeal_count",
                    "urge_count",
                    "rung",
                    "listed_on",
                    "held_since",
                    "moved_at",
                    "fulfilled_at",
                    "closed_at",
                )
            },
        ),
    )

    @admin.display(description=_("No."))
    def number(self, case):
        return f"#{case.pk}"

    @admin.display(description=_("place"))
    def place(self, case):
        return case.place

    @admin.display(description=ServiceRequest._meta.get_field("answers").verbose_name)
    def answers_in_words(self, case):
        return format_html_join(mark_safe("<br>"), "{} {}", ((said["label"], said["value"]) for said in case.answers))

    def get_queryset(self, request):
        cases = super().get_queryset(request)
        if request.resolver_match.url_name.endswith("_change"):
            return cases.select_related("category", "estate", "building", "branch", "lead", "resident", "filed_by")
        return cases

    def get_search_results(self, request, queryset, search_term):
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        number, phone = search.number_in(search_term), lookup_hash(search_term.strip())
        found = found | queryset.filter(pk=number) if number is not None else found
        return (found | queryset.filter(contact_phone_hash=phone) if phone else found), may_repeat

    def lookup_allowed(self, lookup, value, request=None):
        # The code and a phone's last digits let anybody speak as the resident: it is not shown here, and not to be
        # found piece by piece in the address (?code__startswith=1) either.
        return not lookup.startswith("code") and super().lookup_allowed(lookup, value, request)

    def get_readonly_fields(self, request, obj=None):
        shown = [name for _title, options in self.fieldsets for name in options["fields"]]
        return [name for name in shown if name not in WORDING]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        # The desks may move the case meanwhile: write what was corrected and nothing else.
        corrected = [name for name in form.changed_data if name in WORDING]
        obj.save(update_fields=with_hashes(ServiceRequest, corrected))
        search.index(ServiceRequest.objects.filter(pk=obj.pk))


class ReadOnlyAdmin(admin.ModelAdmin):
    """Lists rows and shows them; nobody adds, changes or deletes one here."""

    actions = None

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(FollowUp)
class FollowUpAdmin(ReadOnlyAdmin):
    """What came of the call tasks."""

    list_display = ("case_number", "state", "number", "rate", "attempts", "satisfaction", "created_at", "ended_at")
    list_filter = ("state", "satisfaction", "created_at")
    list_per_page = 50
    show_full_result_count = False
    fields = (
        "case_number",
        "state",
        "number",
        "rate",
        "seed",
        "attempts",
        "next_at",
        "contacted",
        "solved",
        "satisfaction",
        "created_at",
        "ended_at",
    )

    @admin.display(description=_("request"), ordering="case")
    def case_number(self, task):
        return f"#{task.case_id}"


@admin.register(SampleSeed)
class SampleSeedAdmin(ReadOnlyAdmin):
    """The seeds of months gone by; this month's would tell in advance whom nobody calls."""

    list_display = ("month_in_short", "drawn_at")
    fields = ("month_in_short", "shown_seed", "drawn_at")

    def lookup_allowed(self, lookup, value, request=None):
        # Nor is a seed to be found piece by piece in the address (?seed__startswith=a).
        return not lookup.startswith("seed") and super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("month"), ordering="month")
    def month_in_short(self, seed):
        return str(seed)

    @admin.display(description=_("seed"))
    def shown_seed(self, seed):
        return seed.seed if seed.is_over(timezone.localdate()) else _("shown once the month is over")


@admin.register(Precedent)
class PrecedentAdmin(ReadOnlyAdmin):
    """The precedent book: the workflow writes it, ruling by ruling."""

    list_display = ("at", "category", "area", "returned_by", "outcome", "decided_for", "ruled_by")
    list_filter = ("outcome", "at")
    list_select_related = ("category", "area", "returned_by", "decided_for", "ruled_by")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("words", "category__name", "returned_by__name", "decided_for__name", "area__name")
    fields = ("case", "category", "area", "returned_by", "reason", "outcome", "decided_for", "words", "ruled_by", "at")


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    """The record of what was taken away as a file, by whom and when; to read."""

    list_display = ("what", "owner", "asked_at", "total", "state", "downloaded_at")
    list_filter = ("state", "desk", "asked_at")
    list_select_related = ("owner",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("what", "owner__username")
    fields = (
        "owner",
        "what",
        "units",
        "asked_at",
        "total",
        "state",
        "failure",
        "done",
        "tries",
        "beat_at",
        "finished_at",
        "expires_at",
        "downloaded_at",
    )


class HandlingInline(ReadOnlyInline):
    model = Handling
    fields = ("at", "decision", "reason", "by")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("by")


class ReasonedAction(ActionForm):
    """Beside the list of actions, the reason that goes on record with what is decided."""

    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What left the site, what waits, and what was not delivered; to whom stands at the supervisor's desk, masked.

    The ticked dead letters can be sent again or given up here too, for a whole site at once.
    """

    actions = ("send_again", "give_up")
    action_form = ReasonedAction

    list_display = ("made_at", "channel", "is_alone", "state", "failure", "tries", "due_at", "ended_at")
    list_filter = ("state", "channel", "failure", "made_at")
    list_per_page = 50
    show_full_result_count = False
    inlines = (HandlingInline,)
    fields = (
        "number",
        "channel",
        "digest_on",
        "about",
        "state",
        "failure",
        "detail",
        "tries",
        "segments",
        "receipt",
        "made_at",
        "due_at",
        "claimed_at",
        "ended_at",
    )

    @admin.action(description=_("Send again what was not delivered"), permissions=["decide"])
    def send_again(self, request, queryset):
        self._decide(request, queryset, Handling.Decision.RETRY)

    @admin.action(description=_("Give up what was not delivered"), permissions=["decide"])
    def give_up(self, request, queryset):
        self._decide(request, queryset, Handling.Decision.GIVE_UP)

    def has_decide_permission(self, request):
        return request.user.has_perm("requests_app.change_delivery")

    def _decide(self, request, queryset, decision):
        reason = request.POST.get("reason", "").strip()[:200]
        if not reason:
            messages.error(request, gettext("Write the reason beside the action: it goes on record."))
            return
        number = sending.decide(queryset.order_by(), decision, by=request.user, reason=reason, at=timezone.now())
        messages.success(request, gettext("Not delivered so far, and decided: %(n)s") % {"n": number})

    @admin.display(description=_("urgent"), boolean=True)
    def is_alone(self, delivery):
        return delivery.is_urgent

    @admin.display(description=_("No."))
    def number(self, delivery):
        return str(delivery.pk)

    @admin.display(description=_("about requests"))
    def about(self, delivery):
        keys = delivery.told.filter(notice__event__isnull=False).values_list("notice__event__case", flat=True)
        return " ".join(f"#{pk}" for pk in sorted(set(keys))) or "-"


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """Who agreed to which version of the privacy notice, and when."""

    list_display = ("notice", "user", "case", "at", "withdrawn_at")
    list_filter = ("notice", "at")
    list_select_related = ("notice", "user", "case")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("user__username",)
    fields = ("notice", "user", "case", "at", "withdrawn_at")


@admin.register(DataRecord)
class DataRecordAdmin(ReadOnlyAdmin):
    """What was done with people's data, by whom and when; it names nobody."""

    list_display = ("kind", "person", "at")
    list_filter = ("kind", "at")
    list_select_related = ("person",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("person__username",)
    fields = ("kind", "person", "rows", "at")
