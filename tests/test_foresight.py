"""Before anybody asks: weeks counted once, expected where both years had it, and filed through the one door."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from requests_app.figures import weeks
from requests_app.figures.weeks import WEEK, YEAR, carry_over, expected, heat_of, monday_of
from requests_app.journey import sampling
from requests_app.models import CountedWeek, Draft, ServiceRequest, WeekCount
from tests import town as towns
from tests.town import DAY, MONDAY

pytestmark = pytest.mark.django_db
NOW = MONDAY + 54 * WEEK  # 16 March 2026


def years(town, at=NOW, estate=None, numbers=(3, 2), week=2):
    """So many lamps in that week to come, last year and the year before."""
    for back, number in enumerate(numbers, 1):
        carry_over(monday_of(at) + (week - back * YEAR) * WEEK, {(estate or town.estate, town.lamp): number})


def test_a_week_is_counted_once_it_is_over_at_every_place_above(town):
    towns.filed(town, MONDAY)
    towns.filed(town, MONDAY + DAY)
    towns.filed(town, MONDAY + DAY, source="preventive")
    towns.filed(town, MONDAY + 7 * DAY)
    assert weeks.fold(MONDAY + 6 * DAY, most=3) == 3
    assert not WeekCount.objects.exists()
    weeks.fold(MONDAY + 8 * DAY)
    assert weeks.fold(MONDAY + 8 * DAY) == 0
    places = {"140213", town.street.code, town.community.code, town.branch.code, f"estate:{town.estate.pk}"}
    counted = WeekCount.objects.filter(monday=date(2025, 3, 3))
    assert {(row.place, row.cases) for row in counted} == {(place, 2) for place in places}
    # What was taken over stands beside what was counted.
    carry_over(date(2025, 3, 3), {(town.estate, town.lamp): 5})
    weeks.count_week(date(2025, 3, 3))
    assert set(counted.values_list("cases", "carried")) == {(2, 5)}
    counted.update(cases=7)
    assert (weeks.prove(MONDAY + 8 * DAY), weeks.prove(MONDAY + 8 * DAY)) == (1, 0)
    assert set(counted.values_list("cases", flat=True)) == {2}
    assert CountedWeek.objects.count() == 104


def test_trouble_is_expected_where_both_years_had_it_often_enough(town):
    years(town)
    years(town, estate=town.other_estate, numbers=(9, 0), week=3)
    (one,) = expected(NOW, unit=town.district)
    assert (one.estate, one.category, one.last_year, one.year_before) == (town.estate, town.lamp, 3, 2)
    assert one.weeks == [monday_of(NOW) + 2 * WEEK]
    assert expected(NOW, unit=town.other_street) == []
    assert expected(NOW, estate=town.estate) == [one]
    # The season is over.
    assert expected(NOW + 4 * WEEK, unit=town.district) == []
    heat = heat_of(town.street.code, NOW)
    ((category, cells, total),) = heat.rows
    assert (category, total, cells[2].number, cells[2].shade, cells[3].number) == (town.lamp, 5, 5, 4, 0)
    assert heat.totals[2] == 5


def test_a_preventive_case_is_filed_through_the_pages_by_those_who_serve(client_of, town):
    now = timezone.now()
    years(town, now)
    clerk = client_of(town.clerk)
    page = clerk.get("/foresight/")
    (row,) = page.context["expected"]
    assert row["may_file"]
    assert "5" in row["why"]
    sent = {"estate": "HSY", "category": town.lamp.code}
    assert client_of(town.supervisor).post("/foresight/prevent/", sent).status_code == 404
    assert client_of(town.resident).post("/foresight/prevent/", sent).status_code == 404
    leads_to = clerk.post("/foresight/prevent/", sent)["Location"]
    draft = Draft.objects.get()
    assert leads_to == f"/file/{draft.pk}/place/"
    for step, typed in (
        ("place", {"building": town.building.pk}),
        ("words", draft.data["pages"]["words"]),
        ("contact", {"contact_name": "小林", "contact_phone": "19900000088"}),
    ):
        assert clerk.post(f"/file/{draft.pk}/{step}/", typed).status_code == 302
    clerk.post(f"/file/{draft.pk}/check/")
    case = ServiceRequest.objects.get()
    assert (case.source, case.filed_by, case.category) == ("preventive", town.clerk, town.lamp)
    assert "5" in case.text
    # Nobody is called about it, and it is on the page.
    assert sampling.rate_for(case) == 0
    assert clerk.get("/foresight/").context["expected"][0]["done"] == case


def test_who_looks_ahead_and_what_it_costs(client_of, town, django_assert_max_num_queries):
    now, counts = timezone.now(), []
    for number in (1, 2, 3):
        years(town, now, numbers=(3, 3), week=number)
        years(town, now, estate=town.other_estate, numbers=(4, 4), week=number + 3)
        with django_assert_max_num_queries(32) as seen:
            assert client_of(town.auditor).get("/foresight/").status_code == 200
        counts.append(len(seen))
    assert len(set(counts)) == 1
    assert client_of(town.officer).get("/foresight/").status_code == 404
    for wrong in ("?estate=LSY", "?estate=%00", "?estate=\u83ca", "?unit=" + "9" * 60):
        assert client_of(town.clerk).get(f"/foresight/{wrong}").status_code == 404, wrong
    answer = client_of(town.auditor).get("/api/v1/foresight/140213/").json()
    assert {one["estate"]["code"] for one in answer} == {"HSY", "LSY"}


def test_another_registers_counts_are_taken_over_from_a_file(town, tmp_path):
    file = tmp_path / "old.csv"
    file.write_text("week,estate,category,requests\n2025-03-05,HSY,stair-lamp,4\n2025-03-09,HSY,stair-lamp,1\n")
    out = StringIO()
    call_command("carry_over", str(file), stdout=out)
    call_command("carry_over", str(file), stdout=out)
    row = WeekCount.objects.get(estate=town.estate)
    assert (row.monday, row.carried, row.cases) == (date(2025, 3, 3), 5, 0)
    file.write_text("week,estate,category,requests\n2025-03-05,NOWHERE,stair-lamp,4\n")
    with pytest.raises(CommandError, match="line 2"):
        call_command("carry_over", str(file), stdout=out)
