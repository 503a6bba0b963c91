"""Told, not flooded: who is sent what, by which way and when, and that each message is sent and put on record once."""

import logging
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from requests_app.journey import workflow
from requests_app.models import Act, Delivery, Handling, Notice, NoticeChoice, Wanted
from requests_app.models.event import Party
from requests_app.notices import messages, sending
from requests_app.notices.channels import ChannelDown, ChannelRefused, sms
from requests_app.notices.planning import plan
from requests_app.notices.sending import Sender
from services.models import Membership
from tests import town as towns
from tests.town import DAY, HOUR, MONDAY

State = Delivery.State
MINUTE = timedelta(minutes=1)
EIGHT = MONDAY + 22 * HOUR  # eight o'clock on Tuesday in Shanghai
NIGHT = MONDAY + 13 * HOUR  # eleven o'clock on Monday night


class Phone:
    """Stands for the gateway: keeps what came, and answers as it is told."""

    def __init__(self):
        self.texts, self.answer = [], None

    def send(self, number, text, key):
        self.texts.append((number, text, key))
        if self.answer:
            raise self.answer
        return f"receipt {len(self.texts)}"

    @property
    def numbers(self):
        return [number for number, _text, _key in self.texts]


@override_settings(SMS_CHANNEL="test", SITE_URL="https://dd.example.org")
class Told(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.t = towns.town()

    def setUp(self):
        self.phone = Phone()
        sms.SENDERS["test"] = self.phone.send
        self.addCleanup(sms.SENDERS.pop, "test")

    def choose(self, person, **choice):
        NoticeChoice.objects.update_or_create(user=person, defaults=choice)

    def work(self, at):
        """What one worker does at ``at``: the outcomes."""
        while plan(at):
            pass
        return Sender(now=lambda: at).send_due()

    def urgent(self, at=MONDAY, **fields):
        return towns.filed(self.t, at, category=self.t.burst, **fields)

    def anonymous(self, at=MONDAY, **fields):
        return towns.filed(self.t, at, by=None, **{"contact_phone": "19900000044", **fields})

    def texts_to(self, number):
        return [text for to, text, _key in self.phone.texts if to == number]


class WhoAndWhen(Told):
    def test_news_wait_for_the_summary_of_the_day_and_urgent_ones_do_not(self):
        cases = [towns.fulfilled(self.t), towns.settled(self.t)]
        self.assertEqual(self.work(MONDAY + MINUTE), {})
        self.assertEqual(Delivery.objects.get().due_at, EIGHT)
        self.assertEqual(self.work(EIGHT), {State.SENT: 1})
        [text] = self.texts_to(self.t.resident.phone)
        for case in cases:
            self.assertIn(f"#{case.pk} ", text)
        self.assertLessEqual(len(text), messages.ONE_TEXT)
        self.assertNotIn("周", text)
        # What happens later on that day is for the next summary.
        towns.settled(self.t, EIGHT + HOUR)
        self.assertEqual(self.work(EIGHT + 3 * HOUR), {})
        self.assertEqual(self.work(EIGHT + DAY), {State.SENT: 1})
        case = workflow.take(self.urgent(EIGHT + DAY), Act.ACCEPT, by=self.t.clerk, at=EIGHT + DAY)
        self.assertEqual(self.work(EIGHT + DAY + MINUTE), {State.SENT: 1})
        self.assertIn(f"#{case.pk} ", self.texts_to(self.t.resident.phone)[-1])

    def test_at_night_nobody_hears_of_what_can_wait(self):
        towns.settled(self.t, MONDAY - 12 * HOUR)
        plan(MONDAY - 12 * HOUR)
        # The worker stood still from before the summary until the night.
        self.assertEqual(self.work(NIGHT), {})
        workflow.take(self.urgent(NIGHT), Act.ACCEPT, by=self.t.clerk, at=NIGHT)
        self.assertEqual(self.work(NIGHT), {State.SENT: 1})
        self.assertEqual(self.work(NIGHT + 8 * HOUR - MINUTE), {})
        self.assertEqual(self.work(NIGHT + 8 * HOUR), {State.SENT: 1})

    def test_what_was_read_in_the_inbox_is_sent_to_nobody(self):
        towns.settled(self.t)
        towns.settled(self.t)
        plan(MONDAY)
        Notice.objects.for_reader(self.t.resident).update(read_at=MONDAY + HOUR)
        self.assertEqual(self.work(EIGHT), {State.DROPPED: 1})
        Notice.objects.update(planned_at=None)
        Delivery.objects.all().delete()
        self.assertEqual(self.work(EIGHT), {})
        self.assertEqual(self.phone.texts, [])

    def test_each_person_gets_what_they_chose(self):
        resident = self.t.resident
        self.choose(resident, sms=Wanted.OFF, email=Wanted.NEWS, address="zhou@example.org", digest_hour=18)
        self.choose(self.t.neighbour, sms=Wanted.NEWS, new_address="wu@example.org")
        towns.accepted(self.t)
        workflow.take(towns.neighbours(self.t), Act.ACCEPT, by=self.t.clerk, at=MONDAY)
        self.assertEqual(self.work(MONDAY + 7 * HOUR), {})
        self.assertEqual(self.work(MONDAY + 8 * HOUR), {State.SENT: 1})
        [letter] = mail.outbox
        self.assertEqual(letter.to, ["zhou@example.org"])
        self.assertIn("https://dd.example.org/inbox/", letter.body)
        self.assertNotIn("周", letter.subject + letter.body)
        self.assertEqual(self.work(EIGHT), {State.SENT: 1})
        # An address nobody has confirmed is no address.
        self.assertEqual(self.phone.numbers, [self.t.neighbour.phone])
        self.assertEqual(len(mail.outbox), 1)

    def test_a_choice_made_after_the_plan_counts(self):
        towns.settled(self.t)
        plan(MONDAY)
        self.choose(self.t.resident, sms=Wanted.URGENT)
        self.assertEqual(self.work(EIGHT), {State.DROPPED: 1})

    def test_staff_get_letters_and_a_text_only_when_it_is_urgent(self):
        self.t.clerk.phone = "19900000031"
        self.t.clerk.save()
        self.choose(self.t.clerk, address="lin@example.org")
        towns.filed(self.t)
        self.assertEqual(self.work(EIGHT), {State.SENT: 1})
        self.assertEqual((len(mail.outbox), self.phone.texts), (1, []))
        case = self.urgent(EIGHT)
        self.assertEqual(self.work(EIGHT), {State.SENT: 2})
        self.assertIn(f"#{case.pk} ", self.texts_to(self.t.clerk.phone)[0])
        self.assertEqual(len(mail.outbox), 2)

    def test_whoever_left_the_unit_reads_nothing_of_its_requests(self):
        self.choose(self.t.clerk, address="lin@example.org")
        towns.filed(self.t)
        plan(MONDAY)
        Membership.objects.filter(user=self.t.clerk).update(until=timezone.localdate(MONDAY))
        self.assertEqual(self.work(EIGHT), {State.DROPPED: 1})

    def test_without_an_account_a_number_is_told_what_calls_for_the_resident(self):
        first = self.anonymous()
        household = {"party": Party.HOUSEHOLD, "source": "household", "consent": True}
        second = towns.filed(self.t, by=self.t.household, contact_phone="19900000044", **household)
        for case in (first, second):
            workflow.take(case, Act.ACCEPT, by=self.t.clerk, at=MONDAY)
        self.assertEqual(self.work(EIGHT), {})
        workflow.take(first, Act.SETTLE, by=self.t.clerk, note="换了灯泡", at=EIGHT)
        reason = {"reason": self.t.unclear_place, "note": "哪个单元？"}
        workflow.take(second, Act.ASK, by=self.t.clerk, at=EIGHT, **reason)
        # One message for the number, whatever it is about.
        outcomes = self.work(EIGHT + DAY)
        [text] = self.texts_to("19900000044")
        self.assertIn(f"#{first.pk} ", text)
        self.assertIn(f"#{second.pk} ", text)
        self.assertIn("https://dd.example.org/track/", text)
        self.assertEqual(outcomes[State.SENT], len(self.phone.texts))
        self.assertFalse(Notice.objects.filter(reader=None).exclude(event__act__in=[Act.SETTLE, Act.ASK]).exists())

    def test_nobody_gets_a_second_summary_because_the_worker_was_late(self):
        towns.settled(self.t, MONDAY)
        self.assertEqual(self.work(EIGHT + MINUTE), {State.SENT: 1})
        # Owed before eight, seen after: today's is gone.
        towns.settled(self.t, EIGHT - MINUTE)
        self.assertEqual(self.work(EIGHT + 2 * MINUTE), {})
        self.assertEqual(self.work(EIGHT + DAY), {State.SENT: 1})
        # Owed before eight, seen in the night after: it is for the next day, not for early in the morning.
        towns.settled(self.t, EIGHT + 2 * DAY - MINUTE)
        self.assertEqual(self.work(NIGHT + 3 * DAY), {})
        self.assertEqual(self.work(EIGHT + 3 * DAY - MINUTE), {})
        self.assertEqual(self.work(EIGHT + 3 * DAY), {State.SENT: 1})

    def test_looking_at_many_costs_the_same_as_at_one(self):
        def cost():
            with CaptureQueriesContext(
                connection,
            ) as seen:
                plan(MONDAY)
            return len(seen)

        towns.settled(self.t)
        few = cost()
        for _time in range(5):
            towns.settled(self.t)
        self.assertEqual(cost(), few)
        self.assertLessEqual(few, 16)


class SentOnce(Told):
    def setUp(self):
        super().setUp()
        self.case = workflow.take(self.urgent(), Act.ACCEPT, by=self.t.clerk, at=MONDAY)
        plan(MONDAY)
        self.delivery = Delivery.objects.get()

    def now(self):
        self.delivery.refresh_from_db()
        return self.delivery

    def test_a_gateway_that_is_down_is_tried_six_times_with_the_same_id_then_somebody_must_look(self):
        self.phone.answer, at, waited = ChannelDown("503"), MONDAY, []
        while self.now().state == State.WAITING:
            self.assertEqual(self.work(self.delivery.due_at - timedelta(seconds=1)), {})
            waited.append((self.delivery.due_at - at) / MINUTE)
            at = self.delivery.due_at
            self.work(at)
        self.assertEqual(waited, [0, 1, 5, 30, 120, 720])
        self.assertEqual({key for _number, _text, key in self.phone.texts}, {str(self.delivery.pk)})
        self.assertEqual(len(self.phone.texts), sending.TRIES)
        self.assertEqual((self.delivery.state, self.delivery.failure), (State.FAILED, Delivery.Failure.DOWN))
        # Somebody mends the gateway and sends it again: still the same message.
        self.phone.answer = None
        again = {"by": self.t.supervisor, "reason": "网关修好了", "at": at}
        self.assertEqual(sending.decide(Delivery.objects.all(), Handling.Decision.RETRY, **again), 1)
        self.assertEqual(sending.decide(Delivery.objects.all(), Handling.Decision.GIVE_UP, **again), 0)
        self.assertEqual(self.work(at), {State.SENT: 1})
        self.assertEqual(self.phone.texts[-1][2], str(self.delivery.pk))
        self.assertEqual(Handling.objects.get().by, self.t.supervisor)

    def test_what_can_wait_is_not_tried_again_at_night(self):
        Delivery.objects.update(digest_on=timezone.localdate(MONDAY), tries=4, due_at=MONDAY + 6 * HOUR)
        Notice.objects.update(kind=Notice.Kind.TURN)
        self.phone.answer = ChannelDown("503")
        self.assertEqual(self.work(MONDAY + 6 * HOUR), {sending.LATER: 1})
        self.assertEqual(self.now().due_at, NIGHT + 8 * HOUR)

    def test_what_is_refused_is_not_sent_again(self):
        self.phone.answer = ChannelRefused("422")
        self.assertEqual(self.work(MONDAY), {State.FAILED: 1})
        self.assertEqual(self.now().failure, Delivery.Failure.REFUSED)
        self.assertEqual(self.work(MONDAY + DAY), {})

    def test_a_sender_killed_after_sending_leaves_it_to_another_who_sends_the_same_id(self):
        self.assertTrue(Delivery.objects.claim(self.delivery.pk, MONDAY))
        self.phone.send(self.t.resident.phone, "…", str(self.delivery.pk))
        self.assertFalse(Delivery.objects.claim(self.delivery.pk, MONDAY + MINUTE))
        self.assertEqual(self.work(MONDAY + MINUTE), {})
        self.assertEqual(self.work(MONDAY + 3 * MINUTE), {State.SENT: 1})
        self.assertEqual(len({key for _number, _text, key in self.phone.texts}), 1)
        self.assertEqual(self.now().tries, 2)

    def test_the_sweep_frees_what_the_dead_held_and_ends_what_killed_them_all(self):
        Delivery.objects.update(claimed_at=MONDAY, tries=1)
        self.assertEqual(sending.repair(MONDAY + MINUTE)["messages taken up again"], 0)
        self.assertEqual(sending.repair(MONDAY + 3 * MINUTE)["messages taken up again"], 1)
        Delivery.objects.update(claimed_at=MONDAY, tries=sending.TRIES)
        self.assertEqual(self.work(MONDAY + HOUR), {})
        self.assertEqual(sending.repair(MONDAY + HOUR)["messages not delivered"], 1)
        self.assertEqual(self.now().failure, Delivery.Failure.BROKEN)

    def test_of_two_who_sent_it_one_puts_it_on_record(self):
        slow = Sender(now=lambda: MONDAY)
        send = self.phone.send

        def stuck(number, text, key):
            sms.SENDERS["test"] = send
            self.assertEqual(self.work(MONDAY + 3 * MINUTE), {State.SENT: 1})
            return "too late"

        sms.SENDERS["test"] = stuck
        self.assertEqual(slow.send_due(), {})
        self.assertEqual((self.now().state, self.delivery.receipt), (State.SENT, "receipt 1"))

    def test_one_that_cannot_be_written_does_not_keep_others_waiting(self):
        other = workflow.take(self.urgent(contact_phone="19900000001"), Act.ACCEPT, by=self.t.clerk, at=MONDAY)
        plan(MONDAY)
        self.phone.answer = RuntimeError("a defect")
        with self.assertLogs("requests_app.notices.sending", logging.ERROR):
            self.assertEqual(self.work(MONDAY), {sending.LATER: 2})
        self.phone.answer = None
        self.assertEqual(self.work(MONDAY + MINUTE), {State.SENT: 2})
        self.assertIn(f"#{other.pk} ", "".join(self.texts_to(self.t.resident.phone)))

    def test_a_channel_that_is_down_is_left_alone_and_the_other_goes_on(self):
        self.choose(self.t.resident, address="zhou@example.org")
        for _time in range(5):
            workflow.take(self.urgent(), Act.ACCEPT, by=self.t.clerk, at=MONDAY)
        while plan(MONDAY):
            pass
        self.phone.answer = ChannelDown("503")
        sender = Sender(now=lambda: MONDAY)
        self.assertEqual(sender.send_due(), {sending.LATER: sending.DOWN_AT_MOST, State.SENT: 5})
        self.assertEqual(len(self.phone.texts), sending.DOWN_AT_MOST)


@pytest.mark.once
class Words(Told):
    def test_a_text_counts_as_many_as_it_is_long(self):
        self.assertEqual([messages.segments("灯" * n) for n in (1, 70, 71, 134, 135)], [1, 1, 2, 2, 3])

    def test_many_matters_fit_one_text(self):
        for _time in range(9):
            towns.settled(self.t)
        self.assertEqual(self.work(MONDAY), {})
        self.assertEqual(self.work(EIGHT), {State.SENT: 1})
        [text] = self.texts_to(self.t.resident.phone)
        self.assertEqual((messages.segments(text), Delivery.objects.get().segments), (1, 1))

    def test_each_reads_in_their_own_language(self):
        self.choose(self.t.resident, language="en")
        case = towns.settled(self.t)
        self.work(MONDAY)
        self.work(EIGHT)
        notice = Notice.objects.for_reader(self.t.resident).get(event__act=Act.SETTLE)
        expected = (
            f"Duidan: #{case.pk} done, please say whether it is solved. https://dd.example.org/inbox/{notice.pk}/"
        )
        self.assertEqual(self.texts_to(self.t.resident.phone), [expected])
