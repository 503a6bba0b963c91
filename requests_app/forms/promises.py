"""What booking a promise asks for, and what its owner says of it."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests_app.forms.meetings import WORDS, OwnerField, PlainForm, day, line, lines
from requests_app.meetings import refusals
from services.models import Estate, Unit


class PromiseForm(PlainForm):
    """Who promises what to whom by when."""

    owner = OwnerField(label=_("Who promises"))
    owner_name = line(
        _("Or another, by name"), _("No person: an office, a firm, a committee."), most=40, required=False
    )
    text = lines(_("What is promised"), _("Residents of the estate read it: name nobody."))
    estate = forms.ModelChoiceField(
        label=_("To which estate"), queryset=Estate.objects.none(), required=False, empty_label=_("all estates")
    )
    due_on = day(_("By"))

    def __init__(self, *args, series, at, seats, **kwargs):
        super().__init__(*args, **kwargs)
        self.at = at
        departments = Unit.objects.active().of_kind(Unit.Kind.DEPARTMENT).order_by("code")
        self.fields["owner"].offer(seats, departments)
        self.fields["estate"].queryset = Estate.objects.under(series.unit).order_by("name")
        self.initial.setdefault("estate", series.estate_id)

    def clean(self):
        facts = super().clean()
        unit, name = facts.pop("owner", None) or (None, "")
        facts["owner"], facts["owner_name"] = unit, "" if unit else facts.get("owner_name") or name
        if not unit and not facts["owner_name"]:
            self.add_error("owner", forms.ValidationError(_("Say who promises.")))
        if facts.get("due_on") and facts["due_on"] < timezone.localdate(self.at):
            self.add_error("due_on", forms.ValidationError(refusals.LATER_DAY))
        return facts


class ReportForm(PlainForm):
    """What the owner of a promise says of it before others look."""

    note = lines(_("How far it is"), _("Residents of the estate read them: name nobody."), most=WORDS)
