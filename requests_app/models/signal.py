"""Signals on units: what a month showed, which cases, and what was said about it. No person is named."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from requests_app.models.case import ServiceRequest
from requests_app.models.event import Event
from requests_app.models.meeting import OnceWritten
from services.models import SignalDefinition, Unit, codes_below


class SignalQuerySet(models.QuerySet):
    def lit(self):
        return self.filter(is_lit=True)

    def under(self, units):
        """Those of ``units`` and of all that lies below them."""
        scope = Q(pk__in=[])
        for unit in units:
            scope |= codes_below("unit__code", unit.code)
        return self.filter(scope)


class Signal(models.Model):
    """One signal of one unit in one month: ``number`` of ``total`` requests show it.

    Months without enough of them are kept too, unlit: they are what a lit one is compared with. ``formula`` is what
    it was counted by, in words.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("signal", "not judged yet")
        EXPLAINED = "explained", pgettext_lazy("signal", "explained")
        UNEXPLAINED = "unexplained", pgettext_lazy("signal", "not explained")

    definition = models.ForeignKey(
        SignalDefinition, models.PROTECT, related_name="signals", verbose_name=_("definition of a signal")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="signals", verbose_name=_("unit"))
    month = models.DateField(_("month"))  # its first day
    number = models.PositiveIntegerField(_("requests that show it"))
    total = models.PositiveIntegerField(_("requests looked at"))
    is_lit = models.BooleanField(_("lit"), default=False)
    formula = models.CharField(_("formula in words"), max_length=400)
    formula_en = models.CharField(_("formula in words, in English"), max_length=600, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.OPEN)
    counted_at = models.DateTimeField(_("counted at"))

    objects = SignalQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "unit__code", "definition"]
        verbose_name = pgettext_lazy("lamp", "signal")
        verbose_name_plural = pgettext_lazy("lamp", "signals")
        constraints = [
            models.UniqueConstraint(fields=["definition", "unit", "month"], name="signal_once_a_month"),
            models.CheckConstraint(condition=Q(number__lte=models.F("total")), name="signal_of_those_looked_at"),
        ]
        indexes = [
            # The lists: what is lit in one month.
            models.Index(fields=["month"], name="signal_lit", condition=Q(is_lit=True)),
            # What all others had in that month, and what the unit had before.
            models.Index(fields=["month", "definition"], name="signal_month"),
        ]

    def __str__(self):
        return f"{self.unit} {self.month:%Y-%m} {self.definition}"

    def get_absolute_url(self):
        return reverse("requests:signal", args=[self.pk])

    @property
    def formula_shown(self):
        """The formula in the language of the page; in Chinese where nobody wrote it in English."""
        return (self.formula_en if get_language() == "en" else "") or self.formula

    @property
    def share(self):
        return self.number / self.total if self.total else None


class SignalCase(models.Model):
    """One case that a lit signal opens; ``twin`` is the other one with the same words or the same photo."""

    signal = models.ForeignKey(Signal, models.CASCADE, related_name="opened")
    case = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="+", verbose_name=_("case"))
    twin = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name = _("case of a signal")
        verbose_name_plural = _("cases of signals")
        constraints = [models.UniqueConstraint(fields=["signal", "case"], name="signal_opens_a_case_once")]

    def __str__(self):
        return f"{self.signal_id}: {self.case_id}"


class SignalWord(models.Model):
    """What the unit answered, or how a supervisor judged the explanation. Written once."""

    class Kind(models.TextChoices):
        ANSWER = "answer", pgettext_lazy("signal", "the unit answers")
        EXPLAINED = "explained", pgettext_lazy("signal", "explained")
        UNEXPLAINED = "unexplained", pgettext_lazy("signal", "not explained")

    signal = models.ForeignKey(Signal, models.PROTECT, related_name="words")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    text = models.CharField(_("in words"), max_length=500)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by"))
    # How many requests showed it then: later ones were not spoken about.
    number = models.PositiveIntegerField(_("requests that showed it"))
    at = models.DateTimeField(_("at"))

    objects = OnceWritten.as_manager()

    class Meta:
        ordering = ["signal", "pk"]
        verbose_name = _("word on a signal")
        verbose_name_plural = _("words on signals")
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="signal_word_says_something")]

    def __str__(self):
        return self.text


class StaffRating(models.Model):
    """A resident's rating that came from a browser in which staff had signed in; ``units`` are the codes of theirs.

    Kept as long as its month is counted, two months at most.
    """

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="from_staff")
    units = models.JSONField()
    # The nightly command clears away by it.
    at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("rating from a device of staff")
        verbose_name_plural = _("ratings from devices of staff")

    def __str__(self):
        return str(self.event_id)
