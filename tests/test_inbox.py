"""The inbox: what happened, newest first, unread until it is opened."""

import pytest

from requests_app.journey import workflow
from requests_app.models import Act, Notice
from tests import town as towns
from tests.town import HOUR, MONDAY

pytestmark = pytest.mark.once

INBOX = "/inbox/"


def unread(person):
    return Notice.objects.for_reader(person).unread().count()


def test_the_resident_reads_what_happened_newest_first(client_of, town):
    case = towns.signed(town)
    workflow.take(case, Act.TELL, by=town.officer, note="明天上午来", at=MONDAY + HOUR)
    rows = client_of(town.resident).get(INBOX).context["rows"]
    assert rows[0]["notice"].event.act == Act.TELL
    assert "明天上午来" in client_of(town.resident).get(INBOX).text


def test_opening_one_marks_it_read_and_leads_to_the_case(client_of, town):
    case = towns.accepted(town)
    before = unread(town.resident)
    notice = Notice.objects.for_reader(town.resident).first()
    assert client_of(town.resident).get(f"{INBOX}{notice.pk}/")["Location"] == case.get_absolute_url()
    assert unread(town.resident) == before - 1


def test_nobody_opens_another_persons_message(client_of, town):
    towns.accepted(town)
    notice = Notice.objects.for_reader(town.resident).first()
    assert client_of(town.neighbour).get(f"{INBOX}{notice.pk}/").status_code == 404
    assert unread(town.resident) > 0


def test_all_are_marked_read_with_one_button(client_of, town):
    towns.signed(town)
    neighbours = unread(town.clerk)
    assert client_of(town.resident).post(INBOX).status_code == 302
    assert unread(town.resident) == 0
    assert unread(town.clerk) == neighbours


def test_looking_at_the_list_leaves_them_unread(client_of, town):
    towns.signed(town)
    before = unread(town.resident)
    page = client_of(town.resident).get(INBOX)
    assert page.context["unread"] == before
    assert unread(town.resident) == before


def test_residents_read_no_internal_words(client_of, town):
    towns.returned(town)
    assert "归房管" not in client_of(town.resident).get(INBOX).text


def test_nobody_is_called_to_work_on_a_request_of_their_own(town):
    """The lamp is out on 老高's own stairs, and his centre gets the work: he hears of it as the resident he is."""
    case = towns.filed(town, by=town.officer)
    workflow.take(case, Act.REFER, by=town.clerk, note="院里修不了", at=MONDAY)
    workflow.take(case, Act.DISPATCH, by=town.dispatcher, lead=town.sanitation, assist=[town.firm], at=MONDAY)
    workflow.take(case, Act.WAIVE, by=town.dispatcher, assistant=town.firm, at=MONDAY)
    notices = Notice.objects.for_reader(town.officer)
    assert {notice.kind for notice in notices} == {Notice.Kind.NEWS}
    assert all(notice.event.is_public for notice in notices)


def test_an_empty_inbox_says_so(client_of, town):
    assert client_of(town.neighbour).get(INBOX).context["rows"] == []


def test_the_list_costs_the_same_for_one_and_for_twenty(client_of, town, django_assert_max_num_queries):
    clerk = client_of(town.clerk)

    def cost():
        with django_assert_max_num_queries(12) as seen:
            assert clerk.get(INBOX).status_code == 200
        return len(seen)

    towns.filed(town)
    few = cost()
    for _time in range(19):
        towns.filed(town)
    assert cost() == few
