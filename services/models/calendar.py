"""Working days and working hours."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from services.models.units import Unit


class CalendarYear(models.Model):
    """A year, and whether the State Council's notice of its holidays is out.

    A year not announced counts Monday to Friday, and pages that use it say so.
    """

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    is_announced = models.BooleanField(_("holidays announced"), default=False)
    basis = models.CharField(_("basis"), max_length=200, blank=True)

    class Meta:
        ordering = ["year"]
        verbose_name = _("calendar year")
        verbose_name_plural = _("calendar years")

    def __str__(self):
        return str(self.year)


class CalendarDay(models.Model):
    """A day on which the rule "Monday to Friday" does not hold, a named holiday, or a working day that ends early."""

    date = models.DateField(_("date"), unique=True)
    is_working = models.BooleanField(_("working day"), default=False)
    closes_at = models.TimeField(
        _("ends early at"), null=True, blank=True, help_text=_("Only for a half day: work ends at this time.")
    )
    name = models.CharField(_("name"), max_length=40)
    basis = models.CharField(_("basis"), max_length=200, blank=True)

    class Meta:
        ordering = ["date"]
        verbose_name = _("holiday or make-up day")
        verbose_name_plural = _("holidays and make-up days")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at=None) | Q(is_working=True),
                name="calendar_day_off_has_no_hours",
                violation_error_message=_("Only a working day can end early."),
            ),
        ]

    def __str__(self):
        return f"{self.date} {self.name}"


class WorkingBlock(models.Model):
    """Working hours of a unit, one row a block; units without rows keep those of the nearest unit above."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="working_blocks", verbose_name=_("unit"))
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        ordering = ["unit", "opens"]
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        constraints = [
            models.UniqueConstraint(fields=["unit", "opens"], name="working_block_once"),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="working_block_closes_after_it_opens",
                violation_error_message=_("Closing time must come after opening time."),
            ),
        ]

    def __str__(self):
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"
