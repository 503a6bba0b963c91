"""Households of one estate of the demo that support what is open there: one matter is on its way to the meeting."""

from datetime import timedelta
from itertools import islice

from requests_app.meetings.backing import backable, move_in
from requests_app.models import Backing
from services.models import BackingThreshold, Estate, Household
from services.models.households import room_of
from services.slips import rooms

ESTATE = "PC6301"
SPEAK = ("zhou", "wu")  # the residents whose household is known
FLOORS, DOORS = 6, 2
FEW = 3  # voices of a matter that is not there yet
EVERY_OTHER = 2


def support(cast, now):
    """Make some residents' households known, and let households stand behind two open matters of the estate."""
    estate = Estate.objects.filter(code=ESTATE).first()
    if estate is None:
        return
    buildings = {building.name: building for building in estate.buildings.order_by("order")}
    for key in SPEAK:
        home = cast.homes[key]
        room = room_of(home["spot"].removesuffix("单元"), home["room"])
        household = Household.objects.at(buildings[home["building"]], room)
        move_in(cast.residents[key], household, now - timedelta(days=20))
    needed = BackingThreshold.objects.for_estates()(estate)
    open_ones = backable().filter(estate=estate, resident__isnull=True).order_by("created_at", "pk")[:2]
    for case, number in zip(open_ones, (needed + 2, FEW), strict=False):
        voices = islice(_households(buildings.values()), number)
        Backing.objects.bulk_create(
            Backing(
                case=case,
                household=household,
                by_slip=place % EVERY_OTHER == 0,
                at=min(case.created_at + timedelta(hours=20 * (place + 1)), now),
            )
            for place, household in enumerate(voices)
        )


def _households(buildings):
    """The households of ``buildings``, building by building."""
    for building in buildings:
        for room in rooms(building.entrances, FLOORS, DOORS):
            yield Household.objects.at(building, room)
