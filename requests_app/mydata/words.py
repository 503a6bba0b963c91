"""Taking somebody out of words that stay."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from django.contrib.auth.models import AnonymousUser

from requests_app.personal import Kind, finds_in, pieces_of
from requests_app.privacy import contact_of

CUT = "***"
GAP = r"[^0-9A-Za-z]{0,3}"  # what may stand between two digits of a number
# Facts of events that people type; the others are chosen from lists, or counted.
TYPED = ("text", "outcome", "door", "condition", "done_by", "query")


@dataclass(frozen=True)
class Known:
    """What names one person: names, numbers, addresses and rooms, each as it was given."""

    names: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    rooms: frozenset[str] = frozenset()

    @classmethod
    def of(cls, user, cases, at, address=""):
        """What is kept of ``user`` (or None), and what their ``cases`` say of whom to reach."""
        nobody = AnonymousUser()
        contacts = [contact_of(case, case.resident or user or nobody, at, revealed=True) for case in cases]
        names = {contact.name for contact in contacts} | ({user.name, address} if user else set())
        phones = {contact.phone for contact in contacts} | ({user.phone or ""} if user else set())
        return cls(
            frozenset(name.strip() for name in names if len(name.strip()) > 1),
            frozenset(phones - {""}),
            frozenset(contact.room for contact in contacts if len(contact.room) > 1),
        )

    @cached_property
    def patterns(self):
        """What finds them, however they are spaced."""
        names = (r"\s*".join(map(re.escape, "".join(name.split()))) for name in sorted(self.names, key=len)[::-1])
        phones = (GAP.join(phone) for phone in sorted(self.phones))
        rooms = (rf"(?<![0-9A-Za-z]){re.escape(room)}(?![0-9A-Za-z])" for room in sorted(self.rooms))
        return [re.compile(one, re.IGNORECASE) for one in chain(names, phones, rooms)]

    def cut_from(self, text):
        """``text`` without them; the same text where there is none of them in it."""
        plain = cut = unicodedata.normalize("NFKC", text)
        for pattern in self.patterns:
            cut = pattern.sub(CUT, cut)
        return text if cut == plain else cut

    def is_meant(self, find):
        """True for what was found for certain, numbers, rooms, and names that may be theirs: 李大爷, 老李."""
        families = {name[:1] for name in self.names}
        return find.is_certain or find.kind != Kind.NAME or bool(families & set(find.text[:2]))


def without(text, known, case):
    """``text`` without what names anybody: those ``known``, those of ``case``, their family name with a title, and
    numbers of phones, cards, plates and rooms.
    """
    cut = known.cut_from(text)
    finds = [find for find in finds_in(cut, case) if known.is_meant(find)]
    return "".join(CUT if find else piece for piece, find in pieces_of(cut, finds))


def facts_without(facts, known, case, key=""):
    """``facts`` of an event likewise: in what people typed everything, elsewhere those ``known`` alone."""
    if isinstance(facts, dict):
        return {name: facts_without(value, known, case, name) for name, value in facts.items()}
    if isinstance(facts, list):
        return [facts_without(value, known, case, key) for value in facts]
    if isinstance(facts, str):
        return without(facts, known, case) if key in TYPED else known.cut_from(facts)
    return facts
