"""The figures of a unit in a month: the same counters, definitions and queries as on its page."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from requests_app.figures.board import board_of
from requests_app.figures.definitions import Definitions
from requests_app.figures.readers import unit_for
from requests_app.views.figures import month_in


class NumberSerializer(serializers.Serializer):
    """So many requests are counted so, or left out for this reason."""

    key = serializers.CharField()
    label = serializers.CharField()
    number = serializers.IntegerField()


class FigureSerializer(serializers.Serializer):
    """One figure of one month; shares lie between 0 and 1, times are seconds, null where nothing is counted."""

    key = serializers.CharField(source="now.figure.key")
    label = serializers.CharField(source="now.figure.label")
    form = serializers.ChoiceField(source="now.figure.form", choices=["count", "share", "time"])
    version = serializers.IntegerField(source="now.definition.version")
    formula = serializers.CharField(source="now.definition.formula_shown")
    value = serializers.FloatField(source="now.value", allow_null=True)
    last_month = serializers.FloatField(source="before.value", allow_null=True)
    last_year = serializers.FloatField(source="year.value", allow_null=True)
    total = serializers.IntegerField(source="now.total", help_text=_("Requests that count."))
    parts = serializers.SerializerMethodField()
    left_out = serializers.SerializerMethodField()

    def get_parts(self, row) -> NumberSerializer(many=True):
        return [{"key": part.key, "label": part.label, "number": number} for part, number in row["now"].parts]

    def get_left_out(self, row) -> NumberSerializer(many=True):
        return [{"key": key, "label": reason, "number": number} for key, reason, number in row["now"].left_out]


class FiguresSerializer(serializers.Serializer):
    unit = serializers.CharField(source="unit.code")
    name = serializers.CharField(source="unit.name")
    month = serializers.CharField(help_text=_("As 2026-03."))
    figures = FigureSerializer(many=True)


class FiguresView(APIView):
    problems = {"GET": (404,)}

    @extend_schema(
        summary=_("The figures of a unit in a month"),
        parameters=[OpenApiParameter("month", OpenApiTypes.STR, description=_("As 2026-03; this month without it."))],
        responses=FiguresSerializer,
    )
    def get(self, request, code):
        at = timezone.now()
        unit, definitions = unit_for(request.user, code, at), Definitions()
        board = board_of(unit, definitions, month_in(request, definitions, at), at)
        rows = [
            {
                "now": board.own.now[figure.key],
                "before": board.own.before[figure.key],
                "year": board.own.year[figure.key],
            }
            for figure in board.figures
        ]
        shown = {"unit": unit, "month": str(board.month), "figures": rows}
        return Response(FiguresSerializer(shown).data)
