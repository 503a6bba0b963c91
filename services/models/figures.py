"""What a figure counts, in words and in numbers that differ from city to city; each change is a new version."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

PERCENT = [MaxValueValidator(100)]


class FigureDefinition(models.Model):
    """One version of one figure's definition. It holds from the month of ``valid_from`` on, until the next one does.

    ``leave_out`` names outcomes that are not counted; what this version does not leave out of them counts as well
    done. The cut-off hour is that of the statistic day alone, the percentages are those of follow-ups.
    """

    class Key(models.TextChoices):
        STATISTIC_DAY = "statistic_day", pgettext_lazy("figure", "statistic day")
        FILED = "filed", pgettext_lazy("figure", "requests filed")
        CLOSED = "closed", pgettext_lazy("figure", "requests closed")
        ACCEPT = "accept", pgettext_lazy("figure", "accepted in time")
        DISPATCH = "dispatched", pgettext_lazy("figure", "dispatched in time")
        SIGN = "sign", pgettext_lazy("figure", "signed in time")
        ON_TIME = "on_time", pgettext_lazy("figure", "done in time")
        RETURNED = "returned", pgettext_lazy("figure", "returned by departments")
        REDONE = "redone", pgettext_lazy("figure", "asked to be redone")
        SETTLED = "settled", pgettext_lazy("figure", "settled at the estate")
        TIME = "time", pgettext_lazy("figure", "average time to get it done")
        CONTACTED = "contacted", pgettext_lazy("figure", "residents contacted")
        SOLVED = "solved", pgettext_lazy("figure", "problems solved")
        SATISFIED = "satisfied", pgettext_lazy("figure", "residents satisfied")
        OVERALL = "overall", pgettext_lazy("figure", "overall score")

    key = models.CharField(_("figure"), max_length=16, choices=Key)
    version = models.PositiveSmallIntegerField(_("version"), validators=[MinValueValidator(1)])
    valid_from = models.DateField(_("valid from the month of"), help_text=_("The first day of a month."))
    formula = models.CharField(_("formula in words"), max_length=300)
    formula_en = models.CharField(_("formula in words, in English"), max_length=500, blank=True)
    basis = models.CharField(_("basis"), max_length=200, blank=True)
    leave_out = models.JSONField(_("outcomes left out"), default=list, blank=True)
    cut_off_hour = models.PositiveSmallIntegerField(
        _("hour at which the statistic day ends"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(23)],
        help_text=_("What comes after this hour counts for the next day; 0 is midnight."),
    )
    fair_percent = models.PositiveSmallIntegerField(
        _("what “mostly satisfied” counts, in percent"), null=True, blank=True, validators=PERCENT
    )
    contacted_percent = models.PositiveSmallIntegerField(
        _("weight of contacted, in percent"), null=True, blank=True, validators=PERCENT
    )
    solved_percent = models.PositiveSmallIntegerField(
        _("weight of solved, in percent"), null=True, blank=True, validators=PERCENT
    )
    satisfied_percent = models.PositiveSmallIntegerField(
        _("weight of satisfied, in percent"), null=True, blank=True, validators=PERCENT
    )

    class Meta:
        ordering = ["key", "version"]
        verbose_name = _("definition of a figure")
        verbose_name_plural = _("definitions of figures")
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="figure_version_once"),
            models.UniqueConstraint(
                fields=["key", "valid_from"],
                name="figure_one_version_a_month",
                violation_error_message=_("Another version of this figure already begins in that month."),
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="figure_version_from_one"),
            models.CheckConstraint(condition=Q(valid_from__day=1), name="figure_valid_from_the_first_of_a_month"),
            models.CheckConstraint(
                condition=~Q(key="statistic_day") | Q(cut_off_hour__isnull=False, cut_off_hour__lte=23),
                name="figure_statistic_day_has_an_hour",
                violation_error_message=_("The statistic day needs the hour at which it ends."),
            ),
            models.CheckConstraint(
                condition=~Q(key="satisfied") | Q(fair_percent__isnull=False),
                name="figure_satisfied_weighs_mostly",
                violation_error_message=_("Say what “mostly satisfied” counts."),
            ),
            models.CheckConstraint(
                condition=~Q(key="overall")
                | Q(contacted_percent__isnull=False, solved_percent__isnull=False, satisfied_percent__isnull=False),
                name="figure_overall_has_three_weights",
                violation_error_message=_("The overall score needs three weights."),
            ),
        ]

    def __str__(self):
        return f"{self.get_key_display()} v{self.version}"

    @property
    def formula_shown(self):
        """The formula in the language of the page; in Chinese where nobody wrote it in English."""
        return (self.formula_en if get_language() == "en" else "") or self.formula

    @property
    def weights(self):
        """The weights of the overall score as shares of one: contacted, solved, satisfied."""
        return tuple(share / 100 for share in (self.contacted_percent, self.solved_percent, self.satisfied_percent))

    def clean(self):
        if self.valid_from and self.valid_from.day != 1:
            raise ValidationError({"valid_from": _("A version begins with the first day of a month.")})
        shares = (self.contacted_percent, self.solved_percent, self.satisfied_percent)
        if self.key == self.Key.OVERALL and None not in shares and sum(shares) != 100:
            raise ValidationError({"contacted_percent": _("The three weights must add up to 100 percent.")})
