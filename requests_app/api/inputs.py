"""What the API takes: plain serializers. Who may do what, and when, stands in the table of steps."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from requests_app.forms.filing import YES_OR_NO, answers_in_words
from requests_app.journey import refusals
from requests_app.journey.attempts import ANSWERS, Outcome
from requests_app.journey.refusals import ANSWER_MISSING, LOOK_AT_IT, NOT_IN_PUBLIC
from requests_app.journey.steps import NEEDS_NOTE
from requests_app.models import Act, Photo, Rating, ServiceRequest
from requests_app.models.event import Party
from requests_app.mydata import consents
from requests_app.personal import unfit_for_public
from services.models import Building, Category, Estate, Reason, Unit
from services.models.users import MOBILE


class CodeField(serializers.CharField):
    """A code that stands for a row; the cleaned value is the row. ``rows`` gives the queryset to look in."""

    default_error_messages = {"unknown": _("There is nothing with this code.")}

    def __init__(self, rows, key="code", **kwargs):
        self.rows, self.key = rows, key
        super().__init__(**kwargs)

    def run_validation(self, data=serializers.empty):
        code = super().run_validation(data)
        if not code:
            return None
        row = self.rows().filter(**{self.key: code}).first()
        if row is None:
            self.fail("unknown")
        return row


class YesOrNo(serializers.BooleanField):
    """A boolean that must be said: in a form, too, silence is no answer."""

    default_empty_html = serializers.empty


def departments():
    return Unit.objects.active().of_kind(Unit.Kind.DEPARTMENT)


def reasons(kind):
    return lambda: Reason.objects.filter(kind=kind, is_active=True)


def buildings():
    return Building.objects.select_related("estate")


class TokenInput(serializers.Serializer):
    username = serializers.CharField(max_length=150, help_text=_("User name or mobile number."))
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class Token(serializers.Serializer):
    token = serializers.CharField(help_text=_("Send it as “Authorization: Token …”. It is shown this once."))
    expires_at = serializers.DateTimeField(help_text=_("From then on it opens nothing; get another before."))


PARTIES = (Party.RESIDENT, Party.HOUSEHOLD, Party.BRANCH, Party.DISPATCHER)


class FilingInput(serializers.Serializer):
    """A request. Without a name and number of its own it takes those of whoever files it for themselves."""

    party = serializers.ChoiceField(
        choices=[(party.value, party.label) for party in PARTIES],
        default=Party.RESIDENT.value,
        help_text=_("As what you file: for yourself, or on a resident's behalf."),
    )
    estate = CodeField(Estate.objects.active, max_length=12, help_text=_("Plate code of the estate."))
    building = CodeField(buildings, max_length=12, required=False, help_text=_("Plate code of the building."))
    spot = serializers.CharField(max_length=60, required=False, allow_blank=True)
    room = serializers.CharField(max_length=20, required=False, allow_blank=True)
    category = CodeField(Category.objects.leaves, max_length=40, help_text=_("Code of the category."))
    text = serializers.CharField(max_length=1000, help_text=_("What is the matter."))
    answers = serializers.DictField(
        child=serializers.CharField(max_length=100, allow_blank=True),
        required=False,
        help_text=_("Answers to the category's questions by their keys; yes or no where that is asked."),
    )
    contact_name = serializers.CharField(max_length=40, required=False, allow_blank=True)
    contact_phone = serializers.CharField(max_length=11, required=False, validators=[MOBILE])
    is_confidential = serializers.BooleanField(
        default=False, help_text=_("Name, number and room are hidden from every department.")
    )
    again = serializers.BooleanField(default=False, help_text=_("It was reported before and has come back."))
    consent = serializers.BooleanField(default=False, help_text=_("The neighbour agreed; a household must say so."))
    privacy_notice = serializers.IntegerField(
        required=False,
        help_text=_("The version of the privacy notice that you agree to; needed once for each version."),
    )

    def validate(self, facts):
        errors = {}
        building = facts.get("building")
        if building and building.estate != facts["estate"]:
            errors["building"] = [_("This building belongs to another estate.")]
        if facts["party"] == Party.RESIDENT:
            user = self.context["request"].user
            facts.setdefault("contact_name", user.name)
            facts.setdefault("contact_phone", user.phone or "")
        if not facts.get("contact_phone"):
            errors["contact_phone"] = [_("A request needs a mobile number.")]
        if facts["party"] == Party.HOUSEHOLD and not facts["consent"]:
            errors["consent"] = [_("Filing for a neighbour needs their consent.")]
        errors |= self._consent(facts)
        given = facts.get("answers", {})
        wrong = wrong_answers(facts["category"], given)
        if wrong:
            errors["answers"] = wrong
        if errors:
            raise serializers.ValidationError(errors)
        facts["answers"] = answers_in_words(facts["category"].questions, given)
        return facts

    def _consent(self, facts):
        """Put the notice that is agreed to, or None, in the place of its number; what is missing, by field."""
        said, notice = facts.pop("privacy_notice", None), None
        if facts["party"] == Party.RESIDENT:
            notice = consents.asked_of(self.context["request"].user, timezone.now())
        facts["privacy_notice"] = notice
        if notice is None or said == notice.version:
            return {}
        sentence = _("Agree to the privacy notice first: read version %(version)s and send its number.")
        return {"privacy_notice": [sentence % {"version": notice.version}]}


def wrong_answers(category, given):
    """What is wrong with the answers to the questions of ``category``, by key."""
    questions = {question["key"]: question for question in category.questions}
    wrong = {key: [_("The category does not ask this.")] for key in given if key not in questions}
    for key, question in questions.items():
        allowed = list(dict(YES_OR_NO)) if question["kind"] == "yes_no" else question.get("choices")
        if given.get(key) and allowed and given[key] not in allowed:
            wrong[key] = [_("Choose one of these: %(choices)s") % {"choices": ", ".join(allowed)}]
    return wrong


class StepInput(serializers.Serializer):
    """What every act may carry."""

    seen = serializers.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        required=False,
        help_text=_("Serial of the last event you know; the step is refused once the case has moved since."),
    )
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class DoneInput(StepInput):
    done_by = serializers.CharField(max_length=60, required=False, allow_blank=True, help_text=_("Who did it."))


class LeadInput(StepInput):
    lead = CodeField(departments, max_length=18, help_text=_("Code of the department that does the work."))
    assist = serializers.ListField(
        child=CodeField(departments, max_length=18),
        max_length=20,
        required=False,
        help_text=_("Codes of departments that assist."),
    )


class ReturnInput(StepInput):
    reason = CodeField(reasons(Reason.Kind.RETURN), max_length=40, help_text=_("Code of a listed reason."))


class DeclineInput(StepInput):
    reason = CodeField(reasons(Reason.Kind.DECLINE), max_length=40, help_text=_("Code of a listed reason."))
    door = serializers.CharField(
        max_length=300, required=False, allow_blank=True, help_text=_("Where to turn instead; else the reason says it.")
    )

    def validate(self, facts):
        facts["door"] = facts.get("door") or facts["reason"].guidance
        if not facts["door"]:
            raise serializers.ValidationError({"door": [_("Say where the resident can turn instead.")]})
        return facts


class WaiveInput(StepInput):
    assistant = CodeField(departments, max_length=18, help_text=_("Code of the assisting department."))


class AskInput(StepInput):
    reason = CodeField(reasons(Reason.Kind.ASK), max_length=40, help_text=_("Code of a listed reason."))


class MoreTimeInput(StepInput):
    amount = serializers.IntegerField(
        min_value=1, max_value=5000, help_text=_("How much more, in the unit of the clock that runs.")
    )


class ParkInput(StepInput):
    reason = CodeField(reasons(Reason.Kind.PARK), max_length=40, help_text=_("Code of a listed reason."))
    condition = serializers.CharField(max_length=200, help_text=_("What must happen first."))
    leader = CodeField(Unit.objects.active, max_length=18, help_text=_("Code of the unit that sees to it."))
    review_on = serializers.DateField(help_text=_("Day of review."))


class MergeInput(StepInput):
    parent = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, help_text=_("Id of the request it goes on with.")
    )

    def validate_parent(self, pk):
        found = ServiceRequest.objects.visible_to(self.context["request"].user).filter(pk=pk).first()
        if found is None:
            raise serializers.ValidationError(refusals.NO_SUCH_PARENT)
        return found


class RateInput(StepInput):
    contacted = YesOrNo(help_text=_("Did somebody contact you about it?"))
    solved = YesOrNo(help_text=_("Is it solved?"))
    satisfaction = serializers.ChoiceField(choices=Rating.Satisfaction.choices)


class CallInput(StepInput):
    """How a call went. Whoever was reached answers three questions; what is not solved is redone."""

    outcome = serializers.ChoiceField(choices=Outcome.choices)
    contacted = serializers.BooleanField(required=False, help_text=_("Did somebody contact you about it?"))
    solved = serializers.BooleanField(required=False, help_text=_("Is it solved?"))
    satisfaction = serializers.ChoiceField(choices=Rating.Satisfaction.choices, required=False)
    redo = serializers.BooleanField(required=False, help_text=_("The resident wants it redone."))
    give_up = serializers.BooleanField(
        required=False, help_text=_("Count as unreachable; only after enough attempts at different times of the day.")
    )

    def validate(self, facts):
        given = [name for name in ANSWERS if name in facts]
        if facts["outcome"] != Outcome.REACHED:
            if given or facts.get("redo"):
                raise serializers.ValidationError({"outcome": [_("Only somebody who was reached can answer.")]})
            return facts
        missing = {name: [ANSWER_MISSING] for name in ANSWERS if name not in given}
        if (facts.get("redo") or facts.get("solved") is False) and not facts.get("note"):
            missing["note"] = [_("Write down what is still wrong, as they say it.")]
        if missing:
            raise serializers.ValidationError(missing)
        return facts


class ConcealInput(StepInput):
    against = CodeField(
        departments, max_length=18, required=False, allow_blank=True, help_text=_("Code of the unit complained about.")
    )


class ReleaseInput(StepInput):
    """The wording for the public; refused while it names the person, a number or a plate."""

    text = serializers.CharField(max_length=1000)
    outcome = serializers.CharField(max_length=1000)
    photos_shown = serializers.ListField(
        child=serializers.CharField(max_length=32), max_length=100, required=False, help_text=_("Tokens of photos.")
    )
    looked_at = serializers.ListField(
        child=serializers.CharField(max_length=60),
        max_length=100,
        required=False,
        help_text=_("Pieces that look like somebody's name or room and that a person found to be nobody's."),
    )

    def validate(self, facts):
        refused = {}
        for name in ("text", "outcome"):
            certain, likely = unfit_for_public(facts[name], self.context["case"], facts.get("looked_at", ()))
            if certain or likely:
                why = NOT_IN_PUBLIC if certain else LOOK_AT_IT
                refused[name] = [why % {"found": ", ".join(certain or likely)}]
        if refused:
            raise serializers.ValidationError(refused)
        return facts

    def validate_photos_shown(self, tokens):
        photos = Photo.objects.shown_to_residents().filter(case=self.context["case"], token__in=tokens)
        if len(photos) < len(set(tokens)):
            raise serializers.ValidationError(_("This is no photo that may be shown."))
        return photos


# What an act needs beside words; every other act needs none.
NEEDS = {
    Act.SETTLE: DoneInput,
    Act.FULFIL: DoneInput,
    Act.DISPATCH: LeadInput,
    Act.UPHOLD: LeadInput,
    Act.REASSIGN: LeadInput,
    Act.RETURN: ReturnInput,
    Act.DECLINE: DeclineInput,
    Act.WAIVE: WaiveInput,
    Act.MERGE: MergeInput,
    Act.RATE: RateInput,
    Act.CALL: CallInput,
    Act.CONCEAL: ConcealInput,
    Act.RELEASE: ReleaseInput,
    Act.ASK: AskInput,
    Act.MORE_TIME: MoreTimeInput,
    Act.PARK: ParkInput,
}
# A case is filed by creating it; lapsing is the clock's.
NOT_TAKEN_HERE = (Act.FILE, Act.LAPSE, Act.ALARM, Act.RECOMPUTE)


def _input_for(act):
    """The input of one act: ``act`` itself, its words, which some acts need, and what else it needs."""
    const = extend_schema_field({"type": "string", "const": act.value})
    fields = {"act": const(type("ActField", (serializers.CharField,), {}))(help_text=act.label)}
    if act in NEEDS_NOTE:
        fields["note"] = serializers.CharField(max_length=1000)
    return type(f"{act.value.capitalize()}Step", (NEEDS.get(act, StepInput),), fields)


STEP_INPUTS = {act: _input_for(act) for act in Act if act not in NOT_TAKEN_HERE}


class ActInput(serializers.Serializer):
    act = serializers.ChoiceField(choices=[(act.value, act.label) for act in STEP_INPUTS])


def read_act(data):
    """The act that ``data`` names, or ValidationError."""
    known = ActInput(data=data)
    known.is_valid(raise_exception=True)
    return Act(known.validated_data["act"])


def read_facts(act, data, context):
    """What ``act`` needs, as ``workflow.take`` expects it, or ValidationError."""
    facts = STEP_INPUTS[act](data=data, context=context)
    facts.is_valid(raise_exception=True)
    return {key: value for key, value in facts.validated_data.items() if key != "act"}
