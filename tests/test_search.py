"""A case is found by what stands in it: on both databases exactly as comparing every text would find it."""

import random
from io import StringIO

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench import search as measured
from requests_app import search
from requests_app.journey import workflow
from requests_app.models import Act, SearchText, ServiceRequest
from requests_app.models.case import reach_of
from requests_app.mydata import erasing
from requests_app.search import lookups, texts
from requests_app.views.search import newest
from services.models import Building, Estate, Membership, Role, User
from tests import addresses
from tests import town as world

pytestmark = pytest.mark.django_db


@pytest.fixture
def t():
    return world.town()


@pytest.fixture(params=[lookups.RARE, 0], ids=["rare", "common"])
def either_way(request, monkeypatch):
    """Once with every query taken for a rare one, once with every query taken for a common one."""
    monkeypatch.setattr(lookups, "RARE", request.param)


def found(query, user=None):
    return set(search.find(ServiceRequest.objects.all(), query, user)[0].values_list("pk", flat=True))


# What is compared


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("灯 坏　了\n三天", "灯坏了三天"),
        ("，。（示范）", ",。(示范)"),
        ("Wi-Fi", "wi-fi"),
        ("①号", "1号"),
        ("灯\u200b坏\x00", "灯坏"),
        ("", ""),
    ],
)
def test_full_width_capitals_and_blanks_make_no_difference(written, folded):
    assert search.fold(written) == folded


def test_a_building_is_one_thing_however_it_is_written():
    written = ["3#", "3号楼", "三栋", "三号楼", "3栋", "3幢", "３号楼", "三幢", "3#楼", "３＃", "03栋"]
    assert {search.with_forms(search.fold(form)) for form in (*written, "3 号楼")} == {search.with_forms("3号楼")}


def test_numbers_in_words_are_numbers():
    for one, other in (
        ("十二号楼", "12号楼"),
        ("二十栋", "20幢"),
        ("一百零八号楼", "108#"),
        ("一二栋", "12栋"),
        ("2单元", "二单元"),
    ):
        assert search.with_forms(one) == search.with_forms(other) != other


def test_what_names_no_building_stays_as_it_is():
    for words in [
        "三号",
        "3楼",
        "三楼",
        "3号院",
        "整栋楼",
        "单元门",
        "1234栋",
        "a3栋",
        "1.3#",
        "两栋",
        "号楼",
        "#",
        "一千栋",
    ]:
        assert search.with_forms(words) == words, words


def test_a_floor_a_stair_and_a_door_are_no_part_of_a_buildings_name():
    assert search.with_forms("3#楼道灯") == search.with_forms("3栋楼道灯")


# What is found


@pytest.mark.usefixtures("either_way")
def test_text_place_and_category_are_searched(t):
    case = world.filed(t)
    world.filed(t, estate=t.other_estate, building=t.other_building, spot="", category=t.rubbish, text="门口堆着垃圾")
    words = ["灯", "坏了三天", "一单元的灯", "槐树院", "槐树院6栋", "６栋１单元", "槐树社区", "楼道灯"]
    for query in (*words, "灯 三天", "了三天 院6"):
        assert found(query) == {case.pk}, query


@pytest.mark.usefixtures("either_way")
def test_what_does_not_stand_in_it_does_not_find_it(t):
    world.filed(t, room="302")
    for query in ("灯三天", "灯 电梯", "院槐树", "302", "周大娘", "柳树", "%", "_", "\\", '"', "'", "*"):
        assert found(query) == set(), query


@pytest.mark.usefixtures("either_way")
def test_signs_that_databases_read_as_commands_are_found_as_they_stand(t):
    text = '100% 停水_停电，"AND" (NOT) 灯* \\ ^ {a:b} OR'
    case = world.filed(t, text=text)
    world.filed(t)
    for query in ("%", "0%停", "_", '"', '"and"', "*", "\\", "^", "{a:b}", "not", "AND", "水_停"):
        assert found(query) == {case.pk}, query


@pytest.mark.usefixtures("either_way")
def test_every_form_of_a_building_finds_every_other(t):
    cases = {
        world.filed(t, text=f"{form}的灯坏了", building=None, spot="").pk
        for form in ("3#", "3号楼", "三栋", "三号楼", "3幢", "３号楼")
    }
    other = world.filed(t, text="13号楼的灯坏了，二十三栋的也坏了", building=None, spot="")
    for query in ("3#", "3号楼", "三栋", "三号楼", "3栋", "3幢", "３号楼"):
        assert found(query) == cases, query
    assert found("3号楼的灯") == cases | {other.pk}  # with other words beside it, as they stand too
    assert found("十三栋") == {other.pk}


@pytest.mark.usefixtures("either_way")
def test_half_a_form_is_found_as_it_stands(t):
    digits = world.filed(t, text="3号楼停水", building=None, spot="")
    words = world.filed(t, text="三号楼停水", building=None, spot="")
    assert (found("3号"), found("三号"), found("号楼")) == ({digits.pk}, {words.pk}, {digits.pk, words.pk})
    assert found("6栋1") == set()
    place = world.filed(t)
    assert found("6栋1") == found("6栋1单") == found("六栋一单元") == {place.pk}


def test_a_number_stands_for_itself_though_the_estates_name_ends_in_one(t):
    estate = Estate.objects.create(code="YG2", name="阳光2", branch=t.branch)
    building = Building.objects.create(estate=estate, code="YG203", name="3号楼")
    case = world.filed(t, estate=estate, building=building, text="停水")
    assert found("三栋") == {case.pk}


def test_a_query_that_says_nothing_narrows_nothing(t, django_assert_num_queries):
    case = world.filed(t)
    for query in ("", "  ", "\u200b", "\x00 \u3000"):
        with django_assert_num_queries(0):
            cases, is_common = search.find(ServiceRequest.objects.all(), query)
        assert (set(cases), is_common) == ({case}, False), query


def test_a_case_is_named_by_its_number(t):
    case = world.filed(t)
    world.filed(t, text=f"和{case.pk}号一样，#{case.pk}")
    for query in (f"#{case.pk}", f"＃{case.pk}", f"No. {case.pk}", f"№{case.pk}"):
        assert found(query) == {case.pk}, query
    assert found("#999999999999999") == set()


def test_a_tracking_code_names_its_case_only_whole(t):
    case = world.filed(t)
    assert found(case.code) == found(case.grouped_code) == {case.pk}
    assert found(case.code[:10]) == found(case.code[1:]) == set()


# Who finds by phone


def test_whoever_serves_on_a_case_finds_it_by_the_whole_number(t):
    case = world.dispatched(t)
    serving = (t.clerk, t.dispatcher, t.supervisor, t.caller, t.officer)
    for person in serving:
        assert found("199 0000 0001", person) == {case.pk}, person
        assert found("0001", person) == found("1990000000", person) == set()
    for name, person in t.people.items():
        if person not in serving:
            assert found("19900000001", person) == set(), name
    assert found("19900000001") == set()


def test_nobody_finds_a_case_of_their_own_as_staff(t):
    Membership.objects.create(user=t.resident, role=Role.BRANCH, unit=t.branch, since=world.SINCE)
    world.filed(t)
    assert found("19900000001", t.resident) == set()


def test_a_department_finds_by_phone_while_it_works_on_the_case(t):
    case = world.returned(t)
    workflow.take(case, Act.UPHOLD, by=t.dispatcher, lead=t.housing, note="归房管", at=world.MONDAY)
    assert found("19900000001", t.officer) == set()
    assert found("19900000001", t.warden) == {case.pk}


def test_a_number_that_is_kept_from_a_department_finds_nothing_there(t):
    confidential = world.dispatched(t)
    complaint = world.dispatched(t)
    ServiceRequest.objects.filter(pk=confidential.pk).update(is_confidential=True)
    ServiceRequest.objects.filter(pk=complaint.pk).update(against=t.sweepers)
    assert found("19900000001", t.officer) == set()
    assert found("19900000001", t.clerk) == {confidential.pk, complaint.pk}
    ServiceRequest.objects.filter(pk=complaint.pk).update(against=t.housing)
    assert found("19900000001", t.officer) == {complaint.pk}
    Membership.objects.create(user=t.clerk, role=Role.OFFICER, unit=t.housing, since=world.SINCE)
    t.clerk = type(t.clerk).objects.get(pk=t.clerk.pk)
    assert found("19900000001", t.clerk) == set()


# Who finds what


@pytest.fixture(params=[texts.SIGNS, 1], ids=["a sign each", "one sign for all"])
def signs(request, monkeypatch):
    """The signs only narrow: nothing else is found where every unit and every resident has the same one."""
    monkeypatch.setattr(texts, "SIGNS", request.param)


def found_by(person, words, tracked=()):
    keys, number = [], 1
    while True:
        page = newest(reach_of(person, tracked), words, person).get_page(number)
        keys += page
        if not page.has_next():
            return keys
        number += 1


def test_everybody_finds_what_they_may_see_and_nothing_else(either_way, signs):
    t = addresses.world(world.MONDAY)
    case = world.returned(t)
    workflow.take(case, Act.UPHOLD, by=t.dispatcher, lead=t.firm, note="归物业", at=world.MONDAY)
    parent = workflow.take(world.merged(t).parent, Act.ACCEPT, by=t.clerk, at=world.MONDAY)
    parent = workflow.take(parent, Act.REFER, by=t.clerk, note="修不了", at=world.MONDAY)
    parent = workflow.take(parent, Act.DISPATCH, by=t.dispatcher, lead=t.housing, assist=[t.firm], at=world.MONDAY)
    for act, by, facts in ((Act.ASSIST, t.fitter, {"note": "让了路"}), (Act.SIGN, t.warden, {})):
        parent = workflow.take(parent, act, by=by, at=world.MONDAY, **facts)
    workflow.take(parent, Act.FULFIL, by=t.warden, note="换了灯", at=world.MONDAY)
    # A clerk lives somewhere, too.
    world.filed(t, text="灯", by=t.clerk, estate=t.other_estate, building=t.other_building)
    Membership.objects.create(user=t.other_clerk, role=Role.OFFICER, unit=t.sweepers, since=world.SINCE)
    workflow.take(world.referred(t), Act.DISPATCH, by=t.dispatcher, lead=t.sweepers, assist=[], at=world.MONDAY)
    numbers = {}
    for name, person in [*t.people.items(), ("nobody", AnonymousUser())]:
        for tracked in ((), (t.foreign.pk,)):
            seen = ServiceRequest.objects.visible_to(User.objects.get(pk=person.pk) if person.pk else person, tracked)
            for words in ("灯", "灯 坏", "天", "6栋", "一单元的灯坏了", "没有人这么说"):
                held = search.find(seen, words)[0].order_by("-created_at", "-pk")
                expected = list(held.values_list("pk", flat=True))
                assert found_by(person, words, tracked) == expected, (name, words, tracked)
                numbers[name] = max(len(expected), numbers.get(name, 0))
    assert all(number for name, number in numbers.items() if name != "nobody"), numbers
    assert search.reindex()[1] == 0, "every step wrote what it had to"


def test_a_department_finds_a_case_from_the_step_that_gives_it_one(t):
    case = world.referred(t)
    assert found_by(t.officer, "灯坏") == found_by(t.warden, "灯坏") == []
    case = workflow.take(case, Act.DISPATCH, by=t.dispatcher, lead=t.sanitation, assist=[t.housing], at=world.MONDAY)
    assert found_by(t.officer, "灯坏") == found_by(t.warden, "灯坏") == [case.pk]
    assert found_by(t.sweeper, "灯坏") == found_by(t.fitter, "灯坏") == []
    workflow.take(case, Act.REASSIGN, by=t.dispatcher, lead=t.firm, note="归物业", at=world.MONDAY)
    assert found_by(t.officer, "灯坏") == found_by(t.fitter, "灯坏") == [case.pk]


def test_whoever_had_their_data_deleted_finds_nothing_and_the_others_still_do(t):
    case = world.rated(t)
    assert found_by(t.resident, "灯坏") == [case.pk]
    erasing.erase_person(t.resident, world.MONDAY + world.HOUR)
    assert found_by(t.resident, "灯坏") == []
    assert found_by(t.clerk, "灯坏") == found_by(t.officer, "灯坏") == [case.pk]
    assert search.reindex()[1] == 0


@pytest.mark.parametrize("person", ["auditor", "clerk", "officer"])
def test_a_common_word_is_known_for_one_before_any_text_is_read(t, monkeypatch, person):
    monkeypatch.setattr(lookups, "RARE", 4)
    for _ in range(12):
        world.dispatched(t)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE requests_app_searchtext")
    reach = reach_of(t.people[person])
    for words in ("灯", "坏了", "灯 坏了"):
        with CaptureQueriesContext(connection) as asked:
            assert search.lookup(words, reach).is_common
        assert all(query["sql"].startswith(("EXPLAIN", "SELECT COUNT")) for query in asked), words
    assert found_by(t.people[person], "灯") == sorted(ServiceRequest.objects.values_list("pk", flat=True), reverse=True)


def test_few_shapes_are_kept_of_what_people_type(t, monkeypatch):
    monkeypatch.setattr(lookups, "RARE", 0)
    world.filed(t)
    reach = reach_of(t.clerk)
    kept = (lookups.INDEXED_FOR, lookups.FOUND, lookups.WALKED)
    newest(reach, "灯").get_page(1)
    before = [len(one.plans) for one in kept]
    for page in range(2, 12):
        newest(reach, "灯").get_page(page)
    for words in range(13, 26):
        newest(reach, " ".join(["3#a"] * words)).get_page(1)
    assert [len(one.plans) for one in kept] == before


@pytest.mark.parametrize("person", ["resident", "clerk", "nobody"])
def test_a_tracked_case_is_found_without_going_through_all(t, monkeypatch, person):
    """Nobody with a case or two waits until the texts of all others were compared."""
    tracked = world.filed(t, estate=t.other_estate, building=t.other_building, by=None)
    for _ in range(3):
        world.filed(t, estate=t.other_estate, building=t.other_building, by=t.neighbour)
    monkeypatch.setattr(lookups, "RARE", 2)
    monkeypatch.setattr(lookups, "WALKED", None)
    reader = t.people.get(person, AnonymousUser())
    assert found_by(reader, "灯坏", (tracked.pk,)) == [tracked.pk]


# How it is kept


def test_a_correction_in_the_admin_is_found_and_the_slip_is_not(client, t):
    case = world.filed(t)
    client.force_login(t.admin)
    url = reverse("admin:requests_app_servicerequest_change", args=[case.pk])
    form = client.get(url).context["adminform"].form
    sent = {name: form[name].value() for name in form.fields} | {"text": "二单元的门坏了", "spot": "2单元"}
    for formset in client.get(url).context["inline_admin_formsets"]:
        management = formset.formset.management_form
        sent |= {f"{management.prefix}-{name}": value for name, value in management.initial.items()}
    assert client.post(url, sent).status_code == 302
    assert (found("门坏"), found("灯坏"), found("一单元")) == ({case.pk}, set(), set())


def test_a_step_leaves_what_a_case_is_found_by_alone(t, django_assert_num_queries):
    case = world.filed(t)
    with connection.execute_wrapper(refuse_search_texts):
        workflow.take(case, Act.ACCEPT, by=t.clerk, at=world.MONDAY)


def refuse_search_texts(execute, sql, params, many, context):
    assert "searchtext" not in sql
    return execute(sql, params, many, context)


def test_reindexing_mends_what_differs_and_says_so(t):
    cases = [world.filed(t) for _ in range(3)]
    SearchText.objects.filter(pk=cases[0].pk).delete()
    SearchText.objects.filter(pk=cases[1].pk).update(text=search.spaced("什么"))
    assert (found("灯坏"), found("什么")) == ({cases[2].pk}, {cases[1].pk})
    assert said("reindex") == "3 cases: 2 written anew"
    assert (found("灯坏"), found("什么")) == ({case.pk for case in cases}, set())
    assert said("reindex") == "3 cases: 0 written anew"


def test_reindexing_goes_through_all_cases_in_batches(t, monkeypatch):
    monkeypatch.setattr(texts, "BATCH", 2)
    for _ in range(5):
        world.filed(t)
    t.estate.name = "榆树院"
    t.estate.save(update_fields=["name"])
    assert said("reindex") == "5 cases: 5 written anew"
    assert len(found("榆树院")) == 5
    assert found("槐树院") == set()


def said(command):
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue().strip()


# Against comparing every text


def test_two_hundred_pieces_are_found_as_comparing_every_text_finds_them():
    call_command("seed", verbosity=0)
    measured.fill_with_words(2000, seed=7)
    reference = measured.Reference()
    pieces = measured.pieces(200, random.Random(7))
    assert {len(piece) for piece in pieces} == {1, 2, 3, 4, 5, 6}
    for piece in pieces:
        assert found(piece) == reference.keys(piece), piece


# The page


def open_search(client, person, query, **more):
    client.force_login(person)
    return client.get(reverse("requests:search"), {"q": query, **more})


def listed(response):
    return [row["pk"] for row in response.context["rows"]]


def test_the_page_lists_what_its_reader_may_see_newest_first(client, t):
    old, new = world.filed(t), world.filed(t, at=world.MONDAY + world.HOUR)
    there = world.filed(t, estate=t.other_estate, building=t.other_building, by=t.neighbour)
    assert listed(open_search(client, t.clerk, "灯坏")) == [new.pk, old.pk]
    assert listed(open_search(client, t.resident, "灯坏")) == [new.pk, old.pk]
    assert listed(open_search(client, t.neighbour, "灯坏")) == [there.pk]
    assert listed(open_search(client, t.officer, "灯坏")) == []


def test_signs_that_nobody_sees_are_no_query(client, t):
    world.filed(t)
    for unseen in ("\u200b", "\u200b \ufeff", "\ue003"):
        response = open_search(client, t.clerk, unseen)
        assert "rows" not in response.context
        assert response.status_code == 200


def test_a_number_opens_its_case_at_once_and_only_where_it_may_be_seen(client, t):
    case = world.filed(t)
    response = open_search(client, t.clerk, f"#{case.pk}")
    assert (response.status_code, response.url) == (302, case.get_absolute_url())
    response = open_search(client, t.other_clerk, f"#{case.pk}")
    assert (response.status_code, listed(response)) == (200, [])


def test_bare_digits_offer_the_case_of_that_number(client, t):
    case = world.filed(t)
    assert open_search(client, t.clerk, str(case.pk)).context["numbered"] == case
    assert open_search(client, t.other_clerk, str(case.pk)).context["numbered"] is None


def test_a_phone_number_finds_for_staff_and_for_nobody_else(client, t):
    case = world.filed(t)
    assert listed(open_search(client, t.clerk, "19900000001")) == [case.pk]
    assert listed(open_search(client, t.auditor, "19900000001")) == []


def test_a_common_word_is_not_counted_and_still_leads_on(client, t, monkeypatch):
    monkeypatch.setattr(lookups, "RARE", 5)
    cases = [world.filed(t, at=world.MONDAY + number * world.HOUR).pk for number in range(28)]
    first = open_search(client, t.clerk, "灯")
    assert (listed(first), first.context["total"]) == (cases[:2:-1], "25+")
    second = open_search(client, t.clerk, "灯", page=2)
    assert (listed(second), second.context["total"]) == (cases[2::-1], "28")
    assert listed(open_search(client, t.clerk, "灯", page="x")) == listed(first)
    assert listed(open_search(client, t.clerk, "灯", page=99)) == listed(first)
    client.force_login(t.clerk)
    queue = client.get(reverse("requests:desk", args=["branch"]), {"tab": "all", "words": "灯"})
    assert (listed(queue), queue.context["total"]) == (listed(first), "25+")


WRITTEN = (
    "6栋",
    "6#",
    "六号楼",
    "一单元",
    "灯",
    "灯 坏",
    "坏 楼道",
    "%",
    "灯坏了三天吗",
    "19900000001",
    "1990000",
    "19900000002",
)


@pytest.mark.parametrize(("person", "desk"), [("clerk", "branch"), ("officer", "department"), ("auditor", "audit")])
def test_the_field_above_the_queue_and_programs_find_the_same(client, t, person, desk):
    world.signed(t)
    world.neighbours(t)
    world.filed(t, text="垃圾没人收，100%臭", category=t.rubbish, building=None)
    anything = set()
    for words in WRITTEN:
        above = open_search(client, t.people[person], words)
        queue = client.get(reverse("requests:desk", args=[desk]), {"tab": "all", "words": words})
        program = client.get(reverse("api:cases"), {"q": words}).json()["results"]
        assert sorted(listed(above)) == sorted(listed(queue)) == sorted(case["id"] for case in program), words
        anything.update(listed(above))
    assert anything == set(ServiceRequest.objects.visible_to(t.people[person]).values_list("pk", flat=True))


def test_the_page_costs_the_same_for_one_row_and_for_thirty(client, t, django_assert_max_num_queries):
    client.force_login(t.clerk)

    def cost():
        with django_assert_max_num_queries(12) as captured:
            assert client.get(reverse("requests:search"), {"q": "灯"}).status_code == 200
        return len(captured)

    world.filed(t)
    before = cost()
    for _ in range(29):
        world.filed(t)
    assert cost() == before


def test_every_desk_offers_the_search(client, t):
    for person in (t.clerk, t.officer, t.auditor):
        client.force_login(person)
        assert f'action="{reverse("requests:search")}"' in client.get(reverse("home")).content.decode()
    client.force_login(t.resident)
    assert reverse("requests:search") not in client.get(reverse("home")).content.decode()
