"""What people say about themselves: to sign in, and to change their account."""

import unicodedata

from django import forms
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.utils.translation import gettext_lazy as _

from services.models import User
from services.models.users import MOBILE

PASSWORD = forms.PasswordInput(attrs={"autocomplete": "current-password"})
PASSWORD_IN_WORDS = _("At least 12 characters, and none of the usual passwords. A sentence of your own is good.")
NEW_PASSWORD = forms.PasswordInput(attrs={"autocomplete": "new-password"})


class PhoneField(forms.CharField):
    """A mobile number as people write it: with spaces, dashes, +86 or wide digits; cleaned to 11 digits."""

    default_validators = [MOBILE]

    def __init__(self, **kwargs):
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}))
        kwargs["error_messages"] = {"required": _("Please give a mobile number."), **kwargs.get("error_messages", {})}
        super().__init__(**kwargs)

    def to_python(self, value):
        value = super().to_python(value)
        if value in self.empty_values:
            return value
        value = unicodedata.normalize("NFKC", value)
        digits = "".join(sign for sign in value if sign.isdigit())
        is_written_as_a_number = all(sign.isdigit() or sign in " -+()" for sign in value)
        if not is_written_as_a_number:
            return value
        return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("Mobile number or user name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(label=_("Password"), max_length=200, strip=False, widget=PASSWORD)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)


class NameForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["name"].required = True


class PasswordForm(PasswordChangeForm):
    """Django's own form, with one short sentence where it lists every rule."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["old_password"].widget.attrs["autofocus"]
        self.fields["new_password1"].help_text = PASSWORD_IN_WORDS
        self.fields["new_password2"].help_text = ""


class NewPasswordForm(SetPasswordForm):
    """The first password of an account that had none."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = PASSWORD_IN_WORDS
        self.fields["new_password2"].help_text = ""
