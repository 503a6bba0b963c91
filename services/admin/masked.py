"""Personal data in the admin: shown masked, and exchanged without showing what is there."""

from django import forms
from django.utils.translation import gettext as _


class MaskedForm(forms.ModelForm):
    """The fields named in ``masks`` (each with its mask) come empty; what is typed there replaces the value kept."""

    masks = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, mask in self.masks.items():
            if name in self.fields:
                kept = mask(getattr(self.instance, name) or "")
                self.initial[name], self.fields[name].required = "", False
                words = _("Now %(kept)s. Left empty, it stays.") if kept else _("There is none yet.")
                self.fields[name].help_text = words % {"kept": kept}

    def clean(self):
        facts = super().clean() or self.cleaned_data
        for name in self.masks:
            if name in self.fields and not facts.get(name):
                facts[name] = getattr(self.instance, name)
        return facts
