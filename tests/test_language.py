"""Every word of the interface in Chinese and in English, and data left as people wrote it."""

import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import polib
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import models
from django.test import TestCase
from django.urls import reverse, reverse_lazy
from django.utils import timezone

from requests_app.models import Paper
from tests import addresses

pytestmark = pytest.mark.once

CATALOGUE = Path(settings.LOCALE_PATHS[0]) / "zh_Hans/LC_MESSAGES/django.po"
CHINESE = re.compile(r"[\u3400-\u9fff]+")
LATIN = re.compile(r"[A-Za-z]{2,}")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
# What tells an object's address from another's.
OBJECT = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")
# A hash or a key of which the beginning is shown; the key of a message.
HIDDEN = re.compile(r"\S*\*{3,}\S*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Attributes whose words people read or hear.
SPOKEN = ("alt", "title", "aria-label", "placeholder", "data-words", "data-label")
# What is written the same in every language: the switch names each language in its own words, and an answer that is
# about to be filed is shown in the words in which it will be filed.
SAME = {"en": "简体中文 兑单 是", "zh-hans": "English"}
# Types, names and statuses for programmers stand on the page of the interface as they are.
FOR_PROGRAMMERS = reverse_lazy("api:docs")
# Icons of Django's admin whose words its templates and code have in English only.
DJANGOS_ICONS = {"Search", "True", "False"}
# Names of photo formats, of units, of keys, and what is to be typed as it stands.
LATIN_IN_CHINESE = {
    "JPEG",
    "PNG",
    "WebP",
    "HEIC",
    "MB",
    "px",
    "API",
    "OpenAPI",
    "JSON",
    "ID",
    "URL",
    "Control",
    "Mac",
    "Command",
    "Enter",
    "Esc",
}


class Words(HTMLParser):
    """Everything on a page that people read or hear, but for what stands there as code."""

    SILENT = ("script", "style", "code", "pre")

    def __init__(self, html):
        super().__init__()
        self.found, self.silence = [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.silence += tag in self.SILENT
        values = dict(attrs)
        spoken = [values.get(name) for name in SPOKEN]
        if tag == "input" and values.get("type") in ("submit", "button"):
            spoken.append(values.get("value"))
        self.found += [text for text in spoken if text]

    def handle_endtag(self, tag):
        self.silence -= tag in self.SILENT

    def handle_data(self, data):
        if not self.silence and data.strip():
            self.found.append(data.strip())


def written_by_people():
    """All texts of the database as one, to tell data from the interface."""
    texts = []
    for model in (model for label in ("services", "requests_app") for model in apps.get_app_config(label).get_models()):
        kinds = (models.CharField, models.TextField, models.JSONField)
        names = [field.name for field in model._meta.concrete_fields if isinstance(field, kinds) and not field.choices]
        if names:
            texts += [str(value) for row in model._default_manager.values_list(*names) for value in row]
    # Numbers as Chinese papers carry them.
    texts += [paper.title for paper in Paper.objects.select_related("unit")]
    return "\n".join(texts)


def known_in(text):
    """Tells whether a word stands in the long ``text``; most are asked for many times."""
    return cache(lambda word: word in text)


def entries():
    return [entry for entry in polib.pofile(str(CATALOGUE)) if not entry.obsolete]


ENGLISH = {entry.msgid for entry in entries() if entry.msgid != entry.msgstr}


def test_every_text_has_a_translation():
    assert [entry.msgid for entry in entries() if entry.fuzzy or not entry.translated()] == []


def test_every_translation_has_the_gaps_of_its_text():
    for entry in entries():
        gaps = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
        for translation in entry.msgstr_plural.values() or [entry.msgstr]:
            assert set(PLACEHOLDER.findall(translation)) == gaps, entry.msgid


def test_what_is_compiled_is_what_is_written():
    def texts(catalogue):
        return {(e.msgctxt, e.msgid): e.msgstr or e.msgstr_plural for e in catalogue if not e.obsolete}

    assert texts(polib.mofile(str(CATALOGUE.with_suffix(".mo")))) == texts(polib.pofile(str(CATALOGUE)))


class EveryPage(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.world = addresses.world(timezone.now())
        cls.data = written_by_people()

    def pages(self, language):
        """(URL, its words) of every page as two roles see it who may, and of the admin's lists."""
        by_role, seen = self.world.by_role, Counter()
        for role in sorted(by_role, key=lambda role: role not in addresses.WIDEST):
            user = by_role[role]
            client = self.client_class()
            if user:
                client.force_login(user)
            if role == "tracker":
                session = client.session
                session.update(self.world.session)
                session.save()
            client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
            urls = [*addresses.pages_of(role, self.world), *(self.admin_pages() if role == "admin" else ())]
            for url in urls:
                kind = OBJECT.sub("", url)
                seen[kind] += 1
                if seen[kind] > 2:
                    continue
                yield url, Words(client.get(url).content.decode()).found

    def admin_pages(self):
        yield reverse("admin:index")
        yield reverse("admin:services_calendaryear_holidays")
        for model in admin.site._registry:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            row = model._default_manager.first()
            yield reverse(f"{name}_changelist")
            if row is not None:
                yield reverse(f"{name}_change", args=[row.pk])

    def test_in_english_nothing_is_chinese_but_data(self):
        known, faults = known_in(self.data + SAME["en"]), set()
        for url, texts in self.pages("en"):
            asked = unquote(url)
            words = ((text, word) for text in texts for word in CHINESE.findall(text))
            faults |= {(url, text) for text, word in words if not known(word) and word not in asked}
        self.assertEqual(faults, set())

    def test_in_chinese_nothing_is_english_but_data(self):
        same = {word for entry in entries() for word in LATIN.findall(PLACEHOLDER.sub("", entry.msgstr))}
        known = {*LATIN.findall(self.data), *LATIN.findall(SAME["zh-hans"]), *LATIN_IN_CHINESE, *same}
        # Django writes the names of permissions into the database, in English, and shows them as they are.
        known |= {word for name in Permission.objects.values_list("name", flat=True) for word in LATIN.findall(name)}
        faults = set()
        for url, texts in self.pages("zh-hans"):
            texts = [HIDDEN.sub("", text) for text in texts if text not in DJANGOS_ICONS]
            faults |= {(url, text) for text in texts if " " in text and text in ENGLISH}
            if url != FOR_PROGRAMMERS:
                faults |= {(url, text) for text in texts for word in LATIN.findall(text) if word not in known}
        self.assertEqual(faults, set())


class TheSwitch(TestCase):
    def test_one_post_changes_the_language_and_stays_on_the_page(self):
        page = reverse("requests:track")
        self.assertContains(self.client.get(page), '<html lang="zh-hans">')
        answer = self.client.post(reverse("set_language"), {"language": "en", "next": page})
        self.assertRedirects(answer, page)
        self.assertContains(self.client.get(page), '<html lang="en">')
        self.assertContains(self.client.get(page), "Track a request")

    def test_what_the_browser_prefers_does_not_count(self):
        self.assertContains(self.client.get(reverse("home"), headers={"accept-language": "en"}), 'lang="zh-hans"')
