"""Filing a request: one question a page, nothing typed is lost, one draft makes one case."""

import io
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from requests_app.models import Draft, Photo, Quota, ServiceRequest
from requests_app.views import filing
from services.models import Building, Category, Estate
from tests.town import filed

pytestmark = pytest.mark.once

FILE = "/file/"
TEXT = "一单元三楼的灯坏了三天，老人晚上不敢下楼"
PHONE = "19900000077"


def photo(name="灯.jpg", size=(40, 30)):
    out = io.BytesIO()
    Image.new("RGB", size, "gray").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def step(draft, page):
    return reverse("requests:file-step", args=[draft.key, page])


def begin(client, estate, query=""):
    """The draft of a new filing after its first page."""
    answer = client.post(FILE + query, {"estate": estate.pk})
    assert answer.status_code == 302, answer.context["form"].errors
    draft = Draft.objects.latest("created_at")
    assert answer["Location"] == step(draft, "place")
    return draft


def answers(town, **changed):
    """What 周大娘 types on each page."""
    pages = {
        "place": {"building": town.building.pk, "spot_kind": "stairs", "spot_words": "1单元3楼", "room": "302"},
        "what": {"category": town.lamp.pk},
        "words": {"text": TEXT},
        "contact": {"contact_name": "周大娘", "contact_phone": PHONE},
    }
    return {page: {**typed, **changed.get(page, {})} for page, typed in pages.items()}


def fill(client, town, query="", **changed):
    """A draft with every page answered, from the first to the check page."""
    draft = begin(client, town.estate, query)
    for page, typed in answers(town, **changed).items():
        if page == "words":
            # Where nobody has reported it there is no such page.
            client.post(step(draft, "same"), {"same": "no"})
        answer = client.post(step(draft, page), typed)
        assert answer.status_code == 302, answer.context["form"].errors
    assert answer["Location"] == step(draft, "check")
    return draft


def send(client, draft):
    return client.post(step(draft, "check"))


def test_somebody_without_an_account_files_and_reads_the_receipt(client, town):
    draft = fill(client, town)
    page = client.get(step(draft, "check"))
    assert TEXT in page.text
    answer = send(client, draft)
    assert answer["Location"] == reverse("requests:receipt", args=[draft.key])
    case = ServiceRequest.objects.get()
    assert (case.resident, case.source, case.contact_phone) == (None, "anonymous", PHONE)
    assert (case.estate, case.building, case.category) == (town.estate, town.building, town.lamp)
    assert case.spot.endswith("1单元3楼")
    assert case.room == "302"
    receipt = client.get(answer["Location"])
    assert f"<span>{case.code[:3]}</span><span>{case.code[3:7]}</span><span>{case.code[7:]}</span>" in receipt.text
    assert town.branch.name in receipt.text
    # The same browser may open it at once.
    assert client.get(case.get_absolute_url()).status_code == 200


def test_a_signed_in_resident_finds_name_and_number_filled_in(client, town):
    client.force_login(town.resident)
    draft = begin(client, town.estate)
    for page in ("place", "what", "words"):
        client.post(step(draft, page), answers(town)[page])
    contact = client.get(step(draft, "contact"))
    assert 'value="周大娘"' in contact.text
    assert 'value="19900000001"' in contact.text
    client.post(step(draft, "contact"), answers(town)["contact"])
    send(client, draft)
    case = ServiceRequest.objects.get()
    assert (case.resident, case.filed_by, case.source) == (town.resident, None, "web")


def test_sending_twice_makes_one_case(client, town):
    draft = fill(client, town)
    first, second = send(client, draft), send(client, draft)
    assert first["Location"] == second["Location"]
    assert ServiceRequest.objects.count() == 1
    assert not Draft.objects.exists()
    # Every page of a sent filing leads to its receipt.
    assert client.get(step(draft, "words"))["Location"] == first["Location"]


def test_a_draft_left_behind_by_a_crash_still_makes_one_case(client, town):
    draft = fill(client, town)
    draft.refresh_from_db()
    send(client, draft)
    draft.save(force_insert=True)
    assert send(client, draft)["Location"] == reverse("requests:receipt", args=[draft.key])
    assert ServiceRequest.objects.count() == 1


def test_going_back_keeps_what_was_typed_even_when_it_is_wrong(client, town):
    draft = begin(client, town.estate)
    client.post(step(draft, "place"), answers(town)["place"])
    client.post(step(draft, "what"), {"category": town.lamp.pk})
    answer = client.post(step(draft, "words"), {"text": "太长" * 600, "go": "back"})
    assert answer["Location"] == step(draft, "what")
    again = client.get(step(draft, "words"))
    assert "太长" * 600 in again.text
    place = client.get(step(draft, "place"))
    assert 'value="1单元3楼"' in place.text


def test_a_mistake_shows_beside_its_field_and_nothing_is_lost(client, town):
    draft = begin(client, town.estate)
    for page in ("place", "what", "words"):
        client.post(step(draft, page), answers(town)[page])
    answer = client.post(step(draft, "contact"), {"contact_name": "周大娘", "contact_phone": "1234"})
    assert answer.status_code == 200
    assert 'value="1234"' in answer.text
    assert 'id="id_contact_phone_error"' in answer.text
    assert 'aria-invalid="true"' in answer.text


@pytest.mark.parametrize("typed", ["199 0000 0077", "199-0000-0077", "+86 19900000077", "１９９００００００７７"])
def test_a_number_may_be_typed_as_people_write_it(client, town, typed):
    draft = fill(client, town, contact={"contact_phone": typed})
    send(client, draft)
    assert ServiceRequest.objects.get().contact_phone == PHONE


def test_pages_cannot_be_skipped(client, town):
    draft = begin(client, town.estate)
    client.post(step(draft, "place"), {})
    assert client.get(step(draft, "contact"))["Location"] == step(draft, "what")
    assert client.get(step(draft, "check"))["Location"] == step(draft, "what")
    assert client.post(step(draft, "check"))["Location"] == step(draft, "what")
    assert client.get(step(draft, "nonsense")).status_code == 404


def test_a_change_from_the_check_page_leads_back_there(client, town):
    draft = fill(client, town)
    answer = client.post(step(draft, "contact") + "?from=check", {**answers(town)["contact"], "contact_name": "老周"})
    assert answer["Location"] == step(draft, "check")
    answer = client.post(step(draft, "what") + "?from=check", {"category": town.rubbish.pk})
    assert answer["Location"] == step(draft, "words") + "?from=check"
    answer = client.post(step(draft, "words") + "?from=check", {"text": TEXT})
    assert answer["Location"] == step(draft, "check")
    send(client, draft)
    assert ServiceRequest.objects.get().category == town.rubbish


def test_another_estate_forgets_the_building_of_the_first(client, town):
    draft = fill(client, town)
    client.post(step(draft, "where") + "?from=check", {"estate": town.other_estate.pk})
    assert client.get(step(draft, "check"))["Location"] == step(draft, "place")
    client.post(step(draft, "place") + "?from=check", {"building": town.other_building.pk})
    send(client, draft)
    case = ServiceRequest.objects.get()
    assert (case.estate, case.building, case.branch) == (town.other_estate, town.other_building, town.other_branch)


def test_an_emergency_stops_first_with_whom_to_call(client, town):
    draft = begin(client, town.estate)
    client.post(step(draft, "place"), {})
    answer = client.post(step(draft, "what"), {"category": town.burst.pk})
    assert answer["Location"] == step(draft, "calm")
    page = client.get(answer["Location"])
    assert "先拨 119。" in page.text
    for number in ("110", "119", "120"):
        assert f'href="tel:{number}"' in page.text
    # Nobody gets past it without saying so.
    client.post(step(draft, "words"), {"text": TEXT})
    assert client.get(step(draft, "contact"))["Location"] == step(draft, "calm")
    assert client.post(step(draft, "calm"), {"calm": town.lamp.pk}).status_code == 200
    answer = client.post(step(draft, "calm"), {"calm": town.burst.pk})
    assert answer["Location"] == step(draft, "words")


def test_extra_questions_are_kept_with_the_case(client, town):
    town.lamp.questions = [
        {"key": "floor", "label": "在几楼？", "kind": "text"},
        {"key": "since", "label": "从什么时候开始的？", "kind": "choice", "choices": ["今天", "这几天"]},
        {"key": "again", "label": "以前反映过吗？", "kind": "yes_no"},
    ]
    town.lamp.save()
    draft = fill(client, town, words={"q_floor": "三楼", "q_since": "这几天", "q_again": ""})
    send(client, draft)
    assert ServiceRequest.objects.get().answers == [
        {"label": "在几楼？", "value": "三楼"},
        {"label": "从什么时候开始的？", "value": "这几天"},
    ]


def test_photos_wait_with_the_draft_and_go_with_the_case(client, town):
    draft = fill(client, town, words={"photos": [photo("一.jpg"), photo("二.jpg")]})
    assert draft.photos.count() == 2
    kept = client.get(step(draft, "words"))
    assert draft.photos.first().small_url in kept.text
    assert client.get(draft.photos.first().small_url).status_code == 200
    send(client, draft)
    case = ServiceRequest.objects.get()
    assert case.photos.count() == 2
    assert case.photos.first().event == case.events.get()


def test_a_photo_can_be_taken_away_and_the_words_stay(client, town):
    draft = fill(client, town, words={"photos": [photo("一.jpg"), photo("二.jpg")]})
    first = draft.photos.first()
    answer = client.post(step(draft, "words"), {"text": "改过的话", "remove": first.token})
    assert answer["Location"] == step(draft, "words")
    assert draft.photos.count() == 1
    assert "改过的话" in client.get(answer["Location"]).text


def test_a_bad_photo_names_itself_and_the_good_ones_stay(client, town):
    draft = begin(client, town.estate)
    client.post(step(draft, "place"), {})
    client.post(step(draft, "what"), {"category": town.lamp.pk})
    bad = SimpleUploadedFile("坏的.jpg", b"no photo")
    answer = client.post(step(draft, "words"), {"text": TEXT, "photos": [photo("好的.jpg"), bad]})
    assert answer.status_code == 200
    assert "坏的.jpg" in answer.text
    assert TEXT in answer.text
    assert draft.photos.count() == 1


def test_a_missing_word_costs_no_photo_whether_from_the_camera_or_the_album(client, town):
    draft = begin(client, town.estate)
    client.post(step(draft, "place"), {})
    client.post(step(draft, "what"), {"category": town.lamp.pk})
    answer = client.post(step(draft, "words"), {"photos": [photo("一.jpg")], "photos_camera": [photo("二.jpg")]})
    assert 'id="id_text_error"' in answer.text
    assert draft.photos.count() == 2
    for kept in draft.photos.all():
        assert kept.small_url in answer.text


def test_a_seventh_photo_is_left_out_by_name(client, town):
    draft = fill(client, town, words={"photos": [photo(f"{number}.jpg") for number in range(5)]})
    answer = client.post(step(draft, "words"), {"text": TEXT, "photos": [photo("六.jpg", (40, 31)), photo("七.jpg")]})
    assert "七.jpg" in answer.text
    assert draft.photos.count() == 6
    # Nothing more to choose, so there is no field for it.
    assert 'type="file"' not in client.get(step(draft, "words")).text


def test_nobody_else_opens_a_draft_or_its_receipt(client, client_of, town):
    draft = fill(client, town)
    other = client_of(town.neighbour)
    assert other.get(step(draft, "words")).status_code == 404
    assert other.post(step(draft, "check")).status_code == 404
    send(client, draft)
    assert other.get(reverse("requests:receipt", args=[draft.key])).status_code == 404
    assert client.get(step(Draft(key=uuid.uuid4()), "words")).status_code == 404


def test_a_draft_follows_its_person_to_another_device(client_of, town):
    phone, desk = client_of(town.resident), client_of(town.resident)
    draft = begin(phone, town.estate)
    client_page = desk.get("/")
    assert step(draft, "check") in client_page.text
    assert desk.get(step(draft, "place")).status_code == 200


def test_a_draft_begun_without_an_account_belongs_to_who_signs_in(client, town):
    draft = fill(client, town)
    client.force_login(town.resident)
    send(client, draft)
    assert ServiceRequest.objects.get().resident == town.resident


def test_a_household_files_for_a_neighbour_who_agreed(client_of, town):
    household = client_of(town.household)
    draft = begin(household, town.estate)
    for page in ("place", "what", "words"):
        household.post(step(draft, page), answers(town)[page])
    typed = {"contact_name": "吴师傅", "contact_phone": "19900000002"}
    assert household.post(step(draft, "contact"), typed).status_code == 200
    assert household.post(step(draft, "contact"), {**typed, "consent": "on"}).status_code == 302
    send(household, draft)
    case = ServiceRequest.objects.get()
    assert (case.resident, case.filed_by, case.source) == (None, town.household, "household")
    assert case.consent
    assert case.get_absolute_url() in household.get("/household/").text


def test_a_household_files_only_for_the_estates_of_its_branch(client_of, town):
    household = client_of(town.household)
    answer = household.post(FILE + "?as=household", {"estate": town.other_estate.pk})
    assert answer.status_code == 200
    assert not Draft.objects.exists()
    # For itself it files like everybody.
    begin(household, town.other_estate, "?as=resident")


@pytest.mark.parametrize(("who", "party"), [("clerk", "branch"), ("dispatcher", "dispatcher")])
def test_clerks_and_dispatchers_file_at_the_counter(client_of, town, who, party):
    desk = client_of(getattr(town, who))
    draft = fill(desk, town)
    send(desk, draft)
    case = ServiceRequest.objects.get()
    assert (case.source, case.filed_by, case.events.get().party) == ("counter", getattr(town, who), party)


def test_a_resident_cannot_file_as_somebody_they_are_not(client_of, town):
    resident = client_of(town.resident)
    draft = begin(resident, town.estate, "?as=branch")
    assert draft.data["party"] == "resident"


def test_an_estate_is_found_by_name_community_or_street(client, town):
    assert f'value="{town.estate.pk}"' in client.get(FILE, {"q": "槐树"}).text
    assert f'value="{town.estate.pk}"' not in client.get(FILE, {"q": "柳树"}).text
    assert f'value="{town.other_estate.pk}"' in client.get(FILE, {"q": "柳树社区"}).text
    assert town.street.code in client.get(FILE).text
    assert f'value="{town.estate.pk}"' in client.get(FILE, {"street": town.street.code}).text
    assert client.get(FILE, {"q": "没有这个院"}).status_code == 200


def test_one_page_asks_everything_and_keeps_what_is_wrong(client, town):
    typed = {"estate": town.estate.pk, "place": "6栋1单元三楼", "category": town.lamp.pk, "text": TEXT, "again": "on"}
    wrong = client.post("/file/all/", {**typed, "contact_name": "周大娘", "contact_phone": "12", "photos": [photo()]})
    assert wrong.status_code == 200
    assert 'href="#id_contact_phone"' in wrong.text
    assert "<title>错误：" in wrong.text
    draft = Draft.objects.get()
    assert draft.photos.count() == 1
    again = client.get(reverse("requests:file-all-again", args=[draft.key]))
    assert again.context["form"]["again"].value()
    for kept in (TEXT, 'value="6栋 1单元三楼"', 'value="12"', draft.photos.get().small_url):
        assert kept in again.text
    right = {**typed, "contact_name": "周大娘", "contact_phone": PHONE}
    answer = client.post(reverse("requests:file-all-again", args=[draft.key]), right)
    assert answer["Location"] == step(draft, "check")
    send(client, draft)
    case = ServiceRequest.objects.get()
    assert (case.building, case.spot, case.photos.count()) == (town.building, "1单元三楼", 1)
    assert case.events.get().facts["again"]


def test_one_page_stops_at_an_emergency_all_the_same(client, town):
    typed = {"estate": town.estate.pk, "category": town.burst.pk, "text": "水管爆了"}
    answer = client.post("/file/all/", {**typed, "contact_name": "周大娘", "contact_phone": PHONE})
    assert answer["Location"] == step(Draft.objects.get(), "calm")


def test_a_daughter_files_for_her_mother_who_agreed(client_of, town):
    resident = client_of(town.resident)
    draft = begin(resident, town.estate)
    for page in ("place", "what", "words"):
        resident.post(step(draft, page), answers(town)[page])
    mother = {"contact_name": "周妈妈", "contact_phone": "19900000088", "for_other": "on"}
    refused = resident.post(step(draft, "contact"), mother)
    assert 'id="id_consent_error"' in refused.text
    resident.post(step(draft, "contact"), {**mother, "consent": "on"})
    answer = send(resident, draft)
    case = ServiceRequest.objects.get()
    assert (case.resident, case.filed_by, case.source, case.is_for_another) == (town.resident, None, "web", True)
    assert case.contact_phone == "19900000088"
    assert resident.get(answer["Location"]).context["for_others"]
    assert case.get_absolute_url() in resident.get("/mine/").text


def test_a_kind_is_found_in_the_words_people_use(client, town):
    draft = begin(client, town.estate)
    client.post(step(draft, "place"), {})
    found = client.get(step(draft, "what"), {"q": "楼道里灯不亮了"})
    assert f'id="category_found_{town.lamp.pk}"' in found.text
    assert f'id="category_found_{town.allowance.pk}"' not in found.text
    assert client.get(step(draft, "what"), {"q": "🙂"}).status_code == 200


def test_the_place_used_last_comes_first(client_of, town):
    filed(town)
    page = client_of(town.resident).get(FILE)
    assert f'id="estate_{town.estate.pk}"' in page.text
    assert f'id="estate_{town.other_estate.pk}"' not in page.text


def test_one_tap_takes_the_place_used_last(client_of, town):
    case = filed(town)
    resident = client_of(town.resident)
    assert f'name="again" value="{case.pk}"' in resident.get(FILE).text
    answer = resident.post(FILE, {"again": case.pk})
    draft = Draft.objects.get()
    assert answer["Location"] == step(draft, "what")
    # What is known can be corrected.
    assert resident.get(answer["Location"]).context["back"] == "place"
    assert 'value="1单元"' in resident.get(step(draft, "place")).text
    # The place of somebody else's request is not to be had that way.
    stranger = client_of(town.neighbour).post(FILE, {"again": case.pk})
    assert stranger.status_code == 200
    assert Draft.objects.count() == 1


def test_a_place_with_a_plate_can_be_chosen_from_the_list(client, town):
    draft = begin(client, town.estate)
    assert "6栋 1单元电梯" in client.get(step(draft, "place")).text
    client.post(step(draft, "place"), {"marked": town.lift.pk, "spot_words": "门口"})
    place = answers(town)
    for page in ("what", "words", "contact"):
        client.post(step(draft, page), place[page])
    send(client, draft)
    case = ServiceRequest.objects.get()
    assert (case.building, case.spot) == (town.building, "1单元电梯 门口")


def test_what_is_asked_often_here_comes_first(client_of, town):
    for _time in range(2):
        filed(town, timezone.now())
    resident = client_of(town.resident)
    draft = begin(resident, town.estate)
    resident.post(step(draft, "place"), {})
    assert f'id="category_usual_{town.lamp.pk}"' in resident.get(step(draft, "what")).text


def test_too_many_from_one_number_wait_and_lose_nothing(client, town, monkeypatch):
    monkeypatch.setattr(filing, "FILINGS_PER_PHONE", 1)
    send(client, fill(client, town))
    draft = fill(client, town)
    answer = send(client, draft)
    assert answer.status_code == 429
    assert TEXT in answer.text
    assert ServiceRequest.objects.count() == 1
    assert Draft.objects.filter(pk=draft.pk).exists()
    # Signed in, nobody is counted.
    client.force_login(town.resident)
    assert send(client, draft).status_code == 302


def test_a_resend_is_not_counted_against_the_number(client, town, monkeypatch):
    monkeypatch.setattr(filing, "FILINGS_PER_PHONE", 1)
    draft = fill(client, town)
    send(client, draft)
    assert send(client, draft).status_code == 302
    assert Quota.objects.get(key__startswith="file-phone").count == 1


def test_no_database_refuses_odd_characters(client, town):
    draft = begin(client, town.estate)
    client.post(step(draft, "place"), {"spot_words": "三\0楼"})
    client.post(step(draft, "what"), {"category": "\0"})
    draft.refresh_from_db()
    assert "\0" not in str(draft.data)
    assert client.get(FILE, {"q": "槐\0树", "street": "\0"}).status_code == 200
    assert client.post(step(draft, "words"), {"text": "灯\0坏", "remove": "\0"}).status_code == 302


def test_a_number_no_case_has_is_not_found(client_of, town):
    resident = client_of(town.resident)
    for url in (f"/public/{10**25}/", f"/inbox/{10**25}/", f"/requests/{10**25}/"):
        assert resident.get(url).status_code == 404


def test_pages_cost_the_same_for_one_and_for_twenty(client_of, town, django_assert_max_num_queries):
    resident = client_of(town.resident)

    def cost(url):
        with django_assert_max_num_queries(16) as seen:
            assert resident.get(url).status_code == 200
        return len(seen)

    def costs():
        draft = fill(resident, town)
        pages = [FILE, FILE + f"?street={town.street.code}", step(draft, "place"), step(draft, "what")]
        return [cost(url) for url in [*pages, step(draft, "words"), step(draft, "contact"), step(draft, "check")]]

    filed(town)
    few = costs()
    for number in range(20):
        estate = Estate.objects.create(code=f"E{number:03}", name=f"{number}号院", branch=town.branch)
        Building.objects.create(estate=town.estate, code=f"B{number:03}", name=f"{number}号楼")
        group = Category.objects.create(code=f"g{number}", name=f"组{number}")
        leaf = Category.objects.create(code=f"l{number}", name=f"类{number}", parent=group, urgency="help")
        filed(town, estate=estate, building=None, category=leaf)
    assert costs() == few


def test_a_receipt_costs_few_queries(client, town, django_assert_max_num_queries):
    draft = fill(client, town, words={"photos": [photo()]})
    answer = send(client, draft)
    with django_assert_max_num_queries(8):
        client.get(answer["Location"])
    assert Photo.objects.get().case is not None


def test_what_was_sent_already_is_not_sent_again_and_other_words_are_not_lost(client, town):
    draft = fill(client, town)
    receipt = send(client, draft)["Location"]
    case = ServiceRequest.objects.get()
    for page, typed in answers(town).items():
        assert client.post(step(draft, page), typed).headers.get("Location") == receipt, page
    assert send(client, draft)["Location"] == receipt
    for page, typed in (
        ("words", {"text": "不止三楼，四楼也不亮"}),
        ("words", {"text": TEXT, "photos": photo()}),
        ("contact", {"contact_name": "周大娘", "contact_phone": "19900000078"}),
        ("what", {"category": town.rubbish.pk}),
    ):
        answer = client.post(step(draft, page), typed)
        assert answer.status_code == 422
        assert case.grouped_code in answer.text
        assert typed.get("text", "") in answer.text
        assert case.get_absolute_url() in answer.text
    assert ServiceRequest.objects.count() == 1
    case.refresh_from_db()
    assert (case.text, case.photos.count()) == (TEXT, 0)
    # What the page offers: the words are added to the case, once, however often a script has to send them.
    assert reverse("requests:step", args=[case.pk, "add"]) in client.post(step(draft, "words"), {"text": "四楼"}).text
    for _time in range(2):
        words = {"note": "四楼也不亮", "seen": case.event_count}
        added = client.post(f"/requests/{case.pk}/add/", words, headers={"Accept": "application/json"})
        assert added.json()["to"] == case.get_absolute_url()
    assert case.events.filter(act="add", note="四楼也不亮").count() == 1


def test_a_script_is_told_where_the_form_leads(client, town):
    script = {"headers": {"Accept": "application/json"}}
    key = uuid.uuid4()
    for _time in range(2):
        # Sent again after a lost answer: the same draft.
        told = client.post(FILE, {"estate": town.estate.pk, "key": key}, **script).json()["to"]
    draft = Draft.objects.get()
    assert (draft.key, told) == (key, step(draft, "place"))
    for page, typed in answers(town).items():
        told = client.post(step(draft, page), typed, **script).json()["to"]
    assert told == step(draft, "check")
    assert client.post(told, **script).json()["to"] == reverse("requests:receipt", args=[key])
    assert client.post(step(draft, "words"), {"text": "别的"}, **script).status_code == 422
    # A key that is somebody's already makes nobody else's draft.
    type(client)().post(FILE, {"estate": town.estate.pk, "key": key})
    assert Draft.objects.get().key != key


def test_a_photo_sent_again_is_kept_once(client, town):
    draft = begin(client, town.estate)
    picture = photo().read()
    for _time in range(2):
        again = SimpleUploadedFile("又一次.jpg", picture, "image/jpeg")
        client.post(step(draft, "words"), {"text": TEXT, "photos": [again, photo(size=(30, 40))], "go": "stay"})
    assert draft.photos.count() == 2
