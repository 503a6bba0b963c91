"""The precedent book (权责判例): whose work it was, each time a return was ruled on."""

from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests_app.models.event import Event
from services.models import Category, Reason, Role, Unit

READERS = (Role.DISPATCHER, Role.SUPERVISOR, Role.OFFICER, Role.AUDITOR)


def reads_the_book(user):
    """True for everybody who dispatches, rules, does the work or audits, wherever they serve."""
    held = user.current_memberships(timezone.localdate()) if user.is_authenticated else []
    return any(membership.role in READERS for membership in held)


class PrecedentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The whole book to whoever reads it, nothing to others; rulings on confidential requests to nobody."""
        return self.filter(case__is_confidential=False) if reads_the_book(user) else self.none()

    def alike(self, case):
        """Rulings on the same kind of request and on others of its group: nearer ones first, then the same kind."""
        category, community = case.category, case.branch.parent
        nearness = Case(
            When(area=community, then=Value(0)), When(area__parent=community.parent_id, then=Value(1)), default=Value(2)
        )
        kinds = Category.objects.filter(Q(pk=category.pk) | Q(parent=category.parent_id, parent__isnull=False))
        same = Case(When(category=category, then=Value(0)), default=Value(1))
        return self.filter(category__in=kinds.order_by().values("pk")).order_by(nearness, same, "-at", "-pk")

    def for_list(self):
        """Everything one row of the book shows, in one query."""
        return self.select_related("category", "area__parent", "returned_by", "decided_for", "reason", "ruled_by")


class Precedent(models.Model):
    """One ruling. Written by the workflow with the ruling's event, and never changed; it names no resident."""

    class Outcome(models.TextChoices):
        UPHELD = "upheld", _("return upheld")
        OVERRULED = "overruled", _("return overruled")

    case = models.ForeignKey(
        "requests_app.ServiceRequest", models.PROTECT, related_name="precedents", verbose_name=_("case")
    )
    event = models.OneToOneField(Event, models.PROTECT, related_name="precedent", verbose_name=_("event"))
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name=_("category"))
    # The community; its street is the unit above.
    area = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("area"))
    returned_by = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("returned by"))
    decided_for = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("decided for"))
    reason = models.ForeignKey(Reason, models.PROTECT, related_name="+", null=True, verbose_name=_("reason"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    words = models.TextField(_("words of the ruling"), max_length=1000, blank=True)
    ruled_by = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("ruled by"))
    at = models.DateTimeField(_("at"))

    objects = PrecedentQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("precedent")
        verbose_name_plural = _("precedents")
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["upheld", "overruled"]),
                name="precedent_outcome_known",
            ),
        ]
        indexes = [
            # What was ruled on this kind of request: read at every dispatch.
            models.Index(fields=["category", "-at"], name="precedent_category"),
            # The book and the API's cursor, newest first.
            models.Index(fields=["-at", "-id"], name="precedent_at"),
        ]

    def __str__(self):
        return f"{self.category}: {self.decided_for}"

    @property
    def is_first_receivers(self):
        """True where the return was overruled and yet another does the work: whoever had it first (首接负责)."""
        return self.outcome == self.Outcome.OVERRULED and self.returned_by_id != self.decided_for_id
