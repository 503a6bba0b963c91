"""What a case is found by, written into its ``SearchText``."""

from zlib import crc32

from django.db import transaction

from requests_app.models import Assignment, SearchText, ServiceRequest
from requests_app.models.case import parts_of
from requests_app.search.words import fold, with_forms
from services.models.units import DISTRICT

# Neither stands in a folded text: control characters are dropped there.
MARK = "\x1f"  # on both sides of every character
LINE = "\x1e"  # between text, place and category
BATCH = 500  # cases indexed at once
# Private signs that no fold leaves and no form uses.
UNITS, RESIDENTS, SIGNS = 0xF0000, 0x100000, 0xFFFE
MOST_SIGNS = 8  # a query asks for


def spaced(text):
    """``text`` with every character between two marks."""
    return f"{MARK}{MARK.join(text)}{MARK}" if text else ""


def grams(needle):
    """The threes of ``spaced(needle)`` that stand for all of them: its pairs, or its only character."""
    text = spaced(needle)
    return [text] if len(needle) == 1 else [text[at : at + 3] for at in range(1, len(text) - 3, 2)]


def with_signs(text, codes, resident):
    """``text`` (of ``search_text``) and the private signs of a case.

    ``codes`` are those of its branch and of the departments it is or was assigned to. Each stands for its unit and,
    as codes do, for all that lies above, below the district; ``resident`` is a key or None.
    """
    units = (code[:length] for code in codes for length in range(DISTRICT + 1, len(code) + 1))
    signs = [*dict.fromkeys(map(unit_sign, units)), *([resident_sign(resident)] if resident else [])]
    return text + spaced("".join([LINE, *signs]))[1:]


def unit_sign(code):
    """The private character that stands for the unit of this code, and for few others."""
    return chr(UNITS + crc32(code.encode()) % SIGNS)


def resident_sign(key):
    """As ``unit_sign``, for the user with this key."""
    return chr(RESIDENTS + key % SIGNS)


def signs_in(values, shape):
    """Signs of which every case in this reach (see ``reach_of``) has one, but for those tracked.

    An empty list for the whole district. None where the signs are too many, and where there is nothing but one's own:
    that is found soonest by itself.
    """
    _tracked, reader, spans = parts_of(values, **shape)
    if any(len(first) <= DISTRICT for _kind, first, _after in spans):
        return []
    if not 0 < len(spans) < MOST_SIGNS:
        return None
    return [resident_sign(reader), *(unit_sign(first) for _kind, first, _after in spans)]


# Text, category and the parts of the place, in the order in which they are said.
INDEXED = ("text", "category__name", "branch__parent__name", "estate__name", "building__name", "spot")


def search_text(text, category, *place):
    """What a case with these words (as ``INDEXED`` names them) is found by."""
    parts = [fold(part or "") for part in place]
    plain = [fold(text), "".join(parts), fold(category)]
    formed = [with_forms(plain[0]), "".join(map(with_forms, parts))]
    return spaced(LINE.join(dict.fromkeys([*plain, *formed])))


# What a SearchText has of its case.
COPIED = ("area", "resident", "filed_by", "created_at")
WRITTEN = ("text", *COPIED)


def index(cases):
    """Write what ``cases`` (a queryset) are found by; how many of them had changed or were new.

    Called by name, in the transaction that writes the words of a case, who its resident is, or a new department.
    """
    read = {pk: row for pk, *row in cases.order_by().values_list("pk", *COPIED, *INDEXED)}
    units = units_of(Assignment.objects.filter(case__in=read))
    wanted = {}
    for pk, (area, resident, filed_by, created_at, *words) in read.items():
        text = with_signs(search_text(*words), [area, *units.get(pk, ())], resident)
        wanted[pk] = (text, area, resident, filed_by, created_at)
    stored = {pk: tuple(row) for pk, *row in SearchText.objects.filter(pk__in=wanted).values_list("pk", *WRITTEN)}
    changed = [
        SearchText(pk=pk, **dict(zip(WRITTEN, row, strict=True))) for pk, row in wanted.items() if stored.get(pk) != row
    ]
    SearchText.objects.bulk_create(changed, update_conflicts=True, unique_fields=["case"], update_fields=WRITTEN)
    return len(changed)


def units_of(assignments):
    """The codes of the departments by the keys of their cases, in a lasting order."""
    units = {}
    for case, code in assignments.order_by("pk").values_list("case", "unit__code"):
        units.setdefault(case, []).append(code)
    return units


def reindex():
    """Go through every case once more and write what differs; (cases, of these changed). Safe while people work."""
    seen = changed = last = 0
    while True:
        with transaction.atomic():
            # Nobody corrects a case between its being read and its words being written.
            batch = ServiceRequest.objects.filter(pk__gt=last).order_by("pk")[:BATCH]
            keys = list(batch.select_for_update(of=("self",)).values_list("pk", flat=True))
            if not keys:
                return seen, changed
            changed += index(ServiceRequest.objects.filter(pk__in=keys))
        seen, last = seen + len(keys), keys[-1]
