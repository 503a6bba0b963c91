"""Every text of the product is there in Chinese, and the compiled catalogue is the one that was read."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")


def texts(catalogue):
    return {(entry.msgctxt, entry.msgid) for entry in catalogue if not entry.obsolete}


def said(catalogue):
    """What the catalogue says for each text; the same for a .po file and the .mo file made from it."""
    return {
        (entry.msgctxt, entry.msgid): entry.msgstr_plural or entry.msgstr for entry in catalogue.translated_entries()
    }


def test_every_text_in_the_catalogue_is_translated():
    catalogue = polib.pofile(str(ROOT / CATALOGUE))
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []


def test_the_compiled_catalogue_is_made_from_the_one_people_read():
    readable, compiled = polib.pofile(str(ROOT / CATALOGUE)), polib.mofile(str((ROOT / CATALOGUE).with_suffix(".mo")))
    assert said(compiled) == said(readable)


@pytest.mark.slow
def test_every_text_of_code_and_templates_is_in_the_catalogue(tmp_path):
    if shutil.which("xgettext") is None:
        pytest.skip("xgettext was not found; to look for untranslated texts: apt-get install gettext")
    for name in ("config", "locale", "requests_app", "services", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "static").mkdir()
    shutil.copy(ROOT / "manage.py", tmp_path)
    before = texts(polib.pofile(str(tmp_path / CATALOGUE)))
    command = [sys.executable, "manage.py", "makemessages", "--locale", "zh_Hans", "--no-location", "--no-obsolete"]
    gathered = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "DEBUG": "true"}, capture_output=True, text=True, check=False
    )
    assert gathered.returncode == 0, gathered.stderr
    assert sorted(msgid for _, msgid in texts(polib.pofile(str(tmp_path / CATALOGUE))) - before) == []


def test_placeholders_are_the_same_in_both_languages():
    placeholder = re.compile(r"%\(\w+\)[sd]")
    for entry in polib.pofile(str(ROOT / CATALOGUE)).translated_entries():
        for translation in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            wanted = set(placeholder.findall(entry.msgid_plural or entry.msgid))
            assert set(placeholder.findall(translation)) == wanted, entry.msgid
