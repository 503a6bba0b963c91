"""A list of a desk as somebody narrowed and sorted it, kept under a name."""

from django.conf import settings
from django.db import models
from django.db.models import Max
from django.utils.translation import gettext_lazy as _


class SavedViewQuerySet(models.QuerySet):
    def at_desk(self, user, desk):
        """Those that ``user`` keeps at the desk with the slug ``desk``, in their order."""
        return self.filter(user=user, desk=desk)

    def keep(self, user, desk, name, query):
        """Keep ``query`` under ``name``, behind the others; a view of that name shows ``query`` from now on."""
        last = self.at_desk(user, desk).aggregate(last=Max("order"))["last"] or 0
        return self.update_or_create(
            user=user,
            desk=desk,
            name=name,
            defaults={"query": query},
            create_defaults={"query": query, "order": last + 1},
        )[0]


class SavedView(models.Model):
    """``query`` is the URL's. What of it can no longer be chosen is left out, and named, when the view is opened."""

    AT_MOST = 20  # of one person at one desk

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    desk = models.CharField(_("desk"), max_length=20)
    name = models.CharField(_("name"), max_length=20)
    query = models.CharField(max_length=1000, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            # Every page of a desk reads by it.
            models.UniqueConstraint(
                fields=["user", "desk", "name"],
                name="saved_view_once",
                violation_error_message=_("You have a view of this name already."),
            ),
        ]

    def __str__(self):
        return self.name
