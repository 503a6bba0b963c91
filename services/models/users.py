"""People who sign in."""

import secrets

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from services.encryption import EncryptedTextField, HashOf, lookup_hash
from services.kept import Kept
from services.models.memberships import Membership

# Digits as written here only: others would be kept, and never compare equal to the same number.
MOBILE = RegexValidator(r"^1[0-9]{10}\Z", _("Enter a mobile number of 11 digits, for example 19900000000."))

# What somebody holds or held, with who they are: every page of those who serve begins with it.
HELD = Kept(lambda user: Membership.objects.filter(user=user).select_related("user", "unit"))
NUMBER_TAKEN = ValidationError(_("A person with this mobile number exists."), code="unique")


def new_username():
    """A user name for somebody who signs in with a number: it says nothing of them, as it is not encrypted."""
    return f"u{secrets.token_hex(8)}"


def known_as(words, person=""):
    """Condition: those whose mobile number or whole name is ``words``; ``person`` is the path to them, with its __."""
    words = words.strip()
    return Q(**{f"{person}phone_hash": lookup_hash(words)}) | Q(**{f"{person}name_hash": lookup_hash(words)})


class TextSize(models.IntegerChoices):
    """How large pages are written for somebody, in px; each but the first is a size of the elders' edition (长辈版)."""

    STANDARD = 0, _("standard")
    ELDER_18 = 18, "18"
    ELDER_22 = 22, "22"
    ELDER_26 = 26, "26"
    ELDER_30 = 30, "30"


class PeopleManager(UserManager):
    use_in_migrations = False

    def with_phone(self, phone):
        """The people whose number this is: one, or nobody."""
        return self.filter(phone_hash=lookup_hash(phone))

    def with_memberships(self, key, on):
        """The person of that key, or None, and with them the memberships that hold on the date ``on``.

        One query for whoever holds any or did: of those who serve every page asks for both.
        """
        held = list(HELD(int(key)))
        user = held[0].user if held else self.filter(pk=key).first()
        if user:
            user.keep_memberships([membership for membership in held if membership.holds_on(on)], on)
        return user


class User(AbstractUser):
    """A resident or an official; what they may do comes from memberships alone.

    Signs in with ``phone`` or ``username``. People who leave are deactivated, never deleted.
    """

    first_name = None
    last_name = None
    name = EncryptedTextField(_("full name"), max_length=40, blank=True)
    phone = EncryptedTextField(_("mobile number"), max_length=11, null=True, blank=True, validators=[MOBILE])
    # The admin finds a person by their whole name.
    name_hash = HashOf("name", verbose_name=_("hash of the name"), db_index=True)
    # Sign-in finds a person by it. Null for an account without a number: the database keeps numbers unique.
    phone_hash = HashOf("phone", verbose_name=_("hash of the number"), null=True, unique=True)
    # Null until they have chosen; then it holds on every device on which they are signed in.
    text_size = models.PositiveSmallIntegerField(_("text size"), choices=TextSize, null=True, editable=False)
    is_demo = models.BooleanField(_("demo person"), default=False, editable=False)

    objects = PeopleManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self):
        # Not the name: what the admin remembers of a change is stored as it reads.
        return self.username

    def clean(self):
        super().clean()
        self.phone = self.phone or None
        if self._state.adding and MOBILE.regex.match(self.username):
            raise ValidationError(_("A mobile number is no user name: user names are not encrypted."))

    def validate_unique(self, exclude=None):
        super().validate_unique(exclude)
        asked = self.phone and "phone" not in (exclude or ())
        if asked and User.objects.with_phone(self.phone).exclude(pk=self.pk).exists():
            raise ValidationError({"phone": NUMBER_TAKEN})

    def get_full_name(self):
        return self.name or self.username

    def get_short_name(self):
        return self.get_full_name()

    def current_memberships(self, on):
        """The memberships that hold on the date ``on``, with their units; one query for each user object.

        Kept on the object because every page and every permission asks for them.
        """
        if getattr(self, "_memberships_on", None) != on:
            self.keep_memberships(list(Membership.objects.of(self).on(on).select_related("unit")), on)
        return self._memberships

    def keep_memberships(self, held, on):
        """Take it as known that ``held`` are the memberships that hold on the date ``on``."""
        self._memberships, self._memberships_on = held, on

    def serves(self, on):
        """True for everybody above a resident on the date ``on``: of a unit, or in the admin."""
        return self.is_staff or self.is_superuser or bool(self.current_memberships(on))
