"""One's own data: what people are told, what they agree to, and what they may take or have taken away."""

import io
import json
from datetime import timedelta
from importlib import import_module
from io import StringIO
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from requests_app.journey import chain, workflow
from requests_app.models import Act, Consent, DataRecord, Draft, Event, Notice, ServiceRequest
from requests_app.mydata import consents, erasing, retention
from services.models import PrivacyNotice, Retention
from tests import town as towns
from tests.addresses import add_photo
from tests.support import unguarded_events
from tests.test_filing import begin, fill, send, step
from tests.test_sign_in_code import NEW, ask, shown
from tests.town import MONDAY, PASSWORD

pytestmark = pytest.mark.django_db
TICKED = {"privacy-agree": "on"}


def publish(version, **fields):
    said = {"text": f"# 存了什么\n姓名和号码，第{version}稿。", "published_at": timezone.now() - timedelta(hours=1)}
    return PrivacyNotice.objects.create(version=version, **{**said, **fields})


@pytest.mark.once
def test_the_notice_can_be_read_by_everybody_and_so_can_its_earlier_versions(client, town):
    publish(1, text_en="# What is stored\nYour name.")
    publish(2)
    publish(3, published_at=timezone.now() + timedelta(days=1))
    page = client.get("/privacy/")
    assert "姓名和号码，第2稿。" in page.text
    assert "第3稿" not in page.text
    earlier = client.get("/privacy/?version=1").text
    assert "姓名和号码，第1稿。" in earlier
    assert client.get("/privacy/?version=3").status_code == client.get("/privacy/?version=x").status_code == 404
    client.cookies["language"] = "en"
    assert "Your name." in client.get("/privacy/?version=1").text
    assert client.get("/api/v1/privacy-notice/").json()["version"] == 2


def test_somebody_new_agrees_once_and_again_when_the_notice_changes(client, town, settings):
    settings.SMS_CHANNEL = "page"
    first = publish(1)
    ask(client, NEW)
    answer = client.post("/sign-in/code/", {"code": shown(client), "next": "/mine/"})
    assert answer.url.startswith("/account/privacy/?next=%2Fsign-in%2Fname%2F")
    page = client.get(answer.url)
    assert "第1稿" in page.text
    assert client.post(answer.url, {"privacy-version": 1}).status_code == 200
    assert not Consent.objects.exists()
    assert client.post(answer.url, {"privacy-version": 1, **TICKED}).url.startswith("/sign-in/name/")
    consent = Consent.objects.get()
    assert (consent.user.phone, consent.notice) == (NEW, first)
    # Nothing more is asked, and a second tick is no second consent.
    assert client.post("/account/privacy/", {"privacy-version": 1, **TICKED}).url == "/"
    publish(2, changes="照片保存的时间变短了。")
    page = client.get("/account/privacy/")
    assert "照片保存的时间变短了。" in page.text
    # What was read before the change is not what is agreed to.
    refused = client.post("/account/privacy/", {"privacy-version": 1, **TICKED})
    assert refused.status_code == 200
    assert 'value="2"' in refused.text
    client.post("/account/privacy/", {"privacy-version": 2, **TICKED})
    assert list(consent.user.consents.values_list("notice__version", flat=True)) == [2, 1]


def test_filing_asks_for_consent_where_it_was_not_given_yet(town):
    publish(1)
    stranger = Client()
    draft = fill(stranger, town)
    page = send(stranger, draft)
    assert page.status_code == 200
    assert not ServiceRequest.objects.exists()
    assert stranger.post(step(draft, "check"), {"privacy-version": 1, **TICKED}).status_code == 302
    case = ServiceRequest.objects.get()
    assert (case.privacy_consent.notice.version, case.privacy_consent.user) == (1, None)
    # In the same browser, once is enough.
    send(stranger, fill(stranger, town, text="又坏了"))
    assert ServiceRequest.objects.count() == 2
    # Whoever files for others is not asked: the consent of the neighbour is another matter.
    clerk = Client()
    clerk.force_login(town.clerk)
    draft = begin(clerk, town.estate)
    assert clerk.get(step(draft, "check")).status_code == 302


def test_programs_agree_by_the_number_of_the_version(town):
    publish(4)
    program = APIClient()
    program.force_authenticate(town.resident)
    filing = {"estate": "HSY", "category": "stair-lamp", "text": "灯坏了"}
    refused = program.post("/api/v1/requests/", filing)
    assert refused.status_code == 400
    assert "privacy_notice" in refused.content.decode()
    assert program.post("/api/v1/requests/", {**filing, "privacy_notice": 3}).status_code == 400
    assert program.post("/api/v1/requests/", {**filing, "privacy_notice": 4}).status_code == 201
    assert program.post("/api/v1/requests/", filing).status_code == 201
    assert town.resident.consents.get().notice.version == 4


def test_a_copy_holds_everything_and_goes_to_its_owner_alone(town, client_of):
    consents.give(publish(1), timezone.now(), user=town.resident)
    case = towns.rated(town)
    case = workflow.take(case, Act.CONTEST, by=town.resident, note="又不亮了", at=MONDAY)
    workflow.take(case, Act.REVEAL, by=town.officer, note="约上门时间", at=MONDAY)
    workflow.take(case, Act.NOTE, by=town.officer, note="老住户，慢慢说", at=MONDAY)
    add_photo(case, town.resident)
    towns.typed(town)
    answer = client_of(town.resident).post("/account/data/copy/")
    book = ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    data = json.loads(book.read("data.json"))
    (request,) = data["requests"]
    assert (data["profile"]["name"], data["profile"]["phone"]) == ("周大娘", "19900000001")
    assert (request["contact"]["phone"], request["words"], request["ratings"][0]["satisfaction"]) == (
        "19900000001",
        "一单元的灯坏了三天",
        "good",
    )
    assert "又不亮了" in [said["words"] for said in request["what_happened"] if said["by_me"]]
    assert [(look["unit"], look["purpose"]) for look in request["looks_at_my_number"]] == [
        ("环境卫生中心", "约上门时间")
    ]
    # What the units say among themselves is theirs.
    assert "慢慢说" not in json.dumps(data, ensure_ascii=False)
    photo = case.photos.get()
    assert book.read(request["photos"][0]) == photo.large.read()
    assert data["drafts"][0]["typed"]["pages"]["contact"]["contact_name"] == "周大娘"
    assert data["consents"][0]["version"] == 1
    assert len(data["notices"]) == Notice.objects.filter(reader=town.resident).count()
    record = DataRecord.objects.get()
    assert (record.kind, record.person, record.rows["requests"]) == ("copy", town.resident, 1)
    others = client_of(town.neighbour).post("/account/data/copy/")
    data = json.loads(ZipFile(io.BytesIO(b"".join(others.streaming_content))).read("data.json"))
    assert (data["requests"], data["profile"]["name"]) == ([], "吴师傅")
    # The log names nobody, and auditors read it.
    log = client_of(town.auditor).get("/data-log/").text
    assert str(town.resident.pk) in log
    assert "周大娘" not in log


def test_whoever_has_a_password_deletes_with_it_and_whoever_serves_cannot(town, client_of):
    clerk = client_of(town.clerk)
    assert clerk.post("/account/data/delete/", {"delete": "yes", "password": PASSWORD, "sure": "on"}).status_code == 403
    with pytest.raises(erasing.Serves):
        erasing.erase_person(town.clerk, timezone.now())
    shared = towns.merged(town)
    resident = client_of(town.resident)
    sent = {"delete": "yes", "sure": "on"}
    assert resident.post("/account/data/delete/", {**sent, "password": "wrong"}).status_code == 200
    assert resident.post("/account/data/delete/", {**sent, "password": PASSWORD}).url == "/"
    shared.refresh_from_db()
    assert (shared.resident, shared.contact_name) == (None, "")
    neighbours_own = ServiceRequest.objects.get(resident=town.neighbour)
    assert neighbours_own.contact_name == "吴师傅"
    assert chain.verify().faults == []


def test_what_has_been_kept_long_enough_says_no_more_whose_it_was(town):
    Retention.objects.create(months=24)
    Retention.objects.create(category=town.rubbish.parent, months=12)
    kept = towns.rated(town)
    shorter = workflow.take(towns.filed(town, category=town.rubbish), Act.WITHDRAW, by=town.resident, at=MONDAY)
    still_open, nobodys = towns.filed(town), towns.filed(town, by=None, contact_name="钱大爷", text="钱大爷报")
    facts = {"reason": town.court, "door": "请等法院判决。"}
    workflow.take(nobodys, Act.DECLINE, by=town.clerk, at=MONDAY, **facts)
    year = MONDAY + timedelta(days=366)
    assert set(retention.due(year)) == {shorter}
    assert retention.anonymise(year)["requests"] == 1
    assert retention.anonymise(year) == {}
    two_years = MONDAY + timedelta(days=732)
    assert set(retention.due(two_years)) == {kept, nobodys}
    assert retention.anonymise(two_years)["requests"] == 2
    assert [record.rows["requests"] for record in DataRecord.objects.all()] == [2, 1]
    for case in (kept, shorter, nobodys):
        case.refresh_from_db()
        assert (case.resident, case.contact_phone_hash, case.contact_name) == (None, "", "")
        assert not case.events.filter(party="resident", actor__isnull=False).exists()
    assert nobodys.text == "***报"
    still_open.refresh_from_db()
    assert still_open.resident == town.resident
    assert town.resident.is_active
    assert chain.verify().faults == []
    # What was on its way while somebody deleted everything is gone the next night.
    erasing.erase_person(town.neighbour, timezone.now())
    draft = towns.typed(town, user=town.neighbour)
    out = StringIO()
    call_command("anonymise", stdout=out)
    assert "requests anonymised: 0;" in out.getvalue()
    assert not Draft.objects.filter(pk=draft.pk).exists()


def test_nothing_of_an_event_can_be_changed_but_who_it_names(town):
    event = towns.rated(town).events.get(act=Act.FULFIL)
    table = Event._meta.db_table
    for change in (
        "note = '改'",
        "note = '改', salt = ''",
        "act = 'sign', salt = '', erased_at = at",
        "erased_at = at",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {change} WHERE id = {event.pk}")
    # An erasure that stands in no log shows.
    Event.objects.erase(event, MONDAY, actor=event.actor, note="***", facts={})
    report = chain.verify()
    assert (len(report.faults), report.erased) == (1, 1)
    DataRecord.objects.create(kind="retention", at=MONDAY)
    assert chain.verify().faults == []
    with pytest.raises(DatabaseError), transaction.atomic():
        DataRecord.objects.get().save()


@pytest.mark.once
def test_events_from_before_the_seals_are_sealed_where_their_chain_holds(town):
    good, bad = towns.rated(town), towns.rated(town)
    let_go = import_module("requests_app.migrations.0033_events_let_people_go")
    with unguarded_events(), connection.cursor() as cursor:
        for case in (good, bad):
            before = ""
            for event in case.events.order_by("serial"):
                content = let_go._content(event, before)
                content[4:4], content[11:11] = [event.actor_id], [event.note, event.facts]
                before = let_go._digest(content[:-1])
                cursor.execute(
                    f"UPDATE {Event._meta.db_table} SET salt = '', seal = '', digest = %s WHERE id = %s",
                    [before, event.pk],
                )
            ServiceRequest.objects.filter(pk=case.pk).update(chain_head=before)
        cursor.execute(f"UPDATE {Event._meta.db_table} SET note = '改' WHERE case_id = {bad.pk} AND act = 'fulfil'")
        if connection.vendor == "sqlite":
            # As it finds the models when it runs.
            migrations = MigrationLoader(connection, replace_migrations=False)
            apps = migrations.project_state(("requests_app", let_go.__name__.split(".")[-1])).apps
            let_go.seal_what_holds(apps, SimpleNamespace(connection=connection, execute=cursor.execute))
    assert {fault.split(":")[0] for fault in chain.verify().faults} == {f"case {bad.pk}"}
