"""People and their memberships."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from services.admin.filters import NamedFields, street_filter
from services.models import Membership, User


class HoldsNowFilter(admin.SimpleListFilter):
    title = _("holds today")
    parameter_name = "today"

    def lookups(self, request, model_admin):
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request, queryset):
        now = Membership.objects.on(timezone.localdate()).values("pk")
        if self.value() == "yes":
            return queryset.filter(pk__in=now)
        return queryset.exclude(pk__in=now) if self.value() == "no" else queryset


class MembershipInline(admin.TabularInline):
    model = Membership
    formset = NamedFields
    fk_name = "user"
    extra = 0
    autocomplete_fields = ["unit"]


@admin.register(User)
class PersonAdmin(UserAdmin):
    """People who leave are deactivated, never deleted: events name them."""

    list_display = ["username", "name", "phone", "is_active", "is_staff"]
    list_filter = ["is_active", "is_staff", "memberships__role"]
    search_fields = ["username", "name", "phone"]
    ordering = ["username"]
    # What somebody may do in this admin goes by groups; the two-sided picker has no Chinese for half of its words.
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined"]
    inlines = [MembershipInline]
    fieldsets = [
        (None, {"fields": ["username", "phone", "password", "name"]}),
        (_("May sign in"), {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "phone", "name", "usable_password", "password1", "password2"]}),
    ]

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ["user", "unit", "role", "since", "until"]
    list_filter = ["role", HoldsNowFilter, street_filter("unit__code")]
    list_select_related = ["user", "unit"]
    search_fields = ["user__username", "user__name", "user__phone", "unit__name"]
    autocomplete_fields = ["user", "unit"]
