"""Units, each kind on its own page."""

from django.contrib import admin
from django.core.exceptions import ValidationError

from services.admin.filters import NamedFields, street_filter
from services.models import Branch, Community, Department, District, Street, Unit, UnitFact, WorkingBlock
from services.models.calendar import last_hours

Kind = Unit.Kind
# What the parent of each kind may be.
PARENT_KINDS = {
    Kind.STREET: [Kind.DISTRICT],
    Kind.COMMUNITY: [Kind.STREET],
    Kind.BRANCH: [Kind.COMMUNITY],
    Kind.DEPARTMENT: [Kind.DISTRICT, Kind.DEPARTMENT],
}


class UnitFactInline(admin.TabularInline):
    model = UnitFact
    formset = NamedFields
    fk_name = "unit"
    extra = 0


class WorkingHours(NamedFields):
    """The working hours of one unit; a district keeps some."""

    def clean(self):
        super().clean()
        kept = [form for form in self.initial_forms + self.extra_forms if form.has_changed() or form.instance.pk]
        if self.initial_forms and all(form in self.deleted_forms for form in kept):
            for district in WorkingBlock.objects.filter(unit=self.instance).only_ones_of():
                raise ValidationError(last_hours(district))


class WorkingBlockInline(admin.TabularInline):
    model = WorkingBlock
    formset = WorkingHours
    fk_name = "unit"
    extra = 0


class UnitPage(admin.ModelAdmin):
    """What the pages of all kinds share. Units are deactivated, never deleted: cases and events name them."""

    search_fields = ["name", "code"]
    list_per_page = 50
    inlines = [WorkingBlockInline, UnitFactInline]

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        # Everything below a unit carries its code, and so does every case.
        return ["code", "parent"] if obj else []

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        formfield = super().formfield_for_dbfield(db_field, request, **kwargs)
        # Optional in the table, where all kinds live together; on the page of its own kind it is not.
        if db_field.name in ("parent", "department_type"):
            formfield.required = True
        return formfield

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "parent":
            kwargs["queryset"] = Unit.objects.filter(kind__in=PARENT_KINDS[self.model.KIND])
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        obj.kind = self.model.KIND
        super().save_model(request, obj, form, change)


@admin.register(Unit)
class UnitAdmin(admin.ModelAdmin):
    """Answers the pages that let one choose a unit; it has no page of its own in the menu."""

    search_fields = ["name", "code"]
    list_display = ["name", "code", "kind"]
    list_filter = ["kind"]

    def has_module_permission(self, request):
        return False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(District)
class DistrictAdmin(UnitPage):
    list_display = ["name", "code", "phone", "is_active"]
    fields = ["code", "name", "phone", "is_active", "source"]

    def get_readonly_fields(self, request, obj=None):
        return ["code"] if obj else []


@admin.register(Street)
class StreetAdmin(UnitPage):
    list_display = ["name", "code", "phone", "is_active"]
    list_filter = ["is_active"]
    fields = ["parent", "code", "name", "phone", "is_active", "source"]


@admin.register(Community)
class CommunityAdmin(UnitPage):
    list_display = ["name", "code", "parent", "is_village", "phone", "is_active"]
    list_filter = [street_filter("code"), "is_village", "is_active"]
    list_select_related = ["parent"]
    fields = ["parent", "code", "name", "is_village", "phone", "is_active", "source"]


@admin.register(Branch)
class BranchAdmin(UnitPage):
    list_display = ["name", "code", "parent", "formed", "phone", "is_demo", "is_active"]
    list_filter = [street_filter("code"), "formed", "is_demo", "is_active"]
    list_select_related = ["parent"]
    fields = ["parent", "code", "name", "formed", "phone", "is_demo", "is_active", "source"]


@admin.register(Department)
class DepartmentAdmin(UnitPage):
    list_display = ["name", "code", "parent", "department_type", "phone", "is_demo", "is_active"]
    list_filter = ["department_type", "is_demo", "is_active"]
    list_select_related = ["parent"]
    fields = ["parent", "code", "name", "department_type", "phone", "is_demo", "is_active", "source"]
