"""What a public page says about itself to whoever passes its address on: title, words, picture; and who may list it.

Every answer of the site asks search engines not to keep it, but for the pages marked ``for_everybody`` here.
"""

import hashlib
from dataclasses import dataclass
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import truncatechars
from django.templatetags.static import static
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from requests_app import cards

KEPT = 15 * 60  # seconds that a card or a feed may be kept by whoever fetched it
WORDS_AT_MOST = 120  # characters of a description
STATIC_CARD = "icons/card.png"


@dataclass(frozen=True)
class Share:
    """Title, words and picture of a page, for ``partials/share.html``; ``path`` and what follows are of this site."""

    title: str
    words: str
    path: str
    # A photo, or the page's own card.
    picture: str = ""
    is_article: bool = False
    feed: str = ""

    @property
    def url(self):
        return absolute(self.path)

    @property
    def picture_url(self):
        return absolute(self.picture or static(STATIC_CARD))

    @property
    def feed_url(self):
        return absolute(self.feed) if self.feed else ""

    @property
    def description(self):
        return truncatechars(" ".join(str(self.words).split()), WORDS_AT_MOST)


def absolute(path):
    """The whole address of ``path`` on this site."""
    return path if "://" in path else f"{settings.SITE_URL}{path}"


def card_path(path):
    """Where the card of the page at ``path`` is; nothing where this machine draws none."""
    return f"{path}card.png" if cards.font_file() else ""


def for_everybody(view):
    """Let in who is not signed in as well, and let search engines keep the page."""

    @login_not_required
    @require_safe
    @wraps(view)
    def open_view(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "all"
        return response

    return open_view


def for_programs(view):
    """Let everybody fetch what ``view`` gives, in the language of the site, and keep it for a while.

    Whoever has it already is told so (304).
    """

    @login_not_required
    @require_safe
    @wraps(view)
    def open_view(request, *args, **kwargs):
        with translation.override(settings.LANGUAGE_CODE):
            response = view(request, *args, **kwargs)
        if response.status_code != 200:
            return response
        etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        response.headers["Cache-Control"] = f"public, max-age={KEPT}"
        response.headers["ETag"] = etag
        return get_conditional_response(request, etag=etag, response=response)

    return open_view


def card(title, above, lines, foot):
    """A card as an answer; the site's own picture where none can be drawn."""
    drawn = cards.draw(str(title), str(above), tuple(map(str, lines)), str(foot))
    return redirect(static(STATIC_CARD)) if drawn is None else HttpResponse(drawn, content_type="image/png")
