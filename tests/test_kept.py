"""Queries that are put together once."""

from datetime import timedelta

import pytest
from django.db.models import Q

from requests_app.models import Event, ServiceRequest
from services.kept import MOST, Kept
from services.models import Unit
from tests import town as towns
from tests.town import DAY, MONDAY


@pytest.fixture
def counted():
    """A queryset that counts how often it was made."""

    def build(estate, since):
        build.times += 1
        return ServiceRequest.objects.filter(estate=estate, created_at__gte=since).order_by("pk")

    build.times = 0
    return build


def test_other_values_find_other_rows_and_nothing_is_made_anew(town, counted):
    lamp, late, elsewhere = towns.filed(town), towns.filed(town, MONDAY + 2 * DAY), towns.elsewhere(town)
    kept = Kept(counted)
    assert list(kept(town.estate.pk, MONDAY)) == [lamp, late]
    assert list(kept(town.estate.pk, MONDAY + DAY)) == [late]
    assert list(kept(town.other_estate.pk, MONDAY)) == [elsewhere]
    assert kept.one(town.other_estate.pk, MONDAY + DAY) is None
    assert counted.times == 2  # of two sets of marks, for the only shape there is


def test_rows_come_with_what_is_joined_annotated_and_prefetched(town, django_assert_num_queries):
    case = towns.accepted(town)
    joined = Kept(lambda pk: ServiceRequest.objects.for_page().prefetch_related("events__unit").filter(pk=pk))
    joined.one(case.pk)
    with django_assert_num_queries(3):
        read = joined.one(case.pk)
        names = (
            read.estate.name,
            read.branch.parent.name,
            [event.unit and event.unit.name for event in read.events.all()],
        )
        assert names == ("槐树院", "槐树社区", [None, "槐树院党支部"])
        assert not read.has_merged
        assert not read.has_photos


def test_rows_can_be_tuples_and_as_many_as_there_are_keys(town):
    cases = [towns.filed(town), towns.neighbours(town)]
    kept = Kept(
        lambda *keys: ServiceRequest.objects.filter(pk__in=keys).order_by("pk").values_list("pk", "text", named=True)
    )
    assert [row.text for row in kept(*(case.pk for case in cases))] == [case.text for case in cases]
    assert [row.pk for row in kept(cases[0].pk)] == [cases[0].pk]


def test_related_rows_are_hung_on_their_owner(town, django_assert_num_queries):
    case, kept = towns.accepted(town), Kept(lambda case: Event.objects.filter(case=case))
    with django_assert_num_queries(1):
        kept.hang_on(case, "events", case.pk)
        assert [event.act for event in case.events.all()] == ["file", "accept"]
        assert all(event.case is case for event in case.events.all())
    assert case.events.filter(act="accept").count() == 1


def test_a_shape_is_a_query_of_its_own(town):
    cases = towns.filed(town), towns.settled(town)

    def build(estate, *, open_only):
        found = ServiceRequest.objects.filter(estate=estate).order_by("pk")
        return found.filter(status="filed") if open_only else found

    kept = Kept(build)
    assert list(kept(town.estate.pk, open_only=False)) == list(cases)
    assert list(kept(town.estate.pk, open_only=True)) == [cases[0]]
    assert list(kept(town.estate.pk, open_only=False)) == list(cases)


@pytest.mark.parametrize(
    "build",
    [
        lambda at: Event.objects.filter(at__gte=at - timedelta(days=30)),
        lambda at: Event.objects.filter(at__date=at.date()),
    ],
)
def test_what_is_made_of_a_value_is_found_out(db, build):
    with pytest.raises(ValueError, match="something else than its values"):
        Kept(build)(MONDAY)


def test_what_is_made_of_words_is_found_out(db):
    with pytest.raises(ValueError, match="something else than its values"):
        Kept(lambda name: Unit.objects.filter(Q(name=name) | Q(name__contains=name)))("槐树社区")


@pytest.mark.parametrize("value", [None, True, 1.5])
def test_a_value_of_another_kind_is_refused(db, value):
    with pytest.raises(TypeError, match="no value of a kept query"):
        Kept(lambda pk: Unit.objects.filter(pk=pk))(value)


def test_it_is_read_as_it_is(town):
    found = Kept(lambda kind: Unit.objects.filter(kind=kind))("district")
    with pytest.raises(TypeError, match="as it is"):
        found.filter(code="140213")
    assert len(found) == 1
    assert bool(found)


def test_a_number_larger_than_any_key_finds_nothing(town):
    kept = Kept(lambda pk: Unit.objects.filter(pk=pk))
    assert kept.one(town.district.pk) == town.district
    assert kept.one(10**30) is None


def test_a_shape_that_can_find_nothing_finds_nothing(town):
    case = towns.filed(town)
    kept = Kept(lambda pk, *tracked: ServiceRequest.objects.filter(pk=pk, pk__in=tracked))
    assert kept.one(case.pk) is None
    assert kept.one(case.pk, case.pk) == case
    assert kept(case.pk).count() == 0


def test_too_many_shapes_are_made_anew(town):
    kept = Kept(lambda pk, *, shape: Unit.objects.filter(pk=pk))
    kept.plans = dict.fromkeys(range(MOST))
    assert kept.one(town.district.pk, shape=1) == town.district
    assert len(kept.plans) == MOST
