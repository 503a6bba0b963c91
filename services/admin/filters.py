"""Filters and inlines that several pages share."""

from django.contrib import admin
from django.forms import BaseInlineFormSet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from services.models import Unit, codes_below


class StreetFilter(admin.SimpleListFilter):
    """Rows below one street; ``code_field`` is the path to the code of the unit a row belongs to."""

    title = _("street")
    parameter_name = "street"
    code_field = "code"

    def lookups(self, request, model_admin):
        return Unit.objects.of_kind(Unit.Kind.STREET).values_list("code", "name")

    def queryset(self, request, queryset):
        code = self.value()
        # Codes hold digits only, and anything may be typed into an address.
        return queryset.filter(codes_below(self.code_field, code)) if code and code.isdecimal() else queryset


def street_filter(code_field):
    return type("StreetFilter", (StreetFilter,), {"code_field": code_field})


class NamedFields(BaseInlineFormSet):
    """Rows of a table whose fields carry their column's name, which a table's head alone does not give them."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        for field in form.fields.values():
            if field.label:
                field.widget.attrs["aria-label"] = capfirst(field.label)


class ListedInline(admin.TabularInline):
    """Rows shown for a look; each opens on its own page."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False
