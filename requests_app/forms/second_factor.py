"""The one answer of somebody who has a second factor."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.forms.sign_in import ONE_TIME
from requests_app.forms.tracking import digits_of

APP, RECOVERY = 6, 8  # digits


class FactorForm(forms.Form):
    """A code of the app; where ``with_recovery``, a recovery code too."""

    code = forms.CharField(
        label=gettext_lazy("The 6 digits that the app shows now"),
        max_length=20,
        widget=forms.TextInput(attrs=ONE_TIME),
    )

    def __init__(self, *args, with_recovery, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.lengths = (APP, RECOVERY) if with_recovery else (APP,)
        if with_recovery:
            self.fields["code"].help_text = gettext_lazy("Or one of your recovery codes, which have 8 digits.")

    def clean_code(self):
        code = digits_of(self.cleaned_data["code"])
        if not (code.isascii() and code.isdigit() and len(code) in self.lengths):
            raise ValidationError(_("The app shows 6 digits. Please look again."))
        return code
