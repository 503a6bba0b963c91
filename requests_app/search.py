"""Finding cases: by what stands in them, by their number, by the phone of whoever filed them.

What is found, exactly. A query is cut into words at blanks, and a case is found when it holds every one of them. It
holds a word that is contained (``LIKE '%word%'``) in its text, its place (community, estate, building and spot in one
piece) or its category, each without blanks and after ``fold``: full-width signs count as plain ones, capitals as
small ones. The forms in which people name a building or an entrance are one thing: "3#", "3栋", "三幢", "3号楼" and
"３号楼" are found by each other, so are "2单元" and "二单元"; see ``needles``.

How. ``index`` writes a case's words into one ``SearchText``, whose characters stand apart (``MARK``), so that every
three consecutive ones are a single character or a pair. The database indexes those. ``lookup`` asks that index for
the cases that hold all singles and pairs of the query, compares their texts, and stops after ``RARE``. Where there are
more, the query is common, and a page of a list is found soonest by going through the list in its own order and
comparing every text, until the page is full: that is what ``Lookup.narrow`` leads to, and ``Lookup.newest``.

Whoever looks for something sees some of the cases (``reach_of``). The rule says which, of a ``SearchText`` as of a
case. That the index need not give what the rule then takes away, the text ends in private signs: one for each unit
the case lies under or is assigned to, one for its resident. They only narrow; two units with one sign do no harm.
"""

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from zlib import crc32

from django.db import connection, transaction
from django.db.models import BooleanField, Func, Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from requests_app.models import Assignment, SearchText, ServiceRequest
from requests_app.models.case import in_reach, parts_of
from requests_app.privacy import with_phones_open_to
from services.encryption import lookup_hash
from services.kept import Kept

# Neither stands in a folded text: control characters are dropped there.
MARK = "\x1f"  # on both sides of every character
LINE = "\x1e"  # between text, place and category
# Blanks, control and format characters, and private ones, which stand for forms here.
DROPPED = ("Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co")
# More hits are not listed. To find a page of 25 of them among 100 000 cases takes 2 500 comparisons at most.
RARE = 1000
BATCH = 500  # cases indexed at once
# Private signs that no fold leaves and no form uses.
UNITS, RESIDENTS, SIGNS = 0xF0000, 0x100000, 0xFFFE
DISTRICT = 6  # digits of the code of a district, under which all cases lie
MOST_SIGNS = 8  # of whoever has a seat in more units everything is compared
# Both folded.
NUMBER = re.compile(r"(?:#|no\.?)([0-9]{1,15})")
DIGITS_OF_CODE_OR_PHONE = re.compile(r"[0-9]{11}")
DASHES = re.compile("[-\u2010-\u2015\u2212]")

# A building's or an entrance's number becomes one private character, so that 3 is not found in 13.
BUILDING, ENTRANCE = 0xE000, 0xF000
DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0}
NUMERAL = "[零〇一二三四五六七八九十百]"
FORM = re.compile(
    rf"(?P<number>(?<![0-9a-z.])[0-9]{{1,3}}|(?<!{NUMERAL}){NUMERAL}{{1,5}})"
    r"(?:(?P<entrance>单元)|号楼|[栋幢]|#(?:楼(?![道梯门]))?)"
)


def fold(text):
    """``text`` as it is compared: NFKC, small letters, without blanks and signs that nobody sees."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(filter(_is_kept, folded))


@cache
def _is_kept(sign):
    return unicodedata.category(sign) not in DROPPED


def with_forms(folded):
    """``folded`` with every named building and entrance as one private character, however it was written.

    Buildings: a number, in digits or in words up to 999, before 号楼, 栋, 幢, # or #楼. Entrances: before 单元.
    """
    return FORM.sub(_form, folded)


def _form(match):
    number = _value(match["number"])
    if number is None:
        return match[0]
    return chr((ENTRANCE if match["entrance"] else BUILDING) + number)


def _value(numeral):
    """The number ``numeral`` says: 12, 十二 and 一二 are twelve; None where it says none."""
    if numeral.isdecimal():
        return int(numeral)
    if not {"十", "百"} & set(numeral):
        value = int("".join(str(DIGITS[sign]) for sign in numeral))
        return value if value <= 999 else None
    value, digit = 0, None
    for sign in numeral:
        if sign in DIGITS:
            digit = DIGITS[sign]
        else:
            value += (1 if digit is None else digit) * (10 if sign == "十" else 100)
            digit = None
    value += digit or 0
    return value if value <= 999 else None


def needles(word):
    """What ``word`` is looked for as; a case that contains any of them holds the word.

    A word of nothing but forms ("3号楼2单元") is looked for as these forms alone, its numbers whole. Any other is
    looked for as it stands and, where it names a building or an entrance, also in the other ways to write it.
    """
    plain = fold(word)
    formed = with_forms(plain)
    if formed == plain:
        return (plain,) if plain else ()
    return (formed,) if all(map(is_form, formed)) else (plain, formed)


def is_form(sign):
    return unicodedata.category(sign) == "Co"


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
    return chr(UNITS + crc32(code.encode()) % SIGNS)


def resident_sign(key):
    return chr(RESIDENTS + key % SIGNS)


def signs_in(values, shape):
    """Signs of which every case in this reach (see ``reach_of``) has one; none where that cannot be said."""
    keys, reader, spans = parts_of(values, **shape)
    is_known = all(len(first) > DISTRICT for _kind, first, _after in spans)
    if keys or reader is None or not is_known or len(spans) >= MOST_SIGNS:
        return []
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


@dataclass(frozen=True)
class Lookup:
    """A query, word by word as needles, and the keys of the cases that hold it, newest first; None where too many may.

    ``reach`` is what was asked of: (values, shape) as ``reach_of`` gives them, None for all cases.
    """

    words: tuple[tuple[str, ...], ...]
    keys: tuple[int, ...] | None = None
    reach: tuple | None = None

    @property
    def is_common(self):
        return self.keys is None and bool(self.words)

    def narrow(self, cases):
        """Those of ``cases`` that hold the query; all of them where it says nothing."""
        if self.keys is not None:
            return cases.filter(Among("pk", self.keys))
        for word in self.words:
            cases = cases.filter(any_of(holds("search_text__text", spaced(needle)) for needle in word))
        return cases

    @property
    def newest(self):
        """The keys of a common query, newest first; to be sliced, which reads them."""
        values, shape = _asked(self.words, self.reach)
        return Walk(values, shape)


@dataclass(frozen=True)
class Walk:
    values: list
    shape: dict

    def __getitem__(self, wanted):
        return list(WALKED(*self.values, first=wanted.start, last=wanted.stop, **self.shape))


class Among(Func):
    """Whether a number is one of many, which are sent as one parameter: a thousand take longer to send than to find."""

    output_field = BooleanField()
    ways = {
        "postgresql": ("{} = ANY(%s::bigint[])", "{{{}}}"),
        "sqlite": ("{} IN (SELECT value FROM json_each(%s))", "[{}]"),
    }

    def __init__(self, number, many):
        super().__init__(number)
        self.many = many

    def as_sql(self, compiler, connection):
        sql, together = self.ways[connection.vendor]
        number, params = compiler.compile(self.source_expressions[0])
        return sql.format(number), [*params, together.format(",".join(map(str, self.many)))]


class InIndex(Func):
    """Whether the index has a ``SearchText`` for ``asked``, which is as ``QUESTIONS`` put it."""

    output_field = BooleanField()
    ways = {
        "postgresql": "requests_app_searchtext.grams @> %s::text[]",
        "sqlite": "requests_app_searchtext.case_id IN (SELECT rowid FROM requests_app_searchtext_grams"
        " WHERE requests_app_searchtext_grams MATCH %s)",
    }

    def __init__(self, asked):
        super().__init__()
        self.asked = asked

    def as_sql(self, compiler, connection):
        return self.ways[connection.vendor], [self.asked]


def holds(field, piece):
    """Whether a text holds ``piece``. Not ``contains``, which is LIKE and takes three times as long."""
    return GreaterThan(StrIndex(field, Value(piece)), 0)


class Plainly(Func):
    """A condition for which no index is asked, so that the order of the list decides how it is gone through."""

    template = "(%(expressions)s) IS TRUE"
    output_field = BooleanField()


def any_of(conditions):
    """One condition that holds where any of ``conditions`` does."""
    return reduce(or_, map(Q, conditions))


def lookup(query, reach=None):
    """Look ``query`` up in the index, now; a Lookup. With ``reach`` among the cases that lie in it."""
    words = tuple(filter(None, map(needles, query.split())))
    if not words:
        return Lookup(words)
    values, shape = _asked(words, reach)
    questions = QUESTIONS[connection.vendor](words, signs_in(*reach) if reach else [])
    asked = [question for word in questions for question in word]
    index = tuple(map(len, questions))
    found = FOUND.sql(*asked, *values, index=index, most=RARE + 1, **shape)
    if found is None:
        return Lookup(words, (), reach)
    sql, params = found
    with connection.cursor() as cursor:
        if EXPECTED[connection.vendor](cursor, words, asked, index) > RARE:
            return Lookup(words, None, reach)
        # Not in one: asked for the newest of them PostgreSQL would go through the whole list.
        cursor.execute(f"SELECT case_id FROM ({sql}) found ORDER BY created_at DESC, case_id DESC", params)  # noqa: S608
        keys = tuple(key for (key,) in cursor.fetchall())
    return Lookup(words, keys if len(keys) <= RARE else None, reach)


def _asked(words, reach):
    """(values, shape) of the words and the reach for the queries below."""
    values, shape = reach or ((), {})
    texts = [spaced(needle) for word in words for needle in word]
    return [*texts, *values], {"words": tuple(map(len, words)), **shape}


def _indexed_for(*asked, index):
    """The texts that the index has for what is asked."""
    texts = SearchText.objects.order_by().values("pk")
    for questions in _by_word(asked, index):
        texts = texts.filter(any_of(map(InIndex, questions)))
    return texts


def _found(*values, index, most, words, **reach):
    """The texts that the index has for what is asked, that lie in the reach and hold the words; ``most`` at most."""
    asked, values = values[: sum(index)], values[sum(index) :]
    texts = _indexed_for(*asked, index=index)
    if reach:
        texts = texts.filter(in_reach(*values[sum(words) :], **reach))
    return _that_hold(texts, values, words).values("case_id", "created_at")[:most]


def _walked(*values, words, first, last, **reach):
    """The keys of some of the texts that lie in the reach and hold the words, from the ``first`` to the ``last``."""
    texts = SearchText.objects.order_by("-created_at", "-pk")
    if reach:
        texts = texts.filter(Plainly(in_reach(*values[sum(words) :], **reach)))
    return _that_hold(texts, values, words).values_list("pk", flat=True)[first:last]


def _that_hold(texts, values, words):
    for word in _by_word(values, words):
        texts = texts.filter(any_of(holds("text", needle) for needle in word))
    return texts


def _by_word(values, lengths):
    values = iter(values)
    return [[next(values) for _place in range(length)] for length in lengths]


INDEXED_FOR, FOUND, WALKED = Kept(_indexed_for), Kept(_found), Kept(_walked)


# How many texts are to be expected, before any is read.


def _planned(cursor, words, asked, index):
    """What PostgreSQL plans with, which is nearly right of singles and pairs: it keeps count of the common elements of
    an array. Where it plans with many it would stay away from the index, and take longer to find a thousand than a
    page takes. Of longer words it knows too little: 0."""
    if any(len(needle) > 2 for word in words for needle in word):
        return 0
    sql, params = INDEXED_FOR.sql(*asked, index=index)
    cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
    plan = cursor.fetchone()[0]
    return (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"]


def _counted(cursor, words, asked, index):
    """What SQLite counts in its index, to ``RARE`` and one; it would collect them all before the first text is read."""
    table = "requests_app_searchtext_grams"
    some = f"SELECT 1 FROM {table} WHERE {table} MATCH %s LIMIT {RARE + 1}"  # noqa: S608
    cursor.execute(f"SELECT COUNT(*) FROM ({some})", asked)  # noqa: S608
    return cursor.fetchone()[0]


EXPECTED = {"postgresql": _planned, "sqlite": _counted}


# How each database is asked for texts that have, of every word, all singles and pairs of one needle, and one of the
# ``signs`` (where there are any): a list of questions for each word, of which one must be answered.


def _on_postgresql(words, signs):
    ends = [grams(sign) for sign in signs] or [[]]
    return [[_array([*grams(needle), *end]) for needle in word for end in ends] for word in words]


def _array(elements):
    quoted = ('"' + re.sub(r'(["\\])', r"\\\1", element) + '"' for element in elements)
    return f"{{{','.join(quoted)}}}"


def _on_sqlite(words, signs):
    parts = [" OR ".join(map(_all_grams, word)) for word in words]
    if signs:
        parts.append(" OR ".join(map(_all_grams, signs)))
    return [[" AND ".join(f"({part})" for part in parts)]]


def _all_grams(needle):
    quoted = ('"' + gram.replace('"', '""') + '"' for gram in grams(needle))
    return f"({' AND '.join(quoted)})"


QUESTIONS = {"postgresql": _on_postgresql, "sqlite": _on_sqlite}


def find(cases, query, user=None):
    """(those of ``cases`` that ``query`` names, whether they are too many to be counted in passing).

    "#42" names one case by its number. Eleven digits name a case by its tracking code, never a part of it: found
    piece by piece, it would let staff speak as the resident. They also name the cases with that mobile number whose
    number ``user`` may look at. Anything else, and digits that name nothing, is looked for as words.
    """
    named = named_by(query, user)
    if named is not None:
        return cases.filter(pk__in=named), False
    found = lookup(query)
    return found.narrow(cases), found.is_common


def named_by(query, user):
    """The keys of what ``query`` names by a number, see ``find``; None where it is words."""
    number, folded = number_in(query), fold(query)
    if number is not None:
        return [number]
    return (_named_by_digits(folded, user) or None) if is_code_or_phone(query) else None


def number_in(query):
    """The number of a case that ``query`` is, as in "#42" or "No. 42"; None where it is something else."""
    number = NUMBER.fullmatch(fold(query))
    return int(number[1]) if number else None


def is_code_or_phone(query):
    """True where ``query`` is what a whole tracking code or mobile number looks like; both have eleven digits."""
    return DIGITS_OF_CODE_OR_PHONE.fullmatch(fold(query)) is not None


def holds_mobile(query):
    """True where a mobile number stands anywhere in ``query``, also with blanks or dashes between its digits."""
    return re.search("1[0-9]{10}", DASHES.sub("", fold(query))) is not None


def _named_by_digits(digits, user):
    """The keys of the case with this tracking code and of those with this mobile number that ``user`` may look at."""
    named = ServiceRequest.objects.filter(code=digits).values_list("pk", flat=True)
    if user is None:
        return list(named)
    called = by_phone(with_phones_open_to(ServiceRequest.objects.order_by("-pk"), user), digits)
    return [*named, *called.values_list("pk", flat=True)[:RARE]]


def by_phone(cases, number):
    """Those of ``cases`` whose contact is to be reached at this mobile number, the whole of it."""
    return cases.filter(contact_phone_hash=lookup_hash(number))
