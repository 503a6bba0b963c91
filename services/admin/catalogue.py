"""Categories, routes, limits and listed reasons."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.utils.translation import gettext_lazy as _

from services.admin.filters import ListedInline, street_filter
from services.models import Category, Limit, Reason, ReplyTemplate, Route
from services.validators import check_questions


class CategoryForm(forms.ModelForm):
    class Meta:
        widgets = {name: AdminTextareaWidget(attrs={"rows": 2}) for name in ("plain_words", "emergency_notice")}

    def clean_questions(self):
        questions = self.cleaned_data["questions"] or []
        check_questions(questions)
        return questions


class ReasonForm(forms.ModelForm):
    class Meta:
        widgets = {"guidance": AdminTextareaWidget(attrs={"rows": 3})}


class LevelFilter(admin.SimpleListFilter):
    title = _("level")
    parameter_name = "level"

    def lookups(self, request, model_admin):
        return [("groups", _("category groups")), ("leaves", _("kinds of request"))]

    def queryset(self, request, queryset):
        return queryset.filter(parent__isnull=self.value() == "groups") if self.value() else queryset


class RouteInline(ListedInline):
    model = Route
    fields = readonly_fields = ["area", "department", "to_property_firm", "basis", "is_active"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("category", "area", "department")


class LimitInline(ListedInline):
    model = Limit
    fields = readonly_fields = ["step", "amount", "time_unit", "basis"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("category")


# What holds for every request of a category.
OF_ITS_KIND = ["is_public", "is_against_firm", "follow_up_rate"]


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    form = CategoryForm
    list_display = ["indented_name", "parent", "urgency", "is_public", "is_active", "order", "code"]
    list_filter = [LevelFilter, "urgency", "is_public", "is_active", ("parent", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["parent"]
    list_per_page = 200
    search_fields = ["name", "code", "plain_words", "example", "parent__name"]
    inlines = [RouteInline, LimitInline]
    fieldsets = [
        (None, {"fields": ["parent", "code", "name", "urgency", *OF_ITS_KIND, "is_active"]}),
        (_("What the resident reads"), {"fields": ["plain_words", "example", "emergency_notice", "questions"]}),
        (_("Place in the list"), {"fields": ["order", "offered_first", "icon"]}),
    ]

    @admin.display(description=_("name"), ordering="order")
    def indented_name(self, category):
        return f"└ {category.name}" if category.parent_id else category.name

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "parent":
            kwargs["queryset"] = Category.objects.filter(parent=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Route)
class RouteAdmin(admin.ModelAdmin):
    list_display = ["category", "group", "area", "destination", "is_active", "basis"]
    list_display_links = ["category"]
    list_filter = [
        "is_active",
        "to_property_firm",
        street_filter("area__code"),
        ("department", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["category__parent", "area", "department"]
    search_fields = ["category__name", "category__parent__name", "area__name", "department__name", "basis"]
    autocomplete_fields = ["category", "area", "department"]

    @admin.display(description=_("category group"), empty_value="-")
    def group(self, route):
        return route.category.parent

    @admin.display(description=_("goes to"))
    def destination(self, route):
        return route.department or _("the estate's property firm")


@admin.register(Limit)
class LimitAdmin(admin.ModelAdmin):
    list_display = ["step", "category", "urgency", "amount", "time_unit", "basis"]
    list_filter = ["step", "urgency", "time_unit", ("category", admin.EmptyFieldListFilter)]
    list_select_related = ["category"]
    list_per_page = 200
    search_fields = ["category__name", "basis"]
    autocomplete_fields = ["category"]

    def has_delete_permission(self, request, obj=None):
        # Where no category has a limit of its own, these hold; without them nobody could take the step at all.
        return super().has_delete_permission(request, obj) and (obj is None or obj.category_id is not None)

    def get_readonly_fields(self, request, obj=None):
        return ["step", "category", "urgency"] if obj and obj.category_id is None else []


@admin.register(Reason)
class ReasonAdmin(admin.ModelAdmin):
    form = ReasonForm
    list_display = ["text", "kind", "guidance", "order", "is_active"]
    list_filter = ["kind", "is_active"]
    search_fields = ["text", "guidance"]


@admin.register(ReplyTemplate)
class ReplyTemplateAdmin(admin.ModelAdmin):
    list_display = ["title", "act", "unit", "category", "order", "is_active"]
    list_display_links = ["title"]
    list_filter = ["act", "is_active"]
    list_select_related = ["unit", "category"]
    search_fields = ["title", "text"]
    autocomplete_fields = ["unit", "category"]
