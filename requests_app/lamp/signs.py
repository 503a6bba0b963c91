"""One function for each signal: which requests of a month show it, unit by unit."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from requests_app.lamp.reading import closings, photos_after, ratings, signed_and_done
from services.models import SignalDefinition

Key = SignalDefinition.Key
BITS = 64


@dataclass
class Found:
    """Of one unit: all requests looked at, and those that show the signal, each with its twin or None."""

    seen: set = field(default_factory=set)
    shown: dict = field(default_factory=dict)


class Finding(defaultdict):
    """What was found, by the key of the unit."""

    def __init__(self):
        super().__init__(Found)

    def add(self, unit, case, shows, twin=None):
        self[unit].seen.add(case)
        if shows:
            self[unit].shown.setdefault(case, twin)


def month_end(asked):
    """Reported in the last statistic days of the month."""
    finding, last = Finding(), asked.month.end - timedelta(days=asked.definition.days)
    for report in asked.read.of_month:
        finding.add(report.unit, report.case, report.at >= last)
    return finding


def quick(asked):
    """Done within minutes of a signature."""
    finding, soon = Finding(), timedelta(minutes=asked.definition.minutes)
    for case, unit, took in signed_and_done(asked.month):
        finding.add(unit, case, took <= soon)
    return finding


def same_reply(asked):
    """The words of a report that the unit gave about another request shortly before."""
    finding, said, reach = Finding(), {}, timedelta(days=asked.definition.days)
    for report in asked.read.reports:
        known = said.setdefault((report.unit, report.said), {}) if report.said else {}
        twin = next((case for case, at in known.items() if case != report.case and report.at - at <= reach), None)
        known.pop(report.case, None)
        known[report.case] = report.at
        # One that was said twice is enough to recognise the third.
        while len(known) > 2:
            known.pop(next(iter(known)))
        if report.at >= asked.month.begin:
            finding.add(report.unit, report.case, twin is not None, twin)
    return finding


def same_photo(asked):
    """A photo of finished work that the unit showed with another request before."""
    finding, album = Finding(), defaultdict(Album)
    reach = timedelta(days=asked.definition.days)
    for unit, case, at, likeness, file in photos_after(asked.month.begin - reach, asked.month.end):
        photo = Shown(case, at, int(likeness, 16), file)
        if at >= asked.month.begin:
            twin = album[unit].like(photo, asked.definition.bits, reach)
            finding.add(unit, case, twin is not None, twin)
        album[unit].add(photo, asked.definition.bits)
    return finding


def staff_device(asked):
    """Rated from a browser in which staff of the unit, or of one above or below it, had signed in."""
    finding = Finding()
    for case, unit, code, staff in ratings(asked.month):
        finding.add(unit, case, any(code.startswith(one) or one.startswith(code) for one in staff or ()))
    return finding


def no_contact(asked):
    """Closed, and nobody had been in touch with the resident."""
    finding = Finding()
    for case, unit, in_touch in closings(asked.month):
        finding.add(unit, case, not in_touch)
    return finding


@dataclass(frozen=True)
class Shown:
    """One photo of finished work."""

    case: int
    at: object
    bits: int
    file: str


class Album:
    """The photos of a unit by pieces of their 64 bits.

    Two numbers that differ in at most ``far`` bits are equal in at least one of ``far`` + 1 pieces, so only those that
    share a piece are compared.
    """

    def __init__(self):
        self._by_piece = defaultdict(list)

    def add(self, photo, far):
        for piece in pieces(photo.bits, far):
            self._by_piece[piece].append(photo)

    def like(self, photo, far, reach):
        """The case of one that looks like ``photo``, another file of another case, or None."""
        for piece in pieces(photo.bits, far):
            for other in self._by_piece.get(piece, ()):
                is_another = other.case != photo.case and other.file != photo.file
                if is_another and photo.at - other.at <= reach and (other.bits ^ photo.bits).bit_count() <= far:
                    return other.case
        return None


def pieces(bits, far):
    """The ``far`` + 1 pieces of a number of 64 bits, each with its place."""
    width = -(-BITS // (far + 1))
    return [(place, bits >> place & (1 << width) - 1) for place in range(0, BITS, width)]


SIGNS = {
    Key.MONTH_END: month_end,
    Key.QUICK: quick,
    Key.SAME_REPLY: same_reply,
    Key.SAME_PHOTO: same_photo,
    Key.STAFF_DEVICE: staff_device,
    Key.NO_CONTACT: no_contact,
}
