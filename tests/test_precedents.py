"""The precedent book: every ruling is a row, which those who dispatch, rule, work or audit can find again."""

import pytest
from django.urls import reverse

from requests_app.journey import workflow
from requests_app.models import Act, Precedent
from tests import town as towns
from tests.town import DAY, HOUR, MONDAY

pytestmark = pytest.mark.django_db


def upheld(t, at=MONDAY, **facts):
    facts = {"lead": t.housing, "note": "清运归环卫，路灯归房管", **facts}
    return workflow.take(towns.returned(t, at), Act.UPHOLD, by=t.dispatcher, at=at, **facts)


def test_an_upheld_return_is_written_up(town):
    case = upheld(town)
    row = Precedent.objects.get()
    assert (row.case, row.event.act, row.category, row.area) == (case, Act.UPHOLD, town.lamp, town.community)
    assert (row.returned_by, row.decided_for, row.ruled_by) == (town.sanitation, town.housing, town.community)
    assert (row.reason, row.outcome, row.at) == (town.not_ours, "upheld", MONDAY)
    assert row.words == "清运归环卫，路灯归房管"


def test_an_overruled_return_is_written_up(town):
    workflow.take(towns.returned(town), Act.OVERRULE, by=town.dispatcher, note="就归环卫", at=MONDAY)
    row = Precedent.objects.get()
    assert (row.returned_by, row.decided_for, row.outcome) == (town.sanitation, town.sanitation, "overruled")
    assert not row.is_first_receivers


def test_a_second_return_overruled_is_decided_for_the_first_receiver(town):
    case = upheld(town)
    case = workflow.take(case, Act.RETURN, by=town.warden, reason=town.not_ours, note="不归房管", at=MONDAY + HOUR)
    workflow.take(case, Act.OVERRULE, by=town.supervisor, note="首接负责", at=MONDAY + 2 * HOUR)
    row = Precedent.objects.first()
    assert (row.returned_by, row.decided_for, row.ruled_by) == (town.housing, town.sanitation, town.street)
    assert row.is_first_receivers


def test_the_book_names_no_resident(town):
    upheld(town, note="周大娘家的灯，电话19900000001，归房管")
    assert Precedent.objects.get().words == "***家的灯,电话***,归房管"


def test_a_refused_ruling_leaves_nothing_in_the_book(town):
    with pytest.raises(workflow.StepIncomplete):
        workflow.take(towns.returned(town), Act.UPHOLD, by=town.dispatcher, lead=town.sanitation, at=MONDAY)
    assert not Precedent.objects.exists()


def test_those_who_dispatch_rule_work_or_audit_read_the_whole_book(town):
    upheld(town)
    readers = {name for name, person in town.people.items() if Precedent.objects.visible_to(person).exists()}
    assert readers == {
        "dispatcher", "officer", "sweeper", "warden", "fitter", "supervisor", "auditor", "other_dispatcher",
        "other_supervisor",
    }  # fmt: skip


def test_rulings_alike_are_the_nearer_ones_first_then_the_same_kind(town):
    group = town.lamp.parent
    other_lamp = towns.Category.objects.create(code="road-lamp", parent=group, name="路灯", urgency="help")
    rows = {}
    upheld(town)
    first = Precedent.objects.get()
    places = (("far, the same", town.other_community, town.lamp), ("near, another", town.community, other_lamp))
    for number, (name, area, category) in enumerate(places, start=1):
        event = towns.filed(town).events.get()
        values = {"case": event.case, "event": event, "area": area, "category": category, "at": MONDAY + number * DAY}
        units = {"returned_by": town.sanitation, "decided_for": town.housing, "ruled_by": area}
        rows[name] = Precedent.objects.create(outcome="upheld", **values, **units)
    case = towns.filed(town, MONDAY + 5 * DAY)
    assert list(Precedent.objects.alike(case)) == [first, rows["near, another"], rows["far, the same"]]
    assert not Precedent.objects.alike(towns.filed(town, category=town.rubbish)).exists()


# The page and the API


def find(client, person, **query):
    client.force_login(person)
    return client.get(reverse("requests:precedents"), query)


def listed(response):
    return [row["one"].case for row in response.context["rows"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"words": "清运 房管"}, True),
        ({"words": "电梯"}, False),
        ({"category": "lamp"}, True),
        ({"category": "lighting"}, True),
        ({"category": "rubbish"}, False),
        ({"area": "140213001"}, True),
        ({"area": "140213002"}, False),
        ({"unit": "sanitation"}, True),
        ({"unit": "housing"}, True),
        ({"unit": "firm"}, False),
        ({"reason": "not_ours"}, True),
        ({"outcome": "upheld"}, True),
        ({"outcome": "overruled"}, False),
        ({"outcome": "x", "page": "x", "category": "x", "area": "x", "unit": "x"}, True),
    ],
)
def test_the_book_can_be_narrowed(client, town, query, found):
    case = upheld(town)
    rows = {"lamp": town.lamp, "lighting": town.lamp.parent, "rubbish": town.rubbish}
    rows |= {"sanitation": town.sanitation, "housing": town.housing, "firm": town.firm, "not_ours": town.not_ours}
    query = {name: rows[value].pk if value in rows else value for name, value in query.items()}
    assert listed(find(client, town.auditor, **query)) == ([case] if found else [])


def test_a_case_is_linked_only_where_it_is_in_sight(client, town):
    case = upheld(town)
    links = {}
    for person in (town.dispatcher, town.warden, town.fitter, town.other_dispatcher):
        (row,) = find(client, person).context["rows"]
        links[person.username] = row["url"]
    url = case.get_absolute_url()
    assert links == {"dispatcher": url, "warden": url, "fitter": "", "other_dispatcher": ""}


def test_rulings_on_confidential_requests_are_nowhere_in_the_book(client, town):
    case = upheld(town)
    workflow.take(case, Act.CONCEAL, by=town.dispatcher, at=case.last_event_at)
    for person in (town.dispatcher, town.warden, town.auditor):
        assert find(client, person).context["rows"] == []
        assert client.get(reverse("api:precedents")).json()["results"] == []
    other = towns.returned(town, towns.datetime.now(towns.UTC))
    client.force_login(town.dispatcher)
    assert not client.get(reverse("requests:step", args=[other.pk, "uphold"])).context.get("alike")
    workflow.take(case, Act.DISCLOSE, by=town.dispatcher, note="不再保密", at=case.last_event_at)
    assert len(find(client, town.dispatcher).context["rows"]) == 1


def test_the_book_is_not_for_others(client, town):
    upheld(town)
    for person in (town.resident, town.clerk, town.household, town.caller):
        assert find(client, person).status_code == 404, person
        assert client.get(reverse("api:precedents")).json()["results"] == []


@pytest.mark.once
def test_the_book_costs_the_same_for_one_row_and_for_twenty(client, town, django_assert_max_num_queries):
    upheld(town)
    client.force_login(town.auditor)
    counts = []
    for _time in range(2):
        with django_assert_max_num_queries(12) as captured:
            client.get(reverse("requests:precedents"))
        counts.append(len(captured))
        for _number in range(10):
            upheld(town)
    assert counts[0] == counts[1]


def test_programs_read_the_book_and_narrow_it(client, town):
    case = upheld(town)
    client.force_login(town.officer)
    (row,) = client.get(reverse("api:precedents"), {"unit": town.housing.code, "q": "清运"}).json()["results"]
    assert row["decided_for"] == {"code": town.housing.code, "name": "房屋管理所"}
    assert (row["outcome"], row["reason"], row["category"]["code"]) == ("upheld", "不属于本单位职责", "stair-lamp")
    assert "case" not in row
    assert client.get(reverse("api:precedents"), {"unit": town.firm.code}).json()["results"] == []
    assert case.status == "dispatched"


def test_programs_read_proposals_with_their_reasons(client, town):
    now = towns.datetime.now(towns.UTC)
    upheld(town, now)
    case = towns.referred(town, now)
    client.force_login(town.dispatcher)
    answer = client.get(reverse("api:proposals", args=[case.pk])).json()
    assert [row["department"]["name"] for row in answer["proposals"]] == ["房屋管理所", "槐安物业", "环境卫生中心"]
    assert [row["place"] for row in answer["proposals"]] == ["first", "", "last"]
    assert "楼道照明由物业维护" in answer["proposals"][1]["reasons"][0]
    client.force_login(town.resident)
    assert client.get(reverse("api:proposals", args=[case.pk])).status_code == 404
