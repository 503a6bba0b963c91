"""Several rows of a queue at once: each by itself, an outcome for each, and nothing twice."""

import pytest
from django.urls import reverse

from requests_app.journey import bulk, refusals, workflow
from requests_app.models import Act, Event, Status
from tests import town as world

pytestmark = pytest.mark.django_db


@pytest.fixture
def t():
    return world.town()


def ticks(*cases):
    return [f"{case.pk}-{case.event_count}" for case in cases]


def send(client, person, slug, act, values, **more):
    client.force_login(person)
    return client.post(reverse("requests:bulk", args=[slug]), {"act": act, "case": values, **more})


def became(response):
    """The status of each case and whether it was done, in the order of the page."""
    return [(outcome.after.status, outcome.is_done) for outcome in response.context["outcomes"]]


def test_the_queue_offers_a_box_for_each_row_and_what_to_do_with_them(client, t):
    case = world.filed(t)
    client.force_login(t.clerk)
    url = reverse("requests:desk", args=["branch"])
    page = client.get(url).content.decode()
    assert f'value="{case.pk}-1" form="bulk"' in page
    assert 'name="act" value="accept"' in page
    assert 'form="bulk"' not in client.get(url, {"tab": "all"}).content.decode()


def test_each_ticked_request_is_accepted(client, t):
    first, second, left = world.filed(t), world.filed(t), world.filed(t)
    response = send(client, t.clerk, "branch", "accept", ticks(first, second))
    assert became(response) == [(Status.ACCEPTED, True)] * 2
    left.refresh_from_db()
    assert left.status == Status.FILED


def test_what_cannot_be_done_says_why_and_can_be_tried_again(client, t):
    moved, fine = world.filed(t), world.filed(t)
    values = ticks(moved, fine)
    workflow.take(moved, Act.WITHDRAW, by=t.resident)
    response = send(client, t.clerk, "branch", "accept", values)
    assert became(response) == [(Status.WITHDRAWN, False), (Status.ACCEPTED, True)]
    (failed,) = response.context["failed"]
    assert failed.refusal == refusals.NO_SUCH_STEP
    page = response.content.decode()
    assert f'value="{moved.pk}-2" form="bulk" checked' in page
    assert f'value="{fine.pk}-' not in page


def test_a_form_sent_twice_does_nothing_twice_and_says_it_is_done(client, t):
    cases = [world.filed(t), world.filed(t)]
    values = ticks(*cases)
    for _time in range(2):
        assert became(send(client, t.clerk, "branch", "accept", values)) == [(Status.ACCEPTED, True)] * 2
    assert Event.objects.filter(act=Act.ACCEPT).count() == 2


def test_what_somebody_else_did_meanwhile_is_no_success_of_mine(client, t):
    second = world.person("second", "小林二", world.Role.BRANCH, t.branch)
    case = world.filed(t)
    values = ticks(case)
    workflow.take(case, Act.ACCEPT, by=second)
    assert became(send(client, t.clerk, "branch", "accept", values)) == [(Status.ACCEPTED, False)]


def test_more_than_two_hundred_are_refused_whole(client, t):
    case = world.filed(t)
    values = [*ticks(case), *(f"{10**6 + number}-1" for number in range(bulk.AT_MOST))]
    response = send(client, t.clerk, "branch", "accept", values)
    assert response.status_code == 400
    assert "201" in response.content.decode()
    case.refresh_from_db()
    assert case.status == Status.FILED


def test_nothing_ticked_or_nonsense_leads_back_to_the_queue(client, t):
    case = world.filed(t)
    for values in ([], ["x", "1-", "-1", "9" * 40]):
        response = send(client, t.clerk, "branch", "accept", values, next="/desk/branch/?tab=accept")
        assert (response.status_code, response.url) == (302, "/desk/branch/?tab=accept")
    assert send(client, t.clerk, "branch", "dance", ticks(case)).status_code == 302


def test_nobody_reaches_a_case_out_of_sight(client, t):
    case = world.filed(t)
    assert send(client, t.other_clerk, "branch", "accept", ticks(case)).status_code == 302
    assert send(client, t.dispatcher, "branch", "accept", ticks(case)).status_code == 404
    case.refresh_from_db()
    assert case.status == Status.FILED


def test_a_department_signs_several(client, t):
    cases = [world.dispatched(t), world.dispatched(t)]
    assert became(send(client, t.officer, "department", "sign", ticks(*cases))) == [(Status.IN_HAND, True)] * 2


def test_a_fault_in_one_case_does_not_keep_the_others_waiting(client, t):
    urgent, fine = world.filed(t, category=t.burst), world.filed(t)
    world.Limit.objects.filter(step="settle").delete()
    world.Limit.objects.create(step="settle", category=t.lamp, amount=1, time_unit="workdays")
    response = send(client, t.clerk, "branch", "accept", ticks(urgent, fine))
    assert became(response) == [(Status.FILED, False), (Status.ACCEPTED, True)]
    assert response.context["failed"][0].refusal == refusals.FAILED


def test_a_page_may_hold_two_hundred_rows(client, t):
    for _number in range(26):
        world.filed(t)
    client.force_login(t.clerk)
    url = reverse("requests:desk", args=["branch"])
    assert len(client.get(url).context["rows"]) == 25
    response = client.get(url, {"rows": "50"})
    assert len(response.context["rows"]) == 26
    assert [link["rows"] for link in response.context["sizes"]] == [25, 50, 100, 200]
    assert len(client.get(url, {"rows": "5000"}).context["rows"]) == 25


# Dispatching several


@pytest.fixture
def now():
    return world.datetime.now(world.UTC)


def preview(client, t, cases, **more):
    return send(client, t.dispatcher, "community", "dispatch", ticks(*cases), **more)


def test_dispatching_several_shows_each_with_its_first_proposal_and_does_nothing_yet(client, t, now):
    lamp, rubbish = world.referred(t, now), referred(t, now, t.rubbish)
    response = preview(client, t, [lamp, rubbish])
    assert [row["chosen"].department for row in response.context["rows"]] == [t.firm, t.sanitation]
    page = response.content.decode()
    assert "楼道照明由物业维护" in page
    assert page.count("checked") >= 2
    lamp.refresh_from_db()
    assert lamp.status == Status.REFERRED


def referred(t, at, category):
    case = workflow.take(world.filed(t, at, category=category), Act.ACCEPT, by=t.clerk, at=at)
    return workflow.take(case, Act.REFER, by=t.clerk, note="修不了", at=at)


def test_each_goes_to_the_department_of_its_row_with_the_same_instructions(client, t, now):
    lamp, rubbish = world.referred(t, now), referred(t, now, t.rubbish)
    leads = {f"lead-{lamp.pk}": t.housing.pk, f"lead-{rubbish.pk}": t.sanitation.pk}
    response = preview(client, t, [lamp, rubbish], go="go", how="proposed", note="本周办完", **leads)
    assert became(response) == [(Status.DISPATCHED, True)] * 2
    lamp.refresh_from_db()
    event = lamp.events.latest("serial")
    assert (lamp.lead, event.note) == (t.housing, "本周办完")
    assert "楼道照明归房管" in event.facts["why"][0]


def test_all_can_go_to_one_department_also_one_that_nobody_proposed(client, t, now):
    cases = [world.referred(t, now), referred(t, now, t.allowance)]
    response = preview(client, t, cases, go="go", how="one", lead=t.sweepers.pk)
    assert became(response) == [(Status.DISPATCHED, True)] * 2
    response = preview(client, t, [world.referred(t, now)], go="go", how="one")
    assert "lead" in response.context["form"].errors


def test_a_row_without_a_proposal_is_left_and_says_so(client, t, now):
    lamp, allowance = world.referred(t, now), referred(t, now, t.allowance)
    named = {f"lead-{lamp.pk}": t.firm.pk}
    response = preview(client, t, [lamp, allowance], go="go", how="proposed", note="快办", **named)
    assert became(response) == [(Status.DISPATCHED, True), (Status.REFERRED, False)]
    assert response.context["failed"][0].refusal == refusals.NOBODY_PROPOSED
    page = response.content.decode()
    assert f'name="case" value="{allowance.pk}-3" form="bulk" checked' in page
    assert 'name="note" value="快办"' in page


def test_a_department_that_is_not_proposed_cannot_be_slipped_into_a_row(client, t, now):
    case = world.referred(t, now)
    for lead in (t.sweepers.pk, t.community.pk, "x"):
        response = preview(client, t, [case], go="go", how="proposed", **{f"lead-{case.pk}": lead})
        assert became(response) == [(Status.REFERRED, False)]


def test_dispatching_twice_by_one_form_dispatches_once(client, t, now):
    case = world.referred(t, now)
    facts = {"go": "go", "how": "proposed", f"lead-{case.pk}": t.firm.pk}
    values = ticks(case)
    for _time in range(2):
        response = send(client, t.dispatcher, "community", "dispatch", values, **facts)
        assert became(response) == [(Status.DISPATCHED, True)]
    assert Event.objects.filter(act=Act.DISPATCH).count() == 1
    # The same rows sent to another department are no success.
    response = send(client, t.dispatcher, "community", "dispatch", values, go="go", how="one", lead=t.housing.pk)
    assert became(response) == [(Status.DISPATCHED, False)]


def test_the_preview_costs_the_same_for_one_row_and_for_twenty(client, t, now, django_assert_max_num_queries):
    cases = [world.referred(t, now) for _number in range(20)]
    counts = []
    client.force_login(t.dispatcher)
    for some in (cases[:1], cases):
        with django_assert_max_num_queries(12) as captured:
            client.post(reverse("requests:bulk", args=["community"]), {"act": "dispatch", "case": ticks(*some)})
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_nobody_dispatches_several_out_of_sight_or_without_the_right_to(client, t, now):
    case = world.referred(t, now)
    facts = {"go": "go", "how": "one", "lead": t.firm.pk}
    elsewhere = send(client, t.other_dispatcher, "community", "dispatch", ticks(case), **facts)
    assert (elsewhere.status_code, elsewhere.url) == (302, reverse("requests:desk", args=["community"]))
    for person in (t.clerk, t.officer, t.auditor, t.resident):
        assert send(client, person, "community", "dispatch", ticks(case), **facts).status_code == 404
    assert send(client, t.clerk, "branch", "dispatch", ticks(case), **facts).status_code == 302
    # In sight, and not the supervisor's turn: refused by the table, with the reason.
    response = send(client, t.supervisor, "supervisor", "dispatch", ticks(case), **facts)
    assert became(response) == [(Status.REFERRED, False)]
    case.refresh_from_db()
    assert case.status == Status.REFERRED


def test_a_preview_names_only_what_is_in_sight(client, t, now):
    mine = world.referred(t, now)
    place = {"estate": t.other_estate, "building": t.other_building}
    theirs = workflow.take(
        world.filed(t, now, by=t.neighbour, **place), Act.REFER, by=t.other_clerk, note="修不了", at=now
    )
    response = preview(client, t, [mine, theirs])
    assert [row["case"] for row in response.context["rows"]] == [mine]
