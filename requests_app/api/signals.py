"""The signals on a unit and all below it in a month, to read: the same rows as on its page."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from requests_app.figures.definitions import Definitions
from requests_app.figures.readers import unit_for
from requests_app.models import ServiceRequest, Signal, SignalCase
from requests_app.views.figures import month_in
from requests_app.views.signals import rows_of


class SignalSerializer(serializers.Serializer):
    """One lit signal; shares lie between 0 and 1, null where there is nothing to compare with."""

    id = serializers.IntegerField(source="signal.pk")
    unit = serializers.CharField(source="signal.unit.code")
    name = serializers.CharField(source="signal.unit.name")
    key = serializers.CharField(source="signal.definition.key")
    label = serializers.CharField(source="signal.definition")
    formula = serializers.CharField(source="signal.formula_shown")
    number = serializers.IntegerField(source="signal.number", help_text=_("Requests that show it."))
    total = serializers.IntegerField(source="signal.total", help_text=_("Requests looked at."))
    own_before = serializers.FloatField(
        source="beside.own", allow_null=True, help_text=_("The unit's own share in the twelve months before.")
    )
    others = serializers.FloatField(
        source="beside.others", allow_null=True, help_text=_("The share of all units of its kind in that month.")
    )
    state = serializers.ChoiceField(source="signal.state", choices=Signal.State.choices)
    requests = serializers.ListField(
        child=serializers.IntegerField(), help_text=_("Numbers of those among them that you may see.")
    )


class SignalsSerializer(serializers.Serializer):
    unit = serializers.CharField()
    month = serializers.CharField(help_text=_("As 2026-03."))
    signals = SignalSerializer(many=True)


class SignalsView(APIView):
    problems = {"GET": (404,)}

    @extend_schema(
        summary=_("The signals on a unit and all below it in a month"),
        parameters=[OpenApiParameter("month", OpenApiTypes.STR, description=_("As 2026-03; this month without it."))],
        responses=SignalsSerializer,
    )
    def get(self, request, code):
        at = timezone.now()
        unit, first = unit_for(request.user, code, at), month_in(request, Definitions(), at)
        found = Signal.objects.lit().under([unit]).filter(month=first)
        rows = rows_of(list(found.select_related("definition", "unit").order_by("unit__code", "definition")))
        opened = {row["signal"].pk: [] for row in rows}
        visible = ServiceRequest.objects.visible_to(request.user)
        pairs = SignalCase.objects.filter(signal__in=opened, case__in=visible.values("pk")).order_by("case")
        for signal, case in pairs.values_list("signal", "case"):
            opened[signal].append(case)
        shown = [{**row, "requests": opened[row["signal"].pk]} for row in rows]
        content = {"unit": unit.code, "month": f"{first:%Y-%m}", "signals": shown}
        return Response(SignalsSerializer(content).data)
