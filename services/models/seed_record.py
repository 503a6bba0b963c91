"""What the seed files last said, row by row."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SeedRecord(models.Model):
    """The digest of one row of a seed file as it was last loaded.

    A row that the file has not changed since is left alone, so that a correction made in the admin stays.
    """

    file = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("seed record")
        verbose_name_plural = _("seed records")
        constraints = [
            models.UniqueConstraint(fields=["file", "key"], name="seed_record_once"),
        ]

    def __str__(self):
        return f"{self.file}: {self.key}"
