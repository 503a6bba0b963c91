"""What the API shows. Read only; what it takes is in ``inputs``."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from requests_app.journey import workflow
from requests_app.meetings.backing import support_for
from requests_app.models import Act, Event, Holder, Photo, ServiceRequest, Status
from requests_app.models.event import Party
from requests_app.privacy import contact_of, reads_internals
from services.models import Building, Category, Estate, Membership, Unit, User

LATENESS = [("", _("in time")), ("amber", _("near its deadline")), ("red", _("late"))]


class UnitRef(serializers.ModelSerializer):
    class Meta:
        model = Unit
        fields = ["code", "name"]


class EstateRef(serializers.ModelSerializer):
    class Meta:
        model = Estate
        fields = ["code", "name"]


class BuildingRef(serializers.ModelSerializer):
    class Meta:
        model = Building
        fields = ["code", "name"]


class CategoryRef(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ["code", "name"]


class PhotoSerializer(serializers.ModelSerializer):
    large = serializers.SerializerMethodField(help_text=_("Address of the photo, at most 2048 pixels long."))
    small = serializers.SerializerMethodField(help_text=_("Address of the photo, at most 480 pixels long."))

    class Meta:
        model = Photo
        fields = ["token", "stage", "large", "small", "width", "height", "at"]
        read_only_fields = fields

    def get_large(self, photo) -> str:
        return self._address(photo, "large")

    def get_small(self, photo) -> str:
        return self._address(photo, "small")

    def _address(self, photo, size):
        return self.context["request"].build_absolute_uri(reverse("api:photo", args=[photo.token, size]))


class AnswerSerializer(serializers.Serializer):
    label = serializers.CharField()
    value = serializers.CharField()


class CaseSerializer(serializers.ModelSerializer):
    """One case in a list. Name, phone and room are as ``contact_of`` gives them: in full for the resident alone."""

    code = serializers.CharField(
        allow_null=True, help_text=_("Tracking code; null for everybody but the resident and who filed it.")
    )
    contact_name = serializers.CharField(source="contact.name")
    contact_phone = serializers.CharField(source="contact.phone")
    room = serializers.CharField(source="contact.room")
    is_contact_kept = serializers.BooleanField(
        source="contact.is_kept", help_text=_("True where name, phone and room are hidden from you altogether.")
    )
    category = CategoryRef()
    estate = EstateRef()
    building = BuildingRef(allow_null=True)
    branch = UnitRef()
    lead = UnitRef(allow_null=True)
    status = serializers.ChoiceField(choices=Status.choices)
    holder = serializers.ChoiceField(choices=Holder.choices, help_text=_("Who has it now; empty once it is closed."))
    lateness = serializers.SerializerMethodField()

    class Meta:
        model = ServiceRequest
        fields = [
            "id", "code", "status", "holder", "category", "urgency", "text", "estate", "building", "spot", "room",
            "contact_name", "contact_phone", "is_contact_kept", "is_confidential", "source", "branch", "lead",
            "lateness", "due_at", "promised_at",
            "created_at", "moved_at", "fulfilled_at", "closed_at", "return_count", "contest_count", "appeal_count",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=LATENESS))
    def get_lateness(self, case):
        return case.lateness(self.context["at"])

    def to_representation(self, case):
        reader, is_new = self.context["request"].user, self.context.get("just_filed", False)
        # Whoever files for somebody reads it over and hands the code on, this once.
        revealed = is_new or self.context.get("revealed", False)
        case.contact = contact_of(case, reader, self.context["at"], revealed=revealed)
        shown = super().to_representation(case)
        if reader.pk != case.resident_id and not is_new:
            # With the code and the phone's last digits anybody could speak as the resident.
            shown["code"] = None
        return shown


class CaseDetailSerializer(CaseSerializer):
    """One case with its photos and what the reader may do now."""

    answers = AnswerSerializer(many=True, help_text=_("Answers to the category's own questions."))
    photos = serializers.SerializerMethodField()
    open_acts = serializers.SerializerMethodField(help_text=_("The acts open to you now."))
    last_event = serializers.SerializerMethodField(
        help_text=_("Serial of the latest event; send it as seen to have a step refused once the case has moved.")
    )

    requests_together = serializers.SerializerMethodField(
        help_text=_("How many requests go on together here, this one among them.")
    )
    households_behind = serializers.SerializerMethodField(
        help_text=_("How many households support it; they filed nothing and are counted apart.")
    )

    class Meta(CaseSerializer.Meta):
        fields = [
            *CaseSerializer.Meta.fields, "answers", "photos", "open_acts", "last_event", "requests_together",
            "households_behind",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(PhotoSerializer(many=True))
    def get_photos(self, case):
        internal = reads_internals(self.context["request"].user, case)
        photos = [photo for photo in case.photos.all() if internal or not photo.is_internal]
        return PhotoSerializer(photos, many=True, context=self.context).data

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Act.choices)))
    def get_open_acts(self, case):
        steps = workflow.steps_open_to(self.context["request"].user, case, self.context["at"])
        return list(dict.fromkeys(step.act for step in steps))

    def get_requests_together(self, case) -> int:
        return 1 + (case.merged.count() if case.has_merged else 0)

    def get_households_behind(self, case) -> int:
        support = support_for(case)
        return support.households if support else 0

    def get_last_event(self, case) -> int:
        return case.events.order_by("-serial").values_list("serial", flat=True).first() or 0


# What an act stated that is the resident's to know, whoever wrote it.
OPEN_FACTS = {
    "lead", "assist", "locked", "reason", "door", "times", "outcome", "contacted", "solved", "satisfaction",
    "moved", "why", "unit",
}  # fmt: skip


class EventSerializer(serializers.ModelSerializer):
    """One thing that happened. Residents read their own part: no names of staff, no internal words."""

    act = serializers.ChoiceField(choices=Act.choices)
    party = serializers.ChoiceField(choices=Party.choices, help_text=_("As what somebody acted."))
    unit = UnitRef(allow_null=True)
    actor = serializers.CharField(
        source="actor.get_full_name", allow_null=True, help_text=_("Who acted; shown to staff, and only of staff.")
    )
    source = serializers.CharField(help_text=_("The status before; empty for the filing."))
    target = serializers.ChoiceField(choices=Status.choices, help_text=_("The status after."))
    holder = serializers.ChoiceField(choices=Holder.choices)
    holder_unit = UnitRef(allow_null=True)
    facts = serializers.DictField(help_text=_("What else the act stated, by its own words."))
    photos = PhotoSerializer(many=True)

    class Meta:
        model = Event
        fields = [
            "serial", "act", "party", "unit", "actor", "source", "target", "holder", "holder_unit", "note", "facts",
            "is_public", "at", "photos",
        ]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, event):
        shown = super().to_representation(event)
        internal = self.context["internal"]
        if not internal or event.party in (Party.RESIDENT, Party.HOUSEHOLD):
            shown["actor"] = None
        if not internal:
            shown["note"] = event.public_note
            photos = [photo for photo in event.photos.all() if not photo.is_internal]
            shown["photos"] = PhotoSerializer(photos, many=True, context=self.context).data
            shown["facts"] = {name: fact for name, fact in event.facts.items() if name in OPEN_FACTS}
        return shown


class MembershipSerializer(serializers.ModelSerializer):
    unit = UnitRef()

    class Meta:
        model = Membership
        fields = ["role", "unit", "since", "until"]
        read_only_fields = fields


class MeSerializer(serializers.ModelSerializer):
    memberships = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["id", "username", "name", "phone", "memberships"]
        read_only_fields = fields

    @extend_schema_field(MembershipSerializer(many=True))
    def get_memberships(self, user):
        return MembershipSerializer(user.current_memberships(self.context["today"]), many=True).data
