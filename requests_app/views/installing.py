"""What makes the site an app on a phone's first screen: its manifest, its service worker, its page without network."""

import hashlib
import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

# What a page needs to look and work as it should; pictures of requests and pages are never among them.
SHELL = [
    *(f"css/{name}.css" for name in ("tokens", "base", "components", "forms", "resident", "elder", "desk")),
    *(f"js/{name}.js" for name in ("kept", "compress", "keep", "resend", "page", "auto-submit", "offline")),
    "js/vendor/compressorjs/compressor.min.js",
    "icons/sprite.svg",
    "icons/favicon.svg",
    "icons/icon-192.png",
]
PAPER, ACCENT = "#f7f4ed", "#17604f"  # as in tokens.css; a manifest cannot ask it


@login_not_required
@require_safe
def manifest(request):
    """The name, look and icons of the installed app, in the language of the page that links it."""
    icons = [
        {"src": static(f"icons/icon-{side}.png"), "sizes": f"{side}x{side}", "type": "image/png", "purpose": "any"}
        for side in (192, 512)
    ]
    whole = {"src": static("icons/icon-maskable-512.png"), "sizes": "512x512", "type": "image/png"}
    content = {
        "id": "/",
        "name": _("Duidan · residents' requests"),
        "short_name": _("Duidan"),
        "description": _("Tell us. Somebody takes it, and you see who and by when."),
        "lang": request.LANGUAGE_CODE,
        "start_url": reverse("home"),
        "scope": "/",
        "display": "minimal-ui",
        "background_color": PAPER,
        "theme_color": ACCENT,
        "icons": [*icons, {**whole, "purpose": "maskable"}],
        "shortcuts": [
            {"name": _("New request"), "url": reverse("requests:file")},
            {"name": _("Track a request"), "url": reverse("requests:track")},
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


@login_not_required
@require_safe
def service_worker(request):
    """The script that keeps the files of the site itself. It stands at the root, because its reach is its folder."""
    files = [static(name) for name in SHELL]
    shell = {"version": version(), "page": reverse("offline"), "files": files, "lasts": not settings.DEBUG}
    script = _source("js/service-worker.js").decode()
    answer = HttpResponse(f"self.SHELL = {json.dumps(shell)};\n{script}", content_type="text/javascript; charset=utf-8")
    # A browser asks each time whether there is a new one.
    answer["Cache-Control"] = "no-cache"
    return answer


@login_not_required
@require_safe
def offline(request):
    """What a browser shows without a network: what is kept on the device and what to do. It names nobody."""
    return render(request, "offline.html")


def version():
    """A name for the present state of the files: it changes whenever one of them does."""
    return _version() if not settings.DEBUG else _version.__wrapped__()


@cache
def _version():
    digest = hashlib.sha256()
    for name in ["js/service-worker.js", *SHELL]:
        digest.update(_source(name))
    return digest.hexdigest()[:12]


def _source(name):
    found = finders.find(name)
    return Path(found or Path(settings.STATIC_ROOT) / name).read_bytes()
