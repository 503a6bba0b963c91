"""The installable app: a manifest with icons that exist, a service worker that keeps no page of anybody."""

import json

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from PIL import Image

from requests_app.views import installing

pytestmark = pytest.mark.once
VENDORED = {"compressorjs": "1.3.0", "htmx": "2.0.11"}


@pytest.mark.django_db
def test_the_manifest_names_the_app_in_chinese_with_icons_of_the_size_it_says(client):
    answer = client.get("/manifest.webmanifest")
    manifest = json.loads(answer.content)
    assert answer["Content-Type"] == "application/manifest+json"
    assert "兑单" in manifest["name"]
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        with Image.open(finders.find(icon["src"].removeprefix(settings.STATIC_URL))) as image:
            assert "x".join(map(str, image.size)) == icon["sizes"]
            corner = image.convert("RGBA").getpixel((0, 0))
            # A phone cuts its own shape out of a maskable icon, so its ground reaches the corners.
            assert (corner[3] == 255) == (icon["purpose"] == "maskable")
    for shortcut in manifest["shortcuts"]:
        assert client.get(shortcut["url"]).status_code == 200
    assert f'href="{answer.request["PATH_INFO"]}"' in client.get("/").text


@pytest.mark.django_db
def test_the_service_worker_keeps_files_of_the_site_and_one_page_that_names_nobody(client, client_of, town):
    script = client.get("/sw.js")
    shell = json.loads(script.text.split("self.SHELL = ", 1)[1].split(";\n", 1)[0])
    assert script["Cache-Control"] == "no-cache"
    assert all(url.startswith(settings.STATIC_URL) for url in shell["files"])
    assert shell["page"] == "/offline/"
    assert client_of(town.resident).get(shell["page"]).content == client.get(shell["page"]).content
    assert town.resident.name not in client_of(town.resident).get(shell["page"]).text
    policy = script.headers["Content-Security-Policy"]
    assert "worker-src" not in policy
    assert "default-src 'self'" in policy


@pytest.mark.django_db
def test_a_changed_file_makes_a_new_service_worker(monkeypatch):
    before = installing.version()
    source = installing._source
    monkeypatch.setattr(installing, "_source", lambda name: source(name) + b" ")
    installing._version.cache_clear()
    assert installing.version() != before


def test_scripts_of_others_are_kept_as_released_with_licence_and_version():
    vendor = settings.BASE_DIR / "static/js/vendor"
    assert {folder.name for folder in vendor.iterdir()} == set(VENDORED)
    for name, version in VENDORED.items():
        assert version in (vendor / name / "VERSION").read_text()
        assert (vendor / name / "LICENSE").exists()
    assert VENDORED["compressorjs"] in (vendor / "compressorjs/compressor.min.js").read_text()[:100]
