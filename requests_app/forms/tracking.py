"""The two numbers that open a case without an account."""

import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from stdnum.exceptions import ValidationError as WrongNumber
from stdnum.iso7064 import mod_11_10

CODE_LENGTH = 11  # ten digits and the check digit
NUMERIC = {"inputmode": "numeric", "autocomplete": "off"}


def digits_of(value):
    """The digits of what was typed, without spaces and dashes, wide ones as narrow ones."""
    value = unicodedata.normalize("NFKC", value)
    return "".join(sign for sign in value if sign not in " -–—·\t")


class TrackForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Tracking code"),
        help_text=gettext_lazy("The 11 digits on the receipt. Spaces do not matter."),
        max_length=40,
        widget=forms.TextInput(attrs=NUMERIC),
        error_messages={"required": gettext_lazy("Please type the 11 digits on the receipt.")},
    )
    last_digits = forms.CharField(
        label=gettext_lazy("Last 4 digits of the phone number"),
        help_text=gettext_lazy("Of the number that was left with the request."),
        max_length=10,
        widget=forms.TextInput(attrs=NUMERIC),
        error_messages={"required": gettext_lazy("Please type the last 4 digits.")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)

    def clean_code(self):
        """The code as 11 digits; a slip of the finger shows in the check digit, before anything is looked up."""
        code = digits_of(self.cleaned_data["code"])
        if not (code.isascii() and code.isdigit() and len(code) == CODE_LENGTH):
            raise ValidationError(_("A tracking code has 11 digits. Please count them again."))
        try:
            return mod_11_10.validate(code)
        except WrongNumber:
            raise ValidationError(
                _("One of the digits cannot be right. Please compare them with the receipt.")
            ) from None

    def clean_last_digits(self):
        digits = digits_of(self.cleaned_data["last_digits"])
        if not (digits.isascii() and digits.isdigit() and len(digits) == 4):
            raise ValidationError(_("Enter exactly 4 digits."))
        return digits
