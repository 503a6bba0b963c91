"""What a meeting asks of those who prepare it, and of whoever writes down what is said and resolved."""

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from requests_app.meetings import refusals, resolving
from requests_app.models import Meeting, PromiseChange, Resolution, ServiceRequest
from requests_app.models.meeting import LINE
from services.models import Reason, Unit

WORDS = 500  # characters of a resolution


def line(label, help_text="", most=LINE, **kwargs):
    """One line of text."""
    widget = forms.TextInput(attrs={"autocomplete": "off", "maxlength": most})
    return forms.CharField(label=label, help_text=help_text, max_length=most, widget=widget, **kwargs)


def lines(label, help_text="", most=WORDS, rows=2, **kwargs):
    """A text of several lines."""
    area = forms.Textarea(attrs={"rows": rows, "maxlength": most})
    return forms.CharField(label=label, help_text=help_text, max_length=most, widget=area, **kwargs)


def day(label, help_text="", **kwargs):
    return forms.DateField(
        label=label, help_text=help_text, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs
    )


class PlainForm(forms.Form):
    """A form whose labels end without a colon."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)


class WhenForm(forms.ModelForm):
    """Another moment and place for a planned meeting."""

    class Meta:
        model = Meeting
        fields = ["at", "place"]
        widgets = {"at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)

    def clean_at(self):
        if self.cleaned_data["at"] <= timezone.now():
            raise forms.ValidationError(_("Choose a moment that is still to come."))
        return self.cleaned_data["at"]


class AddItemForm(PlainForm):
    """A case by its number, or a matter in words; and why."""

    case = forms.IntegerField(
        label=_("Number of the request"),
        help_text=_("The number after # on its page."),
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    title = line(_("Or a matter in words"), required=False)
    reason = line(_("Why it is to be talked about"))

    def __init__(self, *args, meeting, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.meeting, self.by = meeting, by

    def clean(self):
        facts = super().clean()
        number, title = facts.get("case"), facts.get("title")
        if bool(number) == bool(title) and not self.errors:
            raise forms.ValidationError(_("Give the number of a request or a matter in words, one of the two."))
        if number:
            facts["case"] = ServiceRequest.objects.visible_to(self.by).open().filter(pk=number).first()
            if facts["case"] is None:
                self.add_error("case", forms.ValidationError(_("You see no open request of that number.")))
        return facts


class DropForm(PlainForm):
    reason = line(_("Why it is taken off"))


class SignInForm(PlainForm):
    """Who sits on a seat; by name where the seat is no unit's."""

    name = line(_("Name"), most=40, required=False)


class RemarkForm(PlainForm):
    """Who said what, in one line."""

    speaker = forms.ModelChoiceField(label=_("Who"), queryset=None, required=False, empty_label=_("not noted"))
    text = line(_("What was said, in one line"), _("Name no resident: the minutes are published."))

    def __init__(self, *args, meeting, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["speaker"].queryset = meeting.attendances.select_related("unit")


UNIT, NAME = "unit", "name"


class OwnerField(forms.ChoiceField):
    """Whose it is: a unit, or others by name who have a seat. Cleans to (unit or None, name)."""

    def __init__(self, **kwargs):
        super().__init__(required=False, **kwargs)
        self.units = {}

    def offer(self, seats, departments):
        """Those who have a seat first, then all departments."""
        table = {}
        for seat in seats:
            table[f"{UNIT}:{seat.unit_id}" if seat.unit_id else f"{NAME}:{seat.name}"] = str(seat)
        self.units = {seat.unit_id: seat.unit for seat in seats if seat.unit}
        others = [unit for unit in departments if unit.pk not in self.units]
        self.units |= {unit.pk: unit for unit in others}
        rest = [(f"{UNIT}:{unit.pk}", unit.name) for unit in others]
        at_table = (capfirst(_("at the table")), list(table.items()))
        self.choices = [("", _("nobody yet")), at_table, (capfirst(_("departments")), rest)]

    def clean(self, value):
        kind, _colon, key = super().clean(value).partition(":")
        return (self.units[int(key)], "") if kind == UNIT else (None, key)


class ResolutionForm(PlainForm):
    """What is resolved on one item, by whom and until when."""

    kind = forms.ChoiceField(label=_("Resolution"), choices=Resolution.Kind, widget=forms.RadioSelect)
    text = lines(_("In words"), _("The resident reads them, and everybody in the minutes: name no resident."))
    owner = OwnerField(label=_("Who does it"))
    due_on = day(_("By"), required=False)
    reason = forms.ModelChoiceField(
        label=_("Listed reason"),
        help_text=_("Parks or declines the request itself. Without one the resident is only told."),
        queryset=Reason.objects.none(),
        required=False,
        empty_label=_("none"),
    )
    count = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args, item, by, at, seats, **kwargs):
        super().__init__(*args, **kwargs)
        self.item, self.by, self.at = item, by, at
        departments = Unit.objects.active().of_kind(Unit.Kind.DEPARTMENT).order_by("code")
        self.fields["owner"].offer(seats, departments)
        kinds = resolving.open_kinds(item.case, by, at) if item.case else []
        listed = [LISTED[kind] for kind in kinds]
        if listed:
            reasons = Reason.objects.filter(kind__in=listed, is_active=True)
            self.fields["reason"].queryset = reasons
            self.fields["reason"].label_from_instance = lambda one: f"{one.get_kind_display()}: {one.text}"
        else:
            del self.fields["reason"]

    def clean(self):
        facts = super().clean()
        facts["unit"], facts["owner_name"] = facts.pop("owner", None) or (None, "")
        kind, reason = facts.get("kind"), facts.get("reason")
        has_owner, due_on = facts["unit"] or facts["owner_name"], facts.get("due_on")
        if due_on and due_on < timezone.localdate(self.at):
            self.add_error("due_on", forms.ValidationError(refusals.LATER_DAY))
        if kind == Resolution.Kind.DO and not has_owner:
            self.add_error("owner", forms.ValidationError(_("Say who does it.")))
        if has_owner and not due_on and "due_on" not in self.errors:
            self.add_error("due_on", forms.ValidationError(_("Say by when.")))
        if reason and reason.kind != LISTED.get(kind):
            self.add_error("reason", forms.ValidationError(_("This reason does not belong to that resolution.")))
        if reason and kind == Resolution.Kind.PARK and not (facts["unit"] and due_on):
            self.add_error("owner", forms.ValidationError(_("Parking needs a unit that leads and a day of review.")))
        return facts


LISTED = {Resolution.Kind.PARK: Reason.Kind.PARK, Resolution.Kind.REFUSE: Reason.Kind.DECLINE}


class ChangeForm(PlainForm):
    """What became of a promise, as those say who watch over it."""

    KINDS = [PromiseChange.Kind.KEPT, PromiseChange.Kind.MOVED, PromiseChange.Kind.BROKEN, PromiseChange.Kind.EXPLAINED]
    kind = forms.ChoiceField(
        label=_("What became of it"), choices=[(kind, kind.label) for kind in KINDS], widget=forms.RadioSelect
    )
    note = lines(_("What is to be said of it"), _("Residents of the estate read them: name nobody."), required=False)
    due_on = day(_("New day"), _("Only where it is moved; the old day stays visible."), required=False)

    def clean(self):
        facts = super().clean()
        kind = facts.get("kind")
        if kind and kind != PromiseChange.Kind.KEPT and not facts.get("note"):
            self.add_error("note", forms.ValidationError(refusals.REASON_MISSING))
        if kind == PromiseChange.Kind.MOVED and not facts.get("due_on") and "due_on" not in self.errors:
            self.add_error("due_on", forms.ValidationError(_("Say by when.")))
        return facts


class MinutesForm(PlainForm):
    """The chair's own words around what the minutes say by themselves."""

    opening = lines(_("Words before the items"), most=1000, rows=3, required=False)
    closing = lines(_("Words after the items"), most=1000, rows=3, required=False)


class AddendumForm(PlainForm):
    text = lines(
        _("Correction"), _("What was wrong, and how it is right. The minutes themselves stay."), most=1000, rows=3
    )
