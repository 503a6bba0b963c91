"""Working days and working hours."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from services.models.units import Unit


class CalendarYear(models.Model):
    """A year, and whether the State Council's notice of its holidays is out.

    A year not announced counts Monday to Friday, and pages that use it say so.
    """

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    is_announced = models.BooleanField(_("holidays announced"), default=False)
    basis = models.CharField(_("basis"), max_length=200, blank=True)
    # Set once its days are known or corrected; taken away by whoever has counted every open deadline anew.
    recount = models.BooleanField(
        _("count open deadlines anew"),
        default=False,
        help_text=_("Tick this after correcting days by hand. It takes itself away when every deadline is done."),
    )

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


class WorkingBlockQuerySet(models.QuerySet):
    def only_ones_of(self):
        """The districts that would have no working hours without these rows."""
        gone = list(self.values_list("pk", flat=True))
        kept = WorkingBlock.objects.exclude(pk__in=gone).values("unit")
        districts = Unit.objects.filter(kind=Unit.Kind.DISTRICT, working_blocks__in=gone)
        return districts.exclude(pk__in=kept).distinct()


class WorkingBlock(models.Model):
    """Working hours of a unit, one row a block; units without rows keep those of the nearest unit above."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="working_blocks", verbose_name=_("unit"))
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    objects = WorkingBlockQuerySet.as_manager()

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

    def clean(self):
        moved = WorkingBlock.objects.filter(pk=self.pk).exclude(unit=self.unit_id)
        for district in moved.only_ones_of():
            raise ValidationError({"unit": last_hours(district)})


def last_hours(district):
    """Why the last working hours of ``district`` must stay, as a sentence."""
    sentence = gettext(
        "These are the last working hours of %(district)s and must stay: without them no deadline could be counted and "
        "every step would stop. Please enter the new hours first."
    )
    return sentence % {"district": district}


class CalendarEdition(models.Model):
    """A calendar as deadlines were counted with it, so that their proof stays true after it has changed.

    Written once, when the first deadline is counted with it; equal calendars are one row.
    """

    digest = models.CharField(_("digest"), max_length=64, primary_key=True)
    # Of the statutory days alone, whoever's working hours they are.
    days_digest = models.CharField(_("digest of the days"), max_length=64)
    blocks = models.JSONField(_("working hours"), help_text=_('A list such as [["08:30:00", "12:00:00"]].'))
    days = models.JSONField(_("special days"), help_text=_("Date: [working, ends early at, name]."))
    announced = models.JSONField(_("announced years"))

    class Meta:
        verbose_name = _("calendar as it was")
        verbose_name_plural = _("calendars as they were")

    def __str__(self):
        return self.digest[:12]
