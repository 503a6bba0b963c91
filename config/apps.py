"""Apps of others under names that people here can read."""

from axes.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GuessingConfig(AppConfig):
    """django-axes; its permissions are listed where those of a group are chosen."""

    verbose_name = _("guessed passwords")
