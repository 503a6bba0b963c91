"""Narrowing and sorting a desk's list; everything stands in the URL."""

import re
from copy import copy
from datetime import date, datetime, time, timedelta
from functools import lru_cache, reduce
from operator import or_

import django_filters as filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.forms.utils import flatatt
from django.utils import timezone
from django.utils.choices import BaseChoiceIterator
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from requests_app import search
from requests_app.models import FollowUp, Precedent, ServiceRequest, Status
from services.kept import Kept
from services.models import Category, Estate, Reason, Unit, Urgency, codes_below, codes_between, span_of

DIGITS = re.compile(r"[0-9]{1,18}")
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
URGENT_FIRST = Case(When(urgency=Urgency.URGENT, then=Value(0)), default=Value(1))
CALL_AT = FollowUp.objects.open().filter(case=OuterRef("pk")).values(moment=Coalesce("next_at", "deadline__due_at"))[:1]
# A closed case has no deadline; it comes last, also where a database would put it first.
SORTS = {
    "due": (_("Due soonest"), [F("due_at").asc(nulls_last=True), "pk"]),
    "urgent": (_("Urgent first"), [URGENT_FIRST, F("due_at").asc(nulls_last=True), "pk"]),
    "newest": (_("Newest"), ["-created_at", "-pk"]),
    "oldest": (_("Oldest"), ["created_at", "pk"]),
    "held": (_("Held longest"), [F("held_since").asc(nulls_last=True), "pk"]),
    # At the callers' desk alone: what is to be called soonest.
    "call": (_("To call soonest"), [Subquery(CALL_AT).asc(nulls_last=True), "pk"]),
}


def _follows_by_due(case):
    return _follows("due_at", case)


def _follows(name, case):
    """What comes after ``case`` by the moment ``name``, those without one last."""
    value = getattr(case, name)
    if value is None:
        return Q(**{name: None}, pk__gt=case.pk)
    return Q(**{f"{name}__gt": value}) | Q(**{name: value}, pk__gt=case.pk) | Q(**{name: None})


def _follows_by_urgency(case):
    if case.urgency == Urgency.URGENT:
        return ~Q(urgency=Urgency.URGENT) | _follows_by_due(case)
    return ~Q(urgency=Urgency.URGENT) & _follows_by_due(case)


# What stands after a case in each order, as a Q that the order's own index answers.
FOLLOWS = {
    "due": _follows_by_due,
    "urgent": _follows_by_urgency,
    "held": lambda case: _follows("held_since", case),
    "newest": lambda case: Q(created_at__lt=case.created_at) | Q(created_at=case.created_at, pk__lt=case.pk),
    "oldest": lambda case: Q(created_at__gt=case.created_at) | Q(created_at=case.created_at, pk__gt=case.pk),
    # Whoever was called has left the head of the list, so the head is next.
    "call": lambda case: Q(),
}
LATENESS = [("red", _("Late")), ("amber", _("Due soon"))]
DAY = timedelta(days=1)


class Offered(BaseChoiceIterator):
    """Choices with key and label as texts, a group with those of its own for a label: nothing is left to be made."""

    def __init__(self, rows):
        self.rows = rows

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)


class LongSelect(forms.Select):
    """As Django's, but without a template for each option: a district's lists have hundreds."""

    def render(self, name, value, attrs=None, renderer=None):
        offered = getattr(self.choices, "choices", None)
        if isinstance(offered, Offered):
            options = _options((("", str(self.choices.field.empty_label)),)) + _options(offered.rows)
        else:
            options = _options(tuple(_as_texts(key, label) for key, label in self.choices))
        for key in set(self.format_value(value)):
            mark = f'<option value="{escape(key)}"'
            options = options.replace(f"{mark}>", f"{mark} selected>")
        own = flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        return format_html("<select{}>{}</select>", own, SafeString(options))


class PlainDate(forms.DateInput):
    """As Django's, but without two templates."""

    def render(self, name, value, attrs=None, renderer=None):
        said = {"type": "date", "name": name, "value": self.format_value(value)}
        return format_html("<input{}>", flatatt({**said, **self.build_attrs(self.attrs, attrs)}))


def _as_texts(key, label):
    """A choice, or a group of choices, with key and label as they are read in the language of this page."""
    if isinstance(label, list | tuple):
        return str(key), tuple(_as_texts(*choice) for choice in label)
    return "" if key is None else str(key), str(label)


# The same choices stand on one page after another.
@lru_cache(maxsize=512)
def _options(choices):
    """The options of ``choices``, none of them selected; a group where a label holds several."""
    return "".join(
        f'<optgroup label="{escape(key)}">{_options(label)}</optgroup>'
        if isinstance(label, tuple)
        else f'<option value="{escape(key)}">{escape(label)}</option>'
        for key, label in choices
    )


class Spared:
    """A filter that is copied for every page with no more than what a page may change: what its field is made of."""

    def __deepcopy__(self, memo):
        spared = copy(self)
        spared.extra = dict(self.extra)
        spared.method = self.method  # bound to the copy
        return spared


class SparedField(filters.fields.ChoiceField):
    """A field of one page's form alone, and so not copied once more for it with its hundreds of choices."""

    def __deepcopy__(self, memo):
        return self


class ChoiceFilter(Spared, filters.ChoiceFilter):
    field_class = SparedField


class DateFilter(Spared, filters.DateFilter):
    pass


class CharFilter(Spared, filters.CharFilter):
    pass


def choice_filter(label, **kwargs):
    return ChoiceFilter(label=label, widget=LongSelect, **{"empty_label": _("Any"), **kwargs})


def day_begins(day):
    return timezone.make_aware(datetime.combine(day, time.min))


def date_filter(label, method):
    bounds = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
    return DateFilter(label=label, method=method, widget=PlainDate, validators=bounds)


class CaseFilter(filters.FilterSet):
    """A list narrowed by what the URL says. ``choices`` come from ``choices_for``; an unknown value changes nothing.

    Without a ``user`` nothing is found by a phone number.
    """

    # True once words are looked for that so many cases hold that counting them takes long.
    is_common = False

    words = CharFilter(
        label=_("Words or number"),
        method="with_words",
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "enterkeyhint": "search"}),
    )
    status = choice_filter(capfirst(_("status")), choices=Status)
    category = choice_filter(capfirst(_("category")), method="of_category")
    estate = choice_filter(capfirst(_("estate")))
    unit = choice_filter(_("Street, community or branch"), method="under_unit")
    lead = choice_filter(capfirst(_("lead department")))
    urgency = choice_filter(capfirst(_("urgency")), choices=Urgency)
    lateness = choice_filter(_("Deadline"), choices=LATENESS, method="by_lateness")
    redo = choice_filter(_("Redone"), choices=[("yes", _("Asked to be redone"))], method="redone", empty_label=_("Any"))
    filed_from = date_filter(_("Filed from"), "since")
    filed_to = date_filter(_("Filed to"), "until")
    due_from = date_filter(_("Due from"), "since")
    due_to = date_filter(_("Due to"), "until")
    sort = choice_filter(
        _("Order"),
        choices=[(key, label) for key, (label, _order) in SORTS.items() if key != "call"],
        method="sorted",
        empty_label=None,
    )

    class Meta:
        model = ServiceRequest
        fields = []

    def __init__(self, data, *, queryset, choices, default_sort, at, user=None):
        data = data.copy()
        data.setdefault("sort", default_sort)
        super().__init__(data, queryset=queryset)
        self.default_sort, self.at, self.user = default_sort, at, user
        if default_sort == "call":
            self.filters["sort"].extra["choices"] = [(key, label) for key, (label, _order) in SORTS.items()]
        for name in ("category", "estate", "unit", "lead"):
            if choices[name]:
                self.filters[name].extra["choices"] = choices[name]
            else:
                del self.filters[name]
        # A form of the open case beside the list may have fields of the same names.
        self.form.auto_id = "filter_%s"

    @property
    def cases(self):
        """The list, narrowed and in order."""
        cases = self.qs
        return cases if self.form.cleaned_data.get("sort") else cases.order_by(*SORTS[self.default_sort][1])

    @property
    def order(self):
        """The key of the order the list stands in."""
        self.form.full_clean()
        return self.form.cleaned_data.get("sort") or self.default_sort

    @property
    def left_out(self):
        """The labels of what the URL asks for and the list cannot do, as something that is no longer to be chosen."""
        return [self.form.fields[name].label for name in self.form.errors if name in self.form.fields]

    def after(self, case):
        """The key of the case that follows ``case`` in the list, the first one after its end; None in an empty list.

        ``case`` counts as it was read, be it in the list still or not.
        """
        keys = self.cases.exclude(pk=case.pk).values_list("pk", flat=True)
        return keys.filter(FOLLOWS[self.order](case)).first() or keys.first()

    @property
    def applied(self):
        """What narrows the list now: (field's name, its label, the value in words)."""
        self.form.full_clean()
        return [
            (name, self.form.fields[name].label, self._in_words(name, value))
            for name, value in self.form.cleaned_data.items()
            if value not in ("", None) and name != "sort"
        ]

    def _in_words(self, name, value):
        choices = getattr(self.form.fields[name], "choices", ())
        flat = {}
        for key, label in choices:
            flat.update(dict(label) if isinstance(label, list | tuple) else {key: label})
        return str({str(key): label for key, label in flat.items()}.get(str(value), value)).strip()

    def with_words(self, cases, name, value):
        found, self.is_common = search.find(cases, value, self.user)
        return found

    def of_category(self, cases, name, value):
        return cases.filter(Q(category=value) | Q(category__parent=value))

    def under_unit(self, cases, name, value):
        return cases.filter(codes_below("area", value))

    def by_lateness(self, cases, name, value):
        if value == "red":
            return cases.late(self.at)
        return cases.filter(amber_at__lte=self.at, due_at__gte=self.at)

    def redone(self, cases, name, value):
        return cases.filter(contest_count__gt=0)

    def since(self, cases, name, value):
        return cases.filter(**{f"{MOMENTS[name]}__gte": day_begins(value)})

    def until(self, cases, name, value):
        return cases.filter(**{f"{MOMENTS[name]}__lt": day_begins(value + DAY)})

    def sorted(self, cases, name, value):
        return cases.order_by(*SORTS[value][1])


MOMENTS = {"filed_from": "created_at", "filed_to": "created_at", "due_from": "due_at", "due_to": "due_at"}


def _estates(*ends):
    """Those of the branches in the spans that begin and end with ``ends``, in turn; all without any."""
    spans = zip(ends[::2], ends[1::2], strict=True)
    below = reduce(or_, (codes_between("branch__code", *span) for span in spans), Q())
    return Estate.objects.filter(below).order_by("name").values_list("pk", "name")


UNITS = Kept(lambda: Unit.objects.active().order_by("code").values_list("pk", "code", "kind", "name"))
ESTATES = Kept(_estates)
CATEGORIES = Kept(lambda: Category.objects.order_by("order", "code").values_list("pk", "parent_id", "name"))


def choices_for(units):
    """What a desk of ``units`` can choose from in its filters; three queries, whatever the number of rows.

    Rows, not objects: every page of a desk reads hundreds of them. A filter with one answer or none is left out: it
    is empty here.
    """
    spans = tuple(span_of(unit.code) for unit in units)
    has_areas, areas, departments = _units_to_choose(tuple(UNITS()), spans)
    estates = ESTATES(*(end for span in spans for end in span)) if has_areas else ESTATES()
    return {
        "category": Offered(_categories(tuple(CATEGORIES()))),
        "estate": _if_several(_texts(tuple(estates))),
        "unit": _if_several(areas),
        "lead": _if_several(departments),
    }


# What is made of rows is the same until they change, on one page after another.
@lru_cache(maxsize=64)
def _units_to_choose(rows, spans):
    """Whether any of the areas among ``rows`` lies in ``spans``, and what can be chosen: areas, and departments."""

    def own(some):
        return [row for row in some if any(first <= row[1] < after for first, after in spans)]

    departments = [row for row in rows if row[2] == Unit.Kind.DEPARTMENT]
    areas = [row for row in rows if row[2] != Unit.Kind.DEPARTMENT]
    choices = tuple((str(pk), name) for pk, _code, _kind, name in own(departments) or departments)
    return bool(own(areas)), _tree([(code, name) for _pk, code, _kind, name in own(areas) or areas]), choices


@lru_cache(maxsize=64)
def _texts(rows):
    return tuple((str(key), name) for key, name in rows)


def choices_named_in(query):
    """As ``choices_for``, without a query and without a check: whatever key ``query`` names may be chosen."""
    named = {name: query.get(name, "") for name in ("category", "estate", "unit", "lead")}
    return {name: [(key, key)] if DIGITS.fullmatch(key) else [] for name, key in named.items()}


def _if_several(choices):
    return Offered(choices if len(choices) > 1 else ())


def _tree(rows):
    """Choices of (code, name), the names moved in by their depth below the highest: the list reads as a tree."""
    top = min((len(code) for code, _name in rows), default=0)
    return tuple((code, "\u3000" * ((len(code) - top + 2) // 3) + name) for code, name in rows)


@lru_cache(maxsize=8)
def _categories(rows):
    """Groups and their leaves; a group can be chosen as a whole."""
    leaves = {}
    for key, parent, name in rows:
        leaves.setdefault(parent, []).append((key, name))
    return tuple(
        (name, ((str(key), name), *((str(leaf), f"\u3000{called}") for leaf, called in leaves.get(key, []))))
        for key, name in leaves.get(None, [])
    )


class PrecedentFilter(filters.FilterSet):
    """The precedent book narrowed by what the URL says; an unknown value changes nothing."""

    words = CharFilter(label=_("Words of a ruling"), method="with_words", max_length=60)
    category = choice_filter(capfirst(_("category")), method="of_category")
    area = choice_filter(_("Street or community"), method="under_area")
    unit = choice_filter(_("Department"), method="about_unit")
    reason = choice_filter(capfirst(_("reason")))
    outcome = choice_filter(capfirst(_("outcome")), choices=Precedent.Outcome)

    class Meta:
        model = Precedent
        fields = []

    def __init__(self, data, *, queryset):
        super().__init__(data, queryset=queryset)
        units = list(UNITS())
        kinds = (Unit.Kind.STREET, Unit.Kind.COMMUNITY)
        areas = _tree([(code, name) for _pk, code, kind, name in units if kind in kinds])
        departments = tuple((str(pk), name) for pk, _code, kind, name in units if kind == Unit.Kind.DEPARTMENT)
        reasons = _texts(tuple(Reason.objects.filter(kind=Reason.Kind.RETURN).values_list("pk", "text")))
        categories = _categories(tuple(CATEGORIES()))
        choices = {"category": categories, "area": areas, "unit": departments, "reason": reasons}
        for name, offered in choices.items():
            self.filters[name].extra["choices"] = Offered(offered)

    @property
    def is_narrowed(self):
        """True where the URL leaves anything out."""
        self.form.full_clean()
        return any(value not in ("", None) for value in self.form.cleaned_data.values())

    def with_words(self, rows, name, value):
        for word in value.split():
            rows = rows.filter(words__contains=word)
        return rows

    def of_category(self, rows, name, value):
        return rows.filter(Q(category=value) | Q(category__parent=value))

    def under_area(self, rows, name, value):
        return rows.filter(codes_below("area__code", value))

    def about_unit(self, rows, name, value):
        return rows.filter(Q(returned_by=value) | Q(decided_for=value))
