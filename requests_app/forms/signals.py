"""What is said about a signal."""

from django import forms
from django.utils.translation import gettext_lazy as _

from requests_app.forms.meetings import PlainForm, lines
from requests_app.lamp.words import MARKS, Kind


class AnswerForm(PlainForm):
    """The unit answers in words."""

    text = lines(_("Answer of the unit"), _("Speak of the work, name nobody."))


class JudgeForm(PlainForm):
    """A supervisor says whether that explains it."""

    kind = forms.ChoiceField(
        label=_("Is it explained?"), choices=[(kind, Kind(kind).label) for kind in MARKS], widget=forms.RadioSelect
    )
    text = lines(_("Why you judge it so"), _("The unit reads it: name nobody."))
