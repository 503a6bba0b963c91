"""The elders' edition: a switch on every page, remembered in the browser and on the account; pages stay light."""

import gzip
import os
import re
from functools import cache
from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from tests import addresses
from tests import town as towns
from tests.town import MONDAY


def press(client, button, page="/privacy/"):
    """The page as it stands after the button of the switch was pressed there."""
    answer = client.post("/look/", {"look": button, "next": page})
    assert (answer.status_code, answer["Location"]) == (302, page)
    return client.get(page)


def size_of(page):
    return int(page.context["text_size"])


@pytest.mark.django_db
def test_a_stranger_switches_and_the_browser_remembers_for_a_year():
    client = Client()
    assert 'data-mode="elder"' not in client.get("/").text
    page = press(client, "elder")
    assert '<html lang="zh-hans" data-mode="elder" data-text="22">' in page.text
    assert "elder.css" in client.get("/track/").text
    assert client.cookies["text-size"]["max-age"] == 365 * 24 * 60 * 60
    assert [size_of(press(client, button)) for button in ("larger", "larger", "larger")] == [26, 30, 30]
    assert [size_of(press(client, "smaller")) for _time in range(4)] == [26, 22, 18, 18]
    assert "elder.css" not in press(client, "standard").text
    # Whatever else a browser may bring is the standard edition.
    for nonsense in ("", "17", "300", "x", "²"):
        client.cookies["text-size"] = nonsense
        assert size_of(client.get("/privacy/")) == 0
    assert client.post("/look/", {"look": "elder", "next": "https://example.com/"})["Location"] == "/"
    assert client.get("/look/").status_code == 405


@pytest.mark.django_db
def test_an_account_remembers_on_every_device(client_of, town):
    press(client_of(town.resident), "elder")
    elsewhere = client_of(town.resident)
    assert size_of(elsewhere.get("/mine/")) == 22
    assert size_of(client_of(town.neighbour).get("/mine/")) == 0
    # What the account has chosen counts before what the browser was told.
    elsewhere.cookies["text-size"] = "30"
    assert size_of(elsewhere.get("/mine/")) == 22
    assert size_of(press(elsewhere, "standard")) == 0
    assert size_of(client_of(town.resident).get("/mine/")) == 0


@pytest.mark.django_db
def test_nothing_sends_itself_in_the_elders_edition_and_a_case_can_be_read_aloud(client_of, town):
    case = towns.signed(town, MONDAY)
    client = client_of(town.resident)
    assert "js/auto-submit" in client.get("/public/").text
    assert "data-read-aloud" not in client.get(case.get_absolute_url()).text
    page = press(client, "elder", case.get_absolute_url()).text
    assert "data-read-aloud" in page
    assert "js/auto-submit" not in client.get("/public/").text
    # The same abilities: every step is offered in both.
    assert f"{case.get_absolute_url()}urge/" in page


LIGHT = 60 * 1024  # bytes on the way, compressed, without residents' photos
OWN_FILE = re.compile(r'(?:href|src)="/static/([^"#?]+)')
IN_SHEET = re.compile(r'url\("?([^")]+)"?\)')


@cache
def file_weight(name):
    """The bytes of one of the site's files, and of what a sheet draws in, as whitenoise sends them."""
    path = Path(finders.find(name))
    content = path.read_bytes()
    drawn = IN_SHEET.findall(content.decode()) if path.suffix == ".css" else []
    inner = sum(file_weight(os.path.normpath(f"{os.path.dirname(name)}/{url}")) for url in drawn)
    return min(len(brotli.compress(content)), len(content)) + inner


@pytest.mark.once
@pytest.mark.django_db
def test_every_page_of_a_resident_is_light():
    world = addresses.world(timezone.now())
    for role in ("anonymous", "resident"):
        client = Client(headers={"accept-encoding": "gzip"})
        if world.by_role[role]:
            client.force_login(world.by_role[role])
        for url in addresses.residents_pages_of(role, world):
            for size in ("0", "22"):
                client.cookies["text-size"] = size
                answer = client.get(url)
                assert answer["Content-Encoding"] == "gzip", url
                files = set(OWN_FILE.findall(gzip.decompress(answer.content).decode()))
                weight = len(answer.content) + sum(map(file_weight, files))
                assert weight <= LIGHT, f"{url} weighs {weight} bytes"
                # What the desks need stays with them.
                assert not {"css/split.css", "js/desk.js"} & files, url


@pytest.mark.once
@pytest.mark.django_db
def test_pages_are_compressed_and_photos_are_not(client_of, town):
    case = towns.filed(town)
    addresses.add_photo(case, town.resident)
    client = client_of(town.resident)
    wants = {"headers": {"accept-encoding": "gzip"}}
    page = client.get(case.get_absolute_url(), **wants)
    assert (page["Content-Encoding"], "Accept-Encoding" in page["Vary"]) == ("gzip", True)
    # The same page has another length each time.
    assert len({len(client.get("/privacy/", **wants).content) for _time in range(20)}) > 5
    photo = client.get(case.photos.get().get_absolute_url(), **wants)
    assert (photo["Content-Type"], "Content-Encoding" in photo) == ("image/jpeg", False)
