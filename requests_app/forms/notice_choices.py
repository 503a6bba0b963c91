"""What somebody wants to be sent, and where letters go."""

from django import forms
from django.utils.translation import gettext_lazy as _

from requests_app.models import NoticeChoice, Wanted
from requests_app.models.delivery import FIRST_HOUR, LAST_HOUR

HOURS = [(hour, f"{hour:02}:00") for hour in range(FIRST_HOUR, LAST_HOUR + 1)]


class ChoiceForm(forms.ModelForm):
    """How much by each of ``channels``, beginning with what holds now (``levels``), and at which hour."""

    digest_hour = forms.TypedChoiceField(
        label=_("The rest comes once a day, at"),
        choices=HOURS,
        coerce=int,
        help_text=_("One message that lists what is new; none where you have read it here already."),
    )

    class Meta:
        model = NoticeChoice
        fields = ["sms", "email", "digest_hour"]

    def __init__(self, *args, channels, levels, **kwargs):
        super().__init__(*args, label_suffix="", initial=levels, **kwargs)
        for channel in levels:
            if channel not in channels:
                del self.fields[channel]
                continue
            name = self.fields[channel].label
            self.fields[channel] = forms.ChoiceField(label=name, choices=Wanted.choices, widget=forms.RadioSelect)


class AddressForm(forms.Form):
    address = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("A link is sent there first. Messages follow once somebody has opened it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Please give an e-mail address.")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)


class HandlingForm(forms.Form):
    """Why messages that were not delivered are sent again or given up."""

    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
