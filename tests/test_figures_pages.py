"""The figures as people meet them: boards, lists behind numbers, closed months, the file and the interface."""

import html
import io
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from requests_app.figures import closing, counters
from requests_app.journey import workflow
from requests_app.models import Act, Adjustment, MonthClose
from services.models import Category, FigureDefinition
from tests import town as towns
from tests.town import DAY, HOUR, MONDAY

pytestmark = pytest.mark.once

MARCH = "?month=2025-03"
PART = re.compile(r'<a href="(/figures/[^"]+)">([^<]*)<b>(\d+)</b></a>')
CELL = re.compile(r'<td><a href="(/figures/[^"]+)">([^<]+)</a><small>([^<]*)</small>')
BY = re.compile(r"by=(\w+)")
TOTAL = re.compile(r"<caption>[^<]*?(\d+)[^\d<]*</caption>")


def walk(t):
    """One done in time and redone, one late, one settled at the estate, one withdrawn, one at the other street."""
    at = MONDAY
    case = towns.filed(t, at)
    case = workflow.take(case, Act.REFER, by=t.clerk, note="修不了", at=at + HOUR)
    case = workflow.take(case, Act.DISPATCH, by=t.dispatcher, lead=t.sanitation, at=at + 2 * HOUR)
    case = workflow.take(case, Act.SIGN, by=t.officer, at=at + 3 * HOUR)
    case = workflow.take(case, Act.FULFIL, by=t.officer, note="修好了", at=at + DAY)
    workflow.take(case, Act.CONTEST, by=t.resident, note="又坏了", at=at + 2 * DAY)
    late = towns.filed(t, at + HOUR)
    workflow.take(late, Act.ACCEPT, by=t.clerk, at=at + DAY)
    settled = workflow.take(towns.filed(t, at + 2 * HOUR), Act.ACCEPT, by=t.clerk, at=at + 3 * HOUR)
    workflow.take(settled, Act.SETTLE, by=t.clerk, note="换了灯泡", at=at + 4 * HOUR)
    workflow.take(towns.filed(t, at + HOUR), Act.WITHDRAW, by=t.resident, at=at + 2 * HOUR)
    towns.filed(t, at, estate=t.other_estate, building=t.other_building)
    return case


class Pages(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.town = towns.town()
        cls.case = walk(cls.town)

    def page(self, person, url):
        self.client.force_login(person)
        return self.client.get(url)

    def test_every_number_of_a_board_opens_exactly_so_many(self):
        t = self.town
        for person, unit in ((t.dispatcher, t.community), (t.officer, t.sanitation)):
            page = self.page(person, f"/figures/{unit.code}/{MARCH}").content.decode()
            numbers = PART.findall(page)
            self.assertGreaterEqual(len(numbers), 5)
            for url, label, number in numbers:
                answer = self.client.get(html.unescape(url)).content.decode()
                self.assertEqual(TOTAL.search(answer)[1], number, (url, label))

    def test_every_cell_of_its_tables_opens_exactly_so_many(self):
        t = self.town
        cells = CELL.findall(self.page(t.supervisor, f"/figures/{t.street.code}/{MARCH}").content.decode())
        self.assertGreaterEqual(len(cells), 20)
        self.assertTrue({"department", "category", "source"} <= {by for url, *_said in cells for by in BY.findall(url)})
        for url, value, beside in cells[::2]:
            number = value if re.search("/(filed|closed)/all/", url) else re.search(r"\d+", beside)[0]
            answer = self.client.get(html.unescape(url)).content.decode()
            self.assertEqual(TOTAL.search(answer)[1], number, (url, value, beside))

    def test_a_breakdown_names_ten_and_the_others_when_asked(self):
        t = self.town
        for number in range(12):
            about = {"name": f"杂事{number}", "urgency": "help"}
            category = Category.objects.create(parent=t.lamp.parent, code=f"z{number}", **about)
            towns.filed(t, MONDAY + HOUR, category=category)
        url = f"/figures/{t.street.code}/{MARCH}"

        def lines(page):
            return page.partition('id="table-categories"')[2].partition("</table>")[0].count('<th scope="row">')

        short, whole = (self.page(t.supervisor, url + more).text for more in ("", "&whole=categories"))
        self.assertEqual((lines(short), lines(whole)), (10, 13))
        self.assertIn("whole=categories#table-categories", short)
        self.assertNotIn("whole=categories#table-categories", whole)

    def test_a_unit_without_requests_and_an_empty_month_have_pages_too(self):
        t = self.town
        boss = towns.person("boss", "区督办", "supervisor", t.district)
        for code, month in ((t.other_street.code, "?month=2024-02"), (t.housing.code, MARCH)):
            for path in ("", "wall/", "file/", "versions/", "signals/", "on_time/all/"):
                self.assertEqual(self.page(boss, f"/figures/{code}/{path}{month}").status_code, 200, (code, path))
        self.client.post(f"/figures/{t.other_street.code}/close/?month=2024-02")
        self.assertEqual(self.page(boss, f"/figures/{t.other_street.code}/?month=2024-02").status_code, 200)

    def test_a_definition_put_right_for_the_past_leaves_closed_months_as_they_were(self):
        t = self.town
        closed = closing.close(t.street, date(2025, 3, 1), t.supervisor, timezone.now())
        old = FigureDefinition.objects.get(key="accept")
        new = {"valid_from": date(2025, 1, 1), "leave_out": [], "formula": "全部计入", "version": old.version + 1}
        FigureDefinition.objects.create(key="accept", **new)
        context = self.page(t.supervisor, f"/figures/{t.street.code}/{MARCH}").context
        (then, now) = next((then, now) for figure, then, now in context["closed"]["rows"] if figure.key == "accept")
        self.assertEqual((then.definition, then.total, then.value), (old, 3, 2 / 3))
        self.assertEqual((now.definition.version, now.total), (old.version + 1, 4))
        self.assertTrue(closed.is_intact)
        self.assertEqual(closing.adjust(timezone.now()), 0)

    def test_what_the_board_says(self):
        t = self.town
        answer = self.page(t.dispatcher, f"/api/v1/figures/{t.community.code}/{MARCH}").json()
        said = {figure["key"]: figure for figure in answer["figures"]}
        self.assertEqual(said["filed"]["value"], 4)
        # One of three was accepted late; the one withdrawn before it was due is left out, and says why.
        self.assertAlmostEqual(said["accept"]["value"], 2 / 3)
        self.assertEqual([row["key"] for row in said["accept"]["left_out"]], ["withdrawn"])
        # The redo stands open and late: it speaks for the request that had been done in time at first.
        self.assertEqual({part["key"]: part["number"] for part in said["on_time"]["parts"]}, {"met": 1, "missed": 2})
        self.assertEqual(said["redone"]["value"], 1 / 2)
        self.assertEqual(said["time"]["total"], 2)
        of_officer = self.page(t.officer, f"/api/v1/figures/{t.sanitation.code}/{MARCH}").json()
        self.assertNotIn("accept", [figure["key"] for figure in of_officer["figures"]])

    def test_a_month_is_closed_once_and_what_changes_later_stands_beside_it(self):
        t = self.town
        url = f"/figures/{t.street.code}/close/{MARCH}"
        self.client.force_login(t.supervisor)
        self.assertContains(self.client.get(f"/figures/{t.street.code}/{MARCH}"), f'action="{url}"')
        self.assertRedirects(self.client.post(url), f"/figures/{t.street.code}/{MARCH}")
        self.client.post(url)
        closed = MonthClose.objects.get()
        self.assertTrue(closed.is_intact)
        at = closed.closed_at + timedelta(minutes=1)
        self.assertEqual(closing.adjust(at), 0)
        workflow.take(self.case, Act.FULFIL, by=t.officer, note="又修好了", at=at)
        workflow.file(
            by=t.resident, estate=t.estate, category=t.lamp, text="补录", contact_phone="19900000001", at=MONDAY
        )
        self.assertGreater(closing.adjust(at + HOUR), 0)
        # Looked at again, nothing new is found; and what was closed stays.
        self.assertEqual(closing.adjust(at + 2 * HOUR), 0)
        line = Adjustment.objects.get(place=t.street.code, figure="filed")
        self.assertEqual((line.was, line.now), ({"filed": 4}, {"filed": 5}))
        closed.refresh_from_db()
        self.assertTrue(closed.is_intact)
        page = self.client.get(f"/figures/{t.street.code}/{MARCH}")
        self.assertContains(page, closed.digest)
        closed.content["counts"][t.street.code]["filed"]["filed"] = 9
        self.assertFalse(closed.is_intact)

    def test_the_running_month_is_not_closed_nor_are_months_of_others(self):
        t = self.town
        self.client.force_login(t.supervisor)
        self.client.post(f"/figures/{t.street.code}/close/")
        self.assertEqual(self.client.post(f"/figures/{t.other_street.code}/close/{MARCH}").status_code, 404)
        self.client.force_login(t.auditor)
        self.assertEqual(self.client.post(f"/figures/{t.street.code}/close/{MARCH}").status_code, 404)
        self.assertFalse(MonthClose.objects.exists())

    def test_the_file_says_on_its_second_sheet_how_each_figure_is_counted(self):
        t = self.town
        answer = self.page(t.dispatcher, f"/figures/{t.community.code}/file/{MARCH}")
        book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        numbers, words = (list(sheet.values) for sheet in book.worksheets)
        self.assertEqual(numbers[1][2], 4)
        self.assertEqual(len(words), 1 + 14 + 1)
        self.assertIn("满意率 =（满意 + 0.9 × 基本满意）÷ 有效回访件数。", {row[3] for row in words})

    def test_versions_side_by_side_and_months_that_are_none(self):
        t = self.town
        self.assertContains(self.page(t.dispatcher, f"/figures/{t.community.code}/versions/{MARCH}"), "v1")
        for wrong in ("?month=2025-13", "?month=gestern", "?month=1900-01", "?month=9999-12"):
            self.assertEqual(self.client.get(f"/figures/{t.community.code}/{wrong}").status_code, 404)
        for wrong in (
            "nothing/all/",
            "on_time/nothing/",
            "on_time/all/?by=moon&member=1",
            "on_time/all/?version=7",
            "on_time/all/?by=category&member=999999999999999999999",
            "on_time/all/?by=street&member=东街",
            "on_time/all/?estate=９９９９９９９９９９９９９９９９９９９９",
        ):
            self.assertEqual(self.client.get(f"/figures/{t.community.code}/{wrong}").status_code, 404)

    def test_ones_own_page_says_what_one_did(self):
        page = self.page(self.town.clerk, f"/figures/{MARCH}").content.decode()
        found = re.search(r'href="(/figures/done/accept/\?month=2025-03)">(\d+)<', page)
        self.assertEqual(TOTAL.search(self.client.get(found[1]).content.decode())[1], found[2])

    def test_a_board_costs_at_most_fifteen_queries_also_before_the_sweep(self):
        t = self.town
        self.client.force_login(t.supervisor)
        for folded in (False, True):
            if folded:
                counters.fold(MONDAY + 30 * DAY)
            with CaptureQueriesContext(connection) as queries:
                self.client.get(f"/figures/{t.community.code}/{MARCH}")
            said = [query["sql"][:90] for query in queries.captured_queries]
            self.assertLessEqual(len(said), 15, "\n".join(said))
