"""The seed files: the whole district, loaded twice with the same result, and refused by name when malformed."""

import json
import re
import shutil
from datetime import date, timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import Count, Q
from django.test import TestCase
from django.utils import translation

from requests_app.views.choices import ranked
from services import seeding
from services.models import (
    Building,
    CalendarDay,
    CalendarYear,
    Category,
    Estate,
    Limit,
    Reason,
    Route,
    SeedRecord,
    ServiceArea,
    Unit,
    UnitFact,
    Urgency,
)

SEEDS = settings.BASE_DIR / "seeds"
DISTRICT = "140213"
# fmt: off
ICONS = {
    "water", "heat", "power", "lift", "light", "drain", "rubbish", "snow", "tree",
    "parking", "bike", "noise", "building", "property", "committee", "elder", "errand", "school",
    "safety", "road", "gas", "fire", "pet", "pest", "other",
}
# fmt: on
Kind = Unit.Kind


@pytest.mark.once
class TheDistrict(TestCase):
    @classmethod
    def setUpTestData(cls):
        seeding.load(SEEDS)

    def test_it_is_whole(self):
        units = Unit.objects
        self.assertEqual(units.of_kind(Kind.STREET).count(), 18)
        self.assertEqual(units.of_kind(Kind.COMMUNITY).filter(is_village=False).count(), 155)
        self.assertEqual(units.of_kind(Kind.COMMUNITY).filter(is_village=True).count(), 47)
        self.assertEqual(ServiceArea.objects.count(), 57)
        self.assertEqual(ServiceArea.objects.exclude(hours=[]).count(), 26)

    def test_a_childs_code_begins_with_its_parents(self):
        lengths = {Kind.DISTRICT: {6}, Kind.STREET: {9}, Kind.COMMUNITY: {12}, Kind.BRANCH: {14}}
        for unit in Unit.objects.select_related("parent"):
            self.assertTrue(unit.parent is None or unit.code.startswith(unit.parent.code), unit)
            self.assertIn(len(unit.code), lengths.get(unit.kind, {9, 11}), unit)

    def test_everything_says_where_it_comes_from(self):
        for model in (Unit, Estate, ServiceArea, UnitFact):
            self.assertFalse(model.objects.filter(source="").exists(), model)

    def test_what_no_article_names_is_marked(self):
        for model in (Unit, Estate):
            self.assertFalse(model.objects.filter(source__startswith="示范", is_demo=False).exclude(name="鑫红苑小区"))
        self.assertFalse(Estate.objects.filter(is_demo=True).exclude(name__endswith="（示范）"))
        real = set(Estate.objects.filter(is_demo=False).values_list("name", flat=True))
        self.assertEqual(real, {"南官房小区", "鑫红苑小区", "碧水云天河湾", "路通苑小区", "水泉湾龙园小区", "枫林逸景"})

    def test_the_environmental_centre_has_its_seven_teams(self):
        centre = Unit.objects.get(name="平城区环境卫生服务中心")
        self.assertEqual(centre.children.count(), 7)

    def test_every_street_has_estates_with_buildings(self):
        for street in Unit.objects.of_kind(Kind.STREET):
            estates = Estate.objects.under(street).annotate(size=Count("buildings"))
            self.assertGreaterEqual(len(estates), 2, street)
            self.assertGreaterEqual(min(estate.size for estate in estates), 3, street)

    def test_branches_of_all_three_kinds_serve_estates(self):
        served = Unit.objects.of_kind(Kind.BRANCH).annotate(size=Count("estates"))
        self.assertTrue(all(branch.size == 1 for branch in served.filter(formed="own")))
        for formed in ("attached", "joint"):
            self.assertTrue(all(branch.size > 1 for branch in served.filter(formed=formed)))
            self.assertTrue(served.filter(formed=formed).exists())

    def test_the_building_the_article_names_is_there(self):
        self.assertEqual(Building.objects.get(estate__name="南官房小区", name="6栋").order, 6)


class TheCatalogue(TestCase):
    @classmethod
    def setUpTestData(cls):
        seeding.load(SEEDS)
        cls.leaves = list(Category.objects.leaves().select_related("parent"))

    def test_it_has_two_levels_and_enough_of_each(self):
        self.assertGreaterEqual(Category.objects.filter(parent=None).count(), 10)
        self.assertGreaterEqual(len(self.leaves), 45)
        self.assertEqual(Category.objects.filter(parent__parent__isnull=False).count(), 0)
        self.assertEqual({leaf.urgency for leaf in self.leaves}, set(Urgency.values))

    def test_every_leaf_can_be_found_and_drawn(self):
        for leaf in self.leaves:
            self.assertIn(leaf.icon, ICONS)
            self.assertTrue(leaf.plain_words and leaf.example, leaf)

    def test_exactly_what_is_urgent_says_whom_to_call_first(self):
        for leaf in self.leaves:
            self.assertEqual(leaf.urgency == Urgency.URGENT, bool(leaf.emergency_notice), leaf)
            self.assertTrue(not leaf.emergency_notice or "1" in leaf.emergency_notice, leaf)

    def test_what_a_neighbour_says_finds_the_leaf_first(self):
        said = {
            "楼道灯不亮": "light-stair", "没暖气": "heating-off", "家里冷": "heating-cold", "电梯坏了": "lift-broken",
            "电梯困人": "lift-trapped", "停水": "water-off", "马桶堵了": "drain-blocked", "垃圾桶满了": "rubbish-bin",
            "狗没拴绳": "pet-leash", "有坑": "road-hole", "车位被占": "parking-lock", "飞线充电": "ebike-stairs",
            "煤气味": "gas-leak", "楼顶漏雨": "house-roof", "墙皮掉": "house-falling", "送饭": "elder-meal",
            "高空抛物": "safety-neighbour", "网速慢": "power-cable", "养老金认证": "errand-pension",
        }  # fmt: skip
        for words, code in said.items():
            self.assertEqual(ranked(self.leaves, words)[0].code, code, words)

    def test_every_leaf_has_some_everyday_words_and_a_few_are_offered_first(self):
        for leaf in self.leaves:
            self.assertTrue(3 <= len(leaf.plain_words.split()) <= 10, leaf)
        self.assertEqual(sum(leaf.offered_first is not None for leaf in self.leaves), 6)

    def test_residents_words_find_the_leaf(self):
        for words, code in (("暖气 不热", "heating-cold"), ("声控灯", "light-stair"), ("煤气味", "gas-leak")):
            self.assertIn(code, Category.objects.named(words).values_list("code", flat=True), words)

    def test_private_matters_are_never_public(self):
        private = [
            "errand-allowance",
            "safety-neighbour",
            "safety-theft",
            "safety-family",
            "elder-care",
            "errand-medical",
        ]
        self.assertFalse(Category.objects.filter(code__in=private, is_public=True))
        self.assertEqual(Category.objects.filter(code__in=private).count(), len(private))

    def test_every_leaf_leads_to_a_department_wherever_it_is_filed(self):
        everywhere = Route.objects.filter(area__code=DISTRICT, department__isnull=False, department__is_active=True)
        covered = set(everywhere.values_list("category", flat=True))
        for leaf in self.leaves:
            self.assertTrue(covered & {leaf.pk, leaf.parent_id}, leaf)

    def test_a_leaf_that_may_go_to_the_firm_has_another_way_too(self):
        # Otherwise an estate without a firm falls to the group, whose department may not do this work.
        with_firm = Route.objects.filter(to_property_firm=True).values("category")
        without = Route.objects.filter(department__isnull=False, area__code=DISTRICT).values("category")
        self.assertFalse(Category.objects.filter(pk__in=with_firm).exclude(pk__in=without))

    def test_no_complaint_about_the_firm_goes_to_the_firm(self):
        about_it = Q(category__code__in=["property-slow", "property-fee", "property-notice"])
        self.assertFalse(Route.objects.filter(about_it, to_property_firm=True))

    def test_every_route_says_why(self):
        self.assertFalse(Route.objects.filter(basis=""))

    def test_the_general_limits_are_the_agreed_ones(self):
        general = Limit.objects.filter(category=None)
        found = {(row.step, row.urgency): (row.amount, row.time_unit) for row in general}
        agreed = {
            ("accept", "urgent"): (30, "minutes"),
            ("accept", ""): (4, "hours"),
            ("settle", ""): (2, "workdays"),
            ("dispatch", ""): (4, "hours"),
            ("sign", ""): (1, "workdays"),
            ("first_contact", ""): (1, "workdays"),
            ("fulfil", "consult"): (3, "workdays"),
            ("fulfil", "help"): (5, "workdays"),
            ("fulfil", "complaint"): (10, "workdays"),
            ("fulfil", "urgent"): (24 * 60, "minutes"),
            ("return_window", ""): (1, "workdays"),
            ("ruling", ""): (4, "hours"),
            ("redo", ""): (3, "workdays"),
            ("follow_up", ""): (1, "workdays"),
            ("answer", ""): (7, "days"),
            ("contest_window", ""): (7, "days"),
            ("appeal_window", ""): (15, "days"),
            ("pause", ""): (14, "days"),
            ("review", ""): (90, "days"),
            ("supervision", ""): (2, "workdays"),
            ("silence", ""): (3, "workdays"),
            ("escalation", ""): (1, "workdays"),
            ("listing", ""): (3, "workdays"),
        }
        self.assertEqual(found, agreed)

    def test_every_reason_says_what_to_do_next(self):
        for kind in Reason.Kind:
            reasons = Reason.objects.filter(kind=kind)
            # Taking back what was just sent has but one.
            self.assertGreaterEqual(len(reasons), 1 if kind == Reason.Kind.WITHDRAW else 6)
            self.assertTrue(all(reason.guidance for reason in reasons))


@pytest.mark.once
class TheCalendar(TestCase):
    @classmethod
    def setUpTestData(cls):
        seeding.load(SEEDS)

    def test_the_years_have_the_working_days_of_the_notices(self):
        known = dict(CalendarDay.objects.values_list("date", "is_working"))
        for year, expected in ((2024, 251), (2025, 248), (2026, 248)):
            first, length = date(year, 1, 1), (date(year + 1, 1, 1) - date(year, 1, 1)).days
            days = [first + timedelta(days=number) for number in range(length)]
            self.assertEqual(sum(known.get(day, day.weekday() < 5) for day in days), expected, year)

    def test_a_make_up_saturday_is_a_working_day(self):
        self.assertTrue(CalendarDay.objects.get(date=date(2026, 2, 14)).is_working)

    def test_a_weekend_inside_a_holiday_is_named(self):
        self.assertEqual(CalendarDay.objects.get(date=date(2026, 2, 21)).name, "春节")

    def test_next_year_is_not_announced(self):
        announced = dict(CalendarYear.objects.values_list("year", "is_announced"))
        self.assertEqual(announced, {2024: True, 2025: True, 2026: True, 2027: False})


def lines_of(report_of):
    return {report.file: (report.created, report.updated, report.unchanged, report.kept) for report in report_of}


@pytest.fixture
def folder(tmp_path):
    """A copy of the seeds that may be spoilt."""
    return shutil.copytree(SEEDS, tmp_path / "seeds")


def rows(folder, file):
    return json.loads((folder / file).read_text(encoding="utf-8"))


def edit(folder, file, change):
    """Apply ``change`` to the list of rows of a file."""
    content = rows(folder, file)
    change(content)
    (folder / file).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def assign(number, name, value):
    return lambda content: content[number].__setitem__(name, value)


def test_what_pages_for_everybody_explain_is_there_in_english_with_the_same_numbers():
    for file in ("figure_definitions.json", "signal_definitions.json"):
        for row in rows(SEEDS, file):
            said = [sorted(re.findall(r"\{\w+\}", row[name])) for name in ("formula", "formula_en")]
            assert said[0] == said[1], row["key"]
            assert not re.search("[\u4e00-\u9fff]", row["formula_en"]), row["key"]


@pytest.mark.django_db
def test_loading_twice_changes_nothing(folder):
    first = lines_of(seeding.load(folder))
    assert all(created == len(rows(folder, file)) for file, (created, *_) in first.items())
    again = lines_of(seeding.load(folder))
    assert again == {file: (0, 0, created, 0) for file, (created, *_) in first.items()}


@pytest.mark.django_db
def test_the_second_time_costs_a_few_queries(folder, django_assert_max_num_queries):
    seeding.load(folder)
    with django_assert_max_num_queries(len(seeding.TABLES) + 6):
        seeding.load(folder)


@pytest.mark.django_db
def test_a_row_changed_in_the_file_is_updated(folder):
    seeding.load(folder)
    edit(folder, "limits.json", assign(1, "amount", 6))
    assert lines_of(seeding.load(folder))["limits.json"][:2] == (0, 1)
    assert Limit.objects.get(category=None, step="accept", urgency="").amount == 6


@pytest.mark.django_db
def test_a_correction_made_in_the_admin_stays(folder):
    seeding.load(folder)
    Limit.objects.filter(category=None, step="accept", urgency="").update(amount=8)
    Route.objects.filter(category__code="light-stair").delete()
    edit(folder, "streets.json", assign(0, "phone", "12345"))
    seeding.load(folder)
    assert Limit.objects.get(category=None, step="accept", urgency="").amount == 8
    assert not Route.objects.filter(category__code="light-stair").exists()
    assert Unit.objects.get(code="140213050").phone == "12345"


@pytest.mark.django_db
def test_a_route_that_another_took_the_place_of_stays_off(folder):
    seeding.load(folder)
    old = Route.objects.filter(category__code="light-stair", department__isnull=False).first()
    new = Route.objects.create(
        category=old.category, area=old.area, department=Unit.objects.get(code="140213902"), is_active=False
    )
    assert new.switch_on() == [old]
    edit(folder, "streets.json", assign(0, "phone", "12345"))
    seeding.load(folder)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.is_active, new.is_active) == (False, True)


@pytest.mark.django_db
def test_a_row_made_in_the_admin_is_not_taken_over(folder):
    CalendarYear.objects.create(year=2027, is_announced=True, basis="admin")
    assert lines_of(seeding.load(folder))["calendar_years.json"] == (3, 0, 0, 1)
    edit(folder, "calendar_years.json", assign(3, "basis", "changed"))
    seeding.load(folder)
    assert CalendarYear.objects.get(year=2027).basis == "admin"


@pytest.mark.django_db
def test_a_new_row_refers_to_one_before_it_in_the_same_file(folder):
    def add_team(content):
        team = {"parent": "140213999", "department_type": "utility", "source": "test"}
        content.append({**team, "parent": DISTRICT, "code": "140213999", "name": "新部门"})
        content.append({**team, "code": "14021399901", "name": "新部门一队"})

    edit(folder, "departments.json", add_team)
    seeding.load(folder)
    assert Unit.objects.get(code="14021399901").parent.name == "新部门"


@pytest.mark.django_db
def test_a_new_row_cannot_refer_to_one_that_was_deleted(folder):
    seeding.load(folder)
    Category.objects.get(code="snow-icicle").delete()
    seeding.load(folder)
    new = {"category": "snow-icicle", "area": "140213050", "department": "140213901", "source": "test"}
    edit(folder, "routes.json", lambda content: content.append(new))
    with pytest.raises(seeding.SeedRefused, match="snow-icicle"):
        seeding.load(folder)


MALFORMED = [
    # file, row, field, value, the row's key
    ("streets.json", 3, "nmae", "永泰街道", "140213053"),
    ("streets.json", 3, "name", "", "140213053"),
    ("streets.json", 3, "source", "", "140213053"),
    ("streets.json", 3, "code", 140213053, "140213053"),
    ("streets.json", 3, "code", "14021305x", "14021305x"),
    ("streets.json", 3, "parent", "999999", "140213053"),
    ("streets.json", 3, "parent", "140213050", "140213053"),
    ("streets.json", 3, "code", "140213052", "140213052"),
    ("communities.json", 7, "code", "150213050008", "150213050008"),
    ("communities.json", 7, "is_village", "yes", "140213050008"),
    ("departments.json", 0, "department_type", "bank", "140213901"),
    ("branches.json", 0, "parent", "140213050", "14021305000101"),
    ("estates.json", 0, "property_firm", "140213901", "PC5001"),
    ("estates.json", 0, "built", "1994", "PC5001"),
    ("estates.json", 0, "households", True, "PC5001"),
    ("estates.json", 0, "code", "pc 5001", "pc 5001"),
    ("buildings.json", 4, "floors", -1, None),
    ("buildings.json", 4, "name", "1号楼", None),
    ("service_areas.json", 0, "hours", ["7 o'clock"], "JY01"),
    ("service_areas.json", 0, "roads", [], "JY01"),
    ("categories.json", 1, "questions", [{"key": "x"}], "water-off"),
    ("categories.json", 1, "urgency", "soon", "water-off"),
    ("categories.json", 1, "parent", "nothing", "water-off"),
    ("routes.json", 0, "department", "140213050", None),
    ("routes.json", 0, "to_property_firm", True, None),
    ("limits.json", 0, "amount", 0, None),
    ("limits.json", 0, "step", "dance", None),
    ("calendar_days.json", 0, "date", "2026-02-30", None),
    ("working_blocks.json", 0, "opens", "25:00", None),
    ("working_blocks.json", 0, "closes", "07:00", None),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("file", "number", "name", "value", "key"), MALFORMED)
def test_a_malformed_row_is_refused_by_name_and_nothing_changes(folder, file, number, name, value, key):
    edit(folder, file, assign(number, name, value))
    with translation.override("en"), pytest.raises(seeding.SeedRefused) as refusal:
        seeding.load(folder)
    said = str(refusal.value)
    assert said.startswith(f"{file}, row {number + 1} ({key or ''}"), said
    assert name in said, said
    assert not Unit.objects.exists()
    assert not SeedRecord.objects.exists()


@pytest.mark.django_db
def test_a_leaf_without_urgency_is_refused(folder):
    edit(folder, "categories.json", lambda content: content[1].pop("urgency"))
    with translation.override("en"), pytest.raises(seeding.SeedRefused, match=r"row 2 \(water-off\).*urgency"):
        seeding.load(folder)
    assert not Unit.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("content", ["[{]", "{}", "[1]", None])
def test_a_file_that_is_no_list_of_rows_is_refused(folder, content):
    path = folder / "streets.json"
    path.unlink() if content is None else path.write_text(content, encoding="utf-8")
    with pytest.raises(seeding.SeedRefused, match=r"^streets\.json"):
        seeding.load(folder)
    assert not Unit.objects.exists()


@pytest.mark.django_db
def test_the_command_reports_each_file():
    said = StringIO()
    with translation.override("en"):
        call_command("seed", stdout=said)
    assert len(said.getvalue().splitlines()) == len(seeding.TABLES)
    assert "streets.json" in said.getvalue()
    assert "18" in said.getvalue()


@pytest.mark.django_db
def test_the_command_fails_with_the_sentence(folder):
    edit(folder, "streets.json", assign(0, "name", ""))
    with pytest.raises(CommandError, match=r"streets\.json"):
        call_command("seed", folder=folder)
