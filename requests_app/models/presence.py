"""Who among staff has a case open just now."""

from datetime import timedelta

from django.conf import settings
from django.db import OperationalError, models
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from requests_app.models.case import ServiceRequest
from services.kept import Kept
from services.models import Unit

LASTS = timedelta(seconds=90)  # a page that was closed is forgotten after this
WRITTEN_EVERY = timedelta(seconds=30)  # a page that stays open costs one write in this time


# Who has had a case open since a moment.
OPEN = Kept(lambda case, since: Presence.objects.filter(case=case, seen_at__gt=since).order_by("pk"))


class PresenceQuerySet(models.QuerySet):
    def look(self, case, user, unit, at):
        """Put down that ``user`` of ``unit`` has ``case`` open at ``at``; the rows of everybody else who has.

        One query, and two for who the others are where there are any; one more that writes, unless the last write is
        fresh still.
        """
        rows = list(OPEN(case.pk, at - LASTS))
        own = next((row for row in rows if row.user_id == user.pk), None)
        if own is None or own.seen_at <= at - WRITTEN_EVERY:
            self._put_down(self.model(case=case, user=user, unit=unit, seen_at=at))
        others = [row for row in rows if row is not own]
        prefetch_related_objects(others, "user", "unit")
        return others

    def _put_down(self, row):
        """Insert or renew ``row`` in one statement, so that two windows of one person do not meet."""
        try:
            self.bulk_create(
                [row], update_conflicts=True, unique_fields=["case", "user"], update_fields=["unit", "seen_at"]
            )
        except OperationalError:
            # A database that is too busy for it: a page is worth more than the word who else reads it.
            return

    def over(self, at):
        """Those who have not been seen lately."""
        return self.filter(seen_at__lte=at - LASTS)


class Presence(models.Model):
    """``user``, for ``unit``, had ``case`` open at ``seen_at``; the sweep leaves those of the last minutes."""

    case = models.ForeignKey(
        ServiceRequest, models.CASCADE, related_name="presences", verbose_name=_("service request")
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+", null=True, verbose_name=_("unit"))
    seen_at = models.DateTimeField(_("seen at"))

    objects = PresenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")
        constraints = [
            # Every page of a case reads by it.
            models.UniqueConstraint(fields=["case", "user"], name="presence_once"),
        ]

    def __str__(self):
        return f"{self.user} #{self.case_id}"
