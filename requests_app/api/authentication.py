"""Who is asking, by token."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from services.models import ApiToken


class ByToken(TokenAuthentication):
    """``Authorization: Token …``; what cannot be a token is not looked for, because PostgreSQL takes no NUL."""

    def authenticate_credentials(self, key):
        if not (key.isascii() and key.isalnum()):
            raise AuthenticationFailed(_("This token is not valid."))
        token = ApiToken.objects.of(key, timezone.now())
        if token is None or not token.user.is_active:
            raise AuthenticationFailed(_("This token is not valid, or no longer."))
        return token.user, token
