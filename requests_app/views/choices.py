"""What the filing pages offer to choose from: estates and kinds of requests, the likely ones first."""

from datetime import timedelta
from itertools import groupby

from django.db.models import Count

from requests_app.models import ServiceRequest
from requests_app.models.event import Party
from services.models import Category, Unit

LATELY = timedelta(days=90)
FOUND_AT_MOST = 40  # estates or kinds in one answer to a search
RECENT_AT_MOST = 3  # estates used last
USUAL_AT_MOST = 6  # kinds offered before all others
# Session key: the estates that were filed for without an account, the last one first.
ESTATES = "estates"


def estate_choices(request, filing, words, street_code):
    """The lists of the first page: what was found, or the streets to look through, and the places used last."""
    chosen = filing.chosen("where", "estate")
    offer = {"chosen": chosen, "words": words, "street": None, "found": None, "streets": [], "recent": []}
    if words:
        found = list(filing.estates().named(words)[: FOUND_AT_MOST + 1])
        offer |= {"found": found[:FOUND_AT_MOST], "found_more": len(found) > FOUND_AT_MOST}
    elif filing.party != Party.RESIDENT:
        offer["found"] = list(filing.estates())
    elif street_code:
        offer["street"] = Unit.objects.active().of_kind(Unit.Kind.STREET).filter(code=street_code).first()
    if offer["street"]:
        offer["found"] = list(filing.estates().under(offer["street"]))
    if not offer["found"]:
        offer["streets"] = list(Unit.objects.active().of_kind(Unit.Kind.STREET))
    if offer["found"] is None:
        offer["recent"] = _recent(request, filing)
    shown = [chosen] if chosen else []
    offer["found_groups"] = _by_community(estate for estate in offer["found"] or [] if estate not in shown)
    offer["recent"] = [estate for estate in offer["recent"] if estate not in shown]
    # Most people file for one estate all their lives: where nobody searched and one is offered, it is chosen already.
    unasked = offer["recent"] or ([] if words or offer["street"] else offer["found"] or [])
    offer["is_plain"] = not chosen and len(unasked) == 1
    return offer


def _by_community(estates):
    """(community, its estates) in the order of the estates."""
    return [(community, list(group)) for community, group in groupby(estates, lambda estate: estate.community)]


def _recent(request, filing):
    """The estates this visitor filed for last."""
    if request.user.is_authenticated:
        latest = ServiceRequest.objects.filter(resident=request.user).order_by("-created_at")
        # The last few cases name the estate somebody lives in; older ones need no reading.
        keys = list(dict.fromkeys(latest.values_list("estate", flat=True)[:20]))[:RECENT_AT_MOST]
    else:
        keys = request.session.get(ESTATES, [])[:RECENT_AT_MOST]
    estates = filing.estates().in_bulk(keys) if keys else {}
    return [estates[key] for key in keys if key in estates]


def last_places(request, cases):
    """The places of the last of ``cases``, this visitor's own, each once: cases that name them."""
    latest = cases.select_related("estate__branch", "building").without_contact().order_by("-created_at")
    places = {}
    # The last few name where somebody lives and walks; older ones need no reading.
    for case in latest.filter(estate__branch__is_active=True)[:20]:
        places.setdefault((case.estate_id, case.building_id, case.spot), case)
    return list(places.values())[:RECENT_AT_MOST]


def remember_estate(request, estate):
    """Offer ``estate`` first when this browser files again."""
    keys = [key for key in request.session.get(ESTATES, []) if key != estate.pk]
    request.session[ESTATES] = [estate.pk, *keys][:RECENT_AT_MOST]


def category_choices(estate, words, at, chosen=None, group=None):
    """The lists of the page about what it is: what the words find, or what is likely here and all groups.

    ``group`` is the group of kinds that people mostly ask for at this very place, where it is known.
    """
    leaves = list(Category.objects.leaves().select_related("parent").order_by("parent__order", "order"))
    groups = [
        {"group": group, "leaves": members, "is_open": chosen in members}
        for group, members in ((group, list(members)) for group, members in groupby(leaves, lambda leaf: leaf.parent))
    ]
    found = ranked(leaves, words)[:FOUND_AT_MOST] if words else None
    usual = _usual(estate, leaves, group, at) if found is None else []
    return {"chosen": chosen, "words": words, "found": found, "usual": usual, "groups": groups}


def _usual(estate, leaves, group, at):
    """What is likely: of the place's own group first, then what ``estate`` asked most in the last months, then what the
    catalogue offers first.
    """
    lately = ServiceRequest.objects.filter(estate=estate, created_at__gte=at - LATELY)
    times = dict(lately.order_by().values_list("category").annotate(Count("pk")))
    asked = sorted((leaf for leaf in leaves if leaf.pk in times), key=lambda leaf: -times[leaf.pk])
    offered = sorted((leaf for leaf in leaves if leaf.offered_first), key=lambda leaf: leaf.offered_first)
    here = sorted((leaf for leaf in leaves if leaf.parent == group), key=lambda leaf: -times.get(leaf.pk, 0))
    return list(dict.fromkeys([*here, *asked, *offered]))[:USUAL_AT_MOST]


def ranked(leaves, words):
    """The leaves that share a piece of two characters with ``words``, the closest first.

    Nobody types the catalogue's words: 灯坏了 must find 楼道灯不亮, whose plain words hold 灯坏.
    """
    scored = [(_likeness(leaf, words), leaf) for leaf in leaves]
    scored = [(score, leaf) for score, leaf in scored if score]
    return [leaf for _score, leaf in sorted(scored, key=lambda pair: -pair[0])]


def _likeness(leaf, words):
    own = f"{leaf.name} {leaf.plain_words} {leaf.example}"
    group = f"{leaf.parent.name} {leaf.parent.plain_words}"
    pieces = [piece for word in words.lower().split() for piece in _pieces(word)]
    return sum(3 * (piece in own) + (piece in group) for piece in pieces)


def _pieces(word):
    """All pieces of two characters; the character itself where there is one only."""
    return [word[place : place + 2] for place in range(len(word) - 1)] or [word]
