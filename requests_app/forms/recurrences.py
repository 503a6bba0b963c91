"""What is said of something that keeps coming back: its cause, and who ends it by when."""

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests_app.forms.meetings import PlainForm, day, lines
from requests_app.meetings import refusals
from services.models import Unit


class CauseForm(PlainForm):
    cause = lines(_("Why it keeps coming back"), _("The cause, not the trouble: old wires, no bins at that gate."))


class RemedyForm(CauseForm):
    text = lines(_("The lasting remedy"), _("Residents of the estate read it: name nobody."))
    owner = forms.ModelChoiceField(label=_("Who does it"), queryset=Unit.objects.none(), empty_label=_("Choose one"))
    due_on = day(_("By"))

    def __init__(self, *args, recurrence, at, **kwargs):
        super().__init__(*args, **kwargs)
        self.at = at
        # Those at hand, then every department.
        at_hand = Q(pk__in=[recurrence.branch_id, recurrence.branch.parent_id])
        units = Unit.objects.active().filter(at_hand | Q(kind=Unit.Kind.DEPARTMENT))
        self.fields["owner"].queryset = units.order_by("-kind", "code")

    def clean_due_on(self):
        due_on = self.cleaned_data["due_on"]
        if due_on < timezone.localdate(self.at):
            raise forms.ValidationError(refusals.LATER_DAY)
        return due_on
