"""What comes back, to read; cause and remedy are said on the pages."""

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from requests_app.api.serializers import BuildingRef, CategoryRef, EstateRef, UnitRef
from requests_app.models import Promise, Recurrence, ServiceRequest
from requests_app.models.recurrence import STATES


class RemedySerializer(serializers.ModelSerializer):
    owner = UnitRef(allow_null=True)
    state = serializers.ChoiceField(choices=Promise.State.choices)

    class Meta:
        model = Promise
        fields = ["id", "text", "owner", "due_on", "state", "settled_on"]
        read_only_fields = fields


class RecurrenceSerializer(serializers.ModelSerializer):
    """One thing that comes back, with the requests that you may see."""

    estate = EstateRef()
    building = BuildingRef(allow_null=True)
    category = CategoryRef()
    branch = UnitRef()
    state = serializers.ChoiceField(
        choices=list(STATES.items()), help_text=_("open: nobody has promised a remedy yet.")
    )
    remedy = RemedySerializer(source="promise", allow_null=True)
    requests = serializers.SerializerMethodField(help_text=_("Numbers of its requests, as far as you may see them."))

    class Meta:
        model = Recurrence
        fields = [
            "id", "estate", "building", "category", "branch", "state", "times", "cause", "remedy", "requests",
            "found_at", "last_case_at", "closed_at", "reopened",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_requests(self, one):
        return [key for key in (link.case_id for link in one.links.all() if not link.struck_at) if key in self.seen]

    @property
    def seen(self):
        """The keys that the reader may see of all that is shown; one query."""
        if "seen" not in self.context:
            rows = self.instance if self.parent is None else self.parent.instance
            rows = rows if isinstance(rows, list) else [rows]
            keys = [link.case_id for one in rows for link in one.links.all()]
            visible = ServiceRequest.objects.visible_to(self.context["request"].user).filter(pk__in=keys)
            self.context["seen"] = set(visible.order_by().values_list("pk", flat=True))
        return self.context["seen"]


class RecurrenceViewSet(GenericViewSet):
    """What comes back below one's own unit, and what one's own department promised to remedy."""

    queryset = Recurrence.objects.all()
    serializer_class = RecurrenceSerializer
    filter_backends = []
    order = ("-last_case_at", "-id")

    def get_queryset(self):
        return Recurrence.objects.visible_to(self.request.user).for_list().prefetch_related("links")

    @extend_schema(summary=_("List what comes back, the last first"))
    def list(self, request):
        page = self.paginate_queryset(self.get_queryset())
        shown = RecurrenceSerializer(page, many=True, context={"request": request})
        return self.get_paginated_response(shown.data)

    @extend_schema(summary=_("One thing that comes back"))
    def retrieve(self, request, pk):
        one = self.get_queryset().filter(pk=pk).first()
        if one is None:
            raise Http404
        return Response(RecurrenceSerializer(one, context={"request": request}).data)
