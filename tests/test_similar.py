"""Similar earlier cases: likest first, only what the reader may see, at the same cost however many there are."""

import pytest

from requests_app.journey import workflow
from requests_app.models import Act, Status
from requests_app.similar import overlap, pairs_of, similar_cases
from services.models import Building
from tests import town as world
from tests.town import DAY, HOUR, MONDAY

pytestmark = pytest.mark.django_db


def found(case, reader, **which):
    return [one.case for one in similar_cases(case, reader, **which)]


@pytest.fixture
def elsewhere(town):
    return Building.objects.create(estate=town.estate, code="HSY07", name="7栋", order=7)


def test_the_same_building_comes_first_then_the_category_then_the_words_then_the_newest(town, elsewhere):
    t = town
    lighting = t.lamp.parent
    yard_lamp = type(t.lamp).objects.create(code="yard-lamp", parent=lighting, name="路灯", urgency="help")
    older = world.filed(t, MONDAY, building=elsewhere, text="门口路灯不亮")
    newer = world.filed(t, MONDAY + HOUR, building=elsewhere, text="门口路灯不亮")
    in_words = world.filed(t, MONDAY, building=elsewhere, text="一单元的灯坏了")
    group = world.filed(t, MONDAY, category=yard_lamp, text="路灯")
    building = world.filed(t, MONDAY, text="完全不同的话")
    world.filed(t, MONDAY, category=t.rubbish, text="一单元的灯坏了三天")
    case = world.filed(t, MONDAY + DAY, text="一单元的灯坏了三天")
    assert found(case, t.clerk, most=9) == [building, group, in_words, newer, older]
    assert found(case, t.clerk) == [building, group, in_words]


def test_later_ones_are_not_shown_but_may_be_merged_into(town):
    case, later = world.filed(town, MONDAY), world.filed(town, MONDAY + DAY)
    assert found(case, town.clerk) == []
    assert found(case, town.clerk, statuses=[Status.FILED]) == [later]


def test_nobody_sees_what_is_not_theirs(town):
    t = town
    led = world.dispatched(t)
    world.filed(t)
    case = world.dispatched(t, MONDAY + DAY)
    assert found(case, t.officer) == [led]
    assert found(case, t.other_clerk) == []
    assert len(found(case, t.clerk)) == 2


def test_it_says_how_they_ended(town):
    t = town
    settled, declined, open_again = world.settled(t), world.declined(t), world.settled(t)
    workflow.take(open_again, Act.CONTEST, by=t.resident, note="又灭了", at=MONDAY)
    ends = {one.case: (one.sentence, one.report) for one in similar_cases(world.filed(t, MONDAY + DAY), t.clerk)}
    assert ends[settled][1] == "换了灯泡"
    assert "已进入诉讼程序" in ends[declined][0]
    assert ends[open_again] == ("", "")


def test_it_costs_two_queries_however_many_there_are(town, django_assert_num_queries):
    for _number in range(4):
        world.filed(town)
    case = world.filed(town, MONDAY + DAY)
    reader = town.clerk
    assert similar_cases(case, reader)  # the memberships are read once for the whole request
    with django_assert_num_queries(2):
        assert len(similar_cases(case, reader)) == 3


def test_a_category_that_has_become_a_group_is_like_those_under_it(town):
    t = town
    earlier = world.filed(t, category=t.burst)
    type(t.burst).objects.filter(pk=t.burst.pk).update(parent=t.lamp.parent)
    type(t.lamp).objects.filter(pk=t.lamp.parent.pk).update(parent=None)
    case = world.filed(t, MONDAY + DAY)
    case.category_id = t.lamp.parent_id
    case.save(update_fields=["category"])
    case.refresh_from_db()
    assert found(case, t.clerk) == [earlier]


def test_words_in_common_are_pairs_of_letters(town):
    assert pairs_of("一单元，灯！ＡＢ") == {"一单", "单元", "ab"}
    assert overlap(pairs_of("灯坏了"), pairs_of("灯坏了")) == 1
    assert overlap(pairs_of("灯"), pairs_of("灯")) == 0
    assert 0 < overlap(pairs_of("楼道灯坏了"), pairs_of("灯坏了三天")) < 1
