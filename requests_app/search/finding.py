"""What somebody types: a number, a code, a phone, or words."""

import re

from requests_app.models import ServiceRequest
from requests_app.privacy import with_phones_open_to
from requests_app.search.lookups import RARE, lookup
from requests_app.search.words import fold
from services.encryption import lookup_hash

# Both folded.
NUMBER = re.compile(r"(?:#|no\.?)([0-9]{1,15})")
DIGITS_OF_CODE_OR_PHONE = re.compile(r"[0-9]{11}")
DASHES = re.compile("[-\u2010-\u2015\u2212]")


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
