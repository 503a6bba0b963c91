"""Who sees name, number and room of a case, and who never does: on pages, in the API, in lists."""

import re

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from requests_app.journey import workflow
from requests_app.journey.parties import TrackedResident
from requests_app.models import Act, ServiceRequest
from requests_app.privacy import Contact, contact_of
from services.models import Membership, Role
from tests import town as towns
from tests.town import MONDAY

pytestmark = [pytest.mark.django_db, pytest.mark.once]
FULL = Contact("周大娘", "19900000001", "1203")
MASKED = Contact("周**", "199****0001", "***")
NOTHING = Contact("", "", "", is_kept=True)


@pytest.fixture
def t(town):
    town.now = towns.datetime.now(towns.UTC)
    return town


def led_by(t, lead, **fields):
    """A case that ``lead`` does, with the housing office assisting."""
    case = towns.filed(t, t.now, room="1203", **fields)
    case = workflow.take(case, Act.REFER, by=t.clerk, note="修不了", at=t.now)
    return workflow.take(case, Act.DISPATCH, by=t.dispatcher, lead=lead, assist=[t.housing], at=t.now)


def plain(t):
    return led_by(t, t.sanitation)


def confidential(t):
    return led_by(t, t.sanitation, is_confidential=True)


def against_the_lead(t):
    """The lead itself is complained about."""
    case = led_by(t, t.sanitation)
    ServiceRequest.objects.filter(pk=case.pk).update(against=t.sanitation)
    return case


def against_the_firm(t):
    t.rubbish.is_against_firm = True
    return led_by(t, t.firm, category=t.rubbish)


def seen_by(t, case, person):
    return contact_of(ServiceRequest.objects.select_related("against").get(pk=case.pk), person, t.now)


BESIDE = ("clerk", "dispatcher", "supervisor", "caller", "auditor")
# By situation: who of the departments sees nothing; all others who see the case see it masked, the resident in full.
KEPT = {
    plain: (),
    confidential: ("officer", "warden"),
    against_the_lead: ("officer",),
    against_the_firm: ("fitter",),
}


@pytest.mark.parametrize("make", KEPT)
def test_each_role_sees_as_much_as_it_may(t, make):
    case = make(t)
    assert seen_by(t, case, t.resident) == FULL
    assert seen_by(t, case, TrackedResident(case.pk)) == MASKED
    for name in (*BESIDE, "officer", "warden", "fitter"):
        expected = NOTHING if name in KEPT[make] else MASKED
        if ServiceRequest.objects.visible_to(t.people[name]).filter(pk=case.pk).exists():
            assert seen_by(t, case, t.people[name]) == expected, name


def test_the_unit_complained_about_is_kept_out_with_all_above_and_below_it_also_when_nothing_else_is(t):
    case = led_by(t, t.sweepers)
    ServiceRequest.objects.filter(pk=case.pk).update(against=t.sanitation)
    assert [seen_by(t, case, person) for person in (t.officer, t.sweeper)] == [NOTHING, NOTHING]
    ServiceRequest.objects.filter(pk=case.pk).update(against=t.sweepers)
    assert [seen_by(t, case, person) for person in (t.officer, t.sweeper)] == [NOTHING, NOTHING]
    assert seen_by(t, case, t.warden) == MASKED


def test_a_second_office_opens_nothing(t):
    case = confidential(t)
    Membership.objects.create(user=t.officer, unit=t.community, role=Role.DISPATCHER, since=towns.SINCE)
    assert seen_by(t, case, t.officer) == NOTHING
    assert Act.REVEAL not in {step.act for step in workflow.steps_open_to(t.officer, case, t.now)}


def test_a_complaint_about_the_property_firm_names_it_from_the_start(t):
    assert against_the_firm(t).against == t.firm
    assert plain(t).against is None


def test_what_is_kept_stands_on_no_page_and_in_no_answer(client, t):
    for make, person in ((confidential, t.officer), (confidential, t.warden), (against_the_firm, t.fitter)):
        case = make(t)
        client.force_login(person)
        api = APIClient()
        api.force_authenticate(person)
        texts = [
            client.get(case.get_absolute_url()).text,
            client.get(reverse("requests:step", args=[case.pk, "note"])).text,
            client.get(reverse("requests:desk", args=["department"])).text,
            api.get(reverse("api:case", args=[case.pk])).content.decode(),
            api.get(reverse("api:cases")).content.decode(),
            api.get(reverse("api:events", args=[case.pk])).content.decode(),
        ]
        for text in texts:
            for said in ("周大娘", "周**", "1990000", "199****", "1203"):
                assert said not in text, (make.__name__, said)
        assert client.get(reverse("requests:step", args=[case.pk, "reveal"])).status_code == 409
        refused = api.post(reverse("api:events", args=[case.pk]), {"act": "reveal", "note": "约时间"})
        assert refused.status_code == 409
        shown = api.get(reverse("api:case", args=[case.pk])).json()
        assert (shown["is_contact_kept"], shown["contact_name"]) == (True, "")


def test_those_who_may_still_call_a_confidential_resident(client, t):
    case = confidential(t)
    client.force_login(t.caller)
    answer = client.post(reverse("requests:step", args=[case.pk, "reveal"]), {"purpose": "result"})
    assert "199 0000 0001" in answer.text


def test_the_resident_asks_for_it_when_filing_and_sees_that_it_is_kept(client, t):
    case = confidential(t)
    assert case.events.earliest("serial").facts == {"confidential": True}
    client.force_login(t.resident)
    page = client.get(case.get_absolute_url()).text
    assert "保密" in page
    assert "19900000001" in page


def test_branch_community_and_supervisor_conceal_and_disclose_with_a_reason_the_resident_reads(client, t):
    for person in (t.clerk, t.dispatcher, t.supervisor):
        case = plain(t)
        client.force_login(person)
        url = reverse("requests:step", args=[case.pk, "conceal"])
        assert client.post(url, {"against": t.sanitation.pk}).status_code == 302
        case.refresh_from_db()
        assert (case.is_confidential, case.against) == (True, t.sanitation)
        event = case.events.last()
        assert (event.is_public, event.note, event.facts) == (True, "", {"against": "环境卫生中心"})
        url = reverse("requests:step", args=[case.pk, "disclose"])
        assert client.post(url, {"note": " "}).context["form"].errors.keys() == {"note"}
        assert client.post(url, {"note": "居民同意"}).status_code == 302
        case.refresh_from_db()
        assert (case.is_confidential, case.against) == (False, None)
        assert case.events.last().public_note == "居民同意"
        assert t.resident.notices.filter(event=case.events.last()).exists()


def test_what_is_confidential_is_not_shown_in_public_even_where_it_was(t):
    case = workflow.take(towns.rated(t), Act.RELEASE, by=t.dispatcher, text="灯坏了", outcome="换了灯", at=MONDAY)
    assert ServiceRequest.objects.released().get() == case
    workflow.take(case, Act.CONCEAL, by=t.clerk, at=MONDAY)
    assert not ServiceRequest.objects.released().exists()


def test_only_a_department_is_complained_about(t):
    with pytest.raises(workflow.StepIncomplete):
        workflow.take(plain(t), Act.CONCEAL, by=t.clerk, against=t.branch, at=t.now)


def test_the_resident_reads_who_looked_for_what_and_how_often(client, t):
    case = plain(t)
    for person, purpose in ((t.clerk, "约上门时间"), (t.caller, "问是否解决")):
        workflow.take(case, Act.REVEAL, by=person, note=purpose, at=t.now)
    client.force_login(t.resident)
    answer = client.get(case.get_absolute_url())
    looks = re.search(r'id="looks-title".*?</section>', answer.text, re.DOTALL)[0]
    for said in ("2", t.branch.name, "约上门时间", t.street.name, "问是否解决"):
        assert said in looks
    assert "小林" not in looks


def test_a_list_that_shows_names_costs_the_same_for_one_and_for_many(client, t, django_assert_max_num_queries):
    person = APIClient()
    person.force_authenticate(t.officer)

    def cost():
        with django_assert_max_num_queries(20) as captured:
            assert person.get(reverse("api:cases")).status_code == 200
        return len(captured)

    against_the_lead(t)
    cost()
    before = cost()
    for _number in range(4):
        against_the_lead(t)
        confidential(t)
    assert cost() == before
