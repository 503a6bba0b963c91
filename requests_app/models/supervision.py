"""Supervision orders (督办单), and the numbers that official papers carry."""

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from requests_app.models.deadline import Deadline
from requests_app.models.event import Event
from services.models import Unit


class NumberSeriesQuerySet(models.QuerySet):
    def next(self, kind, unit, year):
        """The next number of ``unit``'s papers of this kind in ``year``, from 1 on without gaps.

        Call it inside the transaction that writes the paper: what is rolled back gives its number back, and whoever
        comes meanwhile waits.
        """
        row = self.hold(kind, unit, year)
        self.filter(pk=row.pk).update(last=F("last") + 1)
        return row.last + 1

    def hold(self, kind, unit, year):
        """The row that counts them, locked until the transaction ends."""
        self.bulk_create([self.model(kind=kind, unit=unit, year=year)], ignore_conflicts=True)
        return self.select_for_update().get(kind=kind, unit=unit, year=year)


class NumberSeries(models.Model):
    """The last number given out, by kind of paper, unit and year."""

    class Kind(models.TextChoices):
        SUPERVISION = "supervision", _("supervision order")

    # One of these, or the kind of an official paper.
    kind = models.CharField(_("kind"), max_length=16)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    year = models.PositiveSmallIntegerField(_("year"))
    last = models.PositiveIntegerField(_("last number"), default=0)

    objects = NumberSeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        constraints = [models.UniqueConstraint(fields=["kind", "unit", "year"], name="number_series_once")]

    def __str__(self):
        return f"{self.kind} {self.unit} {self.year}: {self.last}"


class Supervision(models.Model):
    """A numbered order to whoever holds a case: do it, and answer by the day its clock names."""

    case = models.ForeignKey("requests_app.ServiceRequest", models.PROTECT, related_name="supervisions")
    event = models.OneToOneField(Event, models.PROTECT, related_name="supervision", verbose_name=_("event"))
    deadline = models.OneToOneField(Deadline, models.PROTECT, related_name="+", verbose_name=_("deadline"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("issued by"))
    to_unit = models.ForeignKey(Unit, models.PROTECT, related_name="supervisions", verbose_name=_("issued to"))
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("at"))
    # The event that answered it; none where the work was done first.
    answer = models.OneToOneField(Event, models.PROTECT, related_name="+", null=True, verbose_name=_("answer"))

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("supervision order")
        verbose_name_plural = _("supervision orders")
        constraints = [models.UniqueConstraint(fields=["unit", "year", "number"], name="supervision_numbered_once")]

    def __str__(self):
        return self.title

    @property
    def title(self):
        """The number as papers carry it: 西花园街道督〔2026〕7号."""
        return f"{self.unit}督〔{self.year}〕{self.number}号"
