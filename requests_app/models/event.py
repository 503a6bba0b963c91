"""What happened to a case: append-only, chained by hash."""

import hashlib
import json
import secrets
from datetime import UTC

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from requests_app.models.case import Holder, Status
from services.models import Unit


class Act(models.TextChoices):
    FILE = "file", _("file")
    ACCEPT = "accept", _("accept")
    SETTLE = "settle", _("settle at the estate")
    REFER = "refer", _("refer to the community")
    DISPATCH = "dispatch", _("dispatch")
    SIGN = "sign", _("sign")
    RETURN = "return", _("return")
    UPHOLD = "uphold", _("uphold the return")
    OVERRULE = "overrule", _("overrule the return")
    REASSIGN = "reassign", _("reassign")
    ASSIST = "assist", _("report as assisting unit")
    WAIVE = "waive", _("waive an assisting unit")
    FULFIL = "fulfil", _("fulfil")
    RATE = "rate", _("rate")
    CONTEST = "contest", _("ask to have it redone")
    LAPSE = "lapse", _("lapse")
    DECLINE = "decline", _("decline")
    APPEAL = "appeal", _("appeal")
    WITHDRAW = "withdraw", _("withdraw")
    NOTE = "note", _("add an internal note")
    TELL = "tell", _("tell the resident")
    REVEAL = "reveal", _("look at the phone number")
    RELEASE = "release", _("release to the public")
    UNRELEASE = "unrelease", _("take back from the public")
    ASK = "ask", _("ask the resident")
    ANSWER = "answer", _("answer")
    RESUME = "resume", _("go on without an answer")
    MORE_TIME = "more_time", _("ask for more time")
    GRANT = "grant", _("grant more time")
    REFUSE = "refuse", _("refuse more time")
    URGE = "urge", _("urge")
    ADD = "add", _("add something")
    SUPERVISE = "supervise", _("supervise")
    REPLY = "reply", _("answer the supervision order")
    ALARM = "alarm", _("alarm")
    PARK = "park", _("park")
    UNPARK = "unpark", _("take up again")
    MERGE = "merge", _("merge")
    UNMERGE = "unmerge", _("take apart again")
    CALL = "call", _("call the resident")
    RECOMPUTE = "recompute", _("count the time anew")
    CONCEAL = "conceal", _("keep confidential")
    DISCLOSE = "disclose", _("no longer confidential")


# The acts that figures count by their moment.
COUNTED = (
    *(Act.DISPATCH, Act.UPHOLD, Act.REASSIGN, Act.SETTLE, Act.FULFIL),
    *(Act.RATE, Act.LAPSE, Act.DECLINE, Act.WITHDRAW, Act.MERGE),
)


class Party(models.TextChoices):
    """As what somebody acted."""

    RESIDENT = "resident", _("resident")
    HOUSEHOLD = "household", _("Party-member household")
    BRANCH = "branch", _("branch")
    DISPATCHER = "dispatcher", _("community")
    LEAD = "lead", _("lead department")
    ASSISTANT = "assistant", _("assisting department")
    SUPERVISOR = "supervisor", _("supervisor")
    CALLER = "caller", _("follow-up caller")
    AUDITOR = "auditor", _("auditor")
    SYSTEM = "system", _("the system")


class AppendOnly(Exception):
    """Somebody tried to change or delete an event."""


class EventQuerySet(models.QuerySet):
    def public(self):
        """What the resident may read."""
        return self.filter(is_public=True)

    def update(self, **kwargs):
        raise AppendOnly("events are written once")

    def delete(self):
        raise AppendOnly("events are never deleted")

    def erase(self, event, at, *, actor, note, facts):
        """Put ``note`` and ``facts`` without what named somebody in the place of those of ``event``, for good.

        ``actor`` is who acted as before, or None. The chain holds: it covers the seal, which stays. The database lets
        nothing else of an event be changed.
        """
        rest = {"actor": actor, "note": note, "facts": facts}
        models.QuerySet.update(self.filter(pk=event.pk), salt="", erased_at=at, **rest)


class Event(models.Model):
    """One act on one case. Written once, by the workflow; the database refuses changes.

    ``digest`` covers every field and the digest before it, so a changed, missing or reordered event shows. Who acted
    and what was said it covers through ``seal``: a person who has their data deleted is taken out of both, and the
    chain still holds. Without the salt, which goes with them, nobody finds out by trying what was sealed.
    """

    case = models.ForeignKey("requests_app.ServiceRequest", models.PROTECT, related_name="events")
    serial = models.PositiveIntegerField(_("number"))
    act = models.CharField(_("act"), max_length=12, choices=Act)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("person")
    )
    party = models.CharField(_("acted as"), max_length=12, choices=Party)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", null=True, verbose_name=_("acted for"))
    source = models.CharField(_("from"), max_length=12, choices=Status, blank=True)
    target = models.CharField(_("to"), max_length=12, choices=Status)
    holder = models.CharField(_("held by"), max_length=12, choices=Holder, blank=True)
    holder_unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", null=True, verbose_name=_("holding unit"))
    note = models.TextField(_("note"), max_length=1000, blank=True)
    facts = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)
    # Whether the resident sees that it happened, and whether also what was written.
    is_public = models.BooleanField(_("public"), default=False)
    is_note_public = models.BooleanField(_("note is public"), default=False)
    at = models.DateTimeField(_("at"))
    salt = models.CharField(max_length=32, blank=True, editable=False)
    seal = models.CharField(max_length=64, blank=True, editable=False)
    # When somebody's data was taken out of it.
    erased_at = models.DateTimeField(_("erased at"), null=True, editable=False)
    digest = models.CharField(_("digest"), max_length=64)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["case", "serial"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.UniqueConstraint(fields=["case", "serial"], name="event_numbered_once"),
        ]
        indexes = [
            # Figures read what was ordered, reported and ended in one month.
            models.Index(fields=["at"], name="event_counted", condition=Q(act__in=COUNTED)),
        ]

    def __str__(self):
        return f"{self.case_id}/{self.serial} {self.get_act_display()}"

    def delete(self, *args, **kwargs):
        raise AppendOnly("events are never deleted")

    def get_target_display(self):
        """As Django's, which goes through all choices for every word."""
        return str(Status(self.target).label)

    @property
    def public_note(self):
        """The note where the resident may read it, otherwise an empty text."""
        return self.note if self.is_note_public else ""

    def write_after(self, before):
        """Seal and chain the event, which is new, to the one whose digest is ``before`` (empty for the first)."""
        self.salt = secrets.token_hex(16)
        self.seal = self.compute_seal()
        self.digest = self.compute_digest(before)

    def is_sealed(self, erasures):
        """True where who acted and what was said are as written, or were erased at one of the moments ``erasures``."""
        if self.erased_at:
            return not self.salt and self.erased_at in erasures
        return self.compute_seal() == self.seal

    def compute_seal(self):
        """The digest of who acted and what was said, 64 hex digits."""
        return digest_of([self.salt, self.actor_id, self.note, self.facts])

    def compute_digest(self, before):
        """The digest of this event after one whose digest is ``before`` (empty for the first), 64 hex digits."""
        return digest_of(self.digested(before))

    def digested(self, before):
        """What the digest covers: the digest ``before``, the case, and everything else that the event says."""
        return [
            before,
            self.case_id,
            self.serial,
            self.act,
            self.party,
            self.unit_id,
            self.source,
            self.target,
            self.holder,
            self.holder_unit_id,
            self.is_public,
            self.is_note_public,
            self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            self.seal,
        ]


def digest_of(content):
    """SHA-256 over ``content`` written down as JSON, 64 hex digits."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()
