"""More time for a clock: asked for by whoever works, decided by a supervisor."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from requests_app.models.deadline import Deadline
from requests_app.models.event import Event


class Extension(models.Model):
    """One request for more time. A clock is extended once, by at most its own limit."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked for")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")
        DROPPED = "dropped", _("no longer needed")

    case = models.ForeignKey("requests_app.ServiceRequest", models.CASCADE, related_name="extensions")
    # A clock can be extended once, so it is asked about once.
    deadline = models.OneToOneField(Deadline, models.CASCADE, related_name="extension", verbose_name=_("deadline"))
    event = models.OneToOneField(Event, models.PROTECT, related_name="extension", verbose_name=_("event"))
    amount = models.PositiveIntegerField(_("amount"), help_text=_("In the clock's own unit of time."))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ASKED)
    asked_at = models.DateTimeField(_("asked for at"))
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        ordering = ["asked_at", "pk"]
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state="asked"), name="extension_one_asked_for"),
            models.CheckConstraint(condition=Q(amount__gte=1), name="extension_is_at_least_one"),
            models.CheckConstraint(
                condition=Q(state="asked", decided_at__isnull=True) | ~Q(state="asked") & Q(decided_at__isnull=False),
                name="extension_decided_exactly_once_decided",
            ),
        ]

    def __str__(self):
        return f"{self.deadline}: +{self.amount}"
