"""Households: a building and a room, the code on the slip in their letterbox, and who said that they live there."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from services.encryption import EncryptedTextField, HashOf, lookup_hash
from services.models.places import Building


def room_of(entrance, number):
    """Entrance and door number as one text, the same for everybody who lives behind that door: 3-402."""
    return f"{int(entrance)}-{number.strip().upper().lstrip('0')}"


class HouseholdQuerySet(models.QuerySet):
    def at(self, building, room):
        """The household behind that door, known from now on."""
        return self.get_or_create(building=building, room_hash=lookup_hash(room), defaults={"room": room})[0]

    def with_place(self):
        return self.select_related("building__estate__branch__parent")


class Household(models.Model):
    """Whoever lives behind one door. A slip names it by a code of which only a digest is kept."""

    building = models.ForeignKey(Building, models.PROTECT, related_name="households", verbose_name=_("building"))
    room = EncryptedTextField(_("room"), max_length=20)
    room_hash = HashOf("room", verbose_name=_("hash of the room"))
    # Null where no slip is out: the database keeps the others unique.
    slip_digest = models.CharField(  # noqa: DJ001
        _("digest of the slip's code"), max_length=64, null=True, unique=True, editable=False
    )
    slip_printed_at = models.DateTimeField(_("slip printed at"), null=True, editable=False)

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        ordering = ["building", "pk"]
        verbose_name = _("household")
        verbose_name_plural = _("households")
        constraints = [
            models.UniqueConstraint(fields=["building", "room_hash"], name="household_once_per_door"),
        ]

    def __str__(self):
        # Not the room: what the admin remembers of a change is stored as it reads.
        return f"{self.building} #{self.pk}"

    @property
    def estate(self):
        return self.building.estate

    @property
    def door(self):
        """Building, entrance and room as neighbours say it."""
        entrance, _dash, number = self.room.partition("-")
        said = {"building": self.building, "entrance": entrance, "number": number}
        return gettext("%(building)s, entrance %(entrance)s, %(number)s") % said


class Residence(models.Model):
    """Where somebody said that they live; ``by_slip`` where a slip of that household proved it."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="residence", verbose_name=_("person")
    )
    household = models.ForeignKey(Household, models.PROTECT, related_name="residents", verbose_name=_("household"))
    by_slip = models.BooleanField(_("proved by a slip"), default=False)
    since = models.DateTimeField(_("since"))

    class Meta:
        ordering = ["user"]
        verbose_name = _("residence")
        verbose_name_plural = _("residences")

    def __str__(self):
        return f"{self.user} · {self.household}"
