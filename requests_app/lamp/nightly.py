"""What runs every night: photos are looked at, the signals of this month and the last are counted anew."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from requests_app.figures.definitions import Definitions
from requests_app.figures.periods import month_after
from requests_app.lamp.reading import Asked, Reading
from requests_app.lamp.signs import SIGNS
from requests_app.models import Photo, Signal, SignalCase, StaffRating
from requests_app.photos import NO_LIKENESS, likeness_of
from services.models import SignalDefinition

MONTHS = 2  # this one and the last; what is older stays as it was counted
PHOTOS_AT_ONCE = 500
PHOTOS_A_NIGHT = 50_000  # the next night goes on
ROWS = 400


@dataclass
class Done:
    """What one night brought: photos looked at, signals counted, how many of these are lit."""

    photos: int = 0
    counted: int = 0
    lit: int = 0


def run(at, months=MONTHS):
    """Count the signals of the last ``months`` months at ``at``; a Done. Run twice, also at once, it is the same."""
    done, periods = Done(photos=look_at_photos()), Definitions().periods
    definitions = list(SignalDefinition.objects.filter(is_active=True))
    today = periods.month_of(at)
    for back in range(months):
        month = periods.month(month_after(today, -back))
        reach = max((one.days or 0 for one in definitions if one.key == SignalDefinition.Key.SAME_REPLY), default=0)
        read = Reading(month, month.begin - timedelta(days=reach))
        for definition in definitions:
            finding = SIGNS[definition.key](Asked(definition, month, read))
            rows = write(definition, month.first, finding, at)
            done.counted += len(rows)
            done.lit += sum(row.is_lit for row in rows)
    StaffRating.objects.filter(at__lt=periods.month(month_after(today, 1 - MONTHS)).begin).delete()
    return done


@transaction.atomic
def write(definition, first, finding, at):
    """Put down what was found for one signal and month; the signals. What was said about them stays."""
    # One at a time counts a signal: whoever comes second writes the same again.
    SignalDefinition.objects.select_for_update().get(pk=definition.pk)
    gone = definition.signals.filter(month=first).exclude(unit__in=finding)
    gone.update(number=0, total=0, is_lit=False, counted_at=at)
    said = {"formula": definition.in_words, "formula_en": definition.in_english}
    rows = [
        Signal(
            definition=definition, unit_id=unit, month=first, number=len(found.shown), total=len(found.seen),
            is_lit=definition.is_lit(len(found.shown), len(found.seen)), counted_at=at, **said,
        )
        for unit, found in finding.items()
    ]  # fmt: skip
    Signal.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["definition", "unit", "month"],
        update_fields=["number", "total", "is_lit", "formula", "formula_en", "counted_at"],
        batch_size=ROWS,
    )
    SignalCase.objects.filter(signal__definition=definition, signal__month=first, signal__is_lit=False).delete()
    for signal in definition.signals.lit().filter(month=first):
        _open(signal, finding[signal.unit_id].shown)
    return rows


def _open(signal, shown):
    """Let ``signal`` open the cases ``shown``, each with its twin, and no others."""
    known = dict(signal.opened.values_list("case", "twin"))
    signal.opened.filter(case__in=[case for case in known if case not in shown]).delete()
    SignalCase.objects.bulk_create(
        (SignalCase(signal=signal, case_id=case, twin_id=twin) for case, twin in shown.items() if case not in known),
        ignore_conflicts=True,
        batch_size=ROWS,
    )


def look_at_photos(most=PHOTOS_A_NIGHT):
    """Compute what photos look like that were stored before that was kept; how many."""
    looked, last = 0, 0
    while looked < most:
        photos = list(Photo.objects.filter(likeness="", pk__gt=last).order_by("pk")[:PHOTOS_AT_ONCE])
        if not photos:
            break
        for photo in photos:
            photo.likeness = _likeness(photo)
        Photo.objects.bulk_update(photos, ["likeness"], batch_size=ROWS)
        looked, last = looked + len(photos), photos[-1].pk
    return looked


def _likeness(photo):
    """Of a file that is not there or cannot be read, nothing."""
    with suppress(OSError), photo.small.open("rb") as file:
        return likeness_of(file.read())
    return NO_LIKENESS
