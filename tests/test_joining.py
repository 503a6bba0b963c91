"""Reported already: shown before sending without a word of anybody's, joined by one tap, undone within ten minutes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from requests_app.journey import chain, workflow
from requests_app.journey.joining import reported
from requests_app.journey.refusals import StepIncomplete
from requests_app.models import Act, Draft, Notice, ServiceRequest, Status
from services.models import Category, Reason
from tests import town as towns
from tests.test_filing import answers, begin, photo, send, step
from tests.town import DAY, MONDAY

pytestmark = pytest.mark.django_db


def up_to_same(client, town):
    """A draft about the stair lamp of 6栋, and where its page about the kind of request leads."""
    draft = begin(client, town.estate)
    client.post(step(draft, "place"), answers(town)["place"])
    return draft, client.post(step(draft, "what"), {"category": town.lamp.pk})["Location"]


def test_what_is_reported_already_is_shown_without_a_word_of_the_other(client, town):
    other = towns.neighbours(town, timezone.now() - DAY, spot="1单元302张家", room="302")
    draft, follows = up_to_same(client, town)
    assert follows == step(draft, "same")
    page = client.get(follows)
    (one,) = page.context["reported"]
    assert one["case"] == other
    for shown in ("楼道灯", "槐树院 6栋", town.branch.name):
        assert shown in page.text
    for kept in ("吴师傅", "19900000002", "楼道黑了", "302", other.code):
        assert kept not in page.text.split('id="id_same"')[1]


def test_joining_takes_one_tap_and_gives_a_request_of_ones_own(client_of, town):
    parent = towns.neighbours(town, timezone.now() - DAY)
    resident = client_of(town.resident)
    draft, same = up_to_same(resident, town)
    answer = resident.post(same, {"same": parent.pk})
    # Words are not needed, name and number are known.
    assert answer["Location"] == step(draft, "check")
    receipt = send(resident, draft)["Location"]
    case = ServiceRequest.objects.get(resident=town.resident)
    assert (case.status, case.parent, case.holder) == (Status.MERGED, parent, "")
    assert case.code != parent.code
    assert case.text == "We have the same trouble." or "同样" in case.text
    assert [event.act for event in case.events.order_by("serial")] == [Act.FILE, Act.MERGE]
    assert chain.verify().faults == []
    # Nobody is called to accept it; its page and its receipt say who has the other one.
    assert not Notice.objects.filter(event__case=case, reader=town.clerk).exists()
    assert town.branch.name in resident.get(receipt).text
    desk = client_of(town.clerk).get(parent.get_absolute_url())
    assert desk.context["households"] == 2


def test_who_joins_may_still_say_something_and_add_a_photo(client, town):
    parent = towns.neighbours(town, timezone.now() - DAY)
    draft, same = up_to_same(client, town)
    assert client.post(same, {"same": parent.pk})["Location"] == step(draft, "contact")
    client.post(step(draft, "contact"), answers(town)["contact"])
    client.post(step(draft, "words") + "?from=check", {"text": "我家门口也黑", "photos": [photo()]})
    send(client, draft)
    case = ServiceRequest.objects.get(parent=parent)
    assert (case.text, case.photos.count()) == ("我家门口也黑", 1)


def test_only_open_recent_cases_of_the_place_and_nothing_confidential_can_be_joined(town):
    at = MONDAY + DAY
    place = (town.estate, town.building)
    parent = towns.neighbours(town)
    towns.settled(town)
    towns.merged(town)
    towns.filed(town, is_confidential=True)
    towns.filed(town, building=None)
    towns.filed(town, at=MONDAY - 20 * DAY)
    found = set(reported(*place, town.lamp, at))
    assert parent in found
    # The neighbour's that 周大娘's is merged into is open too.
    assert all(case.text == "楼道黑了" for case in found)
    towns.filed(town, category=town.allowance)
    Category.objects.filter(pk=town.rubbish.pk).update(is_against_firm=True)
    town.rubbish.refresh_from_db()
    towns.filed(town, category=town.rubbish)
    for kept in (town.allowance, town.rubbish):
        assert not reported(*place, kept, at)
    for wrong in (towns.filed(town, category=town.allowance), towns.filed(town, is_confidential=True)):
        with pytest.raises(StepIncomplete):
            towns.neighbours(town, joins=wrong)


def test_one_that_moved_on_meanwhile_loses_nothing(client, town):
    parent = towns.neighbours(town, timezone.now() - DAY)
    draft, same = up_to_same(client, town)
    client.post(same, {"same": parent.pk})
    client.post(step(draft, "contact"), answers(town)["contact"])
    workflow.take(parent, Act.WITHDRAW, by=town.neighbour)
    # Now a request of one's own, which needs words.
    assert send(client, draft)["Location"] == step(draft, "words")
    client.post(step(draft, "words"), {"text": "灯不亮"})
    send(client, draft)
    assert ServiceRequest.objects.get(text="灯不亮").status == Status.FILED


def test_ones_own_is_shown_with_the_way_to_it_and_cannot_be_joined(client_of, town):
    case = towns.filed(town, timezone.now() - DAY)
    resident = client_of(town.resident)
    draft, same = up_to_same(resident, town)
    assert same == step(draft, "same")
    assert f'href="{case.get_absolute_url()}"' in resident.get(same).text
    assert resident.post(same, {"same": case.pk}).status_code == 200
    assert resident.post(same, {"same": "no"})["Location"] == step(draft, "words")


def test_another_matter_goes_on(client, town):
    towns.neighbours(town, timezone.now() - DAY)
    draft, same = up_to_same(client, town)
    assert client.post(same, {}).status_code == 200
    assert client.post(same, {"same": "no"})["Location"] == step(draft, "words")


def undone(client, case):
    answer = client.post(f"/requests/{case.pk}/undo/")
    return answer, Draft.objects.order_by("-created_at").first()


def test_one_tap_takes_it_back_and_everything_typed_is_there(client, town):
    Reason.objects.create(kind="withdraw", code="undo", text="改一改再报")
    town.lamp.questions = [
        {"key": "floor", "label": "在几楼？", "kind": "text"},
        {"key": "again", "label": "以前反映过吗？", "kind": "yes_no"},
    ]
    town.lamp.save()
    draft = begin(client, town.estate)
    pages = answers(town, words={"q_floor": "三楼", "q_again": "yes", "again": "on", "photos": [photo()]})
    pages["contact"] |= {"is_confidential": "on", "for_other": "on", "consent": "on"}
    for page, typed in pages.items():
        client.post(step(draft, page), typed)
    receipt = send(client, draft)["Location"]
    first = ServiceRequest.objects.get()
    assert f'action="/requests/{first.pk}/undo/"' in client.get(receipt).text
    assert f'action="/requests/{first.pk}/undo/"' in client.get(first.get_absolute_url()).text
    answer, again = undone(client, first)
    assert answer["Location"] == step(again, "check")
    first.refresh_from_db()
    assert first.status == Status.WITHDRAWN
    assert first.events.latest("serial").facts["reason"] == "改一改再报"
    assert "以前反映过" in client.get(answer["Location"]).text
    send(client, again)
    second = ServiceRequest.objects.exclude(pk=first.pk).get()
    for name in ("estate", "building", "spot", "room", "category", "text", "answers", "contact_name", "contact_phone"):
        assert getattr(second, name) == getattr(first, name), name
    assert second.is_confidential
    assert second.is_for_another
    # That it has come back is said again, and counts once.
    assert (first.in_recurrence.recurrence.times, second.in_recurrence.recurrence.times) == (0, 1)
    # Each has files of its own: throwing a draft away harms no case.
    files = [{case.photos.get().large.name} for case in (first, second)]
    assert files[0].isdisjoint(files[1])


def test_what_was_joined_can_be_taken_back_too(client_of, town):
    parent = towns.neighbours(town, timezone.now() - DAY)
    case = towns.filed(town, timezone.now(), joins=parent)
    answer, again = undone(client_of(town.resident), case)
    case.refresh_from_db()
    assert (case.status, case.parent) == (Status.WITHDRAWN, None)
    assert again.data["pages"]["same"] == {"same": str(parent.pk)}
    assert answer.status_code == 302


def test_whoever_has_but_the_code_takes_nothing_back_and_reads_nothing(client, town):
    case = towns.filed(town, timezone.now())
    client.post("/track/", {"code": case.code, "last_digits": "0001"})
    assert "/undo/" not in client.get(case.get_absolute_url()).text
    assert undone(client, case)[0].status_code == 409
    assert not Draft.objects.exists()


def test_after_ten_minutes_and_for_others_there_is_no_taking_back(client_of, town):
    case = towns.filed(town, timezone.now() - timedelta(minutes=11))
    assert undone(client_of(town.resident), case)[0].status_code == 409
    assert undone(client_of(town.clerk), case)[0].status_code == 409
    assert undone(client_of(town.neighbour), case)[0].status_code == 404
    assert not Draft.objects.exists()
