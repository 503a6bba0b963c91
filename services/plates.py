"""Plates: the short codes on doors, lifts and pump rooms, and the place each of them names."""

from dataclasses import dataclass

from services.models import Building, Estate, Spot

OF_AN_ESTATE = "branch__parent__parent"


@dataclass(frozen=True)
class Plate:
    """One plate: its code and the place, from the estate down to the spot."""

    code: str
    estate: Estate
    building: Building | None = None
    spot: Spot | None = None

    @property
    def name(self):
        """The place below the estate in one line; an empty text for the estate itself."""
        return " ".join(str(part) for part in (self.building, self.spot) if part)

    @property
    def is_open(self):
        """True while requests can be filed for this very place."""
        return self.estate.branch.is_active and (self.spot is None or self.spot.is_active)

    @property
    def above(self):
        """The plate of the place around this one, None for an estate."""
        if self.spot and self.building:
            return Plate(self.building.code, self.estate, self.building)
        return Plate(self.estate.code, self.estate) if self.name else None


def plate_of(code):
    """The Plate with that code, however it was typed, or None. At most three queries."""
    code = code.strip().upper()
    spot = Spot.objects.select_related(f"estate__{OF_AN_ESTATE}", "building", "group").filter(code=code).first()
    if spot:
        return Plate(code, spot.estate, spot.building, spot)
    building = Building.objects.select_related(f"estate__{OF_AN_ESTATE}").filter(code=code).first()
    if building:
        return Plate(code, building.estate, building)
    estate = Estate.objects.select_related(OF_AN_ESTATE).filter(code=code).first()
    return Plate(code, estate) if estate else None


def plates_of(estate):
    """Every plate of ``estate`` that is in use, the estate's own first; two queries."""
    spots = list(estate.spots.filter(is_active=True).select_related("building"))
    plates = [Plate(estate.code, estate)]
    plates += [Plate(spot.code, estate, None, spot) for spot in spots if spot.building is None]
    for building in estate.buildings.order_by("order", "name"):
        plates.append(Plate(building.code, estate, building))
        plates += [Plate(spot.code, estate, building, spot) for spot in spots if spot.building_id == building.pk]
    return plates
