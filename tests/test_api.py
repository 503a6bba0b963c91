"""The API: who reads what, what is refused and how, and that no input breaks it."""

import base64
import io
import json
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import RequestFactory, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from requests_app import quotas
from requests_app.api import parsers
from requests_app.journey import workflow
from requests_app.journey.sweep import sweep
from requests_app.models import Act, Event, KeptAnswer, Quota, ServiceRequest
from requests_app.photos import clean_photo
from services.models import ApiToken
from tests import town as world
from tests.support import dump

CASES = "/api/v1/requests/"


def picture():
    out = io.BytesIO()
    Image.effect_noise((32, 24), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def upload(name, data):
    return SimpleUploadedFile(name, data, "image/jpeg")


class Town(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.town = world.town()

    def setUp(self):
        self.client = APIClient()

    def as_(self, person):
        """The client, signed in as ``person``."""
        self.client.force_authenticate(person)
        return self.client

    def send(self, person, url, data):
        """POST ``data`` as ASCII JSON, in which even half a character can be written."""
        return self.as_(person).generic("POST", url, json.dumps(data), "application/json")

    def assertProblem(self, answer, status):
        self.assertEqual(answer.status_code, status, answer.content)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        problem = answer.json()
        self.assertEqual(problem["status"], status)
        self.assertLessEqual({"type", "title", "detail"}, set(problem))
        return problem


class WhoReadsWhat(Town):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.case = world.dispatched(cls.town)
        workflow.take(cls.case, Act.NOTE, by=cls.town.officer, note="先看现场", at=world.MONDAY)
        workflow.take(cls.case, Act.TELL, by=cls.town.officer, note="明天上门", at=world.MONDAY)
        cls.url = f"{CASES}{cls.case.pk}/"
        cls.seeing = {"resident", "clerk", "dispatcher", "officer", "supervisor", "caller", "auditor"}

    def test_only_those_who_see_the_case_read_it_its_events_and_may_act(self):
        for name, person in self.town.people.items():
            with self.subTest(name):
                client = self.as_(person)
                seen = name in self.seeing
                self.assertEqual([row["id"] for row in client.get(CASES).json()["results"]], [self.case.pk] * seen)
                for url in (self.url, f"{self.url}events/"):
                    self.assertEqual(client.get(url).status_code, 200 if seen else 404)
                if not seen:
                    self.assertProblem(client.post(f"{self.url}events/", {"act": "note", "note": "x"}), 404)

    def test_without_credentials_everything_is_closed(self):
        for url in (CASES, self.url, f"{self.url}events/", "/api/v1/units/", "/api/v1/me/"):
            answer = self.client.get(url)
            self.assertProblem(answer, 401)
            self.assertIn("Token", answer.headers["WWW-Authenticate"])
        self.assertProblem(self.client.post(CASES, {}), 401)

    def test_a_token_opens_and_a_wrong_one_does_not(self):
        _token, key = ApiToken.objects.issue(self.town.resident, timezone.now())
        self.client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
        self.assertEqual(self.client.get(self.url).status_code, 200)
        for wrong in ("Token nothing", "Token", "Token a b", "Token \x00", "Token \xff", "Bearer x"):
            self.client.credentials(HTTP_AUTHORIZATION=wrong)
            self.assertProblem(self.client.get(self.url), 401)

    def test_a_session_opens_too_and_needs_its_csrf_token_to_write(self):
        client = APIClient(enforce_csrf_checks=True)
        client.force_login(self.town.resident)
        self.assertEqual(client.get(self.url).status_code, 200)
        self.assertProblem(client.post(f"{self.url}events/", {"act": "withdraw"}), 403)

    def test_name_phone_room_and_code_are_for_the_resident_alone(self):
        for name in self.seeing:
            shown = self.as_(self.town.people[name]).get(self.url).json()
            own = name == "resident"
            with self.subTest(name):
                self.assertEqual(shown["contact_phone"], "19900000001" if own else "199****0001")
                self.assertEqual(shown["contact_name"], "周大娘" if own else "周**")
                self.assertEqual(shown["code"], self.case.code if own else None)
        filed = world.filed(
            self.town,
            by=self.town.household,
            party="household",
            source="household",
            consent=True,
            contact_phone="19900000009",
            room="1201",
        )
        for reader in (self.town.household, self.town.clerk):
            shown = self.as_(reader).get(f"{CASES}{filed.pk}/").json()
            self.assertEqual((shown["contact_phone"], shown["room"]), ("199****0009", "***"))
            self.assertIsNone(shown["code"])

    def test_the_hand_that_did_the_work_is_named_to_staff_only(self):
        case = world.accepted(self.town)
        workflow.take(case, "settle", by=self.town.clerk, note="换了灯", done_by="老高")
        for name, named in (("resident", False), ("dispatcher", True)):
            events = self.as_(self.town.people[name]).get(f"{CASES}{case.pk}/events/").json()["results"]
            self.assertEqual("老高" in str(events), named)

    def test_internal_words_and_names_of_staff_stay_among_staff(self):
        for name in self.seeing:
            events = self.as_(self.town.people[name]).get(f"{self.url}events/").json()["results"]
            text = str(events)
            with self.subTest(name):
                self.assertEqual("先看现场" in text, name != "resident")
                self.assertEqual("老高" in text, name != "resident")
                self.assertIn("明天上门", text)
                self.assertNotIn("周大娘", text)

    def test_what_one_may_do_now_is_listed(self):
        self.assertEqual(self.as_(self.town.resident).get(self.url).json()["open_acts"], ["withdraw", "urge", "add"])
        self.assertIn("sign", self.as_(self.town.officer).get(self.url).json()["open_acts"])
        self.assertEqual(self.as_(self.town.auditor).get(self.url).json()["open_acts"], [])

    def test_who_serves_is_read_by_any_signed_in_person(self):
        client = self.as_(self.town.neighbour)
        for url in (
            "units/",
            "units/14021300100101/",
            "estates/",
            "estates/HSY/",
            "categories/",
            "categories/stair-lamp/",
            "reasons/",
            "units/?kind=branch&under=140213001",
            "estates/?under=140213001",
            "categories/?group=lighting",
            "reasons/?kind=return",
            "me/",
        ):
            self.assertEqual(client.get(f"/api/v1/{url}").status_code, 200, url)
        codes = [row["code"] for row in client.get("/api/v1/estates/?under=140213001").json()["results"]]
        self.assertEqual(codes, ["HSY"])
        self.assertEqual(client.get("/api/v1/estates/HSY/").json()["buildings"][0]["code"], "HSY06")

    def test_me_names_my_memberships(self):
        me = self.as_(self.town.dispatcher).get("/api/v1/me/").json()
        self.assertEqual(
            [(held["role"], held["unit"]["name"]) for held in me["memberships"]], [("dispatcher", "槐树社区")]
        )


class Filing(Town):
    def filing(self, **fields):
        facts = {"estate": "HSY", "building": "HSY06", "category": "stair-lamp", "text": "灯不亮", "spot": "1单元"}
        return {**facts, **fields}

    def test_a_resident_files_for_themselves_with_their_own_number(self):
        answer = self.as_(self.town.resident).post(CASES, self.filing())
        self.assertEqual(answer.status_code, 201, answer.content)
        case = ServiceRequest.objects.get(pk=answer.json()["id"])
        self.assertEqual((case.resident, case.contact_phone, case.source), (self.town.resident, "19900000001", "api"))
        self.assertEqual(answer.json()["code"], case.code)

    def test_the_same_key_makes_one_case_however_often_it_is_sent(self):
        client, key = self.as_(self.town.resident), {"HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4())}
        first = client.post(CASES, self.filing(), **key)
        again = client.post(CASES, self.filing(), **key)
        self.assertEqual((first.status_code, again.status_code), (201, 201))
        self.assertEqual(first.json(), again.json())
        self.assertEqual(again.headers["Idempotent-Replayed"], "true")
        self.assertProblem(client.post(CASES, self.filing(text="又坏了一盏"), **key), 422)
        self.assertProblem(client.post(f"{CASES}{first.json()['id']}/events/", {"act": "urge"}, **key), 422)
        self.assertProblem(self.as_(self.town.neighbour).post(CASES, self.filing(), **key), 409)
        self.assertEqual(ServiceRequest.objects.count(), 1)
        problem = self.assertProblem(client.post(CASES, self.filing(), HTTP_IDEMPOTENCY_KEY="1"), 400)
        self.assertIn("Idempotency-Key", problem["errors"])

    def test_a_key_is_kept_for_three_days_and_nothing_of_it_lies_open(self):
        client, key = self.as_(self.town.resident), {"HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4())}
        # What was refused was not done: the key is free for the mended request.
        self.assertProblem(client.post(CASES, self.filing(text=""), **key), 400)
        first = client.post(CASES, self.filing(), **key)
        kept = KeptAnswer.objects.get()
        self.assertEqual(kept.body["contact_phone"], "19900000001")
        self.assertNotIn("19900000001", dump())
        sweep(kept.at + timedelta(hours=71))
        self.assertEqual(KeptAnswer.objects.count(), 1)
        sweep(kept.at + timedelta(hours=73))
        self.assertEqual(KeptAnswer.objects.count(), 0)
        again = client.post(CASES, self.filing(), **key)
        self.assertEqual((again.status_code, again.json()["id"]), (200, first.json()["id"]))

    def test_a_step_sent_again_with_its_key_is_taken_once(self):
        case, key = world.filed(self.town), {"HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4())}
        client, events, lamp = self.as_(self.town.clerk), f"{CASES}{case.pk}/events/", picture()
        settle = {"act": "settle", "note": "换了灯泡", "photos": [upload("a.jpg", lamp)]}
        self.assertProblem(client.post(events, settle, format="multipart", **key), 409)
        client.post(events, {"act": "accept"})
        for _time in range(2):
            settle["photos"] = [upload("b.jpg", lamp)]
            answer = client.post(events, settle, format="multipart", **key)
            self.assertEqual((answer.status_code, answer.json()["status"]), (201, "fulfilled"))
        settle["photos"] = [upload("a.jpg", picture())]
        self.assertProblem(client.post(events, settle, format="multipart", **key), 422)
        self.assertEqual((case.events.filter(act="settle").count(), case.photos.count()), (1, 1))

    def test_photos_come_along_and_are_fetched_with_the_same_token(self):
        data = self.filing(photos=[upload("a.jpg", picture()), upload("b.jpg", picture())])
        answer = self.as_(self.town.resident).post(CASES, data, format="multipart")
        self.assertEqual(answer.status_code, 201, answer.content)
        shown = answer.json()["photos"]
        self.assertEqual([photo["stage"] for photo in shown], ["before", "before"])
        for url in (shown[0]["large"], shown[0]["small"]):
            photo = self.client.get(url, HTTP_ACCEPT="image/jpeg")
            self.assertEqual((photo.status_code, photo.headers["Content-Type"]), (200, "image/jpeg"))
        self.assertProblem(self.as_(self.town.neighbour).get(shown[0]["large"], HTTP_ACCEPT="image/jpeg"), 404)
        self.client.force_authenticate(None)
        self.assertProblem(self.client.get(shown[0]["large"]), 401)

    def test_a_bad_photo_is_named_and_nothing_is_filed(self):
        data = self.filing(photos=[upload("a.jpg", picture()), upload("坏.jpg", b"no photo")])
        problem = self.assertProblem(self.as_(self.town.resident).post(CASES, data, format="multipart"), 400)
        self.assertIn("坏.jpg", problem["errors"]["photos"][0])
        self.assertFalse(ServiceRequest.objects.exists())

    def test_every_field_that_needs_mending_is_named(self):
        person = self.town.resident
        wrong = {
            "estate": ["XXX", None, 5, ["HSY"], "A" * 5000, "a\x00b", "\ud800"],
            "building": ["LSY01", "nothing", "\x00"],
            "category": ["lighting", "", {}, "x\x00"],
            "text": ["", "字" * 1001, "\x00", "\ud800", None, []],
            "contact_phone": ["123", "一九九", "1990000000x", "1９９００００００１２"],
            "party": ["caller", 1, "\ud800"],
            "consent": ["perhaps", []],
            "spot": ["x" * 61, "\ud83d"],
        }
        for field, values in wrong.items():
            for value in values:
                with self.subTest(field=field, value=value):
                    problem = self.assertProblem(self.send(person, CASES, self.filing(**{field: value})), 400)
                    self.assertEqual(list(problem["errors"]), [field])
        self.assertFalse(ServiceRequest.objects.exists())

    def test_bodies_that_are_no_filing_are_refused(self):
        client = self.as_(self.town.resident)
        bodies = (b"", b"{", b"[]", b'"x"', b"5", b"null", b"\xff\xfe", b"[" * 100_000, b'{"estate": 1e999}', b"NaN",
                  b'{"estate": ' + b"9" * 5000 + b"}")  # fmt: skip
        for body in bodies:
            with self.subTest(body[:20]):
                self.assertProblem(client.generic("POST", CASES, body, "application/json"), 400)
        self.assertProblem(client.generic("POST", CASES, b"a=1", "application/x-www-form-urlencoded"), 415)
        self.assertProblem(client.generic("POST", CASES, b"<a/>", "text/xml"), 415)
        self.assertProblem(client.generic("POST", CASES, b"x", "multipart/form-data"), 400)

    @override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
    def test_too_much_is_refused_before_it_is_read(self):
        client = self.as_(self.town.resident)
        self.assertProblem(client.post(CASES, self.filing(text="字" * 900)), 413)
        self.assertProblem(client.post(CASES, self.filing(text="字" * 900), format="multipart"), 413)
        answer = client.post(CASES, {}, CONTENT_LENGTH=str(parsers.LARGEST_BODY + 1))
        self.assertProblem(answer, 413)
        many = self.filing(photos=[upload("a.jpg", b"x") for _ in range(13)])
        self.assertProblem(client.post(CASES, many, format="multipart"), 413)

    def test_the_category_asks_and_the_case_keeps_the_answers_in_words(self):
        self.town.lamp.questions = [
            {"key": "floor", "label": "在几楼？", "kind": "text"},
            {"key": "since", "label": "多久了？", "kind": "choice", "choices": ["今天", "这几天"]},
            {"key": "again", "label": "以前反映过吗？", "kind": "yes_no"},
        ]
        self.town.lamp.save()
        answers = {"floor": "3楼", "since": "今天", "again": "no"}
        shown = self.as_(self.town.resident).post(CASES, self.filing(answers=answers)).json()
        self.assertEqual([answer["value"] for answer in shown["answers"]], ["3楼", "今天", "否"])
        for wrong in ({"since": "昨天"}, {"again": "perhaps"}, {"other": "x"}, {"floor": "\x00"}, {"floor": ["3"]}):
            problem = self.assertProblem(self.send(self.town.resident, CASES, self.filing(answers=wrong)), 400)
            self.assertEqual(list(problem["errors"]), [f"answers.{next(iter(wrong))}"])
        self.assertProblem(self.send(self.town.resident, CASES, self.filing(answers=["x"])), 400)

    def test_filing_for_somebody_else_follows_the_desk(self):
        other = {"contact_name": "吴师傅", "contact_phone": "19900000002", "party": "household"}
        client = self.as_(self.town.household)
        problem = self.assertProblem(client.post(CASES, self.filing(**other)), 400)
        self.assertEqual(list(problem["errors"]), ["consent"])
        answer = client.post(CASES, self.filing(**other, consent=True))
        self.assertEqual(answer.status_code, 201, answer.content)
        self.assertIsNone(ServiceRequest.objects.get().resident)
        foreign = self.as_(self.town.other_household).post(CASES, self.filing(**other, consent=True))
        self.assertEqual(list(self.assertProblem(foreign, 400)["errors"]), ["estate"])
        nobody = self.as_(self.town.neighbour).post(CASES, self.filing(**{**other, "party": "branch"}))
        self.assertEqual(list(self.assertProblem(nobody, 400)["errors"]), ["estate"])

    def test_a_number_is_needed(self):
        problem = self.assertProblem(self.as_(self.town.clerk).post(CASES, self.filing()), 400)
        self.assertEqual(list(problem["errors"]), ["contact_phone"])


class Steps(Town):
    def take(self, person, case, act, expected=201, **facts):
        answer = self.as_(person).post(f"{CASES}{case.pk}/events/", {"act": act, **facts})
        self.assertEqual(answer.status_code, expected, answer.content)
        return answer.json()

    def test_the_whole_journey_is_walked_through_events(self):
        t, case = self.town, world.filed(self.town, at=timezone.now())
        self.take(t.clerk, case, "accept", seen=1)
        self.take(t.clerk, case, "refer", note="院里修不了")
        self.take(t.dispatcher, case, "dispatch", lead=t.sanitation.code, assist=[t.housing.code])
        self.take(t.officer, case, "return", reason="not-ours", note="归房管")
        self.take(t.dispatcher, case, "uphold", lead=t.housing.code)
        self.take(t.warden, case, "sign")
        self.take(t.warden, case, "tell", note="明天上门")
        done = self.take(t.warden, case, "fulfil", note="换了灯", done_by="老石")
        self.assertEqual((done["status"], done["lead"]["code"]), ("fulfilled", t.housing.code))
        self.take(t.resident, case, "contest", note="又不亮了")
        self.take(t.warden, case, "fulfil", note="换了线路")
        closed = self.take(t.resident, case, "rate", contacted=True, solved=True, satisfaction="good")
        self.assertEqual((closed["status"], closed["holder"]), ("closed", ""))
        wording = {"text": "灯不亮", "outcome": "换了线路"}
        self.take(t.dispatcher, case, "release", **wording)
        acts = [event["act"] for event in self.as_(t.clerk).get(f"{CASES}{case.pk}/events/").json()["results"]]
        self.assertEqual(acts[:4], ["file", "accept", "refer", "dispatch"])
        self.assertEqual(len(acts), Event.objects.filter(case=case).count())

    def test_declining_names_the_right_door(self):
        case = world.filed(self.town)
        self.take(self.town.clerk, case, "decline", reason="court")
        events = self.as_(self.town.resident).get(f"{CASES}{case.pk}/events/").json()["results"]
        self.assertEqual(events[-1]["facts"]["door"], "请等法院判决。")
        self.assertEqual(self.take(self.town.resident, case, "appeal", note="没有诉讼")["status"], "referred")
        self.take(self.town.resident, case, "appeal", expected=409)

    def test_a_step_that_is_not_open_is_refused_and_leaves_no_trace(self):
        case = world.filed(self.town)
        for person, act in ((self.town.clerk, "fulfil"), (self.town.resident, "accept"), (self.town.auditor, "note")):
            answer = self.as_(person).post(f"{CASES}{case.pk}/events/", {"act": act})
            self.assertIn("#problem-refused", self.assertProblem(answer, 409)["type"])
        self.assertEqual(case.events.count(), 1)

    def test_a_case_that_moved_on_since_is_not_moved_again(self):
        case = world.accepted(self.town)
        problem = self.take(self.town.clerk, case, "refer", 409, note="晚了一步", seen=1)
        self.assertEqual(problem["status"], 409)

    def test_what_an_act_needs_is_asked_for_by_field(self):
        t = self.town
        here = world.referred(t), world.accepted(t), world.fulfilled(t), world.filed(t)
        referred, accepted, fulfilled, filed = here
        wording, rating = {"text": "灯", "outcome": "好"}, {"contacted": True, "satisfaction": "good"}
        missing = (
            (t.dispatcher, referred, "dispatch", {}, ["lead"]),
            (t.dispatcher, referred, "dispatch", {"lead": t.branch.code}, ["lead"]),
            (t.dispatcher, referred, "dispatch", {"lead": "x\x00"}, ["lead"]),
            (t.dispatcher, referred, "dispatch", {"lead": t.housing.code, "assist": [t.housing.code]}, ["assist"]),
            (t.dispatcher, referred, "dispatch", {"lead": t.housing.code, "assist": ["none"]}, ["assist.0"]),
            (t.dispatcher, referred, "dispatch", {"lead": t.housing.code, "assist": "x"}, ["assist"]),
            (t.clerk, accepted, "settle", {}, ["note"]),
            (t.clerk, accepted, "settle", {"note": "  "}, ["note"]),
            (t.clerk, accepted, "settle", {"note": "字" * 1001}, ["note"]),
            (t.clerk, accepted, "settle", {"note": "好", "seen": 10**30}, ["seen"]),
            (t.clerk, accepted, "settle", {"note": "好", "seen": 0}, ["seen"]),
            (t.clerk, filed, "decline", {"reason": "not-ours"}, ["reason"]),
            (t.resident, fulfilled, "rate", {}, ["contacted", "solved", "satisfaction"]),
            (t.resident, fulfilled, "rate", {**rating, "solved": 2, "satisfaction": "x"}, ["solved", "satisfaction"]),
            (t.dispatcher, fulfilled, "release", {"text": "周大娘", "outcome": "19900000001"}, ["text", "outcome"]),
            (t.dispatcher, fulfilled, "release", {**wording, "photos_shown": ["x\x00"]}, ["photos_shown.0"]),
            (t.dispatcher, fulfilled, "release", {**wording, "photos_shown": ["x"]}, ["photos_shown"]),
            (t.clerk, filed, "lapse", {}, ["act"]),
            (t.clerk, filed, "\ud800", {}, ["act"]),
            (t.clerk, filed, None, {}, ["act"]),
        )  # fmt: skip
        for person, case, act, facts, fields in missing:
            with self.subTest(act=act, facts=facts):
                answer = self.send(person, f"{CASES}{case.pk}/events/", {"act": act, **facts})
                self.assertEqual(list(self.assertProblem(answer, 400)["errors"]), fields)

    def test_silence_in_a_form_is_no_answer(self):
        case = world.fulfilled(self.town)
        data = {"act": "rate", "satisfaction": "good"}
        answer = self.as_(self.town.resident).post(f"{CASES}{case.pk}/events/", data, format="multipart")
        self.assertEqual(list(self.assertProblem(answer, 400)["errors"]), ["contacted", "solved"])

    def test_photos_come_with_the_work_done(self):
        case = world.accepted(self.town)
        data = {"act": "settle", "note": "换了灯泡", "photos": [upload("后.jpg", picture())]}
        answer = self.as_(self.town.clerk).post(f"{CASES}{case.pk}/events/", data, format="multipart")
        self.assertEqual([photo["stage"] for photo in answer.json()["photos"]], ["after"])
        events = self.as_(self.town.resident).get(f"{CASES}{case.pk}/events/").json()["results"]
        self.assertEqual(len(events[-1]["photos"]), 1)

    def test_a_look_at_the_number_shows_it_once_and_the_resident_reads_who_looked(self):
        case = world.accepted(self.town)
        shown = self.take(self.town.clerk, case, "reveal", note="约上门时间")
        self.assertEqual((shown["contact_phone"], shown["code"]), ("19900000001", None))
        again = self.as_(self.town.clerk).get(f"{CASES}{case.pk}/").json()
        self.assertEqual(again["contact_phone"], "199****0001")
        events = self.as_(self.town.resident).get(f"{CASES}{case.pk}/events/").json()["results"]
        self.assertEqual((events[-1]["act"], events[-1]["note"]), ("reveal", "约上门时间"))

    def test_photos_of_internal_notes_stay_internal(self):
        case = world.accepted(self.town)
        data = {"act": "note", "note": "现场", "photos": [upload("x.jpg", picture())]}
        self.as_(self.town.clerk).post(f"{CASES}{case.pk}/events/", data, format="multipart")
        self.assertEqual(len(self.as_(self.town.clerk).get(f"{CASES}{case.pk}/").json()["photos"]), 1)
        self.assertEqual(self.as_(self.town.resident).get(f"{CASES}{case.pk}/").json()["photos"], [])


class Lists(Town):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.filed = world.filed(cls.town, at=world.MONDAY)
        cls.dispatched = world.dispatched(cls.town, at=world.MONDAY + world.HOUR)
        cls.rubbish = world.filed(
            cls.town, at=world.MONDAY + 2 * world.HOUR, category=cls.town.rubbish, text="垃圾堆在门口"
        )
        cls.closed = world.rated(cls.town, at=world.MONDAY + 3 * world.HOUR)
        cls.elsewhere = world.filed(
            cls.town, at=timezone.now(), by=cls.town.neighbour, estate=cls.town.other_estate, building=None
        )

    def ids(self, query, person=None):
        answer = self.as_(person or self.town.auditor).get(f"{CASES}?{query}")
        self.assertEqual(answer.status_code, 200, answer.content)
        return [row["id"] for row in answer.json()["results"]]

    def test_filters_narrow_the_list(self):
        filed, dispatched, rubbish, closed, elsewhere = (
            case.pk for case in (self.filed, self.dispatched, self.rubbish, self.closed, self.elsewhere)
        )
        found = {
            "": [elsewhere, closed, rubbish, dispatched, filed],
            "status=closed": [closed],
            "status=closed&status=dispatched": [closed, dispatched],
            "category=stair-lamp": [elsewhere, closed, dispatched, filed],
            "category=rubbish": [rubbish],
            "category=unknown": [],
            "estate=LSY": [elsewhere],
            "unit=140213002": [elsewhere],
            "unit=140213901": [closed, dispatched],
            "unit=999999": [],
            "urgency=complaint": [rubbish],
            "holder=department": [dispatched],
            "late=true": [rubbish, dispatched, filed],
            "late=false": [elsewhere, closed],
            "created_before=2025-03-03T10:30:00%2B08:00": [filed],
            "created_after=2025-03-04T00:00:00Z": [elsewhere],
            "due_before=2025-03-03T12:00:00Z": [filed],
            "due_after=2025-03-03T12:00:00Z": [elsewhere, rubbish, dispatched],
            "q=门口": [rubbish],
            "q=垃圾 门口": [rubbish],
            "q=没有这种词": [],
        }
        for query, wanted in found.items():
            with self.subTest(query):
                self.assertEqual(self.ids(query), wanted)

    def test_a_filter_never_opens_what_is_out_of_sight(self):
        self.assertEqual(self.ids("estate=LSY", self.town.clerk), [])
        self.assertEqual(self.ids("unit=140213", self.town.neighbour), [self.elsewhere.pk])

    def test_filters_that_make_no_sense_are_refused_by_name(self):
        wrong = (
            "status=nothing", "urgency=x", "holder=x", "unit=abc", "unit=%00",
            "category=%00", "category=" + "x" * 41, "estate=%00", "estate=" + "x" * 13, "q=%00", "q=" + "x" * 101,
            "created_after=yesterday", "created_after=9999-12-31T23:59:59-14:00", "created_before=0001-01-01",
            "due_after=2025-13-01", "due_before=99999999999999999999", "page_size=0", "page_size=101", "page_size=x",
            "page_size=" + "9" * 5000, "page_size=%C2%B2",
        )  # fmt: skip
        for query in wrong:
            with self.subTest(query[:40]):
                problem = self.assertProblem(self.as_(self.town.auditor).get(f"{CASES}?{query}"), 400)
                self.assertEqual(list(problem["errors"]), [query.partition("=")[0]])
        for url in ("units/?under=12345", "units/?kind=x", "estates/?under=%00", "categories/?group=%00"):
            self.assertProblem(self.client.get(f"/api/v1/{url}"), 400)

    def test_pages_follow_one_another_without_gap_or_repeat(self):
        seen, url = [], f"{CASES}?page_size=2"
        while url:
            page = self.as_(self.town.auditor).get(url).json()
            seen += [row["id"] for row in page["results"]]
            url = page["next"]
        self.assertEqual(seen, self.ids(""))
        events = self.client.get(f"{CASES}{self.closed.pk}/events/?page_size=3").json()
        self.assertEqual([event["serial"] for event in events["results"]], [1, 2, 3])
        self.assertEqual(self.client.get(events["next"]).json()["results"][0]["serial"], 4)

    def test_cursors_made_by_hand_find_no_page(self):
        for path in ("requests/", f"requests/{self.filed.pk}/events/", "units/"):
            for text in (
                "p=x%00",
                "p=yesterday",
                "p=9999-12-31T23:59:59-14:00",
                "o=-1",
                "o=99999999999999999999",
                "r=x",
            ):
                cursor = base64.b64encode(text.encode()).decode()
                answer = self.as_(self.town.auditor).get(f"/api/v1/{path}", {"cursor": cursor})
                self.assertIn(answer.status_code, (200, 404), (path, text))
            for cursor in ("%", "字", "\x00", "=", "cD0\ud800"):
                with self.subTest(path=path, cursor=cursor):
                    answer = self.client.get(f"/api/v1/{path}", {"cursor": cursor.encode(errors="replace")})
                    self.assertIn(answer.status_code, (200, 404))

    def test_a_list_costs_the_same_for_one_row_and_for_fifty(self):
        client = self.as_(self.town.auditor)
        with self.assertNumQueries(2):  # memberships, cases
            client.get(f"{CASES}?page_size=1")
        for _ in range(50):
            world.filed(self.town)
        self.town.auditor._memberships_on = None
        with self.assertNumQueries(2):
            self.assertEqual(len(client.get(f"{CASES}?page_size=50").json()["results"]), 50)

    def queries(self, url, person):
        client = self.as_(person)
        person._memberships_on = None
        with CaptureQueriesContext(connection) as captured:
            self.assertEqual(client.get(url).status_code, 200)
        return len(captured)

    def test_a_case_costs_the_same_with_one_event_and_with_many(self):
        case = world.dispatched(self.town)
        urls = (f"{CASES}{case.pk}/", f"{CASES}{case.pk}/events/")

        def note():
            photo = clean_photo(io.BytesIO(picture()))
            workflow.take(case, Act.NOTE, by=self.town.clerk, note="看过了", photos=[photo])

        note()
        before = [self.queries(url, self.town.auditor) for url in urls]
        self.assertLessEqual(max(before), 10)
        for _ in range(10):
            note()
        self.assertEqual([self.queries(url, self.town.auditor) for url in urls], before)


class Addresses(Town):
    def test_addresses_that_lead_nowhere_answer_with_a_problem(self):
        client = self.as_(self.town.resident)
        for url in (
            "requests/0/", "requests/99999999999999999999999/", "requests/abc/", "requests/-1/", "requests/1/events/x/",
            "requests/" + "9" * 5000 + "/", "requests/9223372036854775808/events/", "units/1/", "units/a%00/",
            "estates/x/", "categories/x/", "nothing/", "photos/x/large.jpg", "photos/x/huge.jpg", "requests",
            "%ED%A0%80", "units/a%0Ab/", "%0A",
        ):  # fmt: skip
            with self.subTest(url[:40]):
                self.assertProblem(client.get(f"/api/v1/{url}"), 404)

    def test_methods_and_media_that_do_not_exist_answer_with_a_problem(self):
        client = self.as_(self.town.resident)
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            answer = client.generic(method, CASES)
            self.assertProblem(answer, 405)
            self.assertIn("POST", answer.headers["Allow"])
        self.assertProblem(client.post("/api/v1/units/", {}), 405)
        self.assertProblem(client.get(CASES, HTTP_ACCEPT="text/html"), 406)
        self.assertEqual(client.get(f"{CASES}?format=xml").status_code, 200)


class GettingAToken(Town):
    URL = "/api/v1/token/"

    def tokens(self, **given):
        return self.send(None, self.URL, {"username": "resident", "password": world.PASSWORD, **given})

    def test_a_name_or_a_number_and_the_password_give_a_token_and_its_end(self):
        for name in ("resident", "19900000001"):
            given = self.tokens(username=name).json()
            self.client.credentials(HTTP_AUTHORIZATION=f"Token {given['token']}")
            self.assertEqual(self.client.get("/api/v1/me/").json()["username"], "resident")
            left = datetime.fromisoformat(given["expires_at"]) - timezone.now()
            self.assertAlmostEqual(left / timedelta(days=1), settings.API_TOKEN_DAYS, places=2)

    def test_the_database_keeps_no_token_that_would_open_anything(self):
        given = self.tokens().json()["token"]
        kept = ApiToken.objects.get()
        self.assertNotIn(given, str(vars(kept)))
        self.client.credentials(HTTP_AUTHORIZATION=f"Token {kept.digest}")
        self.assertProblem(self.client.get("/api/v1/me/"), 401)

    def test_a_token_expires_and_is_cleared_away(self):
        given = self.tokens().json()["token"]
        self.client.credentials(HTTP_AUTHORIZATION=f"Token {given}")
        now = timezone.now()
        ApiToken.objects.update(expires_at=now)
        self.assertProblem(self.client.get("/api/v1/me/"), 401)
        sweep(now)
        self.assertFalse(ApiToken.objects.exists())

    def test_an_eleventh_token_takes_the_place_of_the_first(self):
        keys = [self.tokens().json()["token"] for _number in range(11)]
        answers = []
        for key in (keys[0], keys[1], keys[10]):
            self.client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
            answers.append(self.client.get("/api/v1/me/").status_code)
        self.assertEqual(answers, [401, 200, 200])

    def test_a_person_who_left_has_no_use_of_the_token(self):
        token = self.tokens().json()["token"]
        self.town.resident.is_active = False
        self.town.resident.save()
        self.assertProblem(self.tokens(), 400)
        self.client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        self.assertProblem(self.client.get("/api/v1/me/"), 401)

    def test_wrong_words_get_no_token(self):
        names = ("nobody", "", "a\x00", "\ud800", "x" * 151)
        for given in [{"username": name} for name in names] + [{"password": word} for word in ("x", "\x00", [])]:
            with self.subTest(given):
                self.assertProblem(self.tokens(**given), 400)

    def test_guesses_are_limited_by_name_and_those_who_know_their_password_are_not(self):
        for _ in range(quotas.TRIES_PER_NAME + 2):
            self.assertEqual(self.tokens().status_code, 200)
        for _ in range(quotas.TRIES_PER_NAME):
            self.assertProblem(self.tokens(password="guess"), 400)
        answer = self.tokens()
        self.assertProblem(answer, 429)
        self.assertGreater(int(answer.headers["Retry-After"]), 0)
        self.assertEqual(self.tokens(username="neighbour").status_code, 200)

    def test_guesses_are_limited_by_address_too(self):
        for _ in range(quotas.TRIES_PER_ADDRESS):
            quotas.spend(quotas.hashed("sign-in-address", "127.0.0.1"), quotas.TRIES_PER_ADDRESS,
                         quotas.SIGN_IN_WINDOW, timezone.now())  # fmt: skip
        self.assertProblem(self.tokens(username="neighbour"), 429)
        self.assertEqual(self.client.post(self.URL, {"username": "neighbour", "password": world.PASSWORD},
                                          REMOTE_ADDR="203.0.113.9").status_code, 200)  # fmt: skip

    def test_counters_begin_anew_with_the_next_window_and_hold_no_names(self):
        now = timezone.now()
        for _ in range(3):
            quotas.spend("door", 3, timedelta(minutes=15), now)
        with self.assertRaises(quotas.TooManyTries) as refusal:
            quotas.spend("door", 3, timedelta(minutes=15), now)
        quotas.spend("door", 3, timedelta(minutes=15), now + refusal.exception.wait)
        self.tokens(password="guess")
        self.assertFalse(Quota.objects.filter(key__contains="resident").exists())

    def test_behind_a_proxy_the_address_it_saw_counts(self):
        request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="1.1.1.1, 203.0.113.9")
        self.assertEqual(quotas.address_of(request), "10.0.0.1")
        with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
            self.assertEqual(quotas.address_of(request), "203.0.113.9")
        request.META["REMOTE_ADDR"] = "2001:db8:1:2:3:4:5:6"
        self.assertEqual(quotas.address_of(request), "2001:db8:1:2::/64")
