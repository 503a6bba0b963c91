"""When the same trouble counts as come back, and where trouble is expected: limits as rows."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from services.models.catalogue import Category


class RecurrenceRuleQuerySet(models.QuerySet):
    def nearest(self):
        """A function from a Category to its own rule, its group's, the general one, or one with the defaults."""
        rows = {rule.category_id: rule for rule in self.all()}

        def rule_for(category):
            return rows.get(category.pk) or rows.get(category.parent_id) or rows.get(None) or RecurrenceRule()

        return rule_for


class RecurrenceRule(models.Model):
    """Limits for one category, one group of them, or all. Rows are few: whoever asks reads them all."""

    category = models.OneToOneField(
        Category,
        models.CASCADE,
        related_name="recurrence_rule",
        null=True,
        blank=True,
        verbose_name=_("category"),
        help_text=_("Left empty: for all that have no rule of their own."),
    )
    days = models.PositiveSmallIntegerField(
        _("come back within so many days"), default=90, validators=[MinValueValidator(1)]
    )
    quiet_days = models.PositiveSmallIntegerField(
        _("settled after so many quiet days"), default=90, validators=[MinValueValidator(1)]
    )
    alike_percent = models.PositiveSmallIntegerField(
        _("words alike to so many percent"),
        default=20,
        validators=[MaxValueValidator(100)],
        help_text=_("Pairs of neighbouring characters in both texts, of all in either. The same spot needs none."),
    )
    expected_from = models.PositiveSmallIntegerField(
        _("expected from so many requests in two years"), default=4, validators=[MinValueValidator(1)]
    )
    basis = models.CharField(_("basis"), max_length=200, blank=True)

    objects = RecurrenceRuleQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("rule of what comes back")
        verbose_name_plural = _("rules of what comes back")
        constraints = [
            models.UniqueConstraint(
                models.Case(models.When(category=None, then=models.Value(1))),
                name="recurrence_rule_one_for_all",
                violation_error_message=_("There is a rule for all categories already."),
            ),
        ]

    def __str__(self):
        return str(self.category or _("all categories"))
