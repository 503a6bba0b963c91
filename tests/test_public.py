"""The public page: finished cases that a person released, and nothing that names anybody."""

import pytest
from django.test import Client

from requests_app.journey import workflow
from requests_app.models import Act, Photo
from requests_app.views.public import PublicCase
from tests import town as towns
from tests.test_photos import cleaned, picture
from tests.town import HOUR, MONDAY

pytestmark = pytest.mark.once

PUBLIC = "/public/"
SECRETS = ("周大娘", "19900000001", "199****0001", "乙3-0302", "一单元的灯坏了三天", "换了线路和灯")


def released(town, **fields):
    """Filed with a photo, fulfilled with one, released with only the latter."""
    case = towns.filed(town, room="乙3-0302", photos=[cleaned(picture())], **fields)
    workflow.take(case, Act.ACCEPT, by=town.clerk, at=MONDAY)
    workflow.take(case, Act.SETTLE, by=town.clerk, note="换了线路和灯", photos=[cleaned(picture())], at=MONDAY)
    workflow.take(
        case,
        Act.RELEASE,
        by=town.dispatcher,
        text="楼道里的灯不亮",
        outcome="换了新灯",
        photos_shown=list(case.photos.filter(stage="after")),
        at=MONDAY + HOUR,
    )
    case.refresh_from_db()
    return case


def page_of(case):
    return f"{PUBLIC}{case.pk}/"


def test_everybody_reads_the_released_wording(client, town):
    case = released(town)
    for url in (PUBLIC, page_of(case), "/"):
        page = client.get(url).text
        assert "楼道里的灯不亮" in page
        assert town.estate.name in page
    assert "换了新灯" in client.get(page_of(case)).text


@pytest.mark.parametrize("who", [None, "resident", "neighbour", "clerk", "supervisor"])
def test_nobody_reads_personal_data_there(town, who):
    case, client = released(town), Client()
    if who in ("neighbour", "clerk", "supervisor"):
        client.force_login(town.people[who])
    for url in (PUBLIC, page_of(case)):
        page = client.get(url).text
        assert [secret for secret in SECRETS if secret in page] == []
        assert case.code not in page


def test_templates_get_no_case_to_read_from(client, town):
    released(town)
    assert all(isinstance(card, PublicCase) for card in client.get(PUBLIC).context["cards"])
    assert not {"contact_name", "contact_phone", "room", "code", "resident", "building", "spot"} & set(
        PublicCase.__dataclass_fields__
    )


def test_only_released_photos_are_shown(client, town):
    case = released(town)
    before, after = case.photos.get(stage=Photo.Stage.BEFORE), case.photos.get(stage=Photo.Stage.AFTER)
    page = client.get(page_of(case)).text
    assert after.token in page
    assert before.token not in page
    assert client.get(after.small_url).status_code == 200
    assert client.get(before.small_url).status_code == 404


def test_what_is_not_released_or_taken_back_is_not_there(client, town):
    finished = towns.rated(town)
    assert client.get(page_of(finished)).status_code == 404
    case = released(town)
    workflow.take(case, Act.UNRELEASE, by=town.dispatcher, at=MONDAY + 2 * HOUR)
    assert client.get(page_of(case)).status_code == 404
    assert page_of(case) not in client.get(PUBLIC).text


def test_a_category_that_is_no_longer_public_hides_its_cases(client, town):
    case = released(town)
    town.lamp.is_public = False
    town.lamp.save()
    assert client.get(page_of(case)).status_code == 404


def test_the_list_is_filtered_by_area_and_kind(client, town):
    case = released(town)
    link = page_of(case)
    for query in (f"area={town.street.pk}", f"area={town.community.pk}", f"category={town.lamp.parent_id}"):
        assert link in client.get(f"{PUBLIC}?{query}").text
    for query in (f"area={town.other_street.pk}", f"category={town.allowance.parent_id}"):
        assert link not in client.get(f"{PUBLIC}?{query}").text
    # A word that is no choice filters nothing.
    assert link in client.get(f"{PUBLIC}?area=x&category=999999&page=zzz").text


def test_the_list_costs_the_same_for_one_and_for_ten(client, town, django_assert_max_num_queries):
    def cost():
        with django_assert_max_num_queries(12) as seen:
            client.get(PUBLIC)
        return len(seen)

    released(town)
    few = cost()
    for _time in range(9):
        released(town)
    assert cost() == few
