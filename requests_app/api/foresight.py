"""What the coming weeks are likely to bring to the estates of a unit."""

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from requests_app.api.serializers import CategoryRef, EstateRef
from requests_app.figures.readers import unit_for
from requests_app.figures.weeks import expected
from requests_app.views.foresight import why
from services.models import Unit


class ExpectedSerializer(serializers.Serializer):
    """Trouble to expect: the same weeks of last year and of the year before had it."""

    estate = EstateRef()
    category = CategoryRef()
    last_year = serializers.IntegerField()
    year_before = serializers.IntegerField()
    weeks = serializers.ListField(child=serializers.DateField(), help_text=_("Mondays of the weeks to come."))
    why = serializers.SerializerMethodField(help_text=_("The reason in words."))

    def get_why(self, one) -> str:
        return why(one)


class ForesightView(APIView):
    filter_backends = []

    @extend_schema(summary=_("What the coming weeks are likely to bring"), responses=ExpectedSerializer(many=True))
    def get(self, request, code):
        at = timezone.now()
        unit = unit_for(request.user, code, at)
        if unit.kind == Unit.Kind.DEPARTMENT:
            raise Http404
        return Response(ExpectedSerializer(expected(at, unit=unit), many=True).data)
