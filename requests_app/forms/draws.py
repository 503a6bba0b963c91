"""Drawing one report again, by hand."""

from django import forms
from django.utils.translation import gettext_lazy as _

from requests_app.models import SampleSeed


class DrawForm(forms.Form):
    """A month whose seed is known, a request and one entry of its record."""

    seed = forms.ModelChoiceField(label=_("Month"), queryset=SampleSeed.objects.none(), empty_label=None)
    request = forms.IntegerField(label=_("Number of the request"), min_value=1, max_value=10**12)
    entry = forms.IntegerField(label=_("Entry of its record"), min_value=1, max_value=10**6)

    def __init__(self, data, seeds):
        super().__init__(data, label_suffix="")
        self.fields["seed"].queryset = seeds
