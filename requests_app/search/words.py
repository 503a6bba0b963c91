"""Words as they are compared: folded, and with one sign for every way to name a building or an entrance."""

import re
import unicodedata
from functools import cache

# Blanks, control and format characters, and private ones, which stand for forms here.
DROPPED = ("Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co")

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
