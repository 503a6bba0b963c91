"""The demo: enough people and cases to see every desk at work, and all of it came about by the real journey."""

import re
from collections import Counter
from datetime import datetime, timedelta
from io import StringIO
from itertools import pairwise
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings
from django.utils import timezone

from requests_app.demo import pictures, plan, stories
from requests_app.demo.canvas import Canvas
from requests_app.demo.people import demo_people
from requests_app.demo.scenes import SCENES
from requests_app.demo.walk import walk
from requests_app.figures.weeks import expected
from requests_app.journey import chain
from requests_app.journey.limits import calendar_for
from requests_app.journey.sampling import redraw
from requests_app.meetings import minutes
from requests_app.models import (
    Act,
    Event,
    FollowUp,
    Meeting,
    Notice,
    Photo,
    Promise,
    Rating,
    Recurrence,
    SampleSeed,
    ServiceRequest,
    Status,
)
from requests_app.models.event import Party
from requests_app.personal import personal_data_in
from requests_app.views.desks import DESKS, desks_of
from services import seeding
from services.models import Category, Role, Unit, User
from tests.support import dump

pytestmark = pytest.mark.once

SEEDS = settings.BASE_DIR / "seeds"
SHANGHAI = ZoneInfo("Asia/Shanghai")


# Acts that the demo's sixty days do without, and tabs that may have nothing in them on a good day.
NOT_TOLD = {
    *(Act.RESUME, Act.REFUSE, Act.UNPARK, Act.MERGE, Act.UNMERGE, Act.RECOMPUTE),
    *(Act.CONCEAL, Act.DISCLOSE, Act.ALARM),
}
MAY_BE_EMPTY = {"more_time", "listed", "parked", "asked"}


@pytest.mark.slow
class DemoTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        seeding.load(SEEDS)
        cls.now = timezone.now()
        # Small photos: what they show is another test's matter, and there are many.
        with mock.patch.object(Canvas, "taken", lambda canvas, dice: canvas.image.resize((96, 72))):
            cls.report = walk(cls.now)
        cls.cases = list(ServiceRequest.objects.all())

    def person(self, key):
        return User.objects.get(username=f"demo-{key}")

    def tabs(self, key, role):
        """How many cases each tab of a person's desk holds."""
        desk, scope = next(found for found in desks_of(self.person(key), self.now) if found[0].role == role)
        return {tab.key: ServiceRequest.objects.filter(tab.holds(scope)).count() for tab in desk.tabs}

    def test_every_story_was_told_to_its_end(self):
        assert self.report.left_out == []
        assert len(self.cases) == len(stories.load()) >= 130

    def test_cases_stand_in_every_status(self):
        assert set(self.report.cases) == set(Status)

    def test_they_lie_in_many_communities_and_streets(self):
        assert len({case.area[:12] for case in self.cases}) >= 12
        assert len({case.area[:9] for case in self.cases}) >= 8
        groups = Category.objects.filter(children__cases__isnull=False).distinct()
        assert groups.count() >= 20

    def test_the_next_meeting_has_much_on_its_agenda_and_the_last_is_to_be_settled(self):
        held, following = Meeting.objects.order_by("number")
        assert following.items.standing().count() >= 8
        rules = {rule for item in following.items.all() for rule in item.rules}
        assert rules >= {"promise-overdue", "promise-due", "left-over", "returned", "contested", "money", "parked"}
        assert len(minutes.last_resolutions(following)) == 4
        assert held.minutes.is_published
        assert {promise.state for promise in Promise.objects.all()} == {"open", "kept"}

    def test_households_support_and_trouble_comes_back_and_is_expected(self):
        following = Meeting.objects.order_by("number").last()
        assert any("backed" in item.rules for item in following.items.all())
        assert Recurrence.objects.promised().count() == 1
        assert Recurrence.objects.without_remedy().count() >= 2
        assert expected(self.now, unit=Unit.objects.get(code="140213"))

    def test_every_chain_holds(self):
        report = chain.verify()
        assert report.faults == []
        assert report.cases == len(self.cases)

    def test_nothing_happened_in_the_future_or_too_long_ago(self):
        assert not Event.objects.filter(at__gt=self.now).exists()
        assert min(case.created_at for case in self.cases) >= self.now - plan.OLDEST

    def test_every_act_of_the_journey_was_taken(self):
        assert set(Act) - set(Event.objects.values_list("act", flat=True)) <= NOT_TOLD

    def test_time_did_what_nobody_did(self):
        acts = Counter(Event.objects.filter(party=Party.SYSTEM).values_list("act", flat=True))
        assert acts[Act.SIGN] >= 2
        assert acts[Act.LAPSE] >= 2

    def test_some_are_late_some_were_contested_and_some_returned(self):
        late = {case.status for case in self.cases if case.lateness(self.now) == "red"}
        assert late >= {Status.FILED, Status.ACCEPTED, Status.REFERRED, Status.IN_HAND, Status.RETURNED}
        assert {case.contest_count for case in self.cases} == {0, 1, 2}
        assert {case.return_count for case in self.cases} == {0, 1, 2}
        assert any(case.lead_locked for case in self.cases)
        assert set(Rating.objects.values_list("satisfaction", flat=True)) == set(Rating.Satisfaction)

    def test_call_tasks_ended_in_every_way_and_some_are_to_be_called(self):
        assert set(FollowUp.objects.values_list("state", flat=True)) == set(FollowUp.State)
        assert FollowUp.objects.open().filter(attempts=1).exists()
        assert Event.objects.filter(party=Party.CALLER, act=Act.CONTEST).exists()
        counts = self.tabs("song", Role.CALLER)
        assert counts["to_call"] + counts["later"] >= 2
        assert min(counts["to_call"], counts["done"], counts["not_reached"]) >= 1
        for seed in SampleSeed.objects.all():
            assert redraw(seed).differences == []

    def test_no_two_texts_are_the_same(self):
        assert max(Counter(case.text for case in self.cases).values()) == 1
        notes = Counter(Event.objects.exclude(note="").filter(act__in=[Act.FULFIL, Act.SETTLE]).values_list("note"))
        assert max(notes.values()) == 1

    def test_every_phone_is_a_demo_number(self):
        phones = [case.contact_phone for case in self.cases]
        phones += User.objects.filter(is_demo=True).values_list("phone", flat=True)
        assert all(phone.startswith("1990000") and len(phone) == 11 for phone in phones)

    def test_a_dump_of_the_database_holds_no_number_and_no_name_of_them(self):
        written = dump()
        assert self.cases[0].code in written
        assert "1990000" not in written
        people = {case.contact_name for case in self.cases} | {person.name for person in User.objects.all()}
        # Each line of a name and each word once: a dump has millions of letters, most of them in keys and digests.
        words = "\n".join(set(re.findall(r"[^\x00-\x7f]+|[A-Za-z ]{2,}", written)))
        assert {name for name in people if name in words} == set()

    def test_what_is_released_names_nobody(self):
        released = ServiceRequest.objects.released()
        assert released.count() >= 8
        for case in released:
            assert personal_data_in(f"{case.release.text} {case.release.outcome}", case) == []

    def test_many_cases_have_photos_of_before_and_after(self):
        assert ServiceRequest.objects.filter(photos__isnull=False).distinct().count() >= 45
        assert {photo.stage for photo in Photo.objects.all()} >= {Photo.Stage.BEFORE, Photo.Stage.AFTER}

    def test_the_main_resident_sees_every_side_of_it(self):
        cases = self.person("zhou").cases.all()
        assert len({case.status for case in cases}) >= 6
        waiting = cases.get(status=Status.FULFILLED)
        assert {photo.stage for photo in waiting.photos.all()} == {Photo.Stage.BEFORE, Photo.Stage.AFTER}

    def test_the_main_desks_have_every_tab_filled(self):
        desks = (("lin", Role.BRANCH), ("tang", Role.DISPATCHER), ("gao", Role.OFFICER), ("zhao", Role.SUPERVISOR))
        for key, role in desks:
            assert {tab for tab, count in self.tabs(key, role).items() if not count} <= MAY_BE_EMPTY, key

    def test_demo_people_are_offered_by_role(self):
        groups = demo_people()
        assert len(groups) == len(DESKS) + 4  # residents, households, two roles, administrator
        assert [group["people"][0]["person"].name for group in groups[:3]] == ["周玉兰", "郑彩霞", "林晓岚"]
        assert all(1 <= len(group["people"]) <= 3 for group in groups)
        assert not any(person.has_usable_password() for person in User.objects.filter(is_demo=True))

    def test_only_the_last_days_notices_are_unread(self):
        self.assertFalse(Notice.objects.unplanned().exists())
        # What is owed to a number alone has no inbox to be read in.
        unread = Notice.objects.unread().filter(reader__isnull=False)
        assert unread.exists()
        assert not unread.filter(at__lt=self.now - timedelta(days=2)).exists()

    def test_a_second_run_changes_nothing(self):
        before = (Event.objects.count(), User.objects.count(), Photo.objects.count(), Notice.objects.unread().count())
        with override_settings(DEMO=True), self.assertNumQueries(1):
            call_command("demo", stdout=StringIO())
        after = (Event.objects.count(), User.objects.count(), Photo.objects.count(), Notice.objects.unread().count())
        assert after == before


class WithoutDemoCasesTests(TestCase):
    def test_outside_demo_mode_the_command_refuses(self):
        with override_settings(DEMO=False), self.assertRaisesMessage(CommandError, "DEMO=true"):
            call_command("demo")
        assert not User.objects.exists()

    def test_without_seeds_it_says_what_to_run(self):
        with override_settings(DEMO=True), self.assertRaisesMessage(CommandError, "manage.py seed"):
            call_command("demo")


class PlanTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        seeding.load(SEEDS)
        cls.calendar = calendar_for(Unit.objects.get(kind=Unit.Kind.DISTRICT))
        cls.categories = {category.code: category for category in Category.objects.leaves()}

    def test_whenever_it_is_started_all_lies_in_the_sixty_days_before(self):
        # Amid a long holiday, on the first morning after one, at night, and in a year not announced.
        for start in ((2026, 10, 4, 10), (2026, 2, 25, 9), (2026, 3, 2, 3), (2029, 7, 18, 16)):
            now = datetime(*start, tzinfo=SHANGHAI)
            working = plan.WorkingTime(self.calendar, now)
            for story in stories.load():
                moments = plan.moments(story, self.categories[story.category], working)
                assert all(one < other for one, other in pairwise(moments)), story.text
                assert now - plan.OLDEST < moments[0], story.text
                assert moments[-1] < now, story.text


def test_a_scene_shows_the_same_place_before_and_after_but_differs_from_case_to_case():
    one, again, other = (pictures.photo("lamp", "before", number, 0).large for number in (1, 1, 2))
    assert one == again
    assert one != other
    assert one != pictures.photo("lamp", "after", 1, 0).large


def test_every_story_has_pictures_that_exist():
    assert {story.scene for story in stories.load()} - {""} == set(SCENES)
