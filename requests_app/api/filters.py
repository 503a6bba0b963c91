"""Which cases a list holds."""

from datetime import UTC, datetime

import django_filters
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import BooleanFilter, FilterSet

from requests_app import search
from requests_app.models import Holder, ServiceRequest, Status
from services.api import UnitCodeFilter
from services.models import Urgency

# Moments far outside cannot be expressed in every time zone.
MOMENTS = [MinValueValidator(datetime(2000, 1, 1, tzinfo=UTC)), MaxValueValidator(datetime(2200, 1, 1, tzinfo=UTC))]


def moment(field, lookup, label):
    return django_filters.IsoDateTimeFilter(field, lookup, label=label, validators=MOMENTS)


class CaseFilter(FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=Status.choices, label=_("In one of these statuses"))
    urgency = django_filters.MultipleChoiceFilter(choices=Urgency.choices, label=_("Of one of these urgencies"))
    holder = django_filters.ChoiceFilter(
        choices=[choice for choice in Holder.choices if choice[0]], label=_("Held by such a unit or person")
    )
    category = django_filters.CharFilter(
        method="filter_category", max_length=40, label=_("Code of a category or of a group of categories")
    )
    estate = django_filters.CharFilter("estate__code", max_length=12, label=_("Plate code of an estate"))
    unit = UnitCodeFilter(
        "area", "lead__code", label=_("Code of a unit: cases of its area, or led by it or by one below it")
    )
    late = BooleanFilter(method="filter_late", label=_("Whether the deadline has passed"))
    created_after = moment("created_at", "gte", _("Filed at this moment or later"))
    created_before = moment("created_at", "lt", _("Filed before this moment"))
    due_after = moment("due_at", "gte", _("Due at this moment or later"))
    due_before = moment("due_at", "lt", _("Due before this moment"))
    q = django_filters.CharFilter(
        method="filter_words",
        max_length=100,
        label=_("Words that text, place and category hold; or a number: #42, a whole tracking code or mobile number"),
    )

    class Meta:
        model = ServiceRequest
        fields = ()

    def filter_category(self, cases, name, code):
        return cases.filter(Q(category__code=code) | Q(category__parent__code=code))

    def filter_late(self, cases, name, wanted):
        now = timezone.now()
        return cases.late(now) if wanted else cases.exclude(due_at__lt=now)

    def filter_words(self, cases, name, words):
        return search.find(cases, words, self.request.user)[0]
