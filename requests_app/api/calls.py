"""Call tasks, to read; a call itself is an event of the case."""

import django_filters
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from requests_app.models import FollowUp


class FollowUpSerializer(serializers.ModelSerializer):
    """One call task, with the number it was drawn by."""

    request = serializers.IntegerField(source="case_id", help_text=_("Number of the request."))
    serial = serializers.IntegerField(source="event.serial", help_text=_("Serial of the report that is asked about."))
    state = serializers.ChoiceField(choices=FollowUp.State.choices)
    due_at = serializers.DateTimeField(source="deadline.due_at")
    number = serializers.IntegerField(
        help_text=_("Drawn from 0 to 9999 with the month's seed; called where it lies below a hundred times the share.")
    )

    class Meta:
        model = FollowUp
        fields = [
            "id", "request", "serial", "state", "due_at", "attempts", "next_at", "contacted", "solved", "satisfaction",
            "number", "rate", "created_at", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields


class FollowUpFilter(FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=FollowUp.State.choices, label=_("In one of these states"))

    class Meta:
        model = FollowUp
        fields = ()


class FollowUpViewSet(GenericViewSet):
    """The call tasks this person may read: callers those they may call, supervisors and auditors all below them."""

    queryset = FollowUp.objects.all()
    serializer_class = FollowUpSerializer
    filterset_class = FollowUpFilter
    order = ("-created_at", "-id")

    def get_queryset(self):
        tasks = FollowUp.objects.visible_to(self.request.user, timezone.now())
        return tasks.select_related("event", "deadline")

    @extend_schema(summary=_("List the follow-up calls you may read, newest first"))
    def list(self, request):
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(FollowUpSerializer(page, many=True).data)

    @extend_schema(summary=_("One follow-up call"))
    def retrieve(self, request, pk):
        task = self.get_queryset().filter(pk=pk).first()
        if task is None:
            raise Http404
        return Response(FollowUpSerializer(task).data)
