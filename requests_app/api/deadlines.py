"""The deadlines of a case, each with the proof of its end."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.viewsets import GenericViewSet

from requests_app.api.views import visible_case
from requests_app.journey.account import account_of
from requests_app.journey.proof import Why
from requests_app.models import Deadline
from services.models import Limit


class SpanSerializer(serializers.Serializer):
    """One stretch of a proof, within one day."""

    begin = serializers.DateTimeField()
    end = serializers.DateTimeField()
    day = serializers.DateField()
    counted = serializers.BooleanField(source="is_counted")
    why = serializers.ChoiceField(
        choices=[(why.value, why.value) for why in Why], help_text=_("Why it counts, or why it does not.")
    )
    seconds = serializers.FloatField(help_text=_("How much of it counts, of a limit of minutes or hours."))
    nth = serializers.IntegerField(help_text=_("Which day of a limit of days it is; 0 where it is none."))
    name = serializers.CharField(help_text=_("What a special day is called."))
    assumed = serializers.BooleanField(
        source="is_assumed", help_text=_("The holidays of that year are not announced; the weekday decides.")
    )
    reason = serializers.SerializerMethodField(help_text=_("Why the clock stood still."))

    def get_reason(self, span) -> str:
        pause = self.context["account"].pause_of(span)
        return str(pause.why) if pause else ""


class DeadlineSerializer(serializers.ModelSerializer):
    """One deadline. What counts in its proof adds up to its limit; the last stretch ends when it is due."""

    step = serializers.ChoiceField(choices=Limit.Step.choices)
    time_unit = serializers.ChoiceField(choices=Limit.TimeUnit.choices)
    proof = serializers.SerializerMethodField(
        help_text=_("Every stretch from the beginning to the end; empty where the calendar of that time was not kept.")
    )

    class Meta:
        model = Deadline
        fields = [
            "id", "step", "amount", "extended_by", "time_unit", "basis", "started_at", "amber_at", "due_at",
            "ended_at", "is_provisional", "proof",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(SpanSerializer(many=True))
    def get_proof(self, deadline):
        account = account_of(deadline, self.context["pauses"])
        return SpanSerializer(account.spans, many=True, context={"account": account}).data


class DeadlineViewSet(GenericViewSet):
    """The deadlines of one case, in the order in which they began."""

    queryset = Deadline.objects.all()
    serializer_class = DeadlineSerializer
    filter_backends = []
    order = ("started_at", "id")
    problems = {"GET": (404,)}

    @extend_schema(summary=_("List the deadlines of a request, each with how it was counted"))
    def list(self, request, pk):
        case = visible_case(request, pk)
        page = self.paginate_queryset(case.deadlines.select_related("calendar"))
        context = {"request": request, "pauses": list(case.pauses.select_related("reason"))}
        return self.get_paginated_response(DeadlineSerializer(page, many=True, context=context).data)
