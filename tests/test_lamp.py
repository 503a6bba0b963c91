"""Signals on units: counted from what happened, open exactly their cases, judge nobody."""

import io
import random
from datetime import UTC, date, datetime, timedelta

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from PIL import Image

from requests_app.figures.definitions import Definitions
from requests_app.figures.periods import day_begins
from requests_app.journey import workflow
from requests_app.lamp import devices, nightly
from requests_app.models import Act, Photo, ServiceRequest, Signal, SignalWord, StaffRating
from requests_app.photos import NO_LIKENESS, clean_photo, likeness_of
from services.models import ReplyTemplate, SignalDefinition
from tests import town as towns
from tests.naive_lamp import ByHand
from tests.town import DAY, HOUR, MONDAY

MARCH = date(2025, 3, 1)
LATER = datetime(2025, 4, 20, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def picture(turn, quality=90, size=(640, 480)):
    """A wall with a lamp in the place that ``turn`` says, as a cleaned photo."""
    image = Image.radial_gradient("L").rotate(turn, translate=(turn, turn // 2)).resize(size).convert("RGB")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    out.seek(0)
    return clean_photo(out, "灯.jpg")


def done(t, at, note, wait=DAY, photos=(), told=True):
    """A request that the department signed for and, ``wait`` later, reported done."""
    case = towns.signed(t, at)
    if told:
        case = workflow.take(case, Act.TELL, by=t.officer, note="明天上门", at=at)
    return workflow.take(case, Act.FULFIL, by=t.officer, note=note, photos=photos, at=at + wait)


def rated(t, case, at, contacted=True):
    answers = {"contacted": contacted, "solved": True, "satisfaction": "good"}
    return workflow.take(case, Act.RATE, by=t.resident, at=at, **answers)


def lit_by_one():
    """One request of those looked at is enough."""
    SignalDefinition.objects.update(least=1, percent=1)


class Signals(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.t = t = towns.town()
        lit_by_one()
        ReplyTemplate.objects.create(act="fulfil", title="已修好", text="{place}的“{category}”已经处理好。")
        cls.told = done(t, MONDAY, "换了线路，亮了", photos=[picture(0)])
        # Other signs and blanks, the same words; the same view, smaller and of less quality.
        cls.again = done(t, MONDAY + 2 * DAY, "换了线路 ，亮了！", photos=[picture(0, 60, (400, 300))])
        cls.ready = [done(t, MONDAY + 3 * DAY, f"{place}的“楼道灯”已经处理好。") for place in ("6栋", "7栋")]
        cls.hasty = done(t, MONDAY + 4 * DAY, "紧了一下灯泡", wait=5 * MINUTE, photos=[picture(60)])
        cls.last_day = done(t, datetime(2025, 3, 30, 6, 0, tzinfo=UTC), "清了三楼的堆物", wait=HOUR)
        cls.silent = rated(t, done(t, MONDAY, "补了开关", told=False), MONDAY + 2 * DAY, contacted=False)
        cls.spoken = rated(t, done(t, MONDAY, "接了地线", told=False), MONDAY + 2 * DAY)
        nightly.run(LATER)

    def found(self, key, unit=None):
        return Signal.objects.get(definition__key=key, unit=unit or self.t.sanitation, month=MARCH)

    def opened(self, key):
        signal = self.found(key)
        cases = dict(signal.opened.values_list("case", "twin"))
        self.assertEqual(len(cases), signal.number if signal.is_lit else 0)
        return cases

    def test_each_signal_opens_exactly_the_requests_that_show_it(self):
        self.assertEqual(self.opened("month_end"), {self.last_day.pk: None})
        self.assertEqual(self.opened("quick"), {self.hasty.pk: None})
        # Ready-made words are everybody's; the photo of another view is another photo.
        self.assertEqual(self.opened("same_reply"), {self.again.pk: self.told.pk})
        self.assertEqual(self.opened("same_photo"), {self.again.pk: self.told.pk})
        # The resident's own word that somebody was in touch counts too.
        self.assertEqual(self.opened("no_contact"), {self.silent.pk: None})
        totals = {key: self.found(key).total for key in ("month_end", "quick", "same_photo", "no_contact")}
        self.assertEqual(totals, {"month_end": 8, "quick": 8, "same_photo": 3, "no_contact": 2})

    def test_counted_again_it_is_the_same_and_what_was_said_stays(self):
        signal = self.found("quick")
        SignalWord.objects.create(
            signal=signal, kind="explained", text="抢修", unit=self.t.district, by=self.t.auditor, number=1, at=LATER
        )
        Signal.objects.filter(pk=signal.pk).update(state="explained")
        before = set(Signal.objects.values_list("definition", "unit", "month", "number", "total"))
        opened = set(signal.opened.values_list("pk", flat=True))
        nightly.run(LATER + HOUR)
        self.assertEqual(set(Signal.objects.values_list("definition", "unit", "month", "number", "total")), before)
        self.assertEqual(set(signal.opened.values_list("pk", flat=True)), opened)
        self.assertEqual(self.found("quick").state, "explained")
        # The numbers that hold decide what is lit, also for what was lit before.
        SignalDefinition.objects.filter(key="quick").update(least=2)
        nightly.run(LATER + 2 * HOUR)
        signal = self.found("quick")
        self.assertEqual((signal.is_lit, signal.number, signal.opened.count()), (False, 1, 0))
        # A list may have led to it a moment ago: it opens, says so, and asks nobody for words.
        self.client.force_login(towns.person("boss", "区督办", "supervisor", self.t.district))
        page = self.client.get(signal.get_absolute_url())
        self.assertContains(page, "这盏灯没有亮")
        self.assertContains(page, "抢修")
        self.assertNotContains(page, 'value="judge"')

    def test_months_that_are_over_stay_as_they_were_counted(self):
        workflow.take(done(self.t, MONDAY + 5 * DAY, "又一件"), Act.NOTE, by=self.t.officer, note="补记", at=LATER)
        nightly.run(LATER + 60 * DAY)
        self.assertEqual(self.found("month_end").total, 8)

    def test_the_words_say_the_numbers_and_unknown_ones_are_refused(self):
        definition = SignalDefinition.objects.get(key="quick")
        definition.minutes = 12
        self.assertIn("12 分钟", definition.in_words)
        definition.formula = "{bits}"
        with self.assertRaises(ValidationError):
            definition.clean()
        definition.formula, definition.formula_en = "{minutes}", "{bits}"
        with self.assertRaises(ValidationError):
            definition.clean()

    def test_the_unit_answers_and_a_supervisor_above_it_judges(self):
        t = self.t
        boss = towns.person("boss", "区督办", "supervisor", t.district)
        url = self.found("same_reply").get_absolute_url()
        self.client.force_login(t.officer)
        self.assertContains(self.client.get(url), self.found("same_reply").formula)
        self.client.cookies["language"] = "en"
        self.assertContains(self.client.get(url), "word for word that of another one of the unit within the 30 days")
        self.client.cookies["language"] = "zh-hans"
        self.assertRedirects(self.client.post(url, {"do": "answer", "a-text": "同一趟修的，19900000001"}), url)
        self.assertEqual(self.client.post(url, {"do": "judge", "j-kind": "explained", "j-text": "行"}).status_code, 404)
        self.client.force_login(boss)
        self.assertEqual(self.client.post(url, {"do": "answer", "a-text": "不归我答"}).status_code, 404)
        self.assertRedirects(self.client.post(url, {"do": "judge", "j-kind": "explained", "j-text": "看过了"}), url)
        signal = self.found("same_reply")
        self.assertEqual((signal.state, signal.words.count()), ("explained", 2))
        page = self.client.get(url)
        self.assertContains(page, "199****0001")
        # Who serves in the unit is not named, whoever judged is.
        self.assertNotContains(page, t.officer.name)
        self.assertContains(page, boss.name)
        # The street's supervisor is not over a department of the district; a resident is nobody here.
        for person in (t.supervisor, t.resident, t.clerk):
            self.client.force_login(person)
            self.assertEqual(self.client.get(url).status_code, 404)

    def test_lists_and_interface_cost_the_same_for_one_signal_and_for_many(self):
        t = self.t
        self.client.force_login(t.auditor)

        def queries(url):
            with CaptureQueriesContext(connection) as captured:
                self.assertEqual(self.client.get(url).status_code, 200)
            return len(captured)

        urls = ["/figures/signals/?month=2025-03", f"/api/v1/figures/{t.district.code}/signals/?month=2025-03"]
        Signal.objects.exclude(definition__key="quick").update(is_lit=False)
        few = [queries(url) for url in urls]
        Signal.objects.filter(number__gt=0).update(is_lit=True)
        self.assertEqual([queries(url) for url in urls], few)
        said = self.client.get(urls[1]).json()["signals"]
        of_unit = {one["key"]: one for one in said if one["unit"] == t.sanitation.code}
        self.assertEqual(of_unit["quick"]["requests"], [self.hasty.pk])
        self.assertAlmostEqual(of_unit["quick"]["others"], 1 / 8)
        self.assertIsNone(of_unit["quick"]["own_before"])

    def test_a_rating_from_a_browser_of_the_unit_is_seen_and_no_other_browser_is_marked(self):
        t, now = self.t, datetime.now(UTC)
        mine, theirs = (done(t, now - 2 * HOUR, "好了", wait=MINUTE) for _each in range(2))
        answers = {"contacted": "yes", "solved": "yes", "satisfaction": "good", "seen": "9"}
        self.client.force_login(t.resident)
        self.client.get("/mine/")
        self.assertNotIn(devices.COOKIE, self.client.cookies)
        self.rate(theirs, answers)
        # Somebody of the unit signs in on this browser, and the resident rates on it afterwards.
        self.client.force_login(t.officer)
        self.client.get("/desk/department/")
        cookie = self.client.cookies[devices.COOKIE]
        self.assertTrue(cookie["httponly"])
        self.assertEqual(set(signing.loads(cookie.value, salt=devices.SALT)), {"units", "day"})
        self.client.force_login(t.resident)
        self.rate(mine, answers)
        rating = StaffRating.objects.get()
        self.assertEqual((rating.event.case_id, rating.units), (mine.pk, [t.sanitation.code]))
        nightly.run(now + HOUR)
        signal = Signal.objects.get(definition__key="staff_device", number=1)
        self.assertEqual((signal.unit, signal.total), (t.sanitation, 2))
        self.assertEqual(list(signal.opened.values_list("case", flat=True)), [mine.pk])
        nightly.run(now + 100 * DAY)
        self.assertFalse(StaffRating.objects.exists())

    def rate(self, case, answers):
        serial = ServiceRequest.objects.get(pk=case.pk).event_count
        self.client.post(f"/requests/{case.pk}/rate/", {**answers, "seen": serial})
        self.assertEqual(ServiceRequest.objects.get(pk=case.pk).status, "closed")


class Likeness(TestCase):
    def test_photos_are_looked_at_when_stored_and_older_ones_at_night(self):
        t = towns.town()
        done(t, MONDAY, "好了", photos=[picture(0)])
        photo = Photo.objects.get()
        self.assertEqual(len(photo.likeness), 16)
        known = photo.likeness
        Photo.objects.update(likeness="")
        self.assertEqual(nightly.look_at_photos(), 1)
        self.assertEqual(nightly.look_at_photos(), 0)
        self.assertEqual(Photo.objects.get().likeness, known)
        # A photo of nothing is like every other photo of nothing.
        out = io.BytesIO()
        Image.new("RGB", (80, 60), "teal").save(out, "JPEG")
        self.assertEqual(likeness_of(out.getvalue()), NO_LIKENESS)
        Photo.objects.get().small.delete(save=False)
        Photo.objects.update(likeness="")
        nightly.look_at_photos()
        self.assertEqual(Photo.objects.get().likeness, NO_LIKENESS)


class AgainstCountingByHand(TestCase):
    """Three months of work by three units, with the moments at which days and months end, and all that is alike."""

    NOTES = ("换了线路，亮了", "换了线路 亮了！", "6栋的“楼道灯”已经处理好。", "紧了灯泡", "清运完毕", "")
    CASES = 36

    @classmethod
    def setUpTestData(cls):
        cls.t = towns.town()
        lit_by_one()
        SignalDefinition.objects.filter(key="no_contact").update(percent=40)
        ReplyTemplate.objects.create(act="fulfil", title="已修好", text="{place}的“{category}”已经处理好。")
        dice = random.Random(8)
        hour = Definitions().holding("statistic_day", MARCH).cut_off_hour
        cls.by_hour = hour
        # The first and the last moment of two days before the month ends, of the month's end, and days between.
        ends = [day_begins(date(2025, month, day), hour) for month, day in ((3, 30), (4, 1), (4, 29), (5, 1))]
        moments = [end + timedelta(minutes=minutes) for end in ends for minutes in (-1, 0)]
        moments += [MONDAY + dice.uniform(1, 88) * DAY for _number in range(cls.CASES - len(moments))]
        for number, at in enumerate(moments):
            cls.work(dice, number, at)

    @classmethod
    def work(cls, dice, number, at):
        """A request that is reported done at ``at``, by one of three units, and perhaps closed."""
        t, wait = cls.t, dice.choice([MINUTE, 10 * MINUTE, 5 * HOUR, DAY])
        begun, note = at - wait, dice.choice(cls.NOTES)
        lead, officer = dice.choice([(t.sanitation, t.officer), (t.housing, t.warden), (None, t.clerk)])
        told = dice.choice(["before", "after", ""])
        if lead:
            case = towns.dispatched(t, begun, lead=lead)
            case = workflow.take(case, Act.SIGN, by=officer, at=begun)
        else:
            case = towns.accepted(t, begun)
        act = Act.FULFIL if lead else Act.SETTLE
        if told == "before":
            case = workflow.take(case, Act.TELL, by=officer, note="明天上门", at=begun)
        case = workflow.take(case, act, by=officer, note=note or "好", at=at)
        if dice.random() < 0.6:
            shown = f"{dice.choice([0xFF00, 0xFF0F, 0xFFFF, 1 << 60]):016x}"
            event = case.events.get(act=act)
            file = {"large": f"{number % 9}.jpg", "width": 1, "height": 1}
            Photo.objects.create(case=case, event=event, stage="after", likeness=shown, **file)
        if told == "after":
            # Too late to have been in touch before.
            case = workflow.take(case, Act.TELL, by=officer, note="请您评价", at=at)
        if dice.random() < 0.7:
            later = at + dice.choice([0, 3, 6]) * DAY
            case = rated(t, case, later, contacted=dice.random() < 0.4)
            if dice.random() < 0.4:
                rating = case.events.get(act=Act.RATE)
                code = dice.choice([t.sanitation.code, t.housing.code, t.community.code, t.other_community.code])
                StaffRating.objects.create(event=rating, units=[code], at=later)

    def test_each_signal_is_what_counting_by_hand_gives_and_opens_as_many(self):
        hand = ByHand(self.by_hour)
        # Before the night, which clears away what is known of devices in March.
        by_hand = {first: hand.signals(first) for first in (MARCH, date(2025, 4, 1), date(2025, 5, 1))}
        boss = towns.person("boss", "区督办", "supervisor", self.t.district)
        self.client.force_login(boss)
        nightly.run(datetime(2025, 5, 30, 2, 0, tzinfo=UTC), months=3)
        definitions, lit = hand.definitions, set()
        for first, expected in by_hand.items():
            counted = {(one.definition.key, one.unit_id): one for one in Signal.objects.filter(month=first)}
            self.assertEqual(set(counted), set(expected), first)
            for (key, unit), (seen, shown) in expected.items():
                one, definition = counted[key, unit], definitions[key]
                self.assertEqual((one.number, one.total), (len(shown), len(seen)), (key, unit, first))
                enough = len(shown) >= definition.least and 100 * len(shown) >= definition.percent * len(seen)
                self.assertEqual(one.is_lit, enough, (key, unit, first))
                opened = dict(one.opened.values_list("case", "twin"))
                self.assertEqual(set(opened), set(shown) if enough else set(), (key, unit, first))
                for case, twin in opened.items():
                    self.assertIn(twin, shown[case], (key, unit, first))
                if enough:
                    lit.add(key)
                    self.assertEqual(self.client.get(one.get_absolute_url()).context["total"], len(shown))
        # Nothing was proved by there being nothing to count.
        self.assertEqual(lit, set(definitions))
