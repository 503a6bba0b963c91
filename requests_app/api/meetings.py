"""Joint meetings and promises, to read: agendas for those who see the meeting, published minutes for everybody."""

import django_filters
from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from requests_app.api.serializers import UnitRef
from requests_app.meetings.minutes import resolutions
from requests_app.models import Meeting, Minutes, Promise, PromiseChange, Resolution, ServiceRequest
from services.api import UnitCodeFilter


class MeetingSerializer(serializers.ModelSerializer):
    series = serializers.CharField(source="series.code")
    unit = UnitRef(source="series.unit", help_text=_("Who calls it."))
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=Meeting.State.choices)
    has_published_minutes = serializers.BooleanField()

    class Meta:
        model = Meeting
        fields = ["id", "series", "unit", "number", "title", "at", "place", "state", "has_published_minutes"]
        read_only_fields = fields


class ResolutionSerializer(serializers.ModelSerializer):
    kind = serializers.ChoiceField(choices=Resolution.Kind.choices)
    owner = serializers.CharField(help_text=_("Whose it is: a unit, or others by name."))

    class Meta:
        model = Resolution
        fields = ["kind", "text", "owner", "due_on"]
        read_only_fields = fields


class ItemSerializer(serializers.Serializer):
    """One item of the agenda; of requests that you may not see no number is told."""

    title = serializers.CharField(help_text=_("A matter in words; empty for requests and promises."))
    request = serializers.SerializerMethodField(help_text=_("Number of the request it is about."))
    promise = serializers.IntegerField(source="promise_id", allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField(), help_text=_("Why it is on the agenda."))
    resolutions = serializers.SerializerMethodField()

    def get_request(self, item) -> int | None:
        return item.case_id if item.case_id in self.context["seen"] else None

    def get_resolutions(self, item) -> ResolutionSerializer(many=True):
        return ResolutionSerializer(self.context["resolved"].get(item.pk, []), many=True).data


class MinutesSerializer(serializers.Serializer):
    """Minutes as they were published: nobody is named."""

    opening = serializers.CharField()
    content = serializers.JSONField(help_text=_("Who was there, what became of the last resolutions, and each item."))
    closing = serializers.CharField()
    published_at = serializers.DateTimeField()
    digest = serializers.CharField()
    addenda = serializers.ListField(
        source="addenda_in_words", child=serializers.CharField(), help_text=_("Corrections since.")
    )


class MeetingDetailSerializer(MeetingSerializer):
    agenda = ItemSerializer(many=True, allow_null=True, help_text=_("Null for those who only read the minutes."))
    minutes = MinutesSerializer(source="published", allow_null=True)

    class Meta(MeetingSerializer.Meta):
        fields = [*MeetingSerializer.Meta.fields, "agenda", "minutes"]
        read_only_fields = fields


class MeetingFilter(FilterSet):
    unit = UnitCodeFilter("series__unit__code", label=_("Code of the unit that calls it, or of one above"))
    state = django_filters.MultipleChoiceFilter(choices=Meeting.State.choices, label=_("In one of these states"))

    class Meta:
        model = Meeting
        fields = ()


class MeetingViewSet(GenericViewSet):
    """The meetings this person sees, and all whose minutes are published."""

    queryset = Meeting.objects.all()
    serializer_class = MeetingSerializer
    filterset_class = MeetingFilter
    order = ("-at", "-id")

    def get_queryset(self):
        published = Minutes.objects.filter(meeting=OuterRef("pk"), state=Minutes.State.PUBLISHED)
        own = Meeting.objects.visible_to(self.request.user).order_by().values("pk")
        found = Meeting.objects.annotate(has_published_minutes=Exists(published))
        return found.filter(Q(has_published_minutes=True) | Q(pk__in=own)).select_related("series__unit", "minutes")

    @extend_schema(summary=_("List the joint meetings you may read, newest first"))
    def list(self, request):
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(MeetingSerializer(page, many=True).data)

    @extend_schema(summary=_("One joint meeting: its agenda, its published minutes"), responses=MeetingDetailSerializer)
    def retrieve(self, request, pk):
        meeting = self.get_queryset().filter(pk=pk).first()
        if meeting is None:
            raise Http404
        meeting.published, meeting.agenda, context = None, None, {}
        if meeting.has_published_minutes:
            meeting.published = meeting.minutes
            meeting.published.addenda_in_words = list(meeting.minutes.addenda.values_list("text", flat=True))
        if Meeting.objects.visible_to(request.user).filter(pk=meeting.pk).exists():
            meeting.agenda, context = agenda_of(meeting, request.user)
        return Response(MeetingDetailSerializer(meeting, context=context).data)


def agenda_of(meeting, user):
    """(items, context for their serializer): what was resolved on each, and which requests ``user`` may see."""
    items = list(meeting.items.standing().order_by("order", "pk"))
    cases = ServiceRequest.objects.visible_to(user).filter(pk__in=[item.case_id for item in items if item.case_id])
    resolved = {}
    for one in resolutions().filter(item__in=items):
        resolved.setdefault(one.item_id, []).append(one)
    return items, {"seen": set(cases.values_list("pk", flat=True)), "resolved": resolved}


class ChangeSerializer(serializers.ModelSerializer):
    kind = serializers.ChoiceField(choices=PromiseChange.Kind.choices)

    class Meta:
        model = PromiseChange
        fields = ["kind", "note", "old_due_on", "new_due_on", "on"]
        read_only_fields = fields


class PromiseSerializer(serializers.ModelSerializer):
    """One promise; ``due_on`` is the day that holds now."""

    owner = UnitRef(allow_null=True)
    estate = serializers.CharField(source="estate.code", default=None, allow_null=True)
    unit = UnitRef(help_text=_("The branch or community that booked it and watches over it."))
    state = serializers.ChoiceField(choices=Promise.State.choices)

    class Meta:
        model = Promise
        fields = [
            "id", "owner", "owner_name", "text", "estate", "unit", "made_on", "first_due_on", "due_on", "state",
            "settled_on",
        ]  # fmt: skip
        read_only_fields = fields


class PromiseDetailSerializer(PromiseSerializer):
    changes = ChangeSerializer(many=True)

    class Meta(PromiseSerializer.Meta):
        fields = [*PromiseSerializer.Meta.fields, "changes"]
        read_only_fields = fields


class PromiseFilter(FilterSet):
    estate = django_filters.CharFilter("estate__code", max_length=20, label=_("Code of an estate"))
    unit = UnitCodeFilter("unit__code", label=_("Code of the unit that booked it, or of one above"))
    state = django_filters.MultipleChoiceFilter(choices=Promise.State.choices, label=_("In one of these states"))

    class Meta:
        model = Promise
        fields = ()


class PromiseViewSet(GenericViewSet):
    """The ledger: promises this person sees, and all that were made to an estate."""

    queryset = Promise.objects.all()
    serializer_class = PromiseSerializer
    filterset_class = PromiseFilter
    order = ("-made_on", "-id")

    def get_queryset(self):
        own = Promise.objects.visible_to(self.request.user).order_by().values("pk")
        return Promise.objects.filter(Q(estate__isnull=False) | Q(pk__in=own)).for_list()

    @extend_schema(summary=_("List the promises you may read, newest first"))
    def list(self, request):
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(PromiseSerializer(page, many=True).data)

    @extend_schema(summary=_("One promise with all that became of it"), responses=PromiseDetailSerializer)
    def retrieve(self, request, pk):
        promise = self.get_queryset().prefetch_related("changes").filter(pk=pk).first()
        if promise is None:
            raise Http404
        return Response(PromiseDetailSerializer(promise).data)
