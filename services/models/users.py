"""People who sign in."""

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from services.models.memberships import Membership

# Digits as written here only: others would be kept, and never compare equal to the same number.
MOBILE = RegexValidator(r"^1[0-9]{10}\Z", _("Enter a mobile number of 11 digits, for example 19900000000."))


class User(AbstractUser):
    """A resident or an official; what they may do comes from memberships alone.

    Signs in with ``phone`` or ``username``. People who leave are deactivated, never deleted.
    """

    first_name = None
    last_name = None
    name = models.CharField(_("full name"), max_length=40, blank=True)
    # Null, not empty, for an account without one: the database keeps numbers unique.
    phone = models.CharField(
        _("mobile number"),
        max_length=11,
        unique=True,
        null=True,
        blank=True,
        validators=[MOBILE],
    )
    is_demo = models.BooleanField(_("demo person"), default=False, editable=False)

    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self):
        return self.name or self.username

    def clean(self):
        super().clean()
        self.phone = self.phone or None

    def get_full_name(self):
        return self.name or self.username

    def get_short_name(self):
        return self.get_full_name()

    def current_memberships(self, on):
        """The memberships that hold on the date ``on``, with their units; one query for each user object.

        Kept on the object because every page and every permission asks for them.
        """
        kept = getattr(self, "_memberships_on", None)
        if kept is None or kept[0] != on:
            kept = self._memberships_on = (on, list(Membership.objects.of(self).on(on).select_related("unit")))
        return kept[1]
