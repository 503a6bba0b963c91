"""Which departments are proposed, in which order, and what is said about each."""

import pytest

from requests_app.journey import routing, workflow
from requests_app.models import Act, Precedent, ServiceRequest
from tests import town as towns
from tests.town import DAY, HOUR, MONDAY

pytestmark = pytest.mark.django_db
LATER = MONDAY + 30 * DAY


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


def read(case):
    """The case as pages read it."""
    return ServiceRequest.objects.for_page().prefetch_related("assignments__unit", "deadlines").get(pk=case.pk)


def asked(t, at=LATER, **fields):
    """(department, its reasons) in order, for a new request about the lamp."""
    case = read(towns.filed(t, at, **fields))
    return [(one.department, [str(reason) for reason in one.reasons]) for one in routing.proposals(case, at)]


def departments(t, at=LATER, **fields):
    return [unit for unit, _reasons in asked(t, at, **fields)]


def ruled(t, first, officer, act, at=MONDAY, **facts):
    """A request that went to ``first``, came back and was ruled on."""
    case = towns.dispatched(t, at, lead=first)
    case = workflow.take(case, Act.RETURN, by=officer, reason=t.not_ours, note="不归我们", at=at)
    return workflow.take(case, act, by=t.dispatcher, note="查清了", at=at, **facts)


def test_a_leafs_route_comes_before_its_groups_and_the_firms_before_the_districts(town):
    towns.Route.objects.create(category=town.lamp.parent, area=town.street, department=town.sanitation, basis="路灯")
    found = asked(town)
    assert [unit for unit, _reasons in found] == [town.firm, town.housing, town.sanitation]
    assert found[0][1] == ["The route for 楼道灯 in 平城区: 楼道照明由物业维护"]
    assert found[2][1] == ["The route for 照明 in 东街街道: 路灯"]


def test_a_smaller_area_comes_before_a_larger_one(town):
    towns.Route.objects.create(category=town.lamp, area=town.community, department=town.sanitation)
    found = asked(town)
    assert found[0] == (town.sanitation, ["The route for 楼道灯 in 槐树社区 names it."])


def test_a_ruling_for_another_lifts_that_one_and_puts_the_one_let_go_last(town):
    ruled(town, town.housing, town.warden, Act.UPHOLD, lead=town.sanitation)
    found = asked(town)
    assert [unit for unit, _reasons in found] == [town.sanitation, town.firm, town.housing]
    assert found[0][1][0] == "The ruling of 2025-03 gave such a request to it (槐树社区), so it goes first."
    assert found[2][1][0] == (
        "The ruling of 2025-03 took such a request from it and gave it to 环境卫生中心 (槐树社区), so it goes last."
    )


def test_a_return_overruled_puts_the_one_that_must_do_it_first(town):
    ruled(town, town.housing, town.warden, Act.OVERRULE)
    assert departments(town) == [town.housing, town.firm]


def test_the_nearest_ruling_counts_not_the_newest(town):
    t = town
    ruled(t, t.housing, t.warden, Act.UPHOLD, lead=t.sanitation)
    elsewhere = {"by": t.neighbour, "estate": t.other_estate, "building": None}
    case = towns.filed(t, MONDAY + DAY, **elsewhere)
    at = MONDAY + DAY
    case = workflow.take(case, Act.REFER, by=t.other_clerk, note="修不了", at=at)
    case = workflow.take(case, Act.DISPATCH, by=t.other_dispatcher, lead=t.sanitation, at=at)
    case = workflow.take(case, Act.RETURN, by=t.officer, reason=t.not_ours, note="归房管", at=at)
    workflow.take(case, Act.UPHOLD, by=t.other_dispatcher, lead=t.housing, at=at)
    assert departments(t)[0] == t.sanitation
    assert departments(t, **elsewhere)[0] == t.housing


def test_rulings_about_other_kinds_change_no_order(town):
    case = workflow.take(towns.filed(town, category=town.rubbish), Act.REFER, by=town.clerk, note="多", at=MONDAY)
    case = workflow.take(case, Act.DISPATCH, by=town.dispatcher, lead=town.housing, at=MONDAY)
    case = workflow.take(case, Act.RETURN, by=town.warden, reason=town.not_ours, note="归环卫", at=MONDAY)
    workflow.take(case, Act.UPHOLD, by=town.dispatcher, lead=town.sanitation, at=MONDAY)
    assert departments(town) == [town.firm, town.housing]


def test_a_ruling_of_more_than_two_years_ago_counts_no_more(town):
    ruled(town, town.housing, town.warden, Act.UPHOLD, lead=town.sanitation)
    assert departments(town, MONDAY + 731 * DAY) == [town.firm, town.housing]


def test_what_was_done_in_the_street_is_said_and_proposes_who_did_it(town):
    for _number in range(3):
        towns.dispatched(town)
    towns.dispatched(town, lead=town.firm)
    found = dict(asked(town))
    assert list(found) == [town.firm, town.housing, town.sanitation]
    assert found[town.sanitation] == [
        "In the past 180 days 3 of 4 such requests in 东街街道 went to it; none was returned."
    ]
    assert (
        found[town.firm][-1] == "In the past 180 days 1 of 4 such requests in 东街街道 went to it; none was returned."
    )


def test_practice_of_another_street_or_long_ago_says_nothing(town):
    towns.dispatched(town)
    assert departments(town, MONDAY + 181 * DAY) == [town.firm, town.housing]
    elsewhere = {"by": town.neighbour, "estate": town.other_estate, "building": None}
    assert departments(town, **elsewhere) == [town.housing]


def test_a_department_that_is_mostly_let_go_sinks_and_says_so(town):
    for _number in range(2):
        case = towns.dispatched(town, lead=town.firm)
        case = workflow.take(case, Act.RETURN, by=town.fitter, reason=town.not_ours, note="不归我们", at=MONDAY)
        workflow.take(case, Act.UPHOLD, by=town.dispatcher, lead=town.housing, at=MONDAY)
    Precedent.objects.all().delete()
    found = asked(town)
    assert [unit for unit, _reasons in found] == [town.housing, town.firm]
    assert found[1][1][1:] == [
        "In the past 180 days 2 of 4 such requests in 东街街道 went to it; it returned 2.",
        "Most of them were taken from it again, so it goes last.",
    ]


def test_the_firm_of_another_estate_is_never_proposed(town):
    ruled(town, town.housing, town.warden, Act.UPHOLD, lead=town.firm)
    towns.Estate.objects.filter(pk=town.estate.pk).update(property_firm=None)
    town.estate.refresh_from_db()
    assert departments(town) == [town.housing]


def test_a_department_out_of_service_is_not_proposed(town):
    ruled(town, town.housing, town.warden, Act.UPHOLD, lead=town.sanitation)
    towns.Unit.objects.filter(pk__in=[town.sanitation.pk, town.firm.pk]).update(is_active=False)
    assert departments(town) == [town.housing]


def test_whoever_returned_this_very_request_is_told_apart(town):
    case = towns.returned(town)
    case = read(workflow.take(case, Act.UPHOLD, by=town.dispatcher, lead=town.housing, at=MONDAY + HOUR))
    found = {one.department: one for one in routing.proposals(case, MONDAY + HOUR)}
    assert found[town.sanitation].is_last
    assert str(found[town.sanitation].reasons[0]).startswith("It returned this very request.")
    # Its own ruling is its history, no precedent.
    assert not found[town.housing].is_first


def test_the_first_receiver_is_told_apart_once_another_has_it(town):
    case = towns.dispatched(town)
    case = read(workflow.take(case, Act.REASSIGN, by=town.dispatcher, lead=town.housing, note="?", at=MONDAY))
    found = {one.department: one for one in routing.proposals(case, MONDAY)}
    assert str(found[town.sanitation].reasons[0]).startswith("It had this request first.")


def test_what_a_department_has_in_hand_is_for_information(town):
    towns.dispatched(town, lead=town.housing)
    towns.dispatched(town, MONDAY + 29 * DAY, lead=town.housing)
    case = read(towns.filed(town, LATER))
    found = {one.department: str(one.load) for one in routing.proposals(case, LATER)}
    assert found[town.housing] == "In hand: 2, of them late: 1."
    assert found[town.firm] == "In hand: 0, of them late: 0."


def test_who_assisted_before_is_named_with_how_often(town):
    towns.dispatched(town, assist=[town.housing])
    towns.dispatched(town, assist=[town.housing, town.sweepers])
    case = read(towns.filed(town, LATER))
    advice = routing.advise_each([case], LATER)[case.pk]
    assert advice.assistants == [(town.housing, 2), (town.sweepers, 1)]


def test_five_queries_for_one_case_and_for_twenty(town, django_assert_num_queries):
    ruled(town, town.housing, town.warden, Act.UPHOLD, lead=town.sanitation)
    for number in range(20):
        towns.filed(town, LATER, category=town.lamp if number % 2 else town.rubbish)
    cases = ServiceRequest.objects.for_page().prefetch_related("assignments")
    for number in (1, 20):
        some = list(cases.filter(status="filed")[:number])
        with django_assert_num_queries(5):
            assert len(routing.advise_each(some, LATER)) == number


def test_the_same_question_gets_the_same_answer(town):
    for lead in (town.sanitation, town.sweepers, town.housing, town.firm):
        towns.dispatched(town, lead=lead)
    assert departments(town) == departments(town) == [town.firm, town.housing, town.sanitation, town.sweepers]
