"""Messages on their way out: taken by one sender, handed to a channel, and put on record once.

The Delivery row is the truth. A sender takes it by one UPDATE and ends it by another that holds only while it still
has it. One that dies in between leaves a message of which nobody knows whether it went out: it is sent again, with the
same id, by which the other side knows it.
"""

import logging
from collections import Counter
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from requests_app.models import Channel, Delivery, Handling, NoticeChoice, ServiceRequest
from requests_app.notices import messages
from requests_app.notices.channels import ChannelDown, ChannelRefused, email, sms
from requests_app.notices.planning import is_quiet, is_wanted, level_of, staff_among, when_awake
from requests_app.privacy import phone_to_tell

logger = logging.getLogger(__name__)

# How long to wait after each try that failed; after the last there is one more, and then it is a dead letter.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 12 * 60))
TRIES = len(WAITS) + 1
# A channel that was down so often in a row is left alone for a while: others wait behind it.
DOWN_AT_MOST, RESTS_FOR = 3, timedelta(minutes=1)

State, Failure = Delivery.State, Delivery.Failure
LATER = "later"


class Sender:
    """One worker. ``now`` gives the moment each time it is called; ``say`` is told of every message that went out."""

    def __init__(self, now=timezone.now, say=None):
        self.now = now
        self._say = say or (lambda delivery, message: None)
        self._down = Counter()
        self._rests_until = {}

    def send_due(self, most=100, is_told_to_stop=lambda: False):
        """Send what is due, the urgent first and at most ``most``; how often each came out, as a Counter."""
        done = Counter()
        for pk, channel in due(self.now(), most):
            if is_told_to_stop():
                break
            if not self._rests(channel):
                done.update([self.send(pk)])
        del done[None]
        return done

    def _rests(self, channel):
        return channel in self._rests_until and self.now() < self._rests_until[channel]

    def send(self, pk):
        """Send one message if nobody else does; its state afterwards, LATER, or None where it is another's."""
        at = self.now()
        if not Delivery.objects.claim(pk, at):
            return None
        delivery = Delivery.objects.select_related("reader", "case").get(pk=pk)
        try:
            address, message = _written(delivery, at)
            if message is None:
                return _end(delivery, State.DROPPED, at)
            receipt = _hand_over(delivery, address, message)
        except ChannelRefused as refusal:
            return _end(delivery, State.FAILED, self.now(), failure=Failure.REFUSED, detail=str(refusal))
        except ChannelDown as error:
            self._note_down(delivery.channel)
            return _try_later(delivery, self.now(), Failure.DOWN, str(error))
        except Exception as error:
            # One message that cannot be written must not keep the others waiting.
            logger.exception("message %s could not be sent", delivery.pk)
            return _try_later(delivery, self.now(), Failure.BROKEN, type(error).__name__)
        self._down[delivery.channel] = 0
        self._say(delivery, message)
        return _end(delivery, State.SENT, self.now(), receipt=receipt, segments=_counted(delivery, message))

    def _note_down(self, channel):
        self._down[channel] += 1
        if self._down[channel] >= DOWN_AT_MOST:
            self._rests_until[channel] = self.now() + RESTS_FOR


def due(at, most):
    """(key, channel) of at most ``most`` messages to be sent at ``at`` that nobody has in hand; at night the urgent."""
    free = Delivery.objects.waiting().free(at).filter(due_at__lte=at, tries__lt=TRIES).order_by("due_at")
    urgent = list(free.filter(digest_on=None).values_list("pk", "channel")[:most])
    if is_quiet(at) or len(urgent) == most:
        return urgent
    return urgent + list(free.exclude(digest_on=None).values_list("pk", "channel")[: most - len(urgent)])


def _written(delivery, at):
    """The address and the message, None for both where nothing is left to say or no way leads there any more."""
    reader = delivery.reader
    choice = NoticeChoice.objects.filter(user=reader).first() if reader else None
    address = _address(delivery, choice)
    notices = _left_to_tell(delivery, choice, at)
    if not address or not notices:
        return None, None
    language = choice.language if choice else messages.USUAL_LANGUAGE
    if delivery.channel == Channel.SMS:
        return address, messages.text_message(notices, reader, language)
    return address, messages.letter(notices, reader, language, delivery.is_urgent)


def _address(delivery, choice):
    if delivery.reader is None:
        return phone_to_tell(delivery.case)
    if not delivery.reader.is_active:
        return ""
    if delivery.channel == Channel.SMS:
        return delivery.reader.phone or ""
    return choice.address if choice else ""


def _left_to_tell(delivery, choice, at):
    """The notices its reader has not read meanwhile, still wants, and may still see; newest first."""
    notices = list(delivery.notices.filter(read_at=None).for_list().order_by("-at", "-pk"))
    reader = delivery.reader
    if reader is None or not notices:
        return notices
    level = level_of(delivery.channel, choice, bool(staff_among([reader.pk], at)))
    cases = [notice.event.case_id for notice in notices if notice.event]
    seen = set(ServiceRequest.objects.visible_to(reader).filter(pk__in=cases).values_list("pk", flat=True))
    return [
        one
        for one in notices
        if is_wanted(one, level, delivery.is_urgent) and (one.event is None or one.event.case_id in seen)
    ]


def _hand_over(delivery, address, message):
    if delivery.channel == Channel.SMS:
        return sms.send(address, message.text, str(delivery.pk))
    return email.send(address, message.subject, message.text, str(delivery.pk))


def _counted(delivery, message):
    return message.segments if delivery.channel == Channel.SMS else 0


def _mine(delivery):
    return Delivery.objects.waiting().filter(pk=delivery.pk, claimed_at=delivery.claimed_at)


def _end(delivery, state, at, failure="", detail="", **fields):
    """Put on record what came of it; None where another sender has it by now, whose word counts."""
    said = {"failure": failure, "detail": detail[:200], **fields}
    ended = _mine(delivery).update(state=state, due_at=None, claimed_at=None, ended_at=at, **said)
    return state if ended else None


def _try_later(delivery, at, failure, detail):
    """Wait longer with every try; after the last it is a dead letter."""
    if delivery.tries >= TRIES:
        return _end(delivery, State.FAILED, at, failure=failure, detail=detail)
    due_at = at + WAITS[delivery.tries - 1]
    if not delivery.is_urgent:
        due_at = when_awake(due_at)
    waits = {"due_at": due_at, "claimed_at": None, "failure": failure, "detail": detail[:200]}
    return LATER if _mine(delivery).update(**waits) else None


# What a sender left, and what people decide


def repair(at):
    """Let others have what a dead sender left, and give up where it left its last try; how often, as a dict."""
    left = Delivery.objects.waiting().filter(claimed_at__lt=at - Delivery.CLAIM_LASTS)
    gone = left.filter(tries__gte=TRIES).update(
        state=State.FAILED, due_at=None, claimed_at=None, ended_at=at, failure=Failure.BROKEN
    )
    return {"messages taken up again": left.update(claimed_at=None), "messages not delivered": gone}


@transaction.atomic
def decide(deliveries, decision, *, by, reason, at):
    """Send dead letters again or give them up, with the decision on record; how many of ``deliveries`` it was.

    Somebody else's decision may have come before: those are left out.
    """
    failed = list(deliveries.failed().select_for_update(of=("self",)))
    for delivery in failed:
        fields = {"state": State.GIVEN_UP, "ended_at": at}
        if decision == Handling.Decision.RETRY:
            due_at = at if delivery.is_urgent else when_awake(at)
            fields = {"state": State.WAITING, "ended_at": None, "due_at": due_at, "tries": 0}
        Delivery.objects.filter(pk=delivery.pk).update(**fields)
    Handling.objects.bulk_create(
        Handling(delivery=delivery, decision=decision, reason=reason, by=by, at=at) for delivery in failed
    )
    return len(failed)
