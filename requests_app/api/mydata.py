"""One's own data through the API: the privacy notice, which everybody may read, and a copy of what is kept of one."""

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from requests_app.views import my_data
from services.models import PrivacyNotice, User


class PrivacyNoticeSerializer(serializers.ModelSerializer):
    class Meta:
        model = PrivacyNotice
        fields = ["version", "text", "text_en", "changes", "changes_en", "published_at"]
        read_only_fields = fields


class PrivacyNoticeView(APIView):
    permission_classes = [AllowAny]
    problems = {"GET": (404,)}

    @extend_schema(summary=_("The privacy notice that holds now"), responses=PrivacyNoticeSerializer)
    def get(self, request):
        notice = PrivacyNotice.objects.current(timezone.now())
        if notice is None:
            raise Http404
        return Response(PrivacyNoticeSerializer(notice).data)


class Zip(JSONRenderer):
    """Lets a client ask for application/zip; what is rendered, as JSON, are problems only."""

    media_type = "application/zip"
    format = "zip"


class CopyView(APIView):
    renderer_classes = [Zip, JSONRenderer]
    problems = {"POST": (429,)}

    @extend_schema(
        summary=_("A copy of everything that is kept of you"),
        description=_("A zip of JSON and photos, as on the page “My data”."),
        request=None,
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def post(self, request):
        at, user = timezone.now(), User.objects.get(pk=request.user.pk)
        my_data.count_copy(user, at)
        return my_data.answer_with_copy(user, at)
