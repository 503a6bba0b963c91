"""Ball in court: one holder at every moment, and legs that add up to the whole."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from requests_app.journey import workflow
from requests_app.journey.legs import held_between, legs, shares, sums
from requests_app.models import Act, Holder, ServiceRequest
from tests import town as towns
from tests.town import DAY, HOUR, MONDAY

BEGIN = datetime(2025, 3, 1, tzinfo=UTC)
HANDS = st.tuples(st.sampled_from(Holder.values), st.sampled_from(["甲", "乙", None]), st.integers(0, 10_000))


def events_of(hands):
    """Events with those holders, each so many minutes after the one before."""
    at, events = BEGIN, []
    for holder, unit, minutes in hands:
        at += timedelta(minutes=minutes)
        events.append(SimpleNamespace(holder=holder, holder_unit=unit, at=at))
    return events


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(HANDS, min_size=1, max_size=30), st.integers(1, 10_000))
def test_legs_follow_each_other_and_add_up_to_the_whole(hands, minutes):
    events = events_of(hands)
    until = events[-1].at + timedelta(minutes=minutes)
    found = legs(events, until)
    assert sum((leg.duration for leg in found), timedelta()) == until - events[0].at
    assert (found[0].begin, found[-1].end) == (events[0].at, until)
    assert all(one.end == other.begin for one, other in pairwise(found))
    # Whoever an event names has the case until the next one.
    for event in events:
        at_that_moment = [leg for leg in found if leg.begin <= event.at < leg.end]
        last = [other for other in events if other.at == event.at][-1]
        assert [(leg.holder, leg.unit) for leg in at_that_moment] == [(last.holder, last.holder_unit)]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(HANDS, min_size=1, max_size=30), st.integers(1, 10_000))
def test_the_bars_fill_the_whole_and_the_sums_are_those_of_the_legs(hands, minutes):
    events = events_of(hands)
    found = legs(events, events[-1].at + timedelta(minutes=minutes))
    bars = shares(found)
    assert sum(length for _leg, _begin, length in bars) == (1000 if bars else 0)
    held = sum((leg.duration for leg in found if leg.holder), timedelta())
    assert sum((time for _holder, _unit, time in sums(found)), timedelta()) == held


@pytest.fixture
def walked(town):
    """One hour at the branch, two at the community, a day at the department, an hour at the resident, then closed."""
    t, at = town, MONDAY
    case = towns.filed(t, at)
    case = workflow.take(case, Act.REFER, by=t.clerk, note="修不了", at=(at := at + HOUR))
    case = workflow.take(case, Act.DISPATCH, by=t.dispatcher, lead=t.sanitation, at=(at := at + 2 * HOUR))
    case = workflow.take(case, Act.SIGN, by=t.officer, at=at + HOUR)
    case = workflow.take(case, Act.FULFIL, by=t.officer, note="修好了", at=(at := at + DAY))
    answers = {"contacted": True, "solved": True, "satisfaction": "good"}
    return workflow.take(case, Act.RATE, by=t.resident, at=at + HOUR, **answers)


@pytest.mark.django_db
def test_a_walk_in_legs(town, walked):
    events = list(walked.events.select_related("holder_unit").order_by("serial"))
    found = legs(events, MONDAY + 5 * DAY)
    said = [(leg.holder.value, leg.unit and leg.unit.name, leg.duration) for leg in found]
    assert said[:4] == [
        ("branch", "槐树院党支部", HOUR),
        ("community", "槐树社区", 2 * HOUR),
        ("department", "环境卫生中心", DAY),
        ("resident", None, HOUR),
    ]
    assert said[4][:2] == ("", None)


@pytest.mark.django_db
def test_the_sums_of_a_month_are_those_of_its_legs(town, walked):
    open_one = towns.filed(town, MONDAY)
    begin, end = MONDAY + 30 * timedelta(minutes=1), MONDAY + 4 * HOUR
    rows = {
        (row["holder"], row["holder_unit"]): (row["time"], row["cases"])
        for row in held_between(ServiceRequest.objects.all(), begin, end)
    }
    t = town
    assert rows == {
        ("branch", t.branch.pk): (timedelta(minutes=30) + (end - begin), 2),
        ("community", t.community.pk): (2 * HOUR, 1),
        ("department", t.sanitation.pk): (HOUR, 1),
    }
    assert open_one.held_since == MONDAY
    assert ServiceRequest.objects.get(pk=walked.pk).held_since is None


@pytest.mark.django_db
def test_a_month_that_is_none_is_not_found(client, town):
    client.force_login(town.supervisor)
    assert client.get("/desk/supervisor/held/?month=2025-03").status_code == 200
    for wrong in ("2025-13", "gestern", "1900-01", "9999-12"):
        assert client.get(f"/desk/supervisor/held/?month={wrong}").status_code == 404
