"""What is said about a signal: the unit answers, a supervisor judges the explanation."""

from django.db import transaction
from django.utils import timezone

from requests_app.figures.readers import READERS
from requests_app.models import Signal, SignalWord
from requests_app.personal import without_numbers
from services.models import Role

Kind = SignalWord.Kind
MARKS = (Kind.EXPLAINED, Kind.UNEXPLAINED)
# Those who read signals from above and do not answer for the unit.
ONLY_READ = (Role.SUPERVISOR, Role.AUDITOR)


def answers_for(user, signal, at):
    """The unit for which ``user`` answers: their own, or among departments the one above it; None for others."""
    held = user.current_memberships(timezone.localdate(at))
    own = (one.unit for one in held if one.role in READERS and one.role not in ONLY_READ)
    return next((unit for unit in own if unit.kind == signal.unit.kind and unit.covers(signal.unit.code)), None)


def judges(user, signal, at):
    """The unit for which ``user`` judges: that of a supervisor over the unit; None for everybody else.

    Nobody judges a unit they also serve in.
    """
    if answers_for(user, signal, at):
        return None
    held = user.current_memberships(timezone.localdate(at))
    over = (one.unit for one in held if one.role == Role.SUPERVISOR and one.unit.covers(signal.unit.code))
    return next(over, None)


@transaction.atomic
def say(signal, kind, text, unit, by, at):
    """Write down what ``unit`` answers, or how it judges; the SignalWord."""
    signal = Signal.objects.select_for_update(of=("self",)).get(pk=signal.pk)
    said = without_numbers(text.strip())
    word = SignalWord.objects.create(signal=signal, kind=kind, text=said, unit=unit, by=by, number=signal.number, at=at)
    if kind in MARKS:
        signal.state = kind
        signal.save(update_fields=["state"])
    return word
