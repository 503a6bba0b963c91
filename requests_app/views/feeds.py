"""What happens in a community, for programs that read news: finished requests, published minutes, promises kept."""

from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from requests_app.models import PromiseChange
from requests_app.views.places import community_of
from requests_app.views.public import public_case, released_cases
from requests_app.views.sharing import absolute, for_programs

OF_EACH, ENTRIES = 20, 30  # of each kind that are looked at, and of all together that a feed holds


@dataclass(frozen=True)
class Entry:
    """One piece of news; ``html`` is safe."""

    title: str
    html: str
    path: str
    at: datetime
    changed_at: datetime


def entries_of(place):
    """The latest Entries of ``place``, the newest first; a constant number of queries."""
    kinds = (
        map(_finished, place.of(released_cases())[:OF_EACH]),
        map(_minuted, place.minutes[:OF_EACH]),
        map(_kept, _promises_kept(place)[:OF_EACH]),
    )
    return sorted(chain(*kinds), key=lambda entry: entry.at, reverse=True)[:ENTRIES]


def _finished(case):
    shown = public_case(case)
    labelled = [(_("Before"), shown.before[:1]), (_("After"), shown.after[-1:])]
    photos = ((absolute(photo.small_url), label) for label, photos in labelled for photo in photos)
    pictures = format_html_join("", '<p><img src="{}" alt="{}"></p>', photos)
    return Entry(
        _("Finished: %(what)s, %(where)s") % {"what": shown.category, "where": shown.estate},
        format_html("<p>{}</p><p>{} – {}</p>{}", shown.text, shown.unit, shown.outcome, pictures),
        reverse("requests:public-case", args=[case.pk]),
        case.release.at,
        case.release.changed_at or case.release.at,
    )


def _minuted(minutes):
    title = _("%(meeting)s: minutes") % {"meeting": minutes.meeting.title}
    path = reverse("requests:public-minutes", args=[minutes.meeting_id])
    return Entry(title, format_html("<p>{}</p>", title), path, minutes.published_at, minutes.published_at)


def _promises_kept(place):
    kept = PromiseChange.objects.filter(kind=PromiseChange.Kind.KEPT, promise__in=place.promises.order_by())
    return kept.select_related("promise__owner", "promise__estate").order_by("-at", "-pk")


def _kept(change):
    promise = change.promise
    path = f"{reverse('requests:public-promises', args=[promise.estate.code])}#promise-{promise.pk}"
    title = _("Promise kept: %(who)s, %(where)s") % {"who": promise.who, "where": promise.estate}
    return Entry(title, format_html("<p>{}</p>", promise.text), path, change.at, change.at)


class CommunityFeed(Feed):
    """Atom; every address in it is whole and begins with the site's own."""

    feed_type = Atom1Feed
    language = settings.LANGUAGE_CODE

    def get_object(self, request, code):
        return community_of(code)

    def title(self, place):
        return _("%(place)s: finished requests, minutes, promises kept") % {"place": place}

    def link(self, place):
        return absolute(place.get_absolute_url())

    feed_guid = link

    def feed_url(self, place):
        return absolute(place.feed_path)

    def author_name(self, place):
        return str(place)

    def items(self, place):
        return entries_of(place)

    def item_title(self, entry):
        return entry.title

    def item_description(self, entry):
        return entry.html

    def item_link(self, entry):
        return absolute(entry.path)

    item_guid = item_link

    def item_pubdate(self, entry):
        return entry.at

    def item_updateddate(self, entry):
        return entry.changed_at


@for_programs
def community_feed(request, code):
    """The news of one community."""
    return CommunityFeed()(request, code=code)
