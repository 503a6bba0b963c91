"""Finding cases: by what stands in them, by their number, by the phone of whoever filed them.

What is found, exactly. A query is cut into words at blanks, and a case is found when it holds every one of them. It
holds a word that is contained (``LIKE '%word%'``) in its text, its place (community, estate, building and spot in one
piece) or its category, each without blanks and after ``fold``: full-width signs count as plain ones, capitals as
small ones. The forms in which people name a building or an entrance are one thing: "3#", "3栋", "三幢", "3号楼" and
"３号楼" are found by each other, so are "2单元" and "二单元"; see ``needles``.

How. ``index`` writes a case's words into one ``SearchText``, whose characters stand apart (``MARK``), so that every
three consecutive ones are a single character or a pair. The database indexes those. ``lookup`` asks that index for
the cases that hold all singles and pairs of the query, and stops after ``RARE``. So few are compared at once. Where
there are more, the query is common, and a page of a list is found soonest by going through the list in its own order
and comparing every text, until the page is full: that is what ``Lookup.narrow`` leads to.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from django.db import connection, transaction
from django.db.models import BooleanField, Func, Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from requests_app.models import SearchText, ServiceRequest
from requests_app.privacy import with_phones_open_to
from services.encryption import lookup_hash

# Neither stands in a folded text: control characters are dropped there.
MARK = "\x1f"  # on both sides of every character
LINE = "\x1e"  # between text, place and category
# Blanks, control and format characters, and private ones, which stand for forms here.
DROPPED = ("Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co")
# More hits are not listed. To find a page of 25 of them among 100 000 cases takes 2 500 comparisons at most.
RARE = 1000
BATCH = 500  # cases indexed at once
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


# Text, category and the parts of the place, in the order in which they are said.
INDEXED = ("text", "category__name", "branch__parent__name", "estate__name", "building__name", "spot")


def search_text(text, category, *place):
    """What a case with these words (as ``INDEXED`` names them) is found by."""
    parts = [fold(part or "") for part in place]
    plain = [fold(text), "".join(parts), fold(category)]
    formed = [with_forms(plain[0]), "".join(map(with_forms, parts))]
    return spaced(LINE.join(dict.fromkeys([*plain, *formed])))


def index(cases):
    """Write what ``cases`` (a queryset) are found by; how many of them had changed or were new.

    Called by name, in the transaction that writes the words of a case.
    """
    wanted = {pk: search_text(*words) for pk, *words in cases.order_by().values_list("pk", *INDEXED)}
    stored = dict(SearchText.objects.filter(pk__in=wanted).values_list("pk", "text"))
    changed = [SearchText(pk=pk, text=text) for pk, text in wanted.items() if stored.get(pk) != text]
    SearchText.objects.bulk_create(changed, update_conflicts=True, unique_fields=["case"], update_fields=["text"])
    return len(changed)


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
    """A query, word by word as needles, and the keys of the cases that hold it; None where too many may."""

    words: tuple[tuple[str, ...], ...]
    keys: tuple[int, ...] | None = None

    @property
    def is_common(self):
        return self.keys is None and bool(self.words)

    def narrow(self, cases):
        """Those of ``cases`` that hold the query; all of them where it says nothing."""
        if self.keys is not None:
            return cases.filter(Among("pk", self.keys))
        for word in self.words:
            cases = cases.filter(_any_in_text(word))
        return cases


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


def _any_in_text(word):
    holds = Q()
    for needle in word:
        # Not ``contains``, which is LIKE and takes three times as long.
        holds |= Q(GreaterThan(StrIndex("search_text__text", Value(spaced(needle))), 0))
    return holds


def lookup(query):
    """Look ``query`` up in the index, now; a Lookup."""
    words = tuple(filter(None, map(needles, query.split())))
    if not words:
        return Lookup(words)
    with connection.cursor() as cursor:
        cursor.execute(*PROBES[connection.vendor](words))
        probed = cursor.fetchall()
    return Lookup(words, tuple(key for key, holds in probed if holds) if len(probed) <= RARE else None)


# Both give the keys of cases that have all singles and pairs, and whether their texts hold the words indeed. Only
# placeholders and the tables' own names are put together in them.


def _on_postgresql(words):
    holds, texts = _holding("strpos(text, %s) > 0", words)
    where = " AND ".join(f"({' OR '.join(['grams @> %s::text[]'] * len(word))})" for word in words)
    wanted = [grams(needle) for word in words for needle in word]
    sql = f"SELECT case_id, {holds} FROM requests_app_searchtext WHERE {where} LIMIT {RARE + 1}"  # noqa: S608
    return sql, [*texts, *wanted]


def _on_sqlite(words):
    holds, texts = _holding("instr(text, %s) > 0", words)
    table = "requests_app_searchtext_grams"
    wanted = " AND ".join(f"({' OR '.join(map(_all_grams, word))})" for word in words)
    probe = f"SELECT rowid AS found FROM {table} WHERE {table} MATCH %s LIMIT {RARE + 1}"  # noqa: S608
    sql = f"SELECT found, {holds} FROM ({probe}) JOIN requests_app_searchtext ON case_id = found"  # noqa: S608
    return sql, [*texts, wanted]


def _holding(one, words):
    """SQL that says whether a text holds all ``words``, and its parameters."""
    holds = " AND ".join(f"({' OR '.join([one] * len(word))})" for word in words)
    return holds, [spaced(needle) for word in words for needle in word]


def _all_grams(needle):
    quoted = ('"' + gram.replace('"', '""') + '"' for gram in grams(needle))
    return f"({' AND '.join(quoted)})"


PROBES = {"postgresql": _on_postgresql, "sqlite": _on_sqlite}


def find(cases, query, user=None):
    """(those of ``cases`` that ``query`` names, whether they are too many to be counted in passing).

    "#42" names one case by its number. Eleven digits name a case by its tracking code, never a part of it: found
    piece by piece, it would let staff speak as the resident. They also name the cases with that mobile number whose
    number ``user`` may look at. Anything else, and digits that name nothing, is looked for as words.
    """
    number, folded = number_in(query), fold(query)
    if number is not None:
        return cases.filter(pk=number), False
    keys = _named_by_digits(folded, user) if is_code_or_phone(query) else []
    if keys:
        return cases.filter(pk__in=keys), False
    found = lookup(query)
    return found.narrow(cases), found.is_common


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
