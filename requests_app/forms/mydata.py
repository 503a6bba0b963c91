"""What people answer about their own data."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from requests_app.forms.sign_in import CodeForm
from services.forms import PASSWORD


class ConsentForm(forms.Form):
    """Consent to one version of the privacy notice, ticked by hand."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    agree = forms.BooleanField(
        label=_("I have read the privacy notice and agree"),
        error_messages={"required": _("Please read the privacy notice, then tick this.")},
    )

    def __init__(self, data=None, *, notice):
        super().__init__(data, label_suffix="", initial={"version": notice.version}, prefix="privacy")
        self.notice = notice

    def clean(self):
        facts = super().clean()
        if facts.get("agree") and facts.get("version") != self.notice.version:
            self.data = {**self.data.dict(), self.add_prefix("version"): self.notice.version}
            raise ValidationError({"agree": gettext("The privacy notice has just changed. Please read it once more.")})
        return facts


SURE = forms.BooleanField(
    label=_("I know that nobody can bring it back"),
    error_messages={"required": _("Please tick this, so that nothing is deleted by mistake.")},
)


class DeleteWithCodeForm(CodeForm):
    sure = SURE


class DeleteWithPasswordForm(forms.Form):
    password = forms.CharField(label=_("Your password"), max_length=200, strip=False, widget=PASSWORD)
    sure = SURE

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
