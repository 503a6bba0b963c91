"""What helps to decide whose work it is: proposals with their reasons, and the precedent book."""

import django_filters
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from requests_app.api.filters import moment
from requests_app.api.serializers import CategoryRef, UnitRef
from requests_app.api.views import visible_case
from requests_app.journey.routing import advise_each
from requests_app.models import Precedent
from requests_app.privacy import reads_internals
from services.api import UnitCodeFilter

PLACES = [("first", _("ruled to be its work")), ("", _("as routes and practice have it")), ("last", _("with care"))]


class ProposalSerializer(serializers.Serializer):
    department = UnitRef()
    place = serializers.SerializerMethodField(help_text=_("Whether a ruling or its returns moved it."))
    reasons = serializers.ListField(child=serializers.CharField(), help_text=_("Why it stands here, in sentences."))
    led = serializers.IntegerField(source="past.led", help_text=_("Such requests in the street, the past 180 days."))
    returned = serializers.IntegerField(source="past.returned", help_text=_("Of these, how many it returned."))
    in_hand = serializers.IntegerField(source="department.open_cases", help_text=_("Requests it has now."))
    late = serializers.IntegerField(source="department.late_cases", help_text=_("Of these, how many are late."))

    def get_place(self, proposal) -> str:
        return "first" if proposal.is_first else "last" if proposal.is_last else ""


class HelperSerializer(serializers.Serializer):
    department = UnitRef()
    times = serializers.IntegerField(help_text=_("How often it assisted with such requests in the street."))


class AdviceSerializer(serializers.Serializer):
    proposals = ProposalSerializer(many=True)
    assistants = HelperSerializer(many=True)


class ProposalsView(APIView):
    @extend_schema(summary=_("Which departments to dispatch a request to, and why"), responses=AdviceSerializer)
    def get(self, request, pk):
        case = visible_case(request, pk)
        if not reads_internals(request.user, case):
            raise Http404
        at = timezone.now()
        advice = advise_each([case], at)[case.pk]
        helpers = [{"department": unit, "times": times} for unit, times in advice.assistants]
        return Response(AdviceSerializer({"proposals": advice.proposals, "assistants": helpers}).data)


class PrecedentSerializer(serializers.ModelSerializer):
    category = CategoryRef()
    area = UnitRef(help_text=_("The community."))
    returned_by = UnitRef()
    decided_for = UnitRef()
    ruled_by = UnitRef()
    reason = serializers.CharField(source="reason.text", default=None, allow_null=True)
    outcome = serializers.ChoiceField(choices=Precedent.Outcome.choices)

    class Meta:
        model = Precedent
        fields = [
            "id",
            "category",
            "area",
            "returned_by",
            "decided_for",
            "reason",
            "outcome",
            "words",
            "ruled_by",
            "at",
        ]
        read_only_fields = fields


class PrecedentFilter(FilterSet):
    category = django_filters.CharFilter("category__code", max_length=40, label=_("Code of a category"))
    group = django_filters.CharFilter("category__parent__code", max_length=40, label=_("Code of a group of categories"))
    area = UnitCodeFilter("area__code", label=_("Code of a street or community"))
    unit = UnitCodeFilter("returned_by__code", "decided_for__code", label=_("Code of a department on either side"))
    reason = django_filters.CharFilter("reason__code", max_length=40, label=_("Code of a listed reason"))
    outcome = django_filters.ChoiceFilter(choices=Precedent.Outcome.choices, label=_("What was ruled"))
    q = django_filters.CharFilter("words", "contains", max_length=60, label=_("Words that the ruling holds"))
    ruled_after = moment("at", "gte", _("Ruled at this moment or later"))
    ruled_before = moment("at", "lt", _("Ruled before this moment"))

    class Meta:
        model = Precedent
        fields = ()


class PrecedentViewSet(GenericViewSet):
    """The book for those who dispatch, rule, work or audit; an empty list for everybody else."""

    queryset = Precedent.objects.all()
    serializer_class = PrecedentSerializer
    filterset_class = PrecedentFilter
    order = ("-at", "-id")

    def get_queryset(self):
        return Precedent.objects.visible_to(self.request.user)

    @extend_schema(summary=_("List the rulings on returns, newest first"))
    def list(self, request):
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()).for_list())
        return self.get_paginated_response(PrecedentSerializer(page, many=True).data)
