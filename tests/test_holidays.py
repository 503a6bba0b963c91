"""The notice of a year's holidays: pasted in the admin, shown as what it changes, written whole or not at all."""

from datetime import date, time

from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import TestCase
from django.urls import reverse
from django.utils.translation import override

from services import holidays, seeding
from services.models import CalendarDay, CalendarYear, Unit, User, WorkingBlock

NOTICE = """\
2027-01-01~2027-01-03 休 元旦
2027年2月5日至11日，休，春节
2月14日 班 春节调休上班
2027/4/30 班 劳动节前半天 12:00
"""
BASIS = "关于2027年部分节假日安排的通知"


def days_of(text, year=2027):
    days, problems = holidays.read(text, year)
    assert problems == [], problems
    return {day.date: (day.is_working, day.name, day.closes_at) for day in days}


def test_a_line_says_a_day_or_a_range_in_any_common_writing():
    days = days_of(NOTICE)
    assert len(days) == 3 + 7 + 1 + 1
    assert days[date(2027, 2, 11)] == (False, "春节", None)
    assert days[date(2027, 2, 14)] == (True, "春节调休上班", None)
    assert days[date(2027, 4, 30)] == (True, "劳动节前半天", time(12))


def test_around_the_new_year_a_notice_speaks_of_the_neighbouring_year():
    assert set(days_of("2026-12-31~2027-01-02 休 元旦")) == {date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)}


def test_a_bad_line_is_named_by_its_number():
    bad = {
        "2027-02-30 休 春节": "no such day",
        "2027-02-05 春节": "not “date",
        "2027-02-11~2027-02-05 休 春节": "before the first",
        "2027-02-05~2027-06-05 休 春节": "more than 31 days",
        "2026-10-01 休 国庆节": "not a day of 2027",
        "2027-02-05 休 春节 12:00": "working day can end early",
        "2027-02-05 班 春节 25:00": "time of day",
        f"2027-02-05 休 {'春' * 41}": "longer than 40",
        "2027-01-02 班 元旦": "line 1 already",
    }
    with override("en"):
        for line, problem in bad.items():
            _days, problems = holidays.read(f"2027-01-01~2027-01-03 休 元旦\n\n{line}", 2027)
            assert len(problems) == 1, line
            assert problems[0].startswith("Line 3: "), line
            assert problem in problems[0], line
        assert holidays.read(" \n", 2027)[1] == ["There is no line to read."]


class ThePage(TestCase):
    @classmethod
    def setUpTestData(cls):
        seeding.load(settings.BASE_DIR / "seeds")
        cls.chief = User.objects.create_superuser("chief", password="a-quiet-street", name="管理员")
        cls.url = reverse("admin:services_calendaryear_holidays")

    def setUp(self):
        self.client.force_login(self.chief)
        self.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    def paste(self, text=NOTICE, **more):
        return self.client.post(self.url, {"year": 2027, "basis": BASIS, "text": text, **more})

    def test_it_shows_what_changes_and_writes_nothing_yet(self):
        CalendarDay.objects.create(date=date(2027, 2, 5), is_working=True, name="以为要上班")
        CalendarDay.objects.create(date=date(2027, 3, 8), is_working=True, name="妇女节", closes_at=time(12))
        page = self.paste()
        self.assertContains(page, "以为要上班")
        self.assertContains(page, "worked until 12:00")
        self.assertEqual([change.is_new for change in page.context["changes"]].count(False), 1)
        self.assertEqual([day.name for day in page.context["left_out"]], ["妇女节"])
        self.assertEqual(page.context["working_days"], 261 - 1 - 5 + 1)
        self.assertEqual(CalendarDay.objects.filter(date__year=2027).count(), 2)
        self.assertFalse(CalendarYear.objects.get(year=2027).is_announced)

    def test_what_was_confirmed_is_written_with_its_basis_and_kept_in_the_history(self):
        self.assertRedirects(self.paste(confirm="yes"), reverse("admin:services_calendaryear_changelist"))
        year = CalendarYear.objects.get(year=2027)
        self.assertEqual((year.is_announced, year.basis), (True, BASIS))
        day = CalendarDay.objects.get(date=date(2027, 4, 30))
        self.assertEqual((day.is_working, day.closes_at, day.basis), (True, time(12), BASIS))
        history = self.client.get(reverse("admin:services_calendaryear_history", args=[year.pk]))
        self.assertContains(history, "12 days")

    def test_pasting_it_again_changes_nothing(self):
        self.paste(confirm="yes")
        stored = list(CalendarDay.objects.order_by("pk").values())
        page = self.paste()
        self.assertFalse(any(change.alters for change in page.context["changes"]))
        self.paste(confirm="yes")
        self.assertEqual(list(CalendarDay.objects.order_by("pk").values()), stored)

    def test_one_bad_line_refuses_all_and_what_was_typed_stays(self):
        page = self.paste(f"{NOTICE}2027-02-31 休 春节", confirm="yes")
        self.assertContains(page, "Line 5: There is no such day.")
        self.assertContains(page, "劳动节前半天")
        self.assertFalse(CalendarDay.objects.filter(date__year=2027).exists())

    def test_the_way_back_leads_to_the_lines(self):
        self.assertContains(self.paste(back="yes"), "劳动节前半天 12:00")

    def test_only_those_who_may_change_the_calendar_get_in(self):
        helper = User.objects.create_user("helper", password="a-quiet-street", is_staff=True)
        helper.user_permissions.add(Permission.objects.get(codename="change_calendaryear"))
        self.client.force_login(helper)
        self.assertEqual(self.client.get(self.url).status_code, 403)
        wanted = ["add_calendarday", "change_calendarday"]
        helper.user_permissions.add(*Permission.objects.filter(codename__in=wanted))
        self.assertEqual(self.client.get(self.url).status_code, 200)

    def test_the_list_of_years_leads_there(self):
        self.assertContains(self.client.get(reverse("admin:services_calendaryear_changelist")), self.url)


class TheLastHours(TestCase):
    """Without working hours of the district no deadline could be counted: some always stay."""

    @classmethod
    def setUpTestData(cls):
        seeding.load(settings.BASE_DIR / "seeds")
        cls.chief = User.objects.create_superuser("chief", password="a-quiet-street", name="管理员")
        cls.district = Unit.objects.get(kind=Unit.Kind.DISTRICT)
        cls.street = Unit.objects.filter(kind=Unit.Kind.STREET).first()

    def setUp(self):
        self.client.force_login(self.chief)
        self.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    @property
    def hours(self):
        return WorkingBlock.objects.filter(unit=self.district)

    def url(self, page, *args):
        return reverse(f"admin:services_workingblock_{page}", args=args)

    def delete(self, *blocks):
        chosen = {"action": "delete_selected", "_selected_action": [block.pk for block in blocks], "post": "yes"}
        return self.client.post(self.url("changelist"), chosen, follow=True)

    def test_one_of_several_may_go_and_the_last_one_stays(self):
        first, last = self.hours
        self.client.post(self.url("delete", first.pk), {"post": "yes"})
        self.assertEqual(self.hours.get(), last)
        page = self.client.post(self.url("delete", last.pk), {"post": "yes"}, follow=True)
        self.assertContains(page, "Please enter the new hours first")
        self.assertEqual(self.hours.count(), 1)

    def test_all_at_once_are_refused_whole(self):
        count = self.hours.count()
        self.assertContains(self.delete(*self.hours), "Please enter the new hours first")
        self.assertEqual(self.hours.count(), count)

    def test_a_streets_own_hours_may_all_go(self):
        own = WorkingBlock.objects.create(unit=self.street, opens=time(9), closes=time(17))
        self.delete(own)
        self.assertFalse(WorkingBlock.objects.filter(unit=self.street).exists())

    def test_they_cannot_be_given_to_another_unit(self):
        first, last = self.hours
        first.delete()
        values = {"unit": self.street.pk, "opens": "08:30", "closes": "12:00"}
        page = self.client.post(self.url("change", last.pk), values)
        self.assertContains(page, "Please enter the new hours first")
        values["unit"] = self.district.pk
        self.assertEqual(self.client.post(self.url("change", last.pk), values).status_code, 302)

    def on_the_districts_page(self, **rows):
        url = reverse("admin:services_district_change", args=[self.district.pk])
        values = {"name": self.district.name, "phone": self.district.phone, "is_active": "on"}
        forms = {"facts-TOTAL_FORMS": 0, "facts-INITIAL_FORMS": 0, "working_blocks-INITIAL_FORMS": self.hours.count()}
        for number, block in enumerate(self.hours):
            row = {"id": block.pk, "unit": self.district.pk, "opens": block.opens, "closes": block.closes}
            forms |= {f"working_blocks-{number}-{name}": value for name, value in row.items()}
            forms[f"working_blocks-{number}-DELETE"] = "on"
        forms["working_blocks-TOTAL_FORMS"] = self.hours.count() + (1 if rows else 0)
        more = {f"working_blocks-{self.hours.count()}-{name}": value for name, value in rows.items()}
        return self.client.post(url, {**values, **forms, **more})

    def test_the_districts_page_lets_them_be_exchanged_but_not_emptied(self):
        count = self.hours.count()
        self.assertContains(self.on_the_districts_page(), "Please enter the new hours first")
        self.assertEqual(self.hours.count(), count)
        self.on_the_districts_page(unit=self.district.pk, opens="09:00", closes="17:00")
        self.assertEqual([str(block) for block in self.hours], ["09:00-17:00"])
