"""How word of notices leaves the site: what a person wants to get, and each message on its way."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests_app.models.case import ServiceRequest
from requests_app.models.notice import Notice
from services.encryption import EncryptedTextField

# A digest comes between the end and the beginning of the quiet hours.
FIRST_HOUR, LAST_HOUR, USUAL_HOUR = 7, 20, 8


class Channel(models.TextChoices):
    """The ways out of the site. Its own inbox is none of them: a notice stands there from the start."""

    SMS = "sms", _("text message")
    EMAIL = "email", _("e-mail")


class Wanted(models.TextChoices):
    """How much of it a person wants by one channel; each holds what stands above it."""

    OFF = "off", pgettext_lazy("messages wanted", "nothing")
    URGENT = "urgent", _("only what is urgent")
    TURN = "turn", _("what waits for me, and how it ends")
    NEWS = "news", _("all news")


class NoticeChoice(models.Model):
    """What one person wants to get, by which way, and at which hour. Without a row it is what is usual for them."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="notice_choice",
        verbose_name=_("person"),
    )
    # Empty: what is usual for somebody like them.
    sms = models.CharField(_("by text message"), max_length=8, choices=Wanted, blank=True)
    email = models.CharField(_("by e-mail"), max_length=8, choices=Wanted, blank=True)
    digest_hour = models.PositiveSmallIntegerField(
        _("hour of the daily summary"),
        default=USUAL_HOUR,
        validators=[MinValueValidator(FIRST_HOUR), MaxValueValidator(LAST_HOUR)],
    )
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    # Only an address whose owner followed the link sent there; the other one still waits for that.
    address = EncryptedTextField(_("e-mail address"), max_length=254, blank=True)
    new_address = EncryptedTextField(_("e-mail address to be confirmed"), max_length=254, blank=True)

    class Meta:
        verbose_name = _("choice of messages")
        verbose_name_plural = _("choices of messages")
        constraints = [
            models.CheckConstraint(
                condition=Q(digest_hour__gte=FIRST_HOUR, digest_hour__lte=LAST_HOUR),
                name="notice_choice_leaves_the_night_alone",
            ),
        ]

    def __str__(self):
        return str(self.user)


class DeliveryQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(state=Delivery.State.WAITING)

    def failed(self):
        """The dead letters: whatever was tried, they did not get through."""
        return self.filter(state=Delivery.State.FAILED)

    def free(self, at):
        """Those no sender has in hand, or whose sender died."""
        return self.filter(Q(claimed_at=None) | Q(claimed_at__lt=at - Delivery.CLAIM_LASTS))

    def claim(self, pk, at):
        """Take a message for sending; True for exactly one of several senders. The try counts from here on, so that
        one that kills its sender every time comes to an end too.
        """
        mine = self.waiting().free(at).filter(pk=pk, due_at__lte=at)
        return mine.update(claimed_at=at, tries=F("tries") + 1) == 1

    def about(self, cases):
        """Those with a notice about one of ``cases``, a queryset."""
        told = Told.objects.filter(delivery=OuterRef("pk"), notice__event__case__in=cases.values("pk"))
        return self.filter(Exists(told))


class Delivery(models.Model):
    """One message to one person by one channel: an urgent notice by itself, or the summary of a day.

    Its key is the message's id, the same for every try: whoever passes it on knows what was passed on before.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("delivery", "waiting")
        SENT = "sent", pgettext_lazy("delivery", "sent")
        DROPPED = "dropped", pgettext_lazy("delivery", "no longer needed")
        FAILED = "failed", pgettext_lazy("delivery", "not delivered")
        GIVEN_UP = "given_up", pgettext_lazy("delivery", "given up")

    class Failure(models.TextChoices):
        DOWN = "down", _("The way there was down each time it was tried.")
        REFUSED = "refused", _("It was refused: the number or the address may be wrong.")
        BROKEN = "broken", _("Sending it broke off each time.")

    # Longer than any channel takes to answer: whoever is silent for so long counts as dead.
    CLAIM_LASTS = timedelta(minutes=2)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="deliveries", null=True, verbose_name=_("reader")
    )
    # Without a reader it goes to the number left with this case.
    case = models.ForeignKey(
        ServiceRequest, models.CASCADE, related_name="deliveries", null=True, verbose_name=_("request")
    )
    # The same for whatever goes to the same person: their key, or the hash of the number.
    recipient = models.CharField(_("recipient"), max_length=80)
    notices = models.ManyToManyField(Notice, through="Told", related_name="deliveries")
    # The day whose summary it is; null for what is urgent.
    digest_on = models.DateField(_("summary of"), null=True)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    due_at = models.DateTimeField(_("to be sent at"), null=True)
    claimed_at = models.DateTimeField(_("in hand since"), null=True)
    tries = models.PositiveSmallIntegerField(pgettext_lazy("delivery", "tries"), default=0)
    made_at = models.DateTimeField(_("made at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    # How the other side calls it, and how many messages a text counts as.
    receipt = models.CharField(_("receipt"), max_length=120, blank=True)
    segments = models.PositiveSmallIntegerField(_("segments"), default=0)
    failure = models.CharField(pgettext_lazy("delivery", "why it failed"), max_length=10, choices=Failure, blank=True)
    detail = models.CharField(_("what the other side said"), max_length=200, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "pk"]
        verbose_name = _("message sent out")
        verbose_name_plural = _("messages sent out")
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "channel", "digest_on"],
                condition=Q(digest_on__isnull=False),
                name="delivery_one_digest_a_day",
            ),
            models.CheckConstraint(
                condition=Q(reader__isnull=False, case__isnull=True) | Q(reader__isnull=True, case__isnull=False),
                name="delivery_to_a_reader_or_a_number",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", due_at__isnull=False, ended_at__isnull=True)
                | ~Q(state="waiting") & Q(due_at__isnull=True, ended_at__isnull=False, claimed_at__isnull=True),
                name="delivery_due_exactly_while_waiting",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["failed", "given_up"]) & ~Q(failure="") | ~Q(state__in=["failed", "given_up"]),
                name="delivery_says_why_it_failed",
            ),
        ]
        indexes = [
            # The worker looks for what is due, and the counts for what waits.
            models.Index(fields=["due_at"], name="delivery_due", condition=Q(state="waiting")),
            # The list of dead letters, newest first.
            models.Index(fields=["-ended_at"], name="delivery_failed", condition=Q(state="failed")),
        ]

    def __str__(self):
        return f"{self.get_channel_display()} {timezone.localtime(self.made_at):%Y-%m-%d %H:%M}"

    @property
    def is_urgent(self):
        return self.digest_on is None

    @property
    def can_be_joined(self):
        """True while nobody has begun to send it."""
        return self.state == self.State.WAITING and not self.tries

    def get_state_display(self):
        return str(self.State(self.state).label)


class Told(models.Model):
    """One notice in one message."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="told")
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="told", db_index=False)
    channel = models.CharField(max_length=8, choices=Channel)

    class Meta:
        constraints = [
            # Whoever looks for the messages of a notice reads by it too.
            models.UniqueConstraint(fields=["notice", "channel"], name="told_once_by_each_channel"),
        ]

    def __str__(self):
        return f"{self.notice_id} → {self.delivery_id}"


class Handling(models.Model):
    """What somebody decided about a dead letter, and why."""

    class Decision(models.TextChoices):
        RETRY = "retry", _("send again")
        GIVE_UP = "give_up", _("give up")

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="handlings")
    decision = models.CharField(_("decision"), max_length=8, choices=Decision)
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("decided by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("decision on a message that was not delivered")
        verbose_name_plural = _("decisions on messages that were not delivered")

    def __str__(self):
        return f"{self.get_decision_display()}: {self.reason}"
