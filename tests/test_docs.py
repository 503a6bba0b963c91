"""What the documents say is there: files, commands, settings, buttons."""

import re
from functools import cache
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.core.management import get_commands

from requests_app import quotas
from requests_app.notices import codes
from requests_app.photos import MAX_MEGABYTES, MAX_MEGAPIXELS, PHOTOS_AT_MOST
from requests_app.views import filing, tracking

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")])
HANDBOOK = sorted(ROOT.glob("docs/handbook/*.md"))
IMAGES = sorted(ROOT.glob("docs/images/*"))
DECISIONS = sorted(ROOT.glob("docs/decisions/*.md"))
IMAGE_AT_MOST = 200 * 1024  # bytes

FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
# “duidan” is what operations.md calls manage.py with the site's settings.
COMMAND = re.compile(r"(?:manage\.py|-u duidan duidan|`duidan) ([a-z_]+)")
TARGET = re.compile(r"(?:^|`)make ([a-z]+)", re.MULTILINE)
FILE = re.compile(r"`(\w[\w*-]*/[\w/.*-]+\.(?:py|json|css|js|html|svg|txt|in|md))`")
READ_IN_CODE = re.compile(r"""(?:env\.(?:text|flag|number|words|path|fernet_keys)|environ\.get)\(\s*"([A-Z_]+)\"""")
# Paths of one machine, and hosts that packages come from.
NOT_OURS = re.compile(r"/work/|/tmp/|/root/|/home/|/Users/|pypi|pythonhosted|simple/|mirrors?\.", re.IGNORECASE)


def named(path):
    return str(path.relative_to(ROOT))


documents = pytest.mark.parametrize("document", DOCUMENTS, ids=named)


def prose(document):
    return INLINE.sub("", FENCED.sub("", document.read_text(encoding="utf-8")))


def code(document):
    text = document.read_text(encoding="utf-8")
    return "\n".join([*FENCED.findall(text), *INLINE.findall(FENCED.sub("", text))])


@cache
def anchors(document):
    """The anchors that a reader's program makes of the headings."""
    text = FENCED.sub("", document.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ +(.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@documents
def test_every_link_leads_somewhere(document):
    for link in LINK.findall(prose(document)):
        if link.startswith(("http:", "https:", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


@documents
def test_every_command_and_target_exists(document):
    text = code(document)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(COMMAND.findall(text)) <= set(get_commands())
    assert set(TARGET.findall(text)) <= targets


@documents
def test_every_file_named_in_the_repository_exists(document):
    roots = [ROOT, *(ROOT / folder for folder in ("requests_app", "services", "static", "templates"))]
    for path in FILE.findall(" ".join(INLINE.findall(FENCED.sub("", document.read_text(encoding="utf-8"))))):
        assert any(list(root.glob(path)) for root in roots), path


@documents
def test_no_document_names_one_machine(document):
    found = NOT_OURS.findall(document.read_text(encoding="utf-8"))
    assert not found


def test_the_readme_names_the_two_commands():
    assert {"run", "test"} <= set(TARGET.findall(code(ROOT / "README.md")))


def test_every_setting_is_listed_with_its_meaning():
    read = {
        name
        for path in sorted(ROOT.glob("config/*.py"))
        for name in READ_IN_CODE.findall(path.read_text(encoding="utf-8"))
    }
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    operations = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert read == set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    assert read == set(re.findall(r"^\| `([A-Z_]+)` \|", operations, re.MULTILINE))


def test_the_limits_in_operations_are_those_of_the_code():
    operations = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    expected = (
        f"| wrong passwords for one name | {quotas.TRIES_PER_NAME} in 15 minutes |",
        f"| wrong passwords from one address | {quotas.TRIES_PER_ADDRESS} in 15 minutes |",
        f"| wrong tracking codes | {tracking.TRIES_PER_CODE} for one code an hour, "
        f"{tracking.TRIES_PER_ADDRESS} from one address in 10 minutes |",
        f"| filings without an account | {filing.FILINGS_PER_PHONE} for one phone number a day, "
        f"{filing.FILINGS_PER_ADDRESS} from one address an hour |",
        "| sign-in codes | {} a minute, {} an hour and {} a day for one number, {} from one address an hour; ".format(
            *(limit for limit, _window in (*codes.PER_PHONE, *codes.PER_ADDRESS))
        ),
        f"| wrong passwords for one name from one address | {settings.AXES_FAILURE_LIMIT} without",
        "| wrong codes of the second factor | {} in 15 minutes, {} a day |".format(
            *(limit for limit, _window in quotas.SECOND_FACTOR_TRIES)
        ),
        f"| photos in one step | {PHOTOS_AT_MOST}, each {MAX_MEGABYTES} MB and {MAX_MEGAPIXELS} megapixels;",
    )
    assert [row for row in expected if row not in operations] == []


def test_every_button_in_the_handbook_is_on_a_page():
    catalogue = polib.pofile(str(ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"))
    shown = {entry.msgstr for entry in catalogue if not entry.obsolete and "fuzzy" not in entry.flags}
    for page in HANDBOOK:
        missing = set(re.findall("【([^】]*)】", page.read_text(encoding="utf-8"))) - shown
        assert not missing, named(page)


def test_the_handbook_s_index_lists_every_page():
    index = ROOT / "docs/handbook/README.md"
    listed = set(LINK.findall(prose(index)))
    assert {page.name for page in HANDBOOK if page != index} <= listed


def test_every_image_is_small_and_shown_somewhere():
    shown = {(document.parent / link).resolve() for document in DOCUMENTS for link in LINK.findall(prose(document))}
    for image in IMAGES:
        assert image.stat().st_size <= IMAGE_AT_MOST, named(image)
        assert image.resolve() in shown, named(image)


def test_every_decision_is_numbered_as_its_file():
    numbers = [int(decision.name[:4]) for decision in DECISIONS]
    assert numbers == sorted(set(numbers))
    for number, decision in zip(numbers, DECISIONS, strict=True):
        assert decision.read_text(encoding="utf-8").startswith(f"# {number}. "), named(decision)
