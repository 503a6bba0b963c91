"""Photos of a case, or of a draft that is not filed yet."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests_app.models.case import ServiceRequest
from requests_app.models.draft import Draft
from requests_app.models.event import Event

FOLDER = "photos"
TOKEN_LENGTH = 32


def new_token():
    """An unguessable name of 32 URL-safe characters (192 random bits)."""
    return secrets.token_urlsafe(24)


def large_path(photo, filename):
    return f"{FOLDER}/{photo.token[:2]}/{photo.token}-large.jpg"


def small_path(photo, filename):
    return f"{FOLDER}/{photo.token[:2]}/{photo.token}-small.jpg"


class PhotoQuerySet(models.QuerySet):
    def before(self):
        return self.filter(stage=Photo.Stage.BEFORE)

    def after(self):
        return self.filter(stage=Photo.Stage.AFTER)

    def shown_to_residents(self):
        """Those that are not internal."""
        return self.filter(event__is_public=True).exclude(stage=Photo.Stage.EVIDENCE)

    def released(self):
        return self.filter(is_released=True, case__in=ServiceRequest.objects.released())


class Photo(models.Model):
    """One cleaned picture in two sizes; the file as it was sent is never kept."""

    class Stage(models.TextChoices):
        BEFORE = "before", _("before")
        AFTER = "after", _("after")
        # Why it is another department's work: among the units only.
        EVIDENCE = "evidence", _("evidence of a return")

    token = models.CharField(max_length=TOKEN_LENGTH, unique=True, default=new_token, editable=False)
    case = models.ForeignKey(
        "requests_app.ServiceRequest", models.CASCADE, related_name="photos", null=True, verbose_name=_("case")
    )
    draft = models.ForeignKey(Draft, models.CASCADE, related_name="photos", null=True, verbose_name=_("draft"))
    event = models.ForeignKey(Event, models.PROTECT, related_name="photos", null=True, verbose_name=_("event"))
    stage = models.CharField(_("stage"), max_length=10, choices=Stage, default=Stage.BEFORE)
    large = models.ImageField(upload_to=large_path, width_field="width", height_field="height")
    small = models.ImageField(upload_to=small_path)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    # What it looks like in 64 bits, as ``photos.likeness_of`` says; empty until that is computed.
    likeness = models.CharField(max_length=16, blank=True, editable=False)
    is_released = models.BooleanField(_("shown in public"), default=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("uploaded by")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        constraints = [
            models.CheckConstraint(
                condition=Q(case__isnull=True, draft__isnull=False) | Q(case__isnull=False, draft__isnull=True),
                name="photo_of_a_case_or_a_draft",
            ),
        ]
        indexes = [
            # The nightly command looks at those nobody has looked at yet.
            models.Index(fields=["id"], name="photo_without_likeness", condition=Q(likeness="")),
        ]

    def __str__(self):
        return self.token

    def get_absolute_url(self):
        return reverse("requests:photo", args=[self.token, "large"])

    @property
    def is_internal(self):
        """True where only those who serve on the case may see it."""
        return self.stage == self.Stage.EVIDENCE or (self.event is not None and not self.event.is_public)

    @property
    def small_url(self):
        return reverse("requests:photo", args=[self.token, "small"])
