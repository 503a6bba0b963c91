"""People and their memberships."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from services import second_factor
from services.admin.filters import NamedFields, street_filter
from services.admin.masked import MaskedForm
from services.forms import PhoneField
from services.masking import mask_phone
from services.models import ApiToken, Membership, User
from services.models.users import known_as

# Their rows say nothing that helps: secrets are encrypted, and nobody signs in by e-mail.
admin.site.unregister([Authenticator, EmailAddress])


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


class PersonForm(MaskedForm, UserChangeForm):
    masks = {"phone": mask_phone}
    phone = PhoneField(label=User._meta.get_field("phone").verbose_name, required=False)
    without_phone = forms.BooleanField(label=_("Take the number away"), required=False)

    def clean(self):
        facts = super().clean()
        if facts.get("without_phone"):
            facts["phone"] = None
        return facts


FOUND_BY = _("User name, or the whole name or mobile number: both are encrypted and found only as they are.")


@admin.register(User)
class PersonAdmin(UserAdmin):
    """People who leave are deactivated, never deleted: events name them."""

    list_display = ["username", "full_name", "number", "is_active", "is_staff"]
    list_filter = ["is_active", "is_staff", "memberships__role"]
    search_fields = ["username"]
    search_help_text = FOUND_BY
    ordering = ["username"]
    form = PersonForm
    # What somebody may do in this admin goes by groups; the two-sided picker has no Chinese for half of its words.
    filter_horizontal = []
    readonly_fields = ["second_factor", "last_login", "date_joined"]
    inlines = [MembershipInline]
    actions = ["take_second_factor"]
    fieldsets = [
        (None, {"fields": ["username", "phone", "without_phone", "password", "name"]}),
        (_("May sign in"), {"fields": ["is_active", "is_staff", "is_superuser", "groups", "second_factor"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "phone", "name", "usable_password", "password1", "password2"]}),
    ]

    # Names and numbers are encrypted: their columns cannot be sorted, and a search finds them whole only.

    @admin.display(description=User._meta.get_field("name").verbose_name)
    def full_name(self, person):
        return person.name

    @admin.display(description=User._meta.get_field("phone").verbose_name)
    def number(self, person):
        return mask_phone(person.phone or "")

    @admin.display(description=_("second step at sign-in"))
    def second_factor(self, person):
        found = second_factor.of(person) if person.pk else None
        return _("set up") if found else _("not set up")

    @admin.action(description=_("Take the second step away (phone and recovery codes lost)"), permissions=["change"])
    def take_second_factor(self, request, people):
        """Each of ``people`` is signed out and sets up a new one; the history of the person says who decided it.

        That of a superuser is taken by a superuser alone.
        """
        if not request.user.is_superuser:
            people = people.filter(is_superuser=False)
        why = gettext("Second step at sign-in taken away")
        found = [person for person in people if second_factor.take_away(person, by=request.user, why=why)]
        for person in found:
            person.open_sessions.all().end()
        sentence = ngettext(
            "%(count)s person sets up a new second step at the next sign-in.",
            "%(count)s people set up a new second step at the next sign-in.",
            len(found),
        )
        messages.success(request, sentence % {"count": len(found)})

    def get_search_results(self, request, queryset, search_term):
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        return (found | queryset.filter(known_as(search_term)) if search_term else found), may_repeat

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ["user", "full_name", "unit", "role", "since", "until"]
    list_filter = ["role", HoldsNowFilter, street_filter("unit__code")]
    list_select_related = ["user", "unit"]
    search_fields = ["user__username", "unit__name"]
    search_help_text = _("Unit, user name, or the whole name or mobile number of a person.")
    autocomplete_fields = ["user", "unit"]

    @admin.display(description=User._meta.get_field("name").verbose_name)
    def full_name(self, membership):
        return membership.user.name

    def get_search_results(self, request, queryset, search_term):
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        return (found | queryset.filter(known_as(search_term, "user__")) if search_term else found), may_repeat


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """Whose programs come in, and until when. A token is made by its person alone; here it can be taken away."""

    list_display = ["beginning", "user", "full_name", "created_at", "expires_at"]
    list_filter = ["expires_at"]
    list_select_related = ["user"]
    search_fields = ["beginning", "user__username"]
    search_help_text = _("How a token begins, or a user name.")
    readonly_fields = fields = ["beginning", "user", "created_at", "expires_at"]

    @admin.display(description=User._meta.get_field("name").verbose_name)
    def full_name(self, token):
        return token.user.name

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
