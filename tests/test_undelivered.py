"""The pages round messages: what people choose to be sent, and what reached nobody."""

import re
from smtplib import SMTPAuthenticationError, SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from django.test import TestCase, override_settings
from django.urls import reverse

from requests_app.journey import workflow
from requests_app.models import Act, Delivery, Handling, Notice, NoticeChoice, Told, Wanted
from requests_app.notices.channels import ChannelDown, ChannelRefused, email
from requests_app.views import notice_choices
from tests import town as towns
from tests.town import MONDAY

CHOICES, UNDELIVERED = "/account/messages/", "/desk/supervisor/undelivered/"
State = Delivery.State


def dead_letter(notice, channel="sms"):
    """A message about ``notice`` that reached nobody."""
    to = {"reader": notice.reader} if notice.reader else {"case": notice.event.case}
    ended = {"state": State.FAILED, "failure": Delivery.Failure.DOWN, "tries": 6, "ended_at": MONDAY}
    delivery = Delivery.objects.create(channel=channel, recipient="somebody", made_at=MONDAY, **to, **ended)
    Told.objects.create(delivery=delivery, notice=notice, channel=channel)
    return delivery


class Pages(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.t = towns.town()
        cls.case = towns.settled(cls.t)
        unknown = workflow.take(towns.filed(cls.t, by=None, contact_phone="19900000044"), Act.ACCEPT, by=cls.t.clerk)
        cls.unknown = workflow.take(unknown, Act.SETTLE, by=cls.t.clerk, note="换了灯泡")

    def browser(self, person):
        client = self.client_class()
        client.force_login(person)
        return client


@override_settings(SMS_CHANNEL="page")
class Undelivered(Pages):
    def setUp(self):
        notice = Notice.objects.for_reader(self.t.resident).get(event__act=Act.SETTLE)
        self.theirs = dead_letter(notice)
        self.numbers = dead_letter(Notice.objects.get(reader=None))

    def test_supervisors_read_of_their_area_whom_it_was_meant_for_and_why_not(self):
        page = self.browser(self.t.supervisor).get(UNDELIVERED)
        text = page.content.decode()
        self.assertEqual({row["where"] for row in page.context["rows"]}, {"199****0001", "199****0044"})
        self.assertIn(f"#{self.case.pk}</a>", text)
        self.assertNotIn("周大娘", text)
        self.assertEqual(self.browser(self.t.other_supervisor).get(UNDELIVERED).context["rows"], [])

    def test_the_ticked_ones_are_sent_again_or_given_up_with_a_reason_on_record(self):
        browser = self.browser(self.t.supervisor)
        ticked = {"delivery": [self.theirs.pk], "decision": "retry"}
        self.assertEqual(browser.post(UNDELIVERED, ticked).context["form"].errors.keys(), {"reason"})
        self.assertEqual(browser.post(UNDELIVERED, {**ticked, "delivery": ["x"], "reason": "试试"}).status_code, 200)
        self.assertFalse(Handling.objects.exists())
        self.assertEqual(browser.post(UNDELIVERED, {**ticked, "reason": "网关修好了"}).status_code, 302)
        given_up = {"delivery": [self.theirs.pk, self.numbers.pk], "decision": "give_up", "reason": "空号"}
        browser.post(UNDELIVERED, given_up)
        self.theirs.refresh_from_db()
        self.numbers.refresh_from_db()
        self.assertEqual((self.theirs.state, self.theirs.tries), (State.WAITING, 0))
        self.assertEqual(self.numbers.state, State.GIVEN_UP)
        said = Handling.objects.values_list("delivery", "decision", "reason", "by")
        supervisor = self.t.supervisor.pk
        expected = [
            (self.theirs.pk, "retry", "网关修好了", supervisor),
            (self.numbers.pk, "give_up", "空号", supervisor),
        ]
        self.assertEqual(list(said), expected)

    def test_in_the_admin_those_of_the_whole_site_are_decided_with_a_reason(self):
        rows, admin = reverse("admin:requests_app_delivery_changelist"), self.browser(self.t.admin)
        ticked = {"action": "send_again", "_selected_action": [self.theirs.pk, self.numbers.pk], "index": 0}
        admin.post(rows, ticked)
        self.assertFalse(Handling.objects.exists())
        admin.post(rows, {**ticked, "reason": "网关修好了"})
        self.assertEqual(Delivery.objects.waiting().count(), 2)
        self.assertEqual({one.by for one in Handling.objects.all()}, {self.t.admin})

    def test_nobody_decides_about_another_area(self):
        ticked = {"delivery": [self.theirs.pk], "decision": "give_up", "reason": "空号"}
        self.browser(self.t.other_supervisor).post(UNDELIVERED, ticked)
        self.theirs.refresh_from_db()
        self.assertEqual(self.theirs.state, State.FAILED)

    def test_the_list_costs_the_same_for_two_and_for_ten(self):
        browser = self.browser(self.t.supervisor)
        with self.assertNumQueries(self.cost(browser)):
            browser.get(UNDELIVERED)

    def cost(self, browser):
        with self.assertRaises(AssertionError) as counted, self.assertNumQueries(-1):
            browser.get(UNDELIVERED)
        for notice in Notice.objects.filter(told=None, event__case__area=self.t.branch.code):
            dead_letter(notice)
        return int(re.match(r"\d+", str(counted.exception)).group())


@pytest.mark.once
@override_settings(SMS_CHANNEL="page", EMAIL_CHANNEL="console", SITE_URL="https://dd.example.org")
class Choices(Pages):
    def link(self):
        return re.search(r"https://dd\.example\.org(\S+)", mail.outbox[-1].body).group(1)

    def choice(self):
        return NoticeChoice.objects.get(user=self.t.resident)

    def test_each_begins_with_what_is_usual_for_them_and_keeps_what_they_choose(self):
        browser = self.browser(self.t.resident)
        self.assertEqual(browser.get(CHOICES).context["form"]["sms"].value(), Wanted.TURN)
        self.assertNotIn("email", browser.get(CHOICES).context["form"].fields)
        wish = {"change": "choice", "sms": "off", "digest_hour": "18"}
        self.assertEqual(browser.post(CHOICES, wish).status_code, 302)
        self.assertEqual((self.choice().sms, self.choice().digest_hour, self.choice().email), ("off", 18, ""))
        self.assertEqual(browser.post(CHOICES, {**wish, "digest_hour": "22"}).status_code, 200)

    def test_an_address_counts_once_its_link_was_opened_and_the_button_pressed(self):
        browser = self.browser(self.t.resident)
        self.assertEqual(browser.post(CHOICES, {"change": "address", "address": "zhou@example.org"}).status_code, 302)
        self.assertEqual((self.choice().address, self.choice().new_address), ("", "zhou@example.org"))
        link, stranger = self.link(), self.client_class()
        self.assertContains(stranger.get(link), "z***@example.org")
        self.assertEqual(self.choice().address, "")
        self.assertEqual(stranger.post(link).status_code, 302)
        self.assertEqual((self.choice().address, self.choice().new_address), ("zhou@example.org", ""))
        # It opens nothing a second time.
        self.assertEqual(stranger.post(link).status_code, 410)
        # Until another is confirmed the old one holds; the first link to it is no longer worth anything then.
        for address in ("zhou2@example.org", "zhou3@example.org"):
            browser.post(CHOICES, {"change": "address", "address": address})
            links = self.link()
        self.assertEqual(self.choice().address, "zhou@example.org")
        browser.post(CHOICES, {"change": "no-address"})
        self.assertEqual(stranger.get(links).status_code, 410)
        self.assertEqual(self.choice().address, "")

    def test_links_are_limited_and_a_mail_server_that_is_away_is_said(self):
        browser = self.browser(self.t.resident)
        for _time in range(notice_choices.LINKS_PER_ADDRESS):
            browser.post(CHOICES, {"change": "address", "address": "zhou@example.org"})
        refused = browser.post(CHOICES, {"change": "address", "address": "ZHOU@example.org"})
        self.assertEqual((refused.status_code, len(mail.outbox)), (200, notice_choices.LINKS_PER_ADDRESS))
        with override_settings(EMAIL_BACKEND="tests.test_undelivered.Failing"):
            Failing.error = SMTPServerDisconnected()
            page = browser.post(CHOICES, {"change": "address", "address": "other@example.org"})
        self.assertTrue(page.context["address_form"].non_field_errors())
        self.assertEqual(self.choice().new_address, "zhou@example.org")


class Failing:
    """A mail server that says no."""

    error = None

    def __init__(self, *args, **kwargs):
        pass

    def send_messages(self, letters):
        raise self.error


@pytest.mark.once
@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (SMTPRecipientsRefused({"zhou@example.org": (550, b"no such user")}), ChannelRefused),
        (SMTPRecipientsRefused({"zhou@example.org": (450, b"come back later")}), ChannelDown),
        (SMTPAuthenticationError(535, b"who are you"), ChannelDown),
        (SMTPServerDisconnected(), ChannelDown),
        (TimeoutError(), ChannelDown),
    ],
)
def test_a_letter_is_refused_for_good_or_sent_again_by_what_the_server_says(settings, error, outcome):
    settings.EMAIL_BACKEND, Failing.error = "tests.test_undelivered.Failing", error
    with pytest.raises(outcome) as said:
        email.send("zhou@example.org", "兑单", "…", "key-1")
    assert "zhou" not in str(said.value)


@pytest.mark.once
def test_a_letter_sent_again_bears_the_same_name(settings):
    settings.DEFAULT_FROM_EMAIL = "兑单 <dd@example.org>"
    assert email.send("zhou@example.org", "兑单", "…", "key-1") == "<key-1@example.org>"
    assert mail.outbox[0].message()["Message-ID"] == "<key-1@example.org>"
    settings.EMAIL_CHANNEL = "off"
    with pytest.raises(ChannelRefused):
        email.send("zhou@example.org", "兑单", "…", "key-1")
