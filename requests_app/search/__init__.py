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

from requests_app.search.finding import (
    by_phone,
    find,
    holds_mobile,
    is_code_or_phone,
    named_by,
    number_in,
)
from requests_app.search.lookups import lookup
from requests_app.search.texts import INDEXED, index, reindex, search_text, signs_in, spaced, units_of, with_signs
from requests_app.search.words import fold, is_form, needles, with_forms

__all__ = [
    "INDEXED",
    "by_phone",
    "find",
    "fold",
    "holds_mobile",
    "index",
    "is_code_or_phone",
    "is_form",
    "lookup",
    "named_by",
    "needles",
    "number_in",
    "reindex",
    "search_text",
    "signs_in",
    "spaced",
    "units_of",
    "with_forms",
    "with_signs",
]
