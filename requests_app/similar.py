"""Earlier cases about what may be the same matter: of one estate, likest first."""

import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from django.db.models import Q

from requests_app.models import Act, Event, ServiceRequest
from requests_app.wording import event_sentence

MOST = 3
# How many of the newest are compared, of the same category and of its group.
COMPARED = 40
ENDS = (Act.SETTLE, Act.FULFIL, Act.DECLINE, Act.WITHDRAW)


@dataclass(frozen=True)
class Similar:
    """An earlier case and how it ended: a sentence and, where somebody reported, what was done."""

    case: ServiceRequest
    sentence: str
    report: str


def similar_cases(case, reader, *, statuses=None, most=MOST):
    """Up to ``most`` cases like ``case`` that ``reader`` may see, likest first; two queries.

    Of the same estate and category, or group of categories: those of the same building first, then those of the same
    category, then those with most words in common, then the newest. Earlier ones; with ``statuses`` those that stand
    in one of these, whenever they were filed.
    """
    seen = ServiceRequest.objects.visible_to(reader).filter(estate=case.estate).exclude(pk=case.pk)
    seen = seen.filter(created_at__lte=case.created_at) if statuses is None else seen.filter(status__in=statuses)
    newest = seen.order_by("-created_at").values("pk")
    same = newest.filter(category=case.category)[:COMPARED]
    group = newest.filter(category__parent=case.category.parent_id).exclude(category=case.category)[:COMPARED]
    found = ServiceRequest.objects.for_list().filter(Q(pk__in=same) | Q(pk__in=group)).order_by()
    pairs = pairs_of(case.text)
    likest = sorted(found, key=lambda other: _likeness(case, pairs, other), reverse=True)[:most]
    return _with_ends(likest)


def _likeness(case, pairs, other):
    same_building = case.building_id is not None and other.building_id == case.building_id
    in_common = overlap(pairs, pairs_of(other.text))
    return same_building, other.category_id == case.category_id, in_common, other.created_at, other.pk


def pairs_of(text):
    """The pairs of neighbouring letters and digits in ``text``; what stands between them ends a pair."""
    signs = unicodedata.normalize("NFKC", text).casefold()
    return {first + second for first, second in pairwise(signs) if first.isalnum() and second.isalnum()}


def overlap(ours, theirs):
    """How much two sets of pairs have in common, from 0 to 1."""
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0


def _with_ends(cases):
    ends = {}
    for event in Event.objects.filter(case__in=cases, act__in=ENDS).select_related("unit").order_by("case", "serial"):
        ends[event.case_id] = event
    return [_similar(case, ends.get(case.pk)) for case in cases]


def _similar(case, end):
    """Without an end where the case is worked on, again or still."""
    if end is None or (end.target != case.status and case.status != ServiceRequest.Status.CLOSED):
        return Similar(case, "", "")
    return Similar(case, event_sentence(end), end.public_note)
