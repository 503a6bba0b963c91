"""What a case is found by."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from requests_app.models.case import ServiceRequest


class SearchText(models.Model):
    """The words of one case as ``search.index`` writes them. Nobody reads them but the search.

    Apart from the case, because a step rewrites the case and not its words: the index below stays as it is then.
    The database keeps that index itself (migration 0019), over every three consecutive characters of ``text``: on
    PostgreSQL a stored generated column ``grams`` with a GIN index, on SQLite an FTS5 table with triggers. The reader
    of both is ``search.lookup``.

    ``area``, ``resident`` and ``filed_by`` are the case's, under the same names: ``in_reach`` says by them who may see
    it, and by ``created_at`` it is the newest, without a look at the case.
    """

    case = models.OneToOneField(
        ServiceRequest, models.CASCADE, primary_key=True, related_name="search_text", verbose_name=_("service request")
    )
    text = models.TextField()
    area = models.CharField(max_length=18)
    # Keys alone; erasing a person writes them anew, with the words.
    resident = models.BigIntegerField(null=True)
    filed_by = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            # A page of a common query (WALKED in search/lookups.py), in the order of its list.
            models.Index(fields=["-created_at", "-case"], name="search_text_newest"),
        ]
        verbose_name = _("search text")
        verbose_name_plural = _("search texts")

    def __str__(self):
        return f"#{self.case_id}"
