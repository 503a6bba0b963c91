"""Ready-made words that people who serve begin a note with."""

import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from services.models.catalogue import Category
from services.models.units import Unit

SHORTEST_CODE = 6  # digits of a district's


def new_code():
    """A code for a template that no seed file names."""
    return f"own-{secrets.token_hex(8)}"


class ReplyTemplateQuerySet(models.QuerySet):
    def offered(self, act, category, units):
        """What is offered for ``act`` on a case of ``category`` to somebody who serves at ``units``; one query.

        A unit's templates hold for everything below it, and come before those for everybody; a category's own come
        before its group's, these before those for all.
        """
        over = {unit.code[:length] for unit in units for length in range(SHORTEST_CODE, len(unit.code) + 1)}
        found = self.filter(
            Q(unit=None) | Q(unit__code__in=over),
            Q(category=None) | Q(category__in=[category.pk, category.parent_id]),
            act=act,
            is_active=True,
        )
        return sorted(found.select_related("unit"), key=lambda reply: reply.nearness(category))


class ReplyTemplate(models.Model):
    """Words for one act, for one unit and what lies below it or for all, for one category or group or for all."""

    class For(models.TextChoices):
        """The acts whose forms offer templates; their values are those of the journey.

        Rulings on returns are not among them: each gives its own reason, and stands in the precedent book.
        """

        ACCEPT = "accept", _("accept")
        ASK = "ask", _("ask the resident")
        SETTLE = "settle", _("settle at the estate")
        REFER = "refer", _("refer to the community")
        DISPATCH = "dispatch", _("dispatch")
        REASSIGN = "reassign", _("reassign")
        RETURN = "return", _("return")
        ASSIST = "assist", _("report as assisting unit")
        FULFIL = "fulfil", _("fulfil")
        TELL = "tell", _("tell the resident")
        DECLINE = "decline", _("decline")
        RESUME = "resume", _("go on without an answer")
        MORE_TIME = "more_time", _("ask for more time")
        GRANT = "grant", _("grant more time")
        REFUSE = "refuse", _("refuse more time")
        SUPERVISE = "supervise", _("supervise")
        REPLY = "reply", _("answer the supervision order")
        PARK = "park", _("park")
        UNPARK = "unpark", _("take up again")

    code = models.SlugField(_("code"), max_length=40, unique=True, default=new_code, editable=False)
    unit = models.ForeignKey(
        Unit,
        models.CASCADE,
        related_name="reply_templates",
        null=True,
        blank=True,
        verbose_name=_("unit"),
        help_text=_("Holds for everything below it too. Left empty: for everybody."),
    )
    category = models.ForeignKey(
        Category,
        models.CASCADE,
        related_name="reply_templates",
        null=True,
        blank=True,
        verbose_name=_("category"),
        help_text=_("A group or one of its categories. Left empty: for all."),
    )
    act = models.CharField(pgettext_lazy("template", "act"), max_length=12, choices=For)
    title = models.CharField(pgettext_lazy("template", "title"), max_length=20)
    text = models.TextField(
        _("words"),
        max_length=500,
        help_text=_("{place}, {category} and {due} are filled in."),
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects = ReplyTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["act", "order", "pk"]
        verbose_name = _("reply template")
        verbose_name_plural = _("reply templates")
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="reply_template_has_words"),
        ]

    def __str__(self):
        return self.title

    def nearness(self, category):
        """What templates are sorted by: the nearest unit first, then the nearest category, then the order."""
        far = 2 if self.category_id is None else int(self.category_id != category.pk)
        return (-len(self.unit.code) if self.unit else 0, far, self.order, self.pk)
