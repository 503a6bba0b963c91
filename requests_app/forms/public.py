"""The filters of the public page."""

from django import forms
from django.utils.translation import gettext_lazy as _

from services.models import Category, Estate, Unit


class PublicFilterForm(forms.Form):
    """Where and what about; a word that is no choice filters nothing."""

    area = forms.ModelChoiceField(
        label=_("Street or community"), queryset=Unit.objects.none(), required=False, empty_label=_("Everywhere")
    )
    category = forms.ModelChoiceField(
        label=_("About"), queryset=Category.objects.none(), required=False, empty_label=_("Everything")
    )
    # Chosen by a link from the page of an estate.
    estate = forms.ModelChoiceField(
        queryset=Estate.objects.all(), to_field_name="code", required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        kinds = [Unit.Kind.STREET, Unit.Kind.COMMUNITY]
        area, category = self.fields["area"], self.fields["category"]
        area.queryset = Unit.objects.active().filter(kind__in=kinds).order_by("code")
        area.label_from_instance = _indented
        category.queryset = Category.objects.filter(parent=None, is_active=True)

    def filtered(self, cases):
        self.is_valid()
        if self.cleaned_data.get("area"):
            cases = cases.under(self.cleaned_data["area"])
        if self.cleaned_data.get("category"):
            cases = cases.filter(category__parent=self.cleaned_data["category"])
        if self.cleaned_data.get("estate"):
            cases = cases.filter(estate=self.cleaned_data["estate"])
        return cases


def _indented(unit):
    """Communities stand below their street."""
    return unit.name if unit.kind == Unit.Kind.STREET else f"\u3000{unit.name}"
