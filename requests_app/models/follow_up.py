"""Follow-up calls: which finished requests are asked about, and what came of the asking."""

import hashlib

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests_app.models.assignment import Assignment
from requests_app.models.case import ServiceRequest
from requests_app.models.deadline import Deadline
from requests_app.models.event import Event
from requests_app.models.rating import Rating
from services.models import Role, Unit, codes_below

NUMBERS = 10_000  # a draw gives one of 0 to 9999
# Who reads what came of the calls; callers only where they may call.
READERS = (Role.SUPERVISOR, Role.AUDITOR)
# Members of these kinds of units had a hand in every case of their area.
AT_HAND = (Unit.Kind.BRANCH, Unit.Kind.COMMUNITY)


class SampleSeedQuerySet(models.QuerySet):
    def published(self, today):
        """Those that everybody reads: the month has passed, and nobody it drew is still to be called."""
        waiting = FollowUp.objects.open().filter(seed=OuterRef("pk"))
        return self.filter(~Exists(waiting), month__lt=today.replace(day=1))


class SampleSeed(models.Model):
    """What the draws of one month are made with. Whoever has it can make them again.

    Made when the first request of the month is finished. While the month lasts it is shown to nobody: who knew it
    could foresee which work will be asked about. Its check value is shown from the start, so that nobody exchanges it.
    """

    month = models.DateField(_("month"), unique=True)  # its first day
    seed = models.CharField(_("seed"), max_length=64)
    drawn_at = models.DateTimeField(_("made at"))

    objects = SampleSeedQuerySet.as_manager()

    class Meta:
        ordering = ["-month"]
        verbose_name = _("seed of a month's draws")
        verbose_name_plural = _("seeds of the months' draws")

    def __str__(self):
        return f"{self.month:%Y-%m}"

    @property
    def check_value(self):
        """SHA-256 of the seed's bytes, which says nothing about the draws."""
        return hashlib.sha256(bytes.fromhex(self.seed)).hexdigest()

    def is_over(self, today):
        """True once the month has passed, and knowing the seed gains nobody anything."""
        return today.replace(day=1) > self.month


def handled_by(user, at):
    """Cases that ``user`` has something to do with at ``at``, as a Q: nobody asks how their own side did.

    Their own requests, those they filed for somebody, and those in which a unit of theirs has or had a part. The
    same rule for one case is ``parties.had_a_hand_in``.
    """
    found = Q(resident=user) | Q(filed_by=user)
    departments = Q(pk__in=[])
    for membership in user.current_memberships(timezone.localdate(at)):
        unit = membership.unit
        if unit.kind in AT_HAND:
            found |= codes_below("area", unit.code)
        elif unit.kind == Unit.Kind.DEPARTMENT:
            above = [unit.code[:length] for length in range(6, len(unit.code))]
            departments |= codes_below("unit__code", unit.code) | Q(unit__code__in=above)
    return found | Q(pk__in=Assignment.objects.filter(departments).values("case"))


class FollowUpQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state=FollowUp.State.OPEN)

    def visible_to(self, user, at):
        """The tasks ``user`` may read at ``at``: callers those they may call, supervisors and auditors all below."""
        scope = Q(pk__in=[])
        for membership in user.current_memberships(timezone.localdate(at)):
            below = codes_below("area", membership.unit.code)
            if membership.role == Role.CALLER:
                own = ServiceRequest.objects.filter(handled_by(user, at)).values("pk")
                scope |= below & ~Q(case__in=own)
            elif membership.role in READERS:
                scope |= below
        return self.filter(scope)


class FollowUp(models.Model):
    """A call task: one finished work that was drawn, asked about by somebody who had no part in it.

    ``number`` (0 to 9999) was drawn below ``rate`` percent; ``event`` is the report that is asked about. Answers stand
    here whoever gave them: in a call (reached), or the resident without being called (answered), where a question may
    have stayed open. Unreachable, refused and missed tasks have none and are counted apart.
    """

    class State(models.TextChoices):
        OPEN = "open", _("to be called")
        REACHED = "reached", _("reached")
        ANSWERED = "answered", _("answered by the resident")
        REFUSED = "refused", _("did not want to answer")
        UNREACHABLE = "unreachable", _("unreachable")
        MISSED = "missed", _("not called in time")

    case = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="follow_ups", verbose_name=_("request"))
    event = models.OneToOneField(Event, models.PROTECT, related_name="follow_up", verbose_name=_("report"))
    seed = models.ForeignKey(SampleSeed, models.PROTECT, related_name="follow_ups", verbose_name=_("seed"))
    deadline = models.OneToOneField(Deadline, models.PROTECT, related_name="follow_up", verbose_name=_("deadline"))
    area = models.CharField(_("area"), max_length=18)
    # How often it had been asked to be redone when the work was reported.
    redos = models.PositiveSmallIntegerField(_("redos"), default=0)
    number = models.PositiveSmallIntegerField(_("number drawn"))
    rate = models.PositiveSmallIntegerField(_("share that is called, in percent"))
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.OPEN)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # From here on the next attempt falls into another part of the day.
    next_at = models.DateTimeField(_("next attempt from"), null=True)
    contacted = models.BooleanField(_("somebody contacted me"), null=True)
    solved = models.BooleanField(_("it is solved"), null=True)
    satisfaction = models.CharField(_("satisfaction"), max_length=8, choices=Rating.Satisfaction, blank=True)
    created_at = models.DateTimeField(_("drawn at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("follow-up call")
        verbose_name_plural = _("follow-up calls")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "reached", "answered", "refused", "unreachable", "missed"]),
                name="follow_up_state_known",
            ),
            models.CheckConstraint(
                condition=Q(rate__lte=100, number__lt=F("rate") * (NUMBERS // 100)), name="follow_up_was_drawn"
            ),
            models.UniqueConstraint(fields=["case"], condition=Q(state="open"), name="follow_up_one_open"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True) | ~Q(state="open") & Q(ended_at__isnull=False),
                name="follow_up_ended_exactly_when_not_open",
            ),
            models.CheckConstraint(
                condition=~Q(state="reached") | Q(contacted__isnull=False, solved__isnull=False) & ~Q(satisfaction=""),
                name="follow_up_reached_has_three_answers",
                violation_error_message=_("Whoever was reached answered three questions."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["reached", "answered"])
                | Q(contacted__isnull=True, solved__isnull=True, satisfaction=""),
                name="follow_up_without_answer_has_none",
            ),
            models.CheckConstraint(
                condition=Q(satisfaction__in=["", "good", "fair", "poor"]), name="follow_up_satisfaction_known"
            ),
            models.CheckConstraint(
                condition=Q(attempts=0, next_at__isnull=True) | Q(attempts__gte=1, next_at__isnull=False),
                name="follow_up_attempts_know_the_next",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["reached", "refused", "unreachable"]) | Q(attempts__gte=1),
                name="follow_up_called_before_it_says_so",
            ),
        ]
        indexes = [
            # The callers' desk and the sweep: what is still to be called, by area.
            models.Index(fields=["area"], name="follow_up_open", condition=Q(state="open")),
            # The desk's last thirty days, and figures by state and time.
            models.Index(fields=["state", "ended_at"], name="follow_up_ended"),
            # The interface's list, newest first.
            models.Index(fields=["-created_at", "-id"], name="follow_up_created"),
        ]

    def __str__(self):
        return f"{self.case_id}/{self.event_id} {self.get_state_display()}"

    @property
    def below(self):
        """Numbers below this one are drawn."""
        return self.rate * NUMBERS // 100

    @property
    def is_open(self):
        return self.state == self.State.OPEN
