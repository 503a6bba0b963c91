"""Follow-up calls: how many of the finished requests are asked about, how often somebody is tried, and when."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from services.models.catalogue import Urgency


class FollowUpRule(models.Model):
    """The share that is drawn, and the attempts it takes before somebody counts as unreachable.

    An urgency's own row comes before the one for all; a category's own share, or its group's, before both.
    """

    urgency = models.CharField(_("urgency"), max_length=12, choices=Urgency, blank=True, unique=True)
    rate = models.PositiveSmallIntegerField(_("share that is called, in percent"), validators=[MaxValueValidator(100)])
    attempts = models.PositiveSmallIntegerField(
        _("attempts before somebody counts as unreachable"), default=3, validators=[MinValueValidator(1)]
    )
    slots = models.PositiveSmallIntegerField(
        _("in so many different parts of the day"), default=2, validators=[MinValueValidator(1)]
    )
    basis = models.CharField(_("basis"), max_length=200, blank=True)

    class Meta:
        ordering = ["urgency"]
        verbose_name = _("follow-up rule")
        verbose_name_plural = _("follow-up rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(rate__lte=100),
                name="follow_up_rule_rate_is_a_share",
                violation_error_message=_("A share lies between 0 and 100 percent."),
            ),
            models.CheckConstraint(
                condition=Q(slots__gte=1, attempts__gte=F("slots")),
                name="follow_up_rule_can_be_fulfilled",
                violation_error_message=_("There must be as many attempts as parts of the day, and one at least."),
            ),
        ]

    def __str__(self):
        return f"{self.get_urgency_display()} {self.rate} %".strip()


class CallSlot(models.Model):
    """A part of the day in which residents may be rung up; outside of all of them nobody is."""

    opens = models.TimeField(_("from"), unique=True)
    closes = models.TimeField(_("until"))

    class Meta:
        ordering = ["opens"]
        verbose_name = _("calling hours")
        verbose_name_plural = _("calling hours")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="call_slot_closes_after_it_opens",
                violation_error_message=_("The end must come after the beginning."),
            ),
        ]

    def __str__(self):
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}"

    def clean(self):
        others = CallSlot.objects.exclude(pk=self.pk)
        if self.opens and self.closes and others.filter(opens__lt=self.closes, closes__gt=self.opens).exists():
            raise ValidationError({"opens": _("These hours overlap with others.")})
