"""Filing with all questions on one page; what it sends goes through the same pages, draft and check."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from requests_app.forms.filing import SPOT_WORDS_AT_MOST, OnePageForm
from requests_app.models.event import Party
from requests_app.photos import PHOTOS_AT_MOST
from requests_app.quotas import TooManyTries
from requests_app.views.choices import last_places
from requests_app.views.drafts import CHECK, limit_drafts, new_filing, open_filing, remember
from requests_app.views.filing import for_whom, keep_photos, own_contact, party_asked_for, to_page, too_many
from requests_app.views.photos import kept_photos
from requests_app.views.resending import sent_already, tells_scripts
from requests_app.views.shared import own_cases


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@tells_scripts
def one_page(request, key=None):
    """All questions at once; right or wrong, what was typed is kept in the draft from the first sending on."""
    filing = open_filing(request, key) if key else new_filing(request, party_asked_for(request))
    if filing is None:
        return sent_already(request, key, "words")
    if request.method != "POST":
        known = {**own_contact(filing), **_place_used_last(request, filing), **_typed(filing)}
        return _page(request, filing, OnePageForm(filing=filing, initial=known))
    form = OnePageForm(request.POST, request.FILES, filing=filing)
    try:
        if filing.is_new:
            limit_drafts(request)
    except TooManyTries as refusal:
        form.add_error(None, too_many(refusal))
        return _page(request, filing, form, status=429)
    if not filing.is_new:
        form.fields["photos"].at_most = PHOTOS_AT_MOST - filing.draft.photos.count()
    filing.keep_together(_pages(form))
    remember(request, filing.draft)
    keep_photos(request, filing, form)
    if form.is_valid() and "remove" not in request.POST:
        # An emergency stops, and what others reported already is offered, as on the way through the pages.
        return to_page(filing, filing.first_open() or CHECK)
    return _page(request, filing, form)


def _place_used_last(request, filing):
    """Most people file for one place all their lives; whoever files for others does not."""
    last = last_places(request, own_cases(request))[:1] if filing.is_new and filing.party == Party.RESIDENT else []
    return {"estate": last[0].estate_id, "place": f"{last[0].building or ''} {last[0].spot}".strip()} if last else {}


def _typed(filing):
    """What the draft holds, as this page asks it; nothing of a new one."""
    if filing.is_new:
        return {}
    place, building = filing.typed("place"), filing.chosen("place", "building")
    words = f"{building or ''} {place.get('spot_words', '')}".strip()
    pages = {page: filing.typed(page) for page in ("where", "what", "words", "contact")}
    return {name: value for typed in pages.values() for name, value in typed.items()} | {"place": words}


def _pages(form):
    """What each page would have sent, from what was typed here, right or wrong."""
    form.is_valid()
    typed, estate = form.data, form.cleaned_data.get("estate")
    building, spot = _parted(estate, typed.get("place", "").strip())
    return {
        "where": {"estate": typed.get("estate", "")},
        "place": {"building": building.pk if building else "", "spot_words": spot[:SPOT_WORDS_AT_MOST]},
        "what": {"category": typed.get("category", "")},
        "words": {name: typed[name] for name in form.WORDS if name in typed},
        "contact": {name: typed[name] for name in form.CONTACT if name in typed},
    }


def _parted(estate, words):
    """The building of ``estate`` that ``words`` begin with, the longest name first, and the rest of the words."""
    buildings = sorted(estate.buildings.all(), key=lambda one: -len(one.name)) if estate else []
    building = next((one for one in buildings if words.startswith(one.name)), None)
    return building, words.removeprefix(building.name).strip() if building else words


def _page(request, filing, form, status=200):
    context = {
        "filing": filing,
        "form": form,
        "kept": kept_photos(filing.draft) if not filing.is_new else [],
        "for_whom": for_whom(filing),
    }
    return render(request, "requests/file_all.html", context, status=status)
