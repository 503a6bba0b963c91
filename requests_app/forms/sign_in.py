"""The two answers of somebody who signs in with their mobile number."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.forms.tracking import digits_of
from services.forms import PhoneField
from services.models.codes import DIGITS

# A phone's keyboard offers the digits of the text that has just come.
ONE_TIME = {"inputmode": "numeric", "autocomplete": "one-time-code", "pattern": "[0-9 ]*"}


class PhoneForm(forms.Form):
    phone = PhoneField(
        label=gettext_lazy("Your mobile number"),
        help_text=gettext_lazy("A text message with a code of 6 digits comes to it."),
        max_length=30,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("The 6 digits of the text message"),
        max_length=20,
        widget=forms.TextInput(attrs=ONE_TIME),
        error_messages={"required": gettext_lazy("Please type the 6 digits.")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)

    def clean_code(self):
        """Six digits; anything else is told before it counts as a try."""
        code = digits_of(self.cleaned_data["code"])
        if not (code.isascii() and code.isdigit() and len(code) == DIGITS):
            raise ValidationError(_("The code has 6 digits. Please look at the text message again."))
        return code
