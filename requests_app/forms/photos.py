"""A form field for several photos in which one bad file does not spoil the good ones."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.photos import PHOTOS_AT_MOST, PhotoRefused, clean_photo


class PhotosInput(forms.FileInput):
    """A file input that takes several files; with ``image/*`` phones ask whether camera or album.

    A page may stand a second input beside it, named with ``CAMERA`` at the end, which opens the camera at once; what
    both bring is one list.
    """

    CAMERA = "_camera"
    allow_multiple_selected = True

    def __init__(self, attrs=None):
        super().__init__({"accept": "image/*", **(attrs or {})})

    def value_from_datadict(self, data, files, name):
        if not hasattr(files, "getlist"):
            return files.get(name) or []
        return [*files.getlist(f"{name}{self.CAMERA}"), *files.getlist(name)]


class PhotosField(forms.Field):
    """Several photos; the cleaned value is a list of CleanPhoto.

    Every refused file has its own error, by name. The good ones of the same upload are in ``good`` even then:
    ``form.fields["photos"].good``. ``at_most`` may be lowered on a form's own field where some photos are kept
    already.
    """

    widget = PhotosInput
    good = ()

    def __init__(self, *, at_most=PHOTOS_AT_MOST, required=False, **kwargs):
        self.at_most = at_most
        kwargs.setdefault("label", gettext_lazy("Photos"))
        super().__init__(required=required, **kwargs)

    def clean(self, value):
        files, errors, self.good = value or [], [], []
        if self.required and not files:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(files) > self.at_most:
            errors.append(self._too_many(files))
        for file in files[: self.at_most]:
            try:
                self.good.append(clean_photo(file))
            except PhotoRefused as refusal:
                errors.append(refusal)
        if errors:
            raise ValidationError(errors)
        return self.good

    def has_changed(self, initial, data):
        return bool(data)

    def _too_many(self, files):
        left_out = ", ".join(str(file.name) for file in files[self.at_most :])
        message = _("At most %(count)s photos can be added. Left out: %(names)s.")
        return ValidationError(message, code="too_many", params={"count": self.at_most, "names": left_out})
