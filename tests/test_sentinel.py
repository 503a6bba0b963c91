"""Somebody whose name and number nobody else has does everything, has it all deleted, and is nowhere any more."""

import io
import json
import logging
import uuid
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from requests_app.journey import chain, workflow
from requests_app.models import (
    Act,
    Backing,
    Consent,
    DataRecord,
    Delivery,
    Draft,
    Event,
    FollowUp,
    NoticeChoice,
    Paper,
    Photo,
    Quota,
    SearchText,
    ServiceRequest,
)
from requests_app.notices.planning import plan
from requests_app.notices.sending import Sender
from requests_app.papers import issuing
from services.encryption import Encrypted, lookup_hash
from services.models import CallSlot, Category, Household, Residence, SignInCode, User
from tests import town as towns
from tests.support import dump
from tests.test_filing import begin, fill, step
from tests.test_mydata import TICKED, publish
from tests.test_sign_in_code import ask, later, other, shown

pytestmark = pytest.mark.django_db
NAME, PHONE, ADDRESS = "璩盼娣", "19900004321", "qupandi@example.org"
SPACED = "199 0000 4321"
WORDS = f"我是{NAME}，电话{PHONE}，灯坏了"
DELETE = "/account/data/delete/"


@pytest.fixture(autouse=True)
def a_place_of_its_own(settings, tmp_path):
    settings.SMS_CHANNEL, settings.MEDIA_ROOT = "page", tmp_path


def picture(colour):
    out = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(out, "JPEG")
    return SimpleUploadedFile(f"{NAME}.jpg", out.getvalue(), "image/jpeg")


def signs_in(client):
    """With wrong codes first, a wrong password, a name and the consent."""
    client.post("/sign-in/", {"username": PHONE, "password": f"{NAME}-wrong"})
    ask(client, PHONE)
    digits = shown(client)
    client.post("/sign-in/code/", {"code": other(digits)})
    client.post("/sign-in/code/", {"code": digits})
    client.post("/account/privacy/", {"privacy-version": 1, **TICKED})
    client.post("/sign-in/name/", {"name": NAME})
    return User.objects.with_phone(PHONE).get()


def files(client, town):
    """A request with a photo, words that say too much, and a number written three ways; and a draft."""
    draft = fill(client, town, text=WORDS, contact_name=NAME, contact_phone=PHONE, room="11-02")
    client.post(step(draft, "words"), {"text": f"{WORDS} {SPACED}", "photos": [picture("teal")]})
    client.post(step(draft, "place"), {"building": town.building.pk, "spot_words": f"{NAME}家门口", "room": "11-02"})
    assert client.post(step(draft, "check")).status_code == 302
    begun = begin(client, town.estate)
    client.post(step(begun, "words"), {"text": WORDS, "photos": [picture("navy")], "go": "stay"})
    return ServiceRequest.objects.get(filing_key=draft.key)


def goes_on(town, case, user):
    """Everybody who works on it writes the name down."""
    at = case.created_at

    def take(act, by, **facts):
        return workflow.take(case, act, by=by, at=at, note=f"{NAME} {PHONE} {SPACED}", **facts)

    Category.objects.filter(pk=case.category_id).update(follow_up_rate=100)
    take(Act.ACCEPT, town.clerk)
    take(Act.ASK, town.clerk, reason=town.unclear_place)
    take(Act.ANSWER, user)
    take(Act.ADD, user)
    take(Act.REVEAL, town.clerk)
    take(Act.REFER, town.clerk)
    take(Act.DISPATCH, town.dispatcher, lead=town.sanitation, assist=[])
    issuing.issue(Paper.Kind.DISPATCH, case.events.get(act=Act.DISPATCH), town.dispatcher, at)
    take(Act.RETURN, town.officer, reason=town.not_ours)
    take(Act.OVERRULE, town.dispatcher)
    take(Act.FULFIL, town.officer, done_by=f"{NAME}的邻居")
    take(Act.CALL, town.caller, outcome="no_answer")


def is_spoken_of(client, town, user):
    """Programs, staff who look for the number, the admin, messages, and somebody who files for them."""
    program = APIClient()
    program.force_authenticate(user)
    filing = {"estate": "HSY", "category": "rubbish-left", "text": WORDS}
    assert program.post("/api/v1/requests/", filing, headers={"Idempotency-Key": str(uuid.uuid4())}).status_code == 201
    user.api_tokens.issue(user, timezone.now())
    clerk = Client()
    clerk.force_login(town.clerk)
    clerk.get("/search/", {"q": PHONE})
    clerk.post("/exports/", {"desk": "branch", "query": f"tab=all&words={PHONE}"})
    at = timezone.now()
    neighbours = {"by": town.household, "party": "household", "source": "household", "consent": True}
    place = {"estate": town.estate, "category": town.lamp, "contact_name": NAME, "contact_phone": PHONE}
    workflow.file(**neighbours, **place, text=f"替{NAME}报", at=at)
    home = Household.objects.at(town.building, "3-402")
    Residence.objects.create(user=user, household=home, since=at)
    Backing.objects.create(case=towns.neighbours(town, at), household=home, person=user, at=at)
    NoticeChoice.objects.create(user=user, address=ADDRESS, sms="news")
    plan(at)
    Sender().send_due()
    LogEntry.objects.log_actions(town.admin.pk, [ServiceRequest.objects.earliest("pk")], 2, "corrected")
    assert b"".join(client.post("/account/data/copy/").streaming_content)


def everything_decrypted():
    """What the encrypted columns of all tables say."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, Encrypted):
                yield from map(str, model.objects.values_list(field.name, flat=True))


def test_a_person_who_had_their_data_deleted_is_nowhere(client, town, caplog, django_capture_on_commit_callbacks):
    caplog.set_level(logging.DEBUG)
    publish(1)
    CallSlot.objects.all().delete()
    user = signs_in(client)
    case = files(client, town)
    goes_on(town, case, user)
    is_spoken_of(client, town, user)
    hashed, photos = lookup_hash(PHONE), Photo.objects.count()
    assert NAME in dump()
    assert (photos, FollowUp.objects.open().count()) == (2, 1)
    later(Client(), PHONE)  # another window waits for a code
    # Nothing goes by mistake: not without a code, not with a wrong one, not without the tick.
    assert client.post(DELETE, {"delete": "yes", "code": "123456", "sure": "on"}).status_code == 200
    Quota.objects.all().delete()
    assert client.post(DELETE, {"send": "yes"}).url == DELETE
    digits = client.session["sign_in_digits"]
    client.post(DELETE, {"delete": "yes", "code": other(digits), "sure": "on"})
    client.post(DELETE, {"delete": "yes", "code": digits})
    assert User.objects.with_phone(PHONE).exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(DELETE, {"delete": "yes", "code": digits, "sure": "on"}).url == "/"
    # The counters that limit guesses stay for their day, as a keyed hash.
    Quota.objects.all().delete()
    left = dump() + "\n".join(everything_decrypted()) + caplog.text
    left += "\n".join(
        f"{file} {file.read_bytes()!r}" for file in Path(settings.MEDIA_ROOT).rglob("*") if file.is_file()
    )
    # SQLite's JSON writes it in ASCII.
    for trace in (NAME, json.dumps(NAME)[1:-1], PHONE, SPACED, ADDRESS, "qupandi", hashed, "11-02"):
        at = left.find(trace)
        assert at < 0, (trace, left[max(0, at - 300) : at + 100])
    is_left_without_them(client, case, user)


def is_left_without_them(client, case, user):
    """The case and its chain stand, photos and drafts are gone, and the account opens for nobody."""
    report = chain.verify()
    assert report.faults == []
    assert report.erased
    case.refresh_from_db()
    assert (case.resident, case.status, case.event_count) == (None, "fulfilled", case.events.count())
    assert "灯坏了" in case.text
    assert "灯坏了" in SearchText.objects.get(case=case).text.replace("\x1f", "")
    assert not Event.objects.filter(actor=user).exists()
    assert not Photo.objects.exists()
    assert not Draft.objects.filter(user=user).exists()
    assert not FollowUp.objects.open().exists()
    assert not Delivery.objects.filter(reader=user).exists()
    assert not SignInCode.objects.exists()
    assert not Residence.objects.exists()
    assert not Backing.objects.exists()
    assert Consent.objects.get(user=user).withdrawn_at
    assert not list(Path(settings.MEDIA_ROOT).rglob("*.jpg"))
    record = DataRecord.objects.get(kind="deletion")
    assert (record.person, record.rows["requests"], record.rows["photos"]) == (user, 3, 2)
    user.refresh_from_db()
    assert not user.is_active
    assert client.get("/mine/").url.startswith(reverse("sign-in"))
    # The same number begins anew.
    later(client, PHONE)
    client.post("/sign-in/code/", {"code": shown(client)})
    assert User.objects.with_phone(PHONE).get() != user
    assert not ServiceRequest.objects.filter(resident__phone_hash=lookup_hash(PHONE)).exists()
