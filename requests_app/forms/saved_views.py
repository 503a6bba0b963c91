"""Names for the lists that people keep."""

from urllib.parse import parse_qsl, urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from requests_app.filters import CaseFilter
from requests_app.models import SavedView
from requests_app.search import holds_mobile

# What of a desk's URL makes the list; the page and the open case pass.
KEPT = ("tab", "own", *CaseFilter.base_filters)


class NameForm(forms.ModelForm):
    """The name of one view; unique among those of its owner at its desk."""

    class Meta:
        model = SavedView
        fields = ["name"]
        labels = {"name": _("Name of the view")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)

    def clean_name(self):
        name = self.cleaned_data["name"]
        others = SavedView.objects.at_desk(self.instance.user, self.instance.desk).exclude(pk=self.instance.pk)
        if others.filter(name=name).exists():
            raise forms.ValidationError(_("You have a view of this name already."))
        return name


class SaveForm(forms.Form):
    """A name for the list that ``query`` describes; for none found by a mobile number, as views are plain text."""

    name = forms.CharField(label=_("Name of the view"), max_length=SavedView._meta.get_field("name").max_length)
    query = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", auto_id="view_%s", **kwargs)

    def clean_query(self):
        query = dict(parse_qsl(self.cleaned_data["query"]))
        if holds_mobile(query.get("words", "")):
            # The field is hidden: said for the form, not beside it.
            self.add_error(None, _("A view keeps no mobile number. Take it out of the search words, then save."))
        return kept_query(query)


def kept_query(query):
    """What of ``query``, a dict, makes a list, as a text in one order."""
    return urlencode({name: query[name] for name in KEPT if query.get(name)})
