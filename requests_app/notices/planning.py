"""Who is sent what, by which way and when: every new notice is looked at once, by a worker, never in a step.

An urgent notice becomes a message of its own, due at once. All others of one person and channel join the summary of
a day; there is one a day at most.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from requests_app.models import (
    WORKED_ON,
    Channel,
    Deadline,
    Delivery,
    Notice,
    NoticeChoice,
    Told,
    Wanted,
)
from requests_app.models.deadline import BESIDE
from requests_app.models.delivery import USUAL_HOUR
from requests_app.notices.channels import email, sms
from requests_app.notices.outbox import TOLD_TO_THE_NUMBER
from services.models import Limit, Membership, Role

DAY = timedelta(days=1)
# Nobody is woken by what can wait: from the first of these hours to the second nothing leaves but what is urgent.
QUIET_FROM, QUIET_UNTIL = time(21), time(7)

# What people get who never chose. Whoever serves somewhere sees their desk: a text is for what cannot wait.
USUAL_OF_STAFF = {Channel.SMS: Wanted.URGENT, Channel.EMAIL: Wanted.TURN}
USUAL_OF_RESIDENTS = {Channel.SMS: Wanted.TURN, Channel.EMAIL: Wanted.NEWS}


def is_quiet(at):
    """True at an hour at which only what is urgent leaves the site."""
    now = timezone.localtime(at).time()
    return now >= QUIET_FROM or now < QUIET_UNTIL


def when_awake(at):
    """``at``, or the end of the quiet hours it falls into."""
    if not is_quiet(at):
        return at
    local = timezone.localtime(at)
    day = local.date() + DAY if local.time() >= QUIET_FROM else local.date()
    return timezone.make_aware(datetime.combine(day, QUIET_UNTIL))


def level_of(channel, choice, is_staff):
    """How much somebody wants by ``channel``: what their ``choice`` (or None) says, or what is usual for them."""
    usual = USUAL_OF_STAFF if is_staff else USUAL_OF_RESIDENTS
    return (choice and getattr(choice, channel)) or usual[channel]


def is_wanted(notice, level, is_urgent):
    """True where somebody who wants ``level`` is to get ``notice``."""
    if level == Wanted.TURN:
        return is_urgent or is_weighty(notice)
    return level == Wanted.NEWS or (level == Wanted.URGENT and is_urgent)


def is_weighty(notice):
    """It waits for its reader, calls them to a meeting or reminds them of a promise, or tells a resident how their
    request ends or when.
    """
    event = notice.event
    if notice.kind == Notice.Kind.TURN or notice.meeting_id or notice.promise_id:
        return True
    return event is not None and event.act in TOLD_TO_THE_NUMBER and notice.reader_id == event.case.resident_id


def staff_among(user_ids, at):
    """Those of ``user_ids`` who serve somewhere; a Party-member household is a neighbour."""
    held = Membership.objects.on(timezone.localdate(at)).filter(user__in=user_ids).exclude(role=Role.HOUSEHOLD)
    return set(held.values_list("user", flat=True))


def urgent_among(notices):
    """The keys of those that are urgent: while somebody works on an urgent request, all about it; of another, the turn
    on a limit that runs round the clock. Which requests and limits are so is data: categories and limits.
    """
    cases = {one.event.case_id for one in notices if one.event and one.kind == Notice.Kind.TURN}
    clocks = Deadline.objects.running().filter(case__in=cases, time_unit=Limit.TimeUnit.MINUTES)
    pressing = set(clocks.exclude(step__in=BESIDE).values_list("case", flat=True))
    return {one.pk for one in notices if one.event and _is_urgent(one, pressing)}


def _is_urgent(notice, pressing):
    event = notice.event
    if event.target not in WORKED_ON:
        return False
    return event.case.is_urgent or (notice.kind == Notice.Kind.TURN and event.case_id in pressing)


@dataclass(frozen=True)
class Plan:
    """One notice that leaves the site by one channel; ``day`` of the summary it joins, None for an urgent one."""

    notice: Notice
    channel: Channel
    hour: int
    day: date | None

    @property
    def recipient(self):
        if self.notice.reader_id:
            return f"user:{self.notice.reader_id}"
        return f"phone:{self.notice.event.case.contact_phone_hash}"

    @property
    def key(self):
        return self.recipient, self.channel.value, self.day

    def delivery(self, at):
        """The message it needs, not saved."""
        notice = self.notice
        due = timezone.make_aware(datetime.combine(self.day, time(self.hour))) if self.day else at
        return Delivery(
            channel=self.channel,
            reader_id=notice.reader_id,
            case_id=None if notice.reader_id else notice.event.case_id,
            recipient=self.recipient,
            digest_on=self.day,
            due_at=due,
            made_at=at,
        )


def plan(at, most=500):
    """Turn the oldest ``most`` new notices into messages; how many were looked at. Several may do so at once."""
    # A look without a lock: most of the time there is nothing, and on SQLite a transaction keeps writers waiting.
    if not Notice.objects.unplanned().exists():
        return 0
    with transaction.atomic():
        new = Notice.objects.unplanned().select_for_update(skip_locked=True, of=("self",)).order_by("at", "pk")
        people = ("event__case__contact_name", "event__case__contact_phone", "event__case__room", "reader__name")
        notices = list(new.select_related("event__case", "reader").defer(*people, "reader__phone")[:most])
        plans = _plans(notices, at)
        _send_alone([one for one in plans if one.day is None], at)
        _join_summaries([one for one in plans if one.day], at)
        Notice.objects.filter(pk__in=[one.pk for one in notices]).update(planned_at=at)
    return len(notices)


def _plans(notices, at):
    """What becomes of ``notices``, one Plan for each way by which one leaves; a constant number of queries."""
    unread = [one for one in notices if one.read_at is None]
    readers = {one.reader_id for one in unread if one.reader_id}
    choices = NoticeChoice.objects.in_bulk(readers)
    staff, urgent = staff_among(readers, at), urgent_among(unread)
    found = []
    for notice in unread:
        choice, is_urgent = choices.get(notice.reader_id), notice.pk in urgent
        for channel in _ways_to(notice.reader, choice):
            level = level_of(channel, choice, notice.reader_id in staff)
            if notice.reader is None or is_wanted(notice, level, is_urgent):
                hour = choice.digest_hour if choice else USUAL_HOUR
                found.append(Plan(notice, channel, hour, None if is_urgent else _day_of(notice, hour, at)))
    return found


def _ways_to(reader, choice):
    """The channels by which ``reader`` (None: a number left with a request) can be reached."""
    if sms.is_on() and (reader is None or reader.phone_hash):
        yield Channel.SMS
    if email.is_on() and choice and choice.address:
        yield Channel.EMAIL


def _day_of(notice, hour, at):
    """The day of the first summary after ``notice``; where nobody looked in time, the first that can still be sent."""
    local = timezone.localtime(notice.at)
    day = local.date() if local.hour < hour else local.date() + DAY
    return max(day, timezone.localdate(when_awake(at)))


def _send_alone(plans, at):
    messages = [one.delivery(at) for one in plans]
    Delivery.objects.bulk_create(messages)
    _tell(zip(plans, messages, strict=True))


def _join_summaries(plans, at):
    """Put each of ``plans`` into the summary of its day, or of a later one where that is gone already."""
    while plans:
        wanted = {one.key: one for one in plans}
        # In one order, so that two workers wait for each other one way only; what another has made stays.
        new = [wanted[key].delivery(at) for key in sorted(wanted)]
        Delivery.objects.bulk_create(new, ignore_conflicts=True)
        open_ones = {_key(one): one for one in _summaries(new) if one.can_be_joined}
        _tell((one, open_ones[one.key]) for one in plans if one.key in open_ones)
        plans = [replace(one, day=one.day + DAY) for one in plans if one.key not in open_ones]


def _summaries(wanted):
    """Those of the same people, channels and days as ``wanted``; locked, so that no sender takes one meanwhile."""
    people, days = {one.recipient for one in wanted}, {one.digest_on for one in wanted}
    found = Delivery.objects.filter(recipient__in=people, digest_on__in=days)
    return found.select_for_update().order_by("recipient", "channel", "digest_on")


def _key(delivery):
    return delivery.recipient, delivery.channel, delivery.digest_on


def _tell(pairs):
    # What stands in a message that still waits is told by that one; another without notices is never sent.
    Told.objects.bulk_create(
        (Told(delivery=message, notice=one.notice, channel=one.channel) for one, message in pairs),
        ignore_conflicts=True,
    )
