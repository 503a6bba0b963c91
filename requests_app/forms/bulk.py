"""What dispatching several requests at once asks for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from requests_app.forms.steps import words
from services.models import Unit

PROPOSED, ONE = "proposed", "one"


class BulkDispatchForm(forms.Form):
    """To which departments, and the instructions for all of them."""

    HOW = [
        (PROPOSED, _("Each to the department chosen in its row")),
        (ONE, _("All to one department")),
    ]
    how = forms.ChoiceField(label=_("Where to"), choices=HOW, widget=forms.RadioSelect, initial=PROPOSED)
    lead = forms.ModelChoiceField(
        label=_("One department for all"),
        queryset=Unit.objects.none(),
        required=False,
        empty_label=_("Choose from the list"),
    )
    note = words(_("Instructions"), _("For all of them; only the departments read them."), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["lead"].queryset = Unit.objects.active().of_kind(Unit.Kind.DEPARTMENT).order_by("code")

    def clean(self):
        facts = super().clean()
        if facts.get("how") == ONE and not facts.get("lead") and "lead" not in self.errors:
            self.add_error("lead", forms.ValidationError(_("Choose the department that does the work.")))
        return facts
