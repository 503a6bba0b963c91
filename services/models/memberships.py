"""Who belongs to which unit, as what, and since when: the only source of authority."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from services.models.units import Unit


class Role(models.TextChoices):
    HOUSEHOLD = "household", _("Party-member household")
    BRANCH = "branch", _("branch clerk")
    DISPATCHER = "dispatcher", _("community dispatcher")
    OFFICER = "officer", _("department officer")
    SUPERVISOR = "supervisor", _("supervisor")
    CALLER = "caller", _("follow-up caller")
    AUDITOR = "auditor", _("auditor")


ABOVE_COMMUNITY = {Unit.Kind.STREET, Unit.Kind.DISTRICT}
UNIT_KINDS = {
    Role.HOUSEHOLD: {Unit.Kind.BRANCH},
    Role.BRANCH: {Unit.Kind.BRANCH},
    Role.DISPATCHER: {Unit.Kind.COMMUNITY},
    Role.OFFICER: {Unit.Kind.DEPARTMENT},
    Role.SUPERVISOR: ABOVE_COMMUNITY,
    Role.CALLER: ABOVE_COMMUNITY,
    Role.AUDITOR: set(Unit.Kind),
}


class MembershipQuerySet(models.QuerySet):
    def of(self, user):
        return self.filter(user=user)

    def on(self, date):
        """Those that hold on ``date``; ``until`` is the last day."""
        return self.filter(Q(until=None) | Q(until__gte=date), since__lte=date)


class Membership(models.Model):
    """A person's place in a unit. A person may hold several; a resident needs none."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships", verbose_name=_("person")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="memberships", verbose_name=_("unit"))
    role = models.CharField(_("role"), max_length=12, choices=Role)
    since = models.DateField(_("since"), default=timezone.localdate)
    until = models.DateField(_("last day"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["unit__code", "role"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "unit", "role", "since"],
                name="membership_once",
                violation_error_message=_("This person already has that role there from that day."),
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="membership_ends_after_it_begins",
                violation_error_message=_("The last day cannot come before the first."),
            ),
        ]

    def __str__(self):
        return f"{self.user} · {self.unit} · {self.get_role_display()}"

    def holds_on(self, date):
        """The same question as ``on()`` asks of many."""
        return self.since <= date and (self.until is None or date <= self.until)

    def clean(self):
        if self.unit_id and self.role and self.unit.kind not in UNIT_KINDS[self.role]:
            raise ValidationError({"unit": _("This role does not belong to a unit of that kind.")})
