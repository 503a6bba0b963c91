"""Who is asking, by token."""

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed


class ByToken(TokenAuthentication):
    """``Authorization: Token …``; what cannot be a token is not looked for, because PostgreSQL takes no NUL."""

    def authenticate_credentials(self, key):
        if not (key.isascii() and key.isalnum()):
            raise AuthenticationFailed(_("This token is not valid."))
        return super().authenticate_credentials(key)
