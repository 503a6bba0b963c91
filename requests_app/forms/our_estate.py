"""Where somebody lives, and which slips to print."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from requests_app.forms.meetings import PlainForm
from services.models import Building
from services.models.households import room_of
from services.slips import rooms

DOOR = re.compile(r"[1-9]\d{1,4}[A-Za-z]?")
SLIPS_AT_MOST = 400  # of one print: a large building


class DoorForm(PlainForm):
    """What shows which door somebody means."""

    building = forms.ModelChoiceField(
        label=_("Building"), queryset=Building.objects.none(), empty_label=_("Choose one")
    )
    entrance = forms.IntegerField(
        label=_("Entrance"),
        min_value=1,
        max_value=99,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    number = forms.CharField(
        label=_("Door number"),
        help_text=_("Only the number, for example 402."),
        max_length=8,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args, estate, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["building"].queryset = estate.buildings.order_by("order", "name")

    def clean_number(self):
        number = unicodedata.normalize("NFKC", self.cleaned_data["number"]).replace(" ", "").removesuffix("室")
        if not DOOR.fullmatch(number.lstrip("0")):
            raise ValidationError(gettext("Write the number of the door as it stands on it, for example 402."))
        return number

    def clean(self):
        facts = super().clean()
        building, entrance = facts.get("building"), facts.get("entrance")
        if building and entrance and entrance > building.entrances:
            said = {"building": building, "number": building.entrances}
            self.add_error("entrance", gettext("%(building)s has %(number)s entrances.") % said)
        if building and entrance and facts.get("number"):
            facts["room"] = room_of(entrance, facts["number"])
        return facts


class SlipsForm(PlainForm):
    """A whole building, or one door of it."""

    building = forms.ModelChoiceField(
        label=_("Building"), queryset=Building.objects.none(), empty_label=_("Choose one")
    )
    floors = forms.IntegerField(label=_("Floors"), min_value=1, max_value=40, required=False)
    doors = forms.IntegerField(label=_("Doors on a landing"), min_value=1, max_value=20, initial=2, required=False)
    only = forms.CharField(
        label=_("Or only one door"),
        help_text=_("Entrance and number, for example 3-402: for a slip that was lost."),
        max_length=12,
        required=False,
    )

    def __init__(self, *args, estate, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["building"].queryset = estate.buildings.order_by("order", "name")

    def clean_only(self):
        only = unicodedata.normalize("NFKC", self.cleaned_data["only"]).replace(" ", "")
        entrance, _dash, number = only.partition("-")
        if only and not (entrance.isdecimal() and int(entrance) and DOOR.fullmatch(number)):
            raise ValidationError(gettext("Write entrance and number, for example 3-402."))
        return room_of(entrance, number) if only else ""

    def clean(self):
        facts = super().clean()
        building, floors, doors = facts.get("building"), facts.get("floors"), facts.get("doors")
        if self.errors or not building:
            return facts
        floors = floors or building.floors
        if not facts["only"] and not (floors and doors):
            self.add_error("floors", gettext("Say how many floors there are, and how many doors on a landing."))
        elif facts["only"] and int(facts["only"].partition("-")[0]) > building.entrances:
            said = {"building": building, "number": building.entrances}
            self.add_error("only", gettext("%(building)s has %(number)s entrances.") % said)
        else:
            facts["rooms"] = [facts["only"]] if facts["only"] else rooms(building.entrances, floors, doors)
            if len(facts["rooms"]) > SLIPS_AT_MOST:
                self.add_error("floors", gettext("That are more than %(most)s slips.") % {"most": SLIPS_AT_MOST})
        return facts
