"""Giving account of a deadline: the proof of its end, made from what is stored of it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from requests_app.journey import clock
from requests_app.journey.limits import Calendar
from requests_app.journey.proof import Span, by_day, proof
from requests_app.models import Deadline, Pause


@dataclass(frozen=True)
class Account:
    """``spans`` lead from the start of ``deadline`` to its end; none where its calendar was not kept.

    ``pauses`` are those that keep part of the time from counting.
    """

    deadline: Deadline
    calendar: Calendar | None
    pauses: list[Pause]
    spans: list[Span]

    @cached_property
    def rows(self):
        """The proof by days, see ``by_day``."""
        return by_day(self.spans)

    def due_on(self, calendar) -> datetime:
        """When it would end had it been counted on ``calendar``."""
        return _due(self.deadline, calendar, self.pauses)

    def pause_of(self, span):
        """The Pause that keeps ``span`` from counting, or None."""
        return next((pause for pause in self.pauses if span.pause and pause.started_at == span.pause[0]), None)


def account_of(deadline, pauses):
    """The Account of ``deadline``, whose calendar should be read with it; ``pauses`` are all those of its case."""
    if deadline.calendar is None:
        return Account(deadline, None, [], [])
    calendar = Calendar.of(deadline.calendar)
    concerned = [pause for pause in pauses if _concerns(pause, deadline)]
    amount = deadline.amount + deadline.extended_by
    stretches = [(pause.started_at, pause.ended_at) for pause in concerned]
    return Account(
        deadline, calendar, concerned, proof(deadline.started_at, amount, deadline.time_unit, calendar, stretches)
    )


def _concerns(pause, deadline):
    """Whether the end of ``deadline`` was counted without the time of ``pause``: not before that is over."""
    if not pause.stops(deadline.step) or pause.ended_at is None or pause.ended_at <= deadline.started_at:
        return False
    return deadline.ended_at is None or pause.started_at < deadline.ended_at


def _due(deadline, calendar, pauses):
    amount, stretches = deadline.amount + deadline.extended_by, [(pause.started_at, pause.ended_at) for pause in pauses]
    return clock.due(deadline.started_at, amount, deadline.time_unit, calendar, stretches)
