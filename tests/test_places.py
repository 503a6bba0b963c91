"""Pages for everybody about communities and estates, their feeds and cards: what they say, and what they never say."""

import io
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client, override_settings
from django.utils import timezone
from PIL import Image

from requests_app import cards
from requests_app.journey import workflow
from requests_app.meetings import promises
from requests_app.models import Act, Promise, PromiseChange, ServiceRequest
from requests_app.templatetags.moments import day as day_said
from services.models import Unit
from tests import addresses
from tests import town as towns
from tests.table import with_meetings
from tests.test_photos import cleaned, picture
from tests.town import DAY, HOUR

pytestmark = pytest.mark.django_db
COMMUNITY, ESTATE = "/public/communities/140213001001/", "/public/estates/HSY/"
FEED = f"{COMMUNITY}feed/"
ATOM = "{http://www.w3.org/2005/Atom}"
needs_font = pytest.mark.skipif(not cards.font_file(), reason="no font with Chinese letters on this machine")


@pytest.fixture
def t(town):
    town.now = timezone.now()
    return with_meetings(town)


def released(t, text="楼道里的灯不亮", **fields):
    """Done at the estate with photos before and after, and released with both."""
    case = towns.filed(t, t.now - 5 * HOUR, room="0302", photos=[cleaned(picture())], **fields)
    workflow.take(case, Act.ACCEPT, by=t.clerk, at=t.now - 4 * HOUR)
    done = {"note": "老高换了线路和灯", "photos": [cleaned(picture())]}
    workflow.take(case, Act.SETTLE, by=t.clerk, at=t.now - 3 * HOUR, **done)
    shown = {"text": text, "outcome": "换了新灯", "photos_shown": list(case.photos.all())}
    return workflow.take(case, Act.RELEASE, by=t.dispatcher, at=t.now - 2 * HOUR, **shown)


def parked(t, **fields):
    case = workflow.take(towns.filed(t, t.now - DAY, **fields), Act.ACCEPT, by=t.clerk, at=t.now - DAY)
    review_on = (t.now + 30 * DAY).date()
    facts = {"reason": t.no_money, "condition": "等街道批经费", "leader": t.housing, "review_on": review_on}
    return workflow.take(case, Act.PARK, by=t.supervisor, note="跟周大娘说过了", at=t.now - HOUR, **facts)


def promised(t, text, days=5):
    due_on = (t.now + days * DAY).date()
    facts = {"unit": t.branch, "owner": t.housing, "estate": t.estate, "text": text, "due_on": due_on}
    return promises.make(t.clerk, t.now - 3 * DAY, **facts)


def test_everybody_reads_what_was_done_promised_and_has_to_wait(client, t):
    case, waiting = released(t), parked(t, text="屋顶漏水，求修")
    parked(t, category=t.allowance)
    moved, kept = promised(t, "修院门口的路灯"), promised(t, "清理车棚")
    promises.change(moved, PromiseChange.Kind.MOVED, t.clerk, t.now, note="等配件", due_on=(t.now + 9 * DAY).date())
    promises.change(kept, PromiseChange.Kind.KEPT, t.clerk, t.now)
    assert "Requests filed in the month" in client.get(ESTATE, headers={"Cookie": "language=en"}).text
    for url in (COMMUNITY, ESTATE):
        page = client.get(url).text
        for words in ("楼道里的灯不亮", f"/public/{case.pk}/", "修院门口的路灯", "清理车棚", "等配件", t.no_money.text):
            assert words in page, (url, words)
        for day in (moved.first_due_on, moved.first_due_on + timedelta(days=4), waiting.due_at.date()):
            assert day_said(day) in page or day == waiting.due_at.date()
        for photo in case.photos.all():
            assert photo.small_url in page
            assert f'width="{photo.width}" height="{photo.height}"' in page
        # Of what is parked only kind, listed reason and day; of a kind that is not public only that there is one.
        for words in ("屋顶漏水", "等街道批经费", "跟周大娘说过了", "周大娘", t.allowance.name, waiting.code, "老高"):
            assert words not in page, (url, words)
        assert [number["now"].value for number in client.get(url).context["numbers"]][:2] == [3, 0]
        assert client.get(url).context["other_parked"] == 1
    assert "楼道里的灯不亮" in client.get("/public/?estate=HSY").text
    assert "楼道里的灯不亮" not in client.get("/public/?estate=LSY").text
    other = client.get("/public/estates/LSY/").text
    assert not [words for words in ("楼道里的灯不亮", "修院门口的路灯", t.no_money.text) if words in other]


def test_places_are_found_by_street_and_by_name(client, t):
    assert "东街街道" in client.get("/public/places/").text
    for query in ("street=140213001", "q=槐树", "q=槐树院"):
        page = client.get(f"/public/places/?{query}").text
        assert ESTATE in page
        assert "/public/estates/LSY/" not in page
    assert COMMUNITY in client.get("/public/places/?q=槐树社区").text
    towns.filed(t)
    client.force_login(t.resident)
    assert ESTATE in client.get("/public/places/").text
    Unit.objects.filter(pk=t.community.pk).update(is_active=False)
    assert client.get(COMMUNITY).status_code == 404


@pytest.mark.once
def test_pages_and_feeds_cost_the_same_for_one_and_for_many(client, t, django_assert_max_num_queries):
    def costs():
        found = []
        for url in (COMMUNITY, ESTATE, FEED, "/public/places/?street=140213001"):
            with django_assert_max_num_queries(22) as seen:
                client.get(url)
            found.append(len(seen))
        return found

    def more():
        released(t)
        parked(t)
        promised(t, "修路灯")
        promises.change(promised(t, "清理车棚"), PromiseChange.Kind.KEPT, t.clerk, t.now)

    more()
    costs()
    few = costs()
    for _time in range(4):
        more()
    assert costs() == few


@override_settings(SITE_URL="https://dd.example.org")
def test_a_feed_brings_what_was_finished_and_kept_with_whole_addresses(client, t):
    case = released(t)
    towns.rated(t)
    promises.change(promised(t, "清理车棚"), PromiseChange.Kind.KEPT, t.clerk, t.now)
    answer = client.get(FEED)
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)
    entries = feed.findall(f"{ATOM}entry")
    assert ["清理车棚" in entries[0].findtext(f"{ATOM}summary"), len(entries)] == [True, 2]
    links = [link.get("href") for link in feed.iter(f"{ATOM}link")]
    assert f"https://dd.example.org/public/{case.pk}/" in links
    assert all(link.startswith("https://dd.example.org/") for link in links)
    # Whoever has it already is told so, until something is new.
    same = {"If-None-Match": answer["ETag"]}
    assert client.get(FEED, headers=same).status_code == 304
    wording = {"text": "楼道灯修好了", "outcome": "换了新灯"}
    workflow.take(case, Act.RELEASE, by=t.dispatcher, at=t.now, **wording)
    changed = client.get(FEED, headers=same)
    assert "楼道灯修好了" in changed.text
    entry = ElementTree.fromstring(changed.content).findall(f"{ATOM}entry")[1]
    assert entry.findtext(f"{ATOM}published") < entry.findtext(f"{ATOM}updated")


@override_settings(SITE_URL="https://dd.example.org")
def test_a_link_that_is_passed_on_says_what_it_leads_to(client, t):
    case = released(t)
    for url in ("/", "/public/", COMMUNITY, ESTATE, f"/public/{case.pk}/"):
        page = client.get(url).text
        meta = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', page))
        assert {"type", "site_name", "title", "description", "url", "image"} == set(meta), url
        assert meta["url"] == f"https://dd.example.org{url}"
        assert f'<link rel="canonical" href="{meta["url"]}">' in page
        assert 0 < len(meta["description"]) <= 120
        picture_path = meta["image"].removeprefix("https://dd.example.org")
        assert picture_path.startswith("/static/") or client.get(picture_path).status_code == 200, url
    assert FEED in client.get(COMMUNITY).text
    shown = case.photos.get(stage="after")
    assert shown.get_absolute_url() in client.get(f"/public/{case.pk}/").text


@needs_font
def test_a_card_is_large_enough_for_chats_and_light(client, t):
    case = released(t)
    for url in (COMMUNITY, ESTATE, f"/public/{case.pk}/"):
        answer = client.get(f"{url}card.png")
        assert Image.open(io.BytesIO(answer.content)).size == (1200, 630)
        assert len(answer.content) < 40_000
        assert client.get(f"{url}card.png", headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_without_a_font_the_sites_own_picture_is_shown(client, t):
    cards.draw.cache_clear()
    with override_settings(CARD_FONT="/nowhere.ttf"):
        assert client.get(f"{ESTATE}card.png")["Location"].endswith("icons/card.png")
        assert "icons/card.png" in client.get(ESTATE).text


LISTED = {
    "home", "requests:privacy", "requests:public", "requests:public-case", "requests:public-places",
    "requests:public-community", "requests:public-estate", "requests:public-meetings", "requests:public-minutes",
    "requests:public-promises", "requests:public-draws",
}  # fmt: skip


@pytest.fixture
def world():
    return addresses.world(timezone.now())


@pytest.mark.once
def test_no_public_page_and_no_feed_names_anybody_or_tells_what_was_not_released(world):
    """Every address, as a stranger gets it: what search engines may keep is public, and holds nothing of a case."""
    cases = list(ServiceRequest.objects.select_related("resident").exclude(pk=world.released.pk))
    people = {person.name for person in world.people.values()} | {"周大娘", "吴师傅"}
    secrets = {case.code for case in cases} | {case.grouped_code for case in cases} | {case.text for case in cases}
    secrets |= people | {"1990000", "199****", "线路老化", "换了线路和灯", "约上门时间"}
    client, seen = Client(), set()
    for name, of_this_name in addresses.ADDRESSES.items():
        for address in of_this_name:
            if address.get["anonymous"] != addresses.OK:
                continue
            url = addresses.url_of(name, address.fill(world, "anonymous"))
            for query in address.pages:
                answer = client.get(f"{url}{query}")
                is_listed = answer.get("X-Robots-Tag") == "all"
                assert is_listed == (name in LISTED), url
                assert is_listed or answer["X-Robots-Tag"] == "noindex"
                if is_listed or name == "requests:public-feed":
                    seen.add(name)
                    assert [secret for secret in secrets if secret in answer.text] == [], url
    assert seen == LISTED | {"requests:public-feed"}
    assert Promise.objects.public().exists()


@pytest.mark.once
def test_what_only_some_may_read_is_for_no_search_engine():
    assert Client().get("/mine/")["X-Robots-Tag"] == "noindex"
    assert Client().get("/nowhere/")["X-Robots-Tag"] == "noindex"
