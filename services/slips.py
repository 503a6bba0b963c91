"""Slips for letterboxes: one code for each household, known by its digest alone."""

import re
import secrets
from dataclasses import dataclass

from django.db import transaction

from services.encryption import lookup_hash
from services.models import Household
from services.models.households import room_of

# Without 0, 1, I and O, which people take for each other; ten of 32 signs are 50 random bits.
SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 10


@dataclass(frozen=True)
class Slip:
    """One slip as it is printed; its code is never to be had again."""

    household: Household
    code: str

    @property
    def grouped_code(self):
        return f"{self.code[:5]}-{self.code[5:]}"


def digest_of(code):
    """How a code is kept: keyed, as mobile numbers are for looking up."""
    return lookup_hash(f"household-slip:{code}")


def typed(code):
    """A code however it was typed, with dashes, spaces or small letters."""
    return re.sub(r"[^0-9A-Z]", "", code.upper())


def household_of(code):
    """The household whose slip in force has that code, or None."""
    return Household.objects.with_place().filter(slip_digest=digest_of(typed(code))).first()


def rooms(entrances, floors, doors):
    """The rooms of a building, from the first entrance up: 1-101, 1-102 … 3-602."""
    return [
        room_of(entrance, f"{floor}{door:02d}")
        for entrance in range(1, entrances + 1)
        for floor in range(1, floors + 1)
        for door in range(1, doors + 1)
    ]


@transaction.atomic
def print_slips(building, wanted, at):
    """New slips for the households of the rooms ``wanted``; those printed before are void from now on."""
    hashes = {lookup_hash(room): room for room in wanted}
    new = [Household(building=building, room=room, room_hash=key) for key, room in hashes.items()]
    Household.objects.bulk_create(new, ignore_conflicts=True)
    found = {one.room_hash: one for one in building.households.filter(room_hash__in=hashes)}
    slips = [Slip(found[key], "".join(secrets.choice(SIGNS) for _sign in range(LENGTH))) for key in hashes]
    for slip in slips:
        slip.household.building = building
        slip.household.slip_digest, slip.household.slip_printed_at = digest_of(slip.code), at
    households = [slip.household for slip in slips]
    Household.objects.bulk_update(households, ["slip_digest", "slip_printed_at"], batch_size=200)
    return slips
