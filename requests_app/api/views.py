"""Cases, their events and photos, and who is asking: each view finds, reads the input, acts, answers."""

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, status
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from requests_app.api import inputs, schema
from requests_app.api.filters import CaseFilter
from requests_app.api.keys import PARAMETER, once_per_key, read_key, read_photos
from requests_app.api.parsers import BoundedBody, JsonParser
from requests_app.api.problems import Conflict
from requests_app.api.serializers import CaseDetailSerializer, CaseSerializer, EventSerializer, MeSerializer
from requests_app.journey import follow_ups, workflow
from requests_app.models import Act, Event, ServiceRequest
from requests_app.mydata import consents
from requests_app.privacy import reads_internals
from requests_app.quotas import sign_in
from requests_app.views import photos
from services.models import ApiToken


class CaseViewSet(BoundedBody, GenericViewSet):
    """The cases this person may see; a new one is a filing."""

    queryset = ServiceRequest.objects.all()
    filterset_class = CaseFilter
    parser_classes = [JsonParser, MultiPartParser]
    order = ("-created_at", "-id")
    problems = {"POST": (409, 422)}

    def get_queryset(self):
        return ServiceRequest.objects.visible_to(self.request.user)

    @extend_schema(summary=_("List the requests you may see, newest first"), responses=CaseSerializer(many=True))
    def list(self, request):
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()).for_list().with_contact())
        context = {"request": request, "at": timezone.now()}
        return self.get_paginated_response(CaseSerializer(page, many=True, context=context).data)

    @extend_schema(summary=_("One request"), responses=CaseDetailSerializer)
    def retrieve(self, request, pk):
        return Response(shown(request, pk))

    @extend_schema(
        summary=_("File a request"),
        parameters=[PARAMETER],
        request={"application/json": inputs.FilingInput, "multipart/form-data": schema.FILING_WITH_PHOTOS},
        responses={
            201: OpenApiResponse(CaseDetailSerializer, _("The new request.")),
            200: OpenApiResponse(CaseDetailSerializer, _("The request this key had made more than 72 hours before.")),
        },
    )
    @once_per_key
    def create(self, request):
        at = timezone.now()
        key = read_key(request)
        filing = inputs.FilingInput(data=request.data, context={"request": request})
        filing.is_valid(raise_exception=True)
        facts, source = filing.validated_data, ServiceRequest.Source.API
        notice = facts.pop("privacy_notice")
        pictures = read_photos(request)
        with transaction.atomic():
            case = workflow.file(by=request.user, filing_key=key, source=source, photos=pictures, at=at, **facts)
            if notice:
                consents.give(notice, at, user=request.user)
        if request.user.pk not in (case.resident_id, case.filed_by_id):
            raise Conflict
        code = status.HTTP_201_CREATED if case.created_at == at else status.HTTP_200_OK
        return Response(shown(request, case.pk, Act.FILE), status=code)


class EventViewSet(BoundedBody, GenericViewSet):
    """What happened to one case; a new event is a step taken."""

    queryset = Event.objects.all()
    serializer_class = EventSerializer
    filter_backends = []
    parser_classes = [JsonParser, MultiPartParser]
    order = ("serial",)
    problems = {"POST": (404, 409, 422)}

    @extend_schema(summary=_("List the events of a request that you may read"))
    def list(self, request, pk):
        case = visible_case(request, pk)
        internal = reads_internals(request.user, case)
        events = case.events.all() if internal else case.events.public()
        events = events.select_related("unit", "holder_unit", "actor").prefetch_related("photos")
        context = {"request": request, "internal": internal}
        page = self.paginate_queryset(events)
        return self.get_paginated_response(EventSerializer(page, many=True, context=context).data)

    @extend_schema(
        summary=_("Take a step"),
        description=_("Answers with the request as it stands afterwards. What an act needs depends on the act."),
        parameters=[PARAMETER],
        request={"application/json": schema.STEP, "multipart/form-data": schema.STEP_WITH_PHOTOS},
        responses={201: OpenApiResponse(CaseDetailSerializer, _("The request after the step."))},
    )
    @once_per_key
    def create(self, request, pk):
        case = visible_case(request, pk)
        act = inputs.read_act(request.data)
        workflow.step_for(request.user, case, act)  # StepRefused before anything is said about fields
        facts = inputs.read_facts(act, request.data, {"request": request, "case": case})
        facts |= {"by": request.user, "photos": read_photos(request)}
        if act == Act.CALL:
            follow_ups.call(case, **facts)
        else:
            workflow.take(case, act, **facts)
        return Response(shown(request, pk, act), status=status.HTTP_201_CREATED)


class Jpeg(JSONRenderer):
    """Lets a client ask for image/jpeg; what is rendered, as JSON, are problems only."""

    media_type = "image/jpeg"
    format = "jpeg"


class PhotoView(APIView):
    renderer_classes = [Jpeg, JSONRenderer]
    filter_backends = []

    @extend_schema(
        summary=_("One photo"),
        parameters=[OpenApiParameter("size", str, OpenApiParameter.PATH, enum=photos.SIZES)],
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY},
    )
    def get(self, request, token, size):
        return photos.photo(request, token, size)


class MeView(APIView):
    @extend_schema(summary=_("Who you are and where you serve"), responses=MeSerializer)
    def get(self, request):
        return Response(MeSerializer(request.user, context={"today": timezone.localdate()}).data)


class TokenView(BoundedBody, APIView):
    """A new token for the API in exchange for a password."""

    authentication_classes = []
    permission_classes = [AllowAny]
    problems = {"POST": (429,)}

    @extend_schema(
        summary=_("Get your token"),
        request=inputs.TokenInput,
        responses=OpenApiResponse(inputs.Token, _("Your token.")),
    )
    def post(self, request):
        at = timezone.now()
        given = inputs.TokenInput(data=request.data)
        given.is_valid(raise_exception=True)
        user = sign_in(request, at=at, **given.validated_data)
        if user is None:
            raise exceptions.ValidationError(_("Name and password do not belong together."))
        token, key = ApiToken.objects.issue(user, at)
        return Response(inputs.Token({"token": key, "expires_at": token.expires_at}).data)


class NotFoundView(APIView):
    """Addresses below the API that lead nowhere, answered in its own way."""

    permission_classes = [AllowAny]

    @extend_schema(exclude=True)
    def get(self, request):
        raise Http404

    post = put = patch = delete = get


def visible_case(request, pk):
    """The case with what its steps read, or 404, also when it exists but is not this person's to see."""
    cases = ServiceRequest.objects.visible_to(request.user).for_page()
    try:
        return cases.prefetch_related("assignments__unit", "deadlines", "follow_ups", "photos__event").get(pk=pk)
    except ServiceRequest.DoesNotExist:
        raise Http404 from None


def shown(request, pk, act=None):
    """One case as JSON, read anew; after a look at the phone number, with the number; after filing, with the code."""
    context = {
        "request": request,
        "at": timezone.now(),
        "revealed": act == Act.REVEAL,
        "just_filed": act == Act.FILE,
    }
    return CaseDetailSerializer(visible_case(request, pk), context=context).data
