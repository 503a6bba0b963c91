"""The stock Django admin of who serves: one module for each subject."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from services.admin import calendar, catalogue, people, places, units

__all__ = ["calendar", "catalogue", "people", "places", "units"]

admin.site.site_title = _("Duidan")
admin.site.site_header = _("Duidan: administration")
admin.site.index_title = _("What would you like to correct?")
