"""The ledger of promises: how many were made, kept, moved, broken, by whom, in which series and in which term."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q

from requests_app.models import Promise, PromiseChange
from services.models import Term, codes_below

State = Promise.State
Kind = PromiseChange.Kind


@dataclass(frozen=True)
class Account:
    """What became of some promises by a day. ``moved`` ones are counted in their own state as well."""

    made: int = 0
    open: int = 0
    late: int = 0
    kept: int = 0
    broken: int = 0
    explained: int = 0
    moved: int = 0

    @property
    def share(self):
        """Kept of those that were due or settled, in whole percent, explained ones left out; None while none was."""
        due = self.kept + self.broken + self.late
        return round(100 * self.kept / due) if due else None


def _counts(on):
    is_open = Q(state=State.OPEN)
    return {
        "made": Count("pk"),
        "open": Count("pk", is_open & Q(due_on__gte=on)),
        "late": Count("pk", is_open & Q(due_on__lt=on)),
        "kept": Count("pk", Q(state=State.KEPT)),
        "broken": Count("pk", Q(state=State.BROKEN)),
        "explained": Count("pk", Q(state=State.EXPLAINED)),
        "moved": Count("pk", ~Q(due_on=F("first_due_on"))),
    }


def total(promises, on):
    """The Account of ``promises`` as of the day ``on``, today or later; one query."""
    return Account(**promises.order_by().aggregate(**_counts(on)))


def by_owner(promises, on):
    """(who, Account) for everybody who promised, those with most promises first; one query."""
    return _grouped(promises, on, ("owner__name", "owner_name"))


def by_series(promises, on):
    """(series, Account) for each series in which something was promised; one query."""
    return _grouped(promises.filter(series__isnull=False), on, ("series__name",))


def _grouped(promises, on, names):
    rows = promises.order_by().values(*names).annotate(**_counts(on)).order_by("-made", *names)
    return [
        (next(row[name] for name in names if row[name]), Account(**{key: row[key] for key in _counts(on)}))
        for row in rows
    ]


def terms_of(unit):
    """The terms that hold over ``unit`` or somewhere below it, the latest first."""
    return (Term.objects.over(unit) | Term.objects.under(unit)).select_related("unit").distinct()


def of_term(term, visible):
    """What of ``visible`` was promised in ``term``: below its unit, between its first and its last day."""
    below = visible.filter(codes_below("unit__code", term.unit.code))
    return below.filter(made_on__gte=term.begins, made_on__lte=term.ends)


def accounts_of(term, visible, today):
    """(day, Account) at booking, check and end of ``term``, None in place of an Account that is still to come.

    What stood on a day that has passed is read from the changes: two queries.
    """
    promises = list(of_term(term, visible).prefetch_related("changes"))
    days = (term.booked, term.checked, term.ends)
    return [(day, account_on(promises, day) if day <= today else None) for day in days]


def account_on(promises, day: date):
    """The Account of ``promises``, which come with their changes, as it stood at the end of ``day``."""
    counted = dict.fromkeys(("made", "open", "late", "kept", "broken", "explained", "moved"), 0)
    for promise in promises:
        if promise.made_on <= day:
            counted["made"] += 1
            state, is_moved = _state_on(promise, day)
            counted[state] += 1
            counted["moved"] += is_moved
    return Account(**counted)


def _state_on(promise, day):
    """(state, whether it had been moved) of ``promise`` at the end of ``day``."""
    due_on, state, is_moved = promise.first_due_on, None, False
    for change in promise.changes.all():
        if change.on > day:
            break
        if change.kind == Kind.MOVED:
            due_on, is_moved = change.new_due_on, True
        elif change.kind in (Kind.KEPT, Kind.BROKEN, Kind.EXPLAINED):
            state = change.kind
    return state or ("late" if due_on < day else "open"), is_moved
