"""Asking the index: which cases hold a query, and lie in somebody's reach."""

import json
import re
from dataclasses import dataclass

from django.db import connection
from django.db.models import BooleanField, Func, Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from requests_app.models import SearchText
from requests_app.models.case import in_reach
from requests_app.models.rows import any_of
from requests_app.search.texts import grams, signs_in, spaced
from requests_app.search.words import needles
from services.kept import Kept

# More hits are not listed. To find a page of 25 of them among 100 000 cases takes 2 500 comparisons at most.
RARE = 1000


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
    """The keys of a common query as ``OpenPages`` slices them: only the slice is gone through."""

    values: list
    shape: dict

    def __getitem__(self, wanted):
        # Only the first page is asked for often enough to be kept.
        walked = _walked if wanted.start else WALKED
        return list(walked(*self.values, first=wanted.start, last=wanted.stop, **self.shape))


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


def lookup(query, reach=None):
    """Look ``query`` up in the index, now; a Lookup. With ``reach`` (of ``reach_of``) among the cases in it."""
    words = tuple(filter(None, map(needles, query.split())))
    if not words:
        return Lookup(words, None if reach is None else ())
    values, shape = _asked(words, reach)
    asked, index = _put(QUESTIONS[connection.vendor](words, (signs_in(*reach) or []) if reach else []))
    found = FOUND.sql(*asked, *values, index=index, most=RARE + 1, **shape)
    if found is None:
        return Lookup(words, (), reach)
    sql, params = found
    with connection.cursor() as cursor:
        if EXPECTED[connection.vendor](cursor, words, asked, index, reach) > RARE:
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


def _put(questions):
    """(the questions of all words, how many each word has)."""
    return [question for word in questions for question in word], tuple(map(len, questions))


def _indexed_for(*values, index, **reach):
    """The texts that the index has for what is asked, and that lie in the reach."""
    asked, values = values[: sum(index)], values[sum(index) :]
    # No sign tells which cases were tracked.
    tracked = [Q(pk__in=values[: reach["tracked"]])] if reach.get("tracked") else []
    texts = SearchText.objects.order_by().values("pk")
    for questions in _by_word(asked, index):
        texts = texts.filter(any_of([*map(InIndex, questions), *tracked]))
    return texts.filter(in_reach(*values, **reach)) if reach else texts


def _found(*values, index, most, words, **reach):
    """The texts that the index has for what is asked, that lie in the reach and hold the words; ``most`` at most."""
    asked, texts, values = _cut(values, sum(index), sum(words))
    found = _indexed_for(*asked, *values, index=index, **reach)
    return _that_hold(found, texts, words).values("case_id", "created_at")[:most]


def _walked(*values, words, first, last, **reach):
    """The keys of some of the texts that lie in the reach and hold the words, from the ``first`` to the ``last``."""
    texts, values = _cut(values, sum(words))
    walked = SearchText.objects.order_by("-created_at", "-pk")
    if reach:
        walked = walked.filter(Plainly(in_reach(*values, **reach)))
    return _that_hold(walked, texts, words).values_list("pk", flat=True)[first:last]


def _that_hold(found, texts, words):
    for word in _by_word(texts, words):
        found = found.filter(any_of(holds("text", needle) for needle in word))
    return found


def _cut(values, *lengths):
    """``values`` in parts of these ``lengths``, and what is left."""
    rest = iter(values)
    return [*_by_word(rest, lengths), list(rest)]


def _by_word(values, lengths):
    values = iter(values)
    return [[next(values) for _place in range(length)] for length in lengths]


# People may type fifty words, each with two needles.
INDEXED_FOR, FOUND, WALKED = (Kept(build, values=24) for build in (_indexed_for, _found, _walked))


# How many texts are to be expected, before any is read.


def _planned(cursor, words, asked, index, reach):
    """What PostgreSQL plans with: the less of what it expects by the signs and by the rule.

    It is nearly right of singles and pairs, as it keeps count of the common elements of an array: where there are
    many it would stay away from the index, and take longer to find a thousand than a page takes. Of longer words it
    knows too little: 0. Of seldom signs it thinks too many, of what departments see by the rule too.
    """
    if any(len(needle) > 2 for word in words for needle in word):
        return 0
    rows = _plan_rows(cursor, *INDEXED_FOR.sql(*asked, index=index))
    if rows <= RARE or reach is None:
        return rows
    values, shape = reach
    unsigned, index = _put(_on_postgresql(words, []))
    within = INDEXED_FOR.sql(*unsigned, *values, index=index, **shape)
    return min(rows, _plan_rows(cursor, *within))


def _plan_rows(cursor, sql, params):
    cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
    plan = cursor.fetchone()[0]
    return (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"]


def _counted(cursor, words, asked, index, reach):
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
