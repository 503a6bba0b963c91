"""What is open in one's own estate, and one's household's voice for it: no name, no word that anybody wrote."""

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from requests_app.api.parsers import BoundedBody
from requests_app.api.serializers import BuildingRef, CategoryRef, EstateRef
from requests_app.meetings.backing import backable, speak, speaker_for, take_back
from requests_app.meetings.refusals import Refused
from requests_app.views.our_estate import for_neighbours, matters

AT_MOST = 100  # matters of one estate in an answer, the newest
HOMELESS = _("Say first where you live, or use your household's slip: on the site, under “Our estate”.")


class MatterSerializer(serializers.Serializer):
    """One open matter as any neighbour reads it."""

    id = serializers.IntegerField(source="case.pk")
    category = CategoryRef(source="case.category")
    estate = EstateRef(source="case.estate")
    building = BuildingRef(source="case.building", allow_null=True)
    spot = serializers.CharField(help_text=_("A place that has a plate of its own; empty where it was typed."))
    created_at = serializers.DateTimeField(source="case.created_at")
    stands = serializers.CharField(source="next.sentence", help_text=_("What happens next, in words."))
    requests = serializers.IntegerField(help_text=_("How many requests were filed about it."))
    households = serializers.IntegerField(
        source="support.households", help_text=_("How many households support it without a request of their own.")
    )
    needed = serializers.IntegerField(
        source="support.needed", help_text=_("From so many households on it comes to the joint meeting; 0: unknown.")
    )
    is_own = serializers.BooleanField(help_text=_("True where a request of yours is about it."))
    is_supported = serializers.SerializerMethodField(help_text=_("True where your household supports it."))

    def get_is_supported(self, matter) -> bool:
        return matter["voice"] is not None


class VoiceInput(serializers.Serializer):
    support = serializers.BooleanField(help_text=_("True gives your household's voice, false takes it back."))


class OurEstateView(APIView):
    filter_backends = []

    @extend_schema(summary=_("What is open in your own estate"), responses=MatterSerializer(many=True))
    def get(self, request):
        speaker = speaker_for(request.user)
        if speaker is None:
            return Response([])
        cases = for_neighbours(backable().filter(estate=speaker.estate)).order_by("-created_at", "-pk")
        found = matters(list(cases[:AT_MOST]), speaker, timezone.now())
        return Response(MatterSerializer(found, many=True).data)


class VoiceView(BoundedBody, APIView):
    filter_backends = []
    problems = {"POST": (404, 422)}

    @extend_schema(
        summary=_("Give your household's voice to a matter, or take it back"),
        request=VoiceInput,
        responses={201: MatterSerializer},
    )
    def post(self, request, pk):
        at, speaker = timezone.now(), speaker_for(request.user)
        case = for_neighbours(backable()).filter(pk=pk).first()
        if case is None:
            raise Http404
        given = VoiceInput(data=request.data)
        given.is_valid(raise_exception=True)
        if speaker is None:
            raise ValidationError(HOMELESS)
        try:
            speak(pk, speaker, at) if given.validated_data["support"] else take_back(pk, speaker)
        except Refused as refused:
            raise ValidationError(refused.sentence) from None
        (matter,) = matters([case], speaker, at)
        return Response(MatterSerializer(matter).data, status=status.HTTP_201_CREATED)
