"""The stock Django admin of who serves: one module for each subject."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from services.admin import calendar, calls, catalogue, figures, meetings, people, places, privacy, units

__all__ = ["calendar", "calls", "catalogue", "figures", "meetings", "people", "places", "privacy", "units"]

admin.site.site_title = _("Duidan")
admin.site.site_header = _("Duidan: administration")
admin.site.index_title = _("What would you like to correct?")

# Words that people with a screen reader hear on Django's own pages; its catalogue lacks their Chinese, ours has it.
HEARD = [gettext_noop("Add link"), gettext_noop("Change or view list link"), gettext_noop("Model name")]
