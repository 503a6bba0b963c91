"""How much was asked where, week by week: what trouble to expect in which season."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from services.models import Category, Estate


class WeekCount(models.Model):
    """Requests of one category in one week, at one place: a unit (by its code) or an estate.

    ``cases`` were filed here; ``carried`` were counted elsewhere before this site began, and are taken over.
    """

    place = models.CharField(_("place"), max_length=24)
    # Of rows that count an estate; the code of its branch is the area then.
    estate = models.ForeignKey(Estate, models.CASCADE, related_name="+", null=True, verbose_name=_("estate"))
    area = models.CharField(_("area"), max_length=18)
    category = models.ForeignKey(Category, models.CASCADE, related_name="+", verbose_name=_("category"))
    monday = models.DateField(_("week that begins on"))
    cases = models.PositiveIntegerField(_("requests"), default=0)
    carried = models.PositiveIntegerField(_("taken over"), default=0)

    class Meta:
        verbose_name = _("count of a week")
        verbose_name_plural = _("counts of weeks")
        constraints = [
            # The heat table of a place reads two years of it by this.
            models.UniqueConstraint(fields=["place", "monday", "category"], name="week_count_once"),
        ]
        indexes = [
            # Where trouble is expected: some weeks of all estates under a unit.
            models.Index(fields=["monday", "area"], name="week_count_estates", condition=Q(estate__isnull=False)),
        ]

    def __str__(self):
        return f"{self.place} {self.monday:%Y-%m-%d}"


class CountedWeek(models.Model):
    """A week that is over and counted, whether or not anything was asked in it."""

    monday = models.DateField(primary_key=True)

    class Meta:
        verbose_name = _("counted week")
        verbose_name_plural = _("counted weeks")

    def __str__(self):
        return f"{self.monday:%Y-%m-%d}"
