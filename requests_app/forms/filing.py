"""What filing asks, one form a page. The draft keeps what was typed as it was typed; these say what it means."""

from itertools import groupby

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from requests_app.forms.photos import PhotosField
from requests_app.models.event import Party
from services.forms import PhoneField
from services.models import Building, Category, Estate, Spot

TEXT_AT_MOST = 1000  # characters; what a case keeps
ANSWER_AT_MOST = 100  # characters of one answer to an extra question
YES_OR_NO = [("yes", _("Yes")), ("no", _("No"))]
CAME_BACK = _("It was reported before and has come back")
# Where exactly, in the words most people use.
SPOTS = [
    ("entrance", pgettext_lazy("spot", "At the entrance of the building")),
    ("stairs", pgettext_lazy("spot", "In the stairwell")),
    ("lift", pgettext_lazy("spot", "In the lift")),
    ("home", pgettext_lazy("spot", "In my flat")),
    ("basement", pgettext_lazy("spot", "In the basement or garage")),
    ("roof", pgettext_lazy("spot", "On the roof or outer wall")),
    ("yard", pgettext_lazy("spot", "On a road or green of the estate")),
    ("gate", pgettext_lazy("spot", "At the gate or fence")),
]
SPOT_AT_MOST = 60  # characters; what a case keeps
SPOT_WORDS_AT_MOST = 40  # characters of it that are typed


def spot_typed(spot):
    """The fields of ``PlaceForm`` whose cleaned ``spot`` was this one."""
    with translation.override(settings.LANGUAGE_CODE):
        kind = next((kind for kind, label in SPOTS if spot == str(label) or spot.startswith(f"{label} ")), "")
        words = spot.removeprefix(str(dict(SPOTS)[kind])) if kind else spot
    return {"spot_kind": kind, "spot_words": words.strip()[:SPOT_WORDS_AT_MOST]}


class FilingForm(forms.Form):
    """One page of filing; ``filing`` knows what the other pages said and for whom it is filed."""

    def __init__(self, data=None, files=None, *, filing, **kwargs):
        super().__init__(data, files, label_suffix="", **kwargs)
        self.filing = filing


class WhereForm(FilingForm):
    CHOOSE = {
        "required": _("Choose the estate. Search for its name if it is not in the list."),
        "invalid_choice": _("Choose an estate from the list."),
    }

    estate = forms.ModelChoiceField(label=_("Estate"), queryset=Estate.objects.none(), error_messages=CHOOSE)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["estate"].queryset = self.filing.estates()


class MarkedField(forms.ModelChoiceField):
    """A spot with a plate, by building and name."""

    def label_from_instance(self, spot):
        return f"{spot.building or ''} {spot}".strip()


class PlaceForm(FilingForm):
    building = forms.ModelChoiceField(
        label=_("Which building?"),
        queryset=Building.objects.none(),
        required=False,
        blank=True,
        empty_label=_("No building: the whole estate or a public place"),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose a building from the list.")},
    )
    marked = MarkedField(
        label=_("A place with a plate"),
        help_text=_("A lift, a pump room, a gate. Then its building need not be chosen."),
        queryset=Spot.objects.none(),
        required=False,
        empty_label=_("None of these"),
        widget=forms.Select(attrs={"data-find-option": ""}),
        error_messages={"invalid_choice": _("Choose a place from the list.")},
    )
    spot_kind = forms.ChoiceField(label=_("Where there?"), choices=SPOTS, required=False, widget=forms.RadioSelect)
    spot_words = forms.CharField(
        label=_("More exactly"),
        help_text=_("For example: unit 2, third floor."),
        max_length=SPOT_WORDS_AT_MOST,
        required=False,
    )
    room = forms.CharField(
        label=_("Room number"),
        help_text=_("Only if somebody must come to the flat. Only those who handle it can see it."),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        estate = self.filing.chosen("where", "estate")
        self.fields["building"].queryset = estate.buildings.all() if estate else Building.objects.none()
        if estate:
            self.fields["marked"].queryset = estate.spots.filter(is_active=True).select_related("building")

    def clean(self):
        facts = super().clean()
        marked = facts.pop("marked", None)
        if marked:
            facts["building"] = marked.building or facts.get("building")
            facts["spot"] = f"{marked.name} {facts.pop('spot_words', '')}".strip()[:SPOT_AT_MOST]
            facts.pop("spot_kind", "")
            return facts
        with translation.override(settings.LANGUAGE_CODE):
            # Everybody who works on it reads the language of the house, whatever the filer's page was in.
            kind = str(dict(SPOTS).get(facts.pop("spot_kind", ""), ""))
        facts["spot"] = f"{kind} {facts.pop('spot_words', '')}".strip()[:SPOT_AT_MOST]
        return facts


class WhatForm(FilingForm):
    CHOOSE = {
        "required": _("Choose what it is about. Search in your own words if you do not find it."),
        "invalid_choice": _("Choose one from the list."),
    }

    category = forms.ModelChoiceField(
        label=_("What is it about?"),
        queryset=Category.objects.leaves().select_related("parent"),
        error_messages=CHOOSE,
    )


class CalmForm(FilingForm):
    """Nobody is in danger: said once for each category that asks."""

    calm = forms.ModelChoiceField(queryset=Category.objects.leaves(), widget=forms.HiddenInput)

    def clean_calm(self):
        category = self.cleaned_data["calm"]
        if category != self.filing.chosen("what", "category"):
            raise ValidationError(gettext("Please read this first."))
        return category


class SameForm(FilingForm):
    """The same was reported already: join that one, or go on with one of its own."""

    OTHER = "no"

    same = forms.ChoiceField(
        label=_("Is it the same matter?"),
        widget=forms.HiddenInput,
        error_messages={
            "required": _("Choose one of them, or say that it is another matter."),
            "invalid_choice": _("That one has just moved on. Choose another, or go on with a request of your own."),
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["same"].choices = [(self.OTHER, ""), *((str(case.pk), "") for case in self.filing.joinable)]


class WordsForm(FilingForm):
    """The words, the category's own questions and the photos; those kept already count."""

    text = forms.CharField(
        label=_("What is the matter?"),
        help_text=_("What you see, since when, whom it troubles. Please leave out names and phone numbers."),
        max_length=TEXT_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Please write a few words about what is the matter.")},
    )
    again = forms.BooleanField(label=CAME_BACK, required=False)
    photos = PhotosField(
        label=_("Photos"),
        help_text=_("Up to 6. They help those who come. The place stored inside a photo is removed."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # What the other one says already needs no words.
        self.fields["text"].required = self.filing.joins is None
        self.questions = {}
        category = self.filing.chosen("what", "category")
        for question in category.questions if category else []:
            name = f"q_{question['key']}"
            self.questions[name] = question
            self.fields[name] = _question_field(question)
        self.order_fields(["text", *self.questions, "again", "photos"])

    @property
    def question_fields(self):
        return [self[name] for name in self.questions]

    def clean(self):
        facts = super().clean()
        given = {question["key"]: facts.pop(name, "") for name, question in self.questions.items()}
        facts["answers"] = answers_in_words(self.questions.values(), given)
        return facts


def _question_field(question):
    if question["kind"] == "text":
        return forms.CharField(label=question["label"], max_length=ANSWER_AT_MOST, required=False)
    choices = YES_OR_NO if question["kind"] == "yes_no" else [(choice, choice) for choice in question["choices"]]
    return forms.ChoiceField(label=question["label"], choices=choices, required=False, widget=forms.RadioSelect)


def answers_in_words(questions, given):
    """The answers as a case keeps them: label and value of each question answered in ``given``, a dict by its key."""
    answers = []
    for question in questions:
        value = given.get(question["key"])
        if value and question["kind"] == "yes_no":
            # Everybody who works on it reads the language of the house.
            with translation.override(settings.LANGUAGE_CODE):
                value = str(dict(YES_OR_NO)[value])
        if value:
            answers.append({"label": question["label"], "value": value})
    return answers


def answers_typed(questions, answers):
    """The fields of ``WordsForm`` whose cleaned ``answers`` were these."""
    given = {answer["label"]: answer["value"] for answer in answers}
    typed = {f"q_{one['key']}": given[one["label"]] for one in questions if one["label"] in given}
    with translation.override(settings.LANGUAGE_CODE):
        said = {str(label): value for value, label in YES_OR_NO}
    yes_or_no = {f"q_{one['key']}" for one in questions if one["kind"] == "yes_no"}
    return {name: said.get(value, "") if name in yes_or_no else value for name, value in typed.items()}


def contact_typed(contact, case):
    """The fields of ``ContactForm`` from which ``case`` has its ``contact``, a privacy.Contact in full."""
    ticked = {
        "is_confidential": case.is_confidential,
        "for_other": case.is_for_another,
        "consent": case.is_for_another,
    }
    typed = {"contact_name": contact.name, "contact_phone": contact.phone}
    return typed | {name: "on" for name, is_ticked in ticked.items() if is_ticked}


class ContactForm(FilingForm):
    contact_name = forms.CharField(
        label=_("Your name"),
        help_text=_("So that they know how to address you, for example: Mrs Li."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Please give a name.")},
    )
    contact_phone = PhoneField(
        label=_("Your mobile number"),
        help_text=_("Those who come call you on it. Every look at the number is recorded and you can see it."),
        error_messages={"required": _("Please give a mobile number, so that somebody can call back.")},
    )
    is_confidential = forms.BooleanField(
        label=_("Please do not tell the department my name and number"),
        help_text=_("Only branch, community and street then know who you are. Without a call it may take longer."),
        required=False,
    )
    for_other = forms.BooleanField(
        label=_("I file this for somebody else, such as a parent or a neighbour"),
        help_text=_("Then give their name and number above. You see what becomes of it, and they can follow it too."),
        required=False,
    )
    consent = forms.BooleanField(
        label=_("The neighbour agreed that I file this and give their name and number"),
        error_messages={"required": _("Ask the neighbour first, then tick this.")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.filing.party == Party.RESIDENT:
            self.fields["consent"].label = _("They agreed that I file this and give their name and number")
            self.fields["consent"].required = False
            return
        del self.fields["for_other"]
        if self.filing.is_preventive:
            # Nobody asked: whoever files it is called about it.
            del self.fields["consent"], self.fields["is_confidential"]
            return
        name, phone = self.fields["contact_name"], self.fields["contact_phone"]
        name.label, phone.label = _("The resident's name"), _("The resident's mobile number")
        self.fields["is_confidential"].label = _("Please do not tell the department the resident's name and number")
        self.fields["is_confidential"].help_text = _("Only branch, community and street then know who it is.")
        name.help_text, phone.help_text = "", _("Those who come call the resident on it.")
        for field in (name, phone):
            field.widget.attrs["autocomplete"] = "off"
        if self.filing.party != Party.HOUSEHOLD:
            del self.fields["consent"]

    def clean(self):
        facts = super().clean()
        if self.filing.party == Party.RESIDENT:
            if facts.pop("for_other", False):
                if not facts.get("consent"):
                    self.add_error("consent", gettext("Ask them first, then tick this."))
            else:
                facts["consent"] = False
        return facts


class OnePageForm(ContactForm):
    """Everything on one page, for those who would rather see it whole. The pages judge it again, one by one."""

    WORDS = ("text", "again")
    CONTACT = ("contact_name", "contact_phone", "is_confidential", "for_other", "consent")

    estate = forms.ModelChoiceField(
        label=_("Estate"),
        queryset=Estate.objects.none(),
        empty_label=_("Choose one"),
        error_messages=WhereForm.CHOOSE,
    )
    place = forms.CharField(
        label=_("Building and place"),
        help_text=_("For example: building 6, unit 2, third floor. Leave it empty for the whole estate."),
        max_length=SPOT_AT_MOST,
        required=False,
    )
    category = forms.ChoiceField(label=_("What is it about?"), error_messages=WhatForm.CHOOSE)
    text = forms.CharField(
        label=_("What is the matter?"),
        max_length=TEXT_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Please write a few words about what is the matter.")},
    )
    again = forms.BooleanField(label=CAME_BACK, required=False)
    photos = PhotosField(label=_("Photos"), help_text=_("Up to 6. They help those who come."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["estate"].queryset = self.filing.estates()
        leaves = Category.objects.leaves().select_related("parent").order_by("parent__order", "order")
        groups = groupby(leaves, lambda leaf: leaf.parent)
        grouped = [(group.name, [(str(leaf.pk), leaf.name) for leaf in members]) for group, members in groups]
        self.fields["category"].choices = [("", _("Choose one")), *grouped]
        self.order_fields(["estate", "place", "category", "text", "again", "photos", "contact_name", "contact_phone"])


PAGES = {
    "where": WhereForm,
    "place": PlaceForm,
    "what": WhatForm,
    "calm": CalmForm,
    "same": SameForm,
    "words": WordsForm,
    "contact": ContactForm,
}
