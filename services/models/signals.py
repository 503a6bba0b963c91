"""When a lamp is lit: signals on units, in words and in numbers that the admin may change."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

AT_LEAST_ONE = [MinValueValidator(1)]
PLACEHOLDER = re.compile(r"\{(\w+)\}")
# What each signal measures by, beside the share and the least number of requests.
MEASURES = {
    "month_end": ("days",),
    "quick": ("minutes",),
    "same_reply": ("days",),
    "same_photo": ("days", "bits"),
    "staff_device": ("days",),
    "no_contact": (),
}
NUMBERS = ("days", "minutes", "bits", "percent", "least")


class SignalDefinition(models.Model):
    """One kind of signal. It is lit for a unit and month where at least ``least`` requests, and ``percent`` of those
    looked at, show it.

    ``formula`` says so in words; {days}, {minutes}, {bits}, {percent} and {least} in it are the numbers that hold.
    """

    class Key(models.TextChoices):
        MONTH_END = "month_end", pgettext_lazy("signal", "reported done in the last days of the month")
        QUICK = "quick", pgettext_lazy("signal", "done within minutes of signing")
        SAME_REPLY = "same_reply", pgettext_lazy("signal", "the same reply again")
        SAME_PHOTO = "same_photo", pgettext_lazy("signal", "the same photo again")
        STAFF_DEVICE = "staff_device", pgettext_lazy("signal", "rated from a device of the unit's own staff")
        NO_CONTACT = "no_contact", pgettext_lazy("signal", "closed without any contact")

    key = models.CharField(_("signal"), max_length=16, choices=Key, unique=True)
    formula = models.CharField(
        _("formula in words"),
        max_length=300,
        help_text=_("{days}, {minutes}, {bits}, {percent} and {least} are replaced by the numbers below."),
    )
    formula_en = models.CharField(_("formula in words, in English"), max_length=500, blank=True)
    basis = models.CharField(_("basis"), max_length=200, blank=True)
    days = models.PositiveSmallIntegerField(_("days"), null=True, blank=True, validators=AT_LEAST_ONE)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True, validators=AT_LEAST_ONE)
    bits = models.PositiveSmallIntegerField(
        _("bits of 64 in which two photos may differ"), null=True, blank=True, validators=[MaxValueValidator(12)]
    )
    percent = models.PositiveSmallIntegerField(_("from this share on, in percent"), validators=[MaxValueValidator(100)])
    least = models.PositiveSmallIntegerField(_("from so many requests on"), validators=AT_LEAST_ONE)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("definition of a signal")
        verbose_name_plural = _("definitions of signals")
        constraints = [
            models.CheckConstraint(condition=Q(percent__lte=100, least__gte=1), name="signal_from_one_request_on"),
            models.CheckConstraint(
                condition=~Q(key__in=["month_end", "same_reply", "same_photo", "staff_device"])
                | Q(days__isnull=False, days__gte=1),
                name="signal_says_its_days",
                violation_error_message=_("This signal needs a number of days."),
            ),
            models.CheckConstraint(
                condition=~Q(key="quick") | Q(minutes__isnull=False, minutes__gte=1),
                name="signal_says_its_minutes",
                violation_error_message=_("This signal needs a number of minutes."),
            ),
            models.CheckConstraint(
                condition=~Q(key="same_photo") | Q(bits__isnull=False, bits__lte=12),
                name="signal_says_its_bits",
                violation_error_message=_("This signal needs the number of bits."),
            ),
        ]

    def __str__(self):
        return str(self.get_key_display())

    def clean(self):
        known = {*MEASURES.get(self.key, ()), "percent", "least"}
        if wrong := set(PLACEHOLDER.findall(self.formula + self.formula_en)) - known:
            said = {"names": ", ".join(f"{{{name}}}" for name in sorted(wrong))}
            raise ValidationError({"formula": _("This signal has no %(names)s.") % said})

    @property
    def in_words(self):
        """The formula with the numbers that hold."""
        return self._with_numbers(self.formula)

    @property
    def in_english(self):
        """Likewise in English; empty where nobody wrote it."""
        return self._with_numbers(self.formula_en)

    def _with_numbers(self, formula):
        numbers = {name: getattr(self, name) for name in NUMBERS}
        return PLACEHOLDER.sub(lambda found: str(numbers.get(found[1], found[0])), formula)

    def is_lit(self, number, total):
        """Whether ``number`` of ``total`` requests are enough."""
        return number >= self.least and 100 * number >= self.percent * total
