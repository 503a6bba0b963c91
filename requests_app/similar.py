"""Earlier cases about what may be the same matter: of one estate, likest first."""

import re
import unicodedata
from dataclasses import dataclass
from operator import add

from django.db.models import Case, Q, Value, When

from requests_app.models import Act, Event, ServiceRequest
from requests_app.models.case import in_reach, reach_of
from requests_app.wording import event_sentence
from services.kept import Kept

MOST = 3
# How many are compared: the newest of the same category, then those of its group.
COMPARED = 80
COMPARED_BY = ("pk", "building_id", "category_id", "text", "created_at")
READ_OF_AN_END = ("serial", "act", "party", "unit__name", "target", "facts", "holder_unit", "note", "is_note_public")
READ_OF_A_CASE = (
    *("case__text", "case__spot", "case__status", "case__created_at"),
    *("case__category__name", "case__building__name", "case__branch__parent"),
)
LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")
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
    reach, shape = reach_of(reader)
    when = [case.created_at] if statuses is None else []
    # A category may have become a group since.
    about = (case.estate_id, case.category.parent_id or case.category_id, case.category_id)
    statuses = statuses and tuple(statuses)
    found = COMPARABLE(*about, *when, *reach, statuses=statuses, **shape)
    others = [other for other in found if other.pk != case.pk]
    return _read([other.pk for other in _likest(case, others, most)], case.estate)


def _comparable(estate, group, category, *values, statuses, **shape):
    """What they are compared by; of all but a few nothing more is needed."""
    before, reach = (values[:1], values[1:]) if statuses is None else ((), values)
    cases = ServiceRequest.objects.filter(in_reach(*reach, **shape), estate=estate, category__parent=group)
    cases = cases.filter(created_at__lte=before[0]) if before else cases.filter(status__in=statuses)
    others_last = Case(When(category=category, then=Value(0)), default=Value(1))
    return cases.order_by(others_last, "-created_at").values_list(*COMPARED_BY, named=True)[: COMPARED + 1]


COMPARABLE = Kept(_comparable)


def _likest(case, others, most):
    """The ``most`` of ``others`` that are likest; words are compared of none that has no part in it anyway."""
    near = sorted((_nearness(case, other) for other in others), reverse=True)
    least, pairs = near[:most][-1:], pairs_of(case.text)
    contenders = [other for other in others if [_nearness(case, other)] >= least]
    return sorted(contenders, key=lambda other: _likeness(case, pairs, other), reverse=True)[:most]


def _nearness(case, other):
    same_building = case.building_id is not None and other.building_id == case.building_id
    return same_building, other.category_id == case.category_id


def _likeness(case, pairs, other):
    return *_nearness(case, other), overlap(pairs, pairs_of(other.text)), other.created_at, other.pk


def pairs_of(text):
    """The pairs of neighbouring letters and digits in ``text``; what stands between them ends a pair."""
    signs = unicodedata.normalize("NFKC", text).casefold()
    return {pair for run in LETTERS_AND_DIGITS.findall(signs) for pair in map(add, run, run[1:])}


def overlap(ours, theirs):
    """How much two sets of pairs have in common, from 0 to 1."""
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0


def _beginnings_and_ends(*keys):
    events = Event.objects.filter(Q(serial=1) | Q(act__in=ENDS), case__in=keys).order_by("case_id", "serial")
    events = events.select_related("unit", "case__category", "case__building", "case__branch")
    return events.only(*READ_OF_AN_END, *READ_OF_A_CASE)


BEGINNINGS_AND_ENDS = Kept(_beginnings_and_ends)


def _read(keys, estate):
    """The cases of ``keys``, all of ``estate``, with how they ended, in this order.

    One query, from the events: every case has its first one.
    """
    cases, ends = {}, {}
    for event in BEGINNINGS_AND_ENDS(*keys) if keys else ():
        case = cases.setdefault(event.case_id, event.case)
        case.estate = estate
        if event.act in ENDS:
            ends[event.case_id] = event
    return [_similar(cases[key], ends.get(key)) for key in keys]


def _similar(case, end):
    """Without an end where the case is worked on, again or still."""
    if end is None or (end.target != case.status and case.status != ServiceRequest.Status.CLOSED):
        return Similar(case, "", "")
    return Similar(case, event_sentence(end), end.public_note)
