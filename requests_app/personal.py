"""Finds what must not be shown in public: the person's own data, and numbers that name somebody."""

import re
import unicodedata

# With or without a country code and gaps, but not a part of a longer number.
MOBILE = re.compile(r"(?<!\d)(?:\+?86[ .-]?)?1[3-9]\d[ .-]?\d{4}[ .-]?\d{4}(?!\d)")
LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[ .-]?\d{7,8}(?!\d)")
IDENTITY = re.compile(r"(?<!\d)\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx](?!\d)")
# A province, a letter, then five or six letters and digits (six on green plates).
PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z][ ·•.]?"
    r"[A-Za-z0-9]{4,5}[A-Za-z0-9挂学警港澳]"
)
NUMBERS = (MOBILE, LANDLINE, IDENTITY, PLATE)


def personal_data_in(text, case):
    """The pieces of ``text`` that name a person, a room, a phone, an identity card or a plate; each once, in order.

    Full-width letters and digits count as plain ones. Names, phones and room are those of ``case`` and of its
    resident; a family name alone is not found.
    """
    text = unicodedata.normalize("NFKC", text)
    known = case.resident
    names = [case.contact_name, known.name if known else ""]
    phones = [case.contact_phone, known.phone if known else ""]
    found = [match.group() for pattern in NUMBERS for match in pattern.finditer(text)]
    unspaced = "".join(text.split())
    found += [piece for piece in [*names, *phones] if piece and len(piece) > 1 and piece in unspaced]
    if case.room and re.search(rf"(?<![0-9A-Za-z]){re.escape(case.room)}(?![0-9A-Za-z])", text):
        found.append(case.room)
    return list(dict.fromkeys(found))


def without_personal_data(text, case):
    """``text`` with every such piece as ***; three stars alone where a piece cannot be cut out cleanly."""
    plain = unicodedata.normalize("NFKC", text)
    found = personal_data_in(text, case)
    if not found:
        return text
    for piece in sorted(found, key=len, reverse=True):
        plain = plain.replace(piece, "***")
    return "***" if personal_data_in(plain, case) else plain


def without_numbers(text):
    """``text`` with the middle of every phone and identity number in it left out: 138****5678."""
    for pattern in (IDENTITY, MOBILE, LANDLINE):
        text = pattern.sub(lambda match: _hollow(match.group()), text)
    return text


def _hollow(number):
    return f"{number[:3]}****{number[-4:]}"
