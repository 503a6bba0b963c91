"""Sign-in with a phone number or a user name."""

from django.contrib.auth.backends import ModelBackend
from django.db.models import Q
from django.utils import timezone

from services.encryption import lookup_hash
from services.models import User


class PhoneOrUsernameBackend(ModelBackend):
    """Checks a password against the account of that phone number or user name."""

    def get_user(self, user_id):
        """The active person of that key, with the memberships that hold today; None where there is none such."""
        user = User.objects.with_memberships(user_id, timezone.localdate())
        return user if user and self.user_can_authenticate(user) else None

    def authenticate(self, request, username=None, password=None, **kwargs):
        """The active user of that name and password, or None; both cases take as long."""
        if not username or password is None:
            return None
        # A user name that looks like somebody's phone number must not take that person's place.
        number = lookup_hash(username)
        found = User.objects.filter(Q(phone_hash=number) | Q(username=username)).order_by("username")
        users = [user for user in found if user.phone_hash == number] or list(found)
        if not users:
            # Hashing anyway keeps unknown and known names indistinguishable by time.
            User().set_password(password)
            return None
        user = users[0]
        return user if user.check_password(password) and self.user_can_authenticate(user) else None
