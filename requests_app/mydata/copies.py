"""A copy of everything that is kept of one person: data as JSON, their photos as files, in one zip."""

import json
from collections import Counter
from pathlib import PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from requests_app.models import (
    Act,
    Consent,
    DataRecord,
    Delivery,
    Draft,
    Event,
    Export,
    Notice,
    NoticeChoice,
    ServiceRequest,
)
from requests_app.privacy import contact_of
from requests_app.wording import answers_in_words, event_sentence, notice_sentence
from services.models import OpenSession, Residence

DATA, WORDS = "data.json", "readme.txt"


def write_copy(user, at, out):
    """Write the zip of ``user`` to ``out``, a file; how many rows of each kind it holds, as a Counter."""
    data, photos = contents(user, at)
    with ZipFile(out, "w", ZIP_DEFLATED) as book:
        book.writestr(WORDS, _readme(at))
        book.writestr(DATA, json.dumps(data, ensure_ascii=False, indent=2, cls=DjangoJSONEncoder))
        for name, photo in photos.items():
            try:
                with photo.large.open("rb") as file:
                    # JPEG is as small as it gets.
                    book.writestr(name, file.read(), compress_type=ZIP_STORED)
            except FileNotFoundError:
                continue
    rows = {name: len(value) for name, value in data.items() if isinstance(value, list)}
    return Counter(rows) + Counter(photos=len(photos))


def _readme(at):
    said = {"site": settings.SITE_URL, "day": f"{at:%Y-%m-%d}"}
    return (
        _(
            "A copy of what %(site)s keeps of you, made on %(day)s.\n\n"
            "data.json holds everything in words: open it with any editor. The photos stand in the folders photos and "
            "drafts, and data.json names them where they belong.\n"
            "Names and phone numbers are written out here. Keep the file to yourself and delete it when you need it "
            "no more.\n"
        )
        % said
    )


def contents(user, at):
    """(everything kept of ``user`` as plain data, the photos that go with it by their names in the zip)."""
    photos, told = {}, Event.objects.select_related("unit", "holder_unit")
    cases = ServiceRequest.objects.filter(resident=user).for_page().order_by("pk")
    cases = cases.prefetch_related("ratings", "photos__event", Prefetch("events", told, to_attr="told"))
    filed = ServiceRequest.objects.filter(filed_by=user).order_by("pk").select_related("category", "estate", "building")
    data = {
        "made_at": at,
        "profile": _profile(user),
        "consents": _consents(user),
        "messages_wanted": _wanted(user),
        "household": _household(user),
        "requests": [_request(case, user, at, photos) for case in cases],
        "requests_filed_for_others": [_in_short(case) for case in filed],
        "drafts": [_draft(draft, photos) for draft in Draft.objects.filter(user=user).prefetch_related("photos")],
        "notices": [_notice(one) for one in Notice.objects.for_reader(user).for_list()],
        "messages_sent": list(
            Delivery.objects.filter(reader=user).values("channel", "state", "made_at", "ended_at", "failure")
        ),
        **_sign_ins(user),
        "lists_taken_away": list(Export.objects.of(user).values("what", "asked_at", "total", "downloaded_at")),
        "uses_of_my_data": list(DataRecord.objects.filter(person=user).values("kind", "at", "rows")),
    }
    return data, photos


def _profile(user):
    offices = user.memberships.select_related("unit")
    return {
        "user_name": user.username,
        "name": user.name,
        "phone": user.phone,
        "email": user.email,
        "text_size": user.text_size,
        "account_opened_at": user.date_joined,
        "last_signed_in_at": user.last_login,
        "has_a_password": user.has_usable_password(),
        "offices": [
            {"unit": one.unit.name, "role": one.role, "since": one.since, "until": one.until} for one in offices
        ],
    }


def _consents(user):
    given = Consent.objects.filter(user=user).select_related("notice")
    return [{"version": one.notice.version, "agreed_at": one.at, "withdrawn_at": one.withdrawn_at} for one in given]


def _wanted(user):
    choice = NoticeChoice.objects.filter(user=user).first()
    names = ("sms", "email", "digest_hour", "language", "address", "new_address")
    return {name: getattr(choice, name) for name in names} if choice else None


def _household(user):
    """Where they said that they live, and what they supported in its name."""
    home = Residence.objects.filter(user=user).select_related("household__building__estate").first()
    voices = user.backings.select_related("case__category", "case__estate", "case__building").order_by("pk")
    return {
        "place": f"{home.household.estate} {home.household.door}" if home else "",
        "since": home.since if home else None,
        "proved_by_a_slip": bool(home and home.by_slip),
        # Not the spot, which somebody else typed.
        "supported": [
            {"category": str(one.case.category), "estate": str(one.case.estate), "at": one.at} for one in voices
        ],
    }


def _sign_ins(user):
    return {
        "signed_in": [
            {"device": one.device, "since": one.signed_in_at, "last_seen_at": one.last_seen_at}
            for one in OpenSession.objects.filter(user=user)
        ],
        "api_tokens": list(user.api_tokens.values("beginning", "created_at", "expires_at")),
        "saved_views": list(user.saved_views.values("desk", "name", "query")),
    }


def _in_short(case):
    return {
        "number": case.pk,
        "tracking_code": case.code,
        "category": str(case.category),
        "place": case.place,
        "words": case.text,
        "status": case.status,
        "filed_at": case.created_at,
    }


def _request(case, user, at, photos):
    """One's own case: what one gave, what happened that one may read, who looked, and the photos."""
    contact, release = contact_of(case, user, at), getattr(case, "release", None)
    events = [event for event in case.told if event.is_public]
    return {
        **_in_short(case),
        "contact": {"name": contact.name, "phone": contact.phone, "room": contact.room},
        "confidential": case.is_confidential,
        "for_somebody_else": case.is_for_another,
        "answers": case.answers,
        "promised_for": case.promised_at,
        "closed_at": case.closed_at,
        "what_happened": [_event(event, user) for event in events],
        "looks_at_my_number": [
            {"unit": str(event.unit or ""), "at": event.at, "purpose": event.note}
            for event in case.told
            if event.act == Act.REVEAL
        ],
        "ratings": [
            {"contacted": one.contacted, "solved": one.solved, "satisfaction": one.satisfaction, "at": one.at}
            for one in case.ratings.all()
        ],
        "shown_in_public": {"words": release.text, "outcome": release.outcome, "at": release.at} if release else None,
        "photos": [_named(photo, photos, f"photos/{case.pk}") for photo in case.photos.all() if not photo.is_internal],
    }


def _event(event, user):
    return {
        "at": event.at,
        "what": event_sentence(event),
        "words": event.note if event.actor_id == user.pk else event.public_note,
        "answers": answers_in_words(event),
        "by_me": event.actor_id == user.pk,
    }


def _draft(draft, photos):
    kept = [_named(photo, photos, f"drafts/{draft.pk}") for photo in draft.photos.all()]
    return {"begun_at": draft.created_at, "typed": draft.data, "photos": kept}


def _notice(notice):
    return {"at": notice.at, "read_at": notice.read_at, "what": notice_sentence(notice)}


def _named(photo, photos, folder):
    """The name of ``photo`` in the zip, under which ``photos`` has it from now on."""
    name = str(PurePosixPath(folder) / f"{photo.pk}.jpg")
    photos[name] = photo
    return name
