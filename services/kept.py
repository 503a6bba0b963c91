"""Querysets whose SQL is put together once in each process; see docs/decisions/0063."""

from copy import copy
from datetime import UTC, date, datetime, timedelta

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections

MOST = 1000  # plans of one queryset; whoever asks for yet another shape waits as before
# What stands for a value while a query is put together, by its kind and place; it occurs nowhere else.
MARKS = {
    int: lambda place: 7_000_000_000_000_000_000 + place,
    str: lambda place: f"{place:04d}\N{REPLACEMENT CHARACTER}",
    datetime: lambda place: datetime(9000, 1, 1, tzinfo=UTC) + place * timedelta(days=3),
    date: lambda place: date(8000, 1, 1) + place * timedelta(days=3),
}
LARGEST = 2**63 - 1
SECOND_SET = 500  # its first place; no query has as many values


class Kept:
    """``build(*values, **shape)``, which makes a queryset, kept so that other values do not make it anew.

    Called like ``build``. Values are whole numbers, words, moments and days; each goes into the query as it is.
    Whatever else decides how the query reads is part of the ``shape``, hashable and of few sorts; where people's words
    decide on it, ``values`` says of how many it is kept at most. ``build`` reads neither the database nor anything
    else that changes.

    What comes back is looped over or counted, never narrowed further (TypeError). ValueError where ``build`` makes
    something else of a value, TypeError for values of other kinds.
    """

    def __init__(self, build, values=SECOND_SET):
        self.build = build
        self.values = values
        self.plans = {}

    def __call__(self, *values, **shape):
        plan = self._plan(values, shape)
        return plan.rows(values) if plan else self.build(*values, **shape)

    def sql(self, *values, **shape):
        """(the SQL, its parameters), to stand in a larger statement; None where nothing can be found."""
        plan = self._plan(values, shape)
        if plan:
            return plan.sql_of(values)
        _compiler, sql, params = _put_together(self.build(*values, **shape))
        return None if sql is None else (sql, params)

    def one(self, *values, **shape):
        """The first row, or None."""
        return next(iter(self(*values, **shape)), None)

    def _plan(self, values, shape):
        """None for a shape that is not kept."""
        key = (*map(type, values), *shape.items())
        plan = self.plans.get(key)
        if plan is None and len(values) <= self.values and len(self.plans) < MOST:
            plan = self.plans[key] = Plan(self.build, [type(value) for value in values], shape)
        return plan

    def of(self, owner, field, *values, **shape):
        """The rows as a list, each with ``owner`` in its ``field``, as if they had been read from there."""
        rows = list(self(*values, **shape))
        for row in rows:
            setattr(row, field, owner)
        return rows

    def hang_on(self, owner, name, *values, **shape):
        """Let ``owner`` have its related rows ``name``, which these are, as if they had been prefetched."""
        manager = getattr(owner, name)
        rows = manager.get_queryset()
        rows._result_cache, rows._prefetch_done = self.of(owner, manager.field.name, *values, **shape), True
        owner.__dict__.setdefault("_prefetched_objects_cache", {})[name] = rows


class Plan:
    """A query put together: its SQL, its parameters, and which of them are values.

    It is put together twice, of two sets of marks. What differs must be a mark in both: so it is found out where
    something else was made of a value, which would stand in the query for ever.
    """

    def __init__(self, build, kinds, shape):
        ops = connections[DEFAULT_DB_ALIAS].ops
        first, second = ([_mark(kind, start + n) for n, kind in enumerate(kinds)] for start in (0, SECOND_SET))
        self.made = build(*first, **shape)
        self.compiler, self.sql, self.params = _put_together(self.made)
        self.places = _places(self.params, first, ops)
        _other, sql, params = _put_together(build(*second, **shape))
        fixed = [
            ours == theirs
            for ours, theirs, place in zip(self.params, params, self.places, strict=False)
            if place is None
        ]
        if self.sql is None and sql is None:
            return  # nothing can be found, whatever the values
        if sql != self.sql or self.places != _places(params, second, ops) or not all(fixed):
            raise ValueError("something else than its values changes with them in this query")
        fields = [column for column, _sql, _alias in self.compiler.select[: self.compiler.col_count]]
        converters = self.compiler.get_converters(fields)
        self.compiler.get_converters = lambda _fields: converters

    def sql_of(self, values):
        """(the SQL, its parameters); None where nothing can be found or a number is larger than any column."""
        if self.sql is None or any(isinstance(value, int) and abs(value) > LARGEST for value in values):
            return None
        ops = connections[DEFAULT_DB_ALIAS].ops
        adapted = [_adapted(value, ops) for value in values]
        params = tuple(
            param if place is None else type(param)(adapted[place]) if isinstance(param, int) else adapted[place]
            for param, place in zip(self.params, self.places, strict=True)
        )
        return self.sql, params

    def rows(self, values):
        """The queryset of ``values``; an empty one where nothing can be found."""
        ready = self.sql_of(values)
        if ready is None:
            return self.made.model._base_manager.none()
        compiler = copy(self.compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]  # each thread has its own
        compiler.as_sql = lambda *_args, **_options: ready
        made = self.made
        rows = type(made)(made.model, query=Ready(made.query, compiler))
        rows._iterable_class, rows._fields = made._iterable_class, made._fields
        rows._prefetch_related_lookups = made._prefetch_related_lookups
        return rows


class Ready:
    """Stands for a query that has its SQL."""

    def __init__(self, query, compiler):
        self.query, self.compiler = query, compiler

    def get_compiler(self, *_args, **_options):
        return self.compiler

    def chain(self, *_args, **_options):
        raise TypeError("a kept query is read as it is")

    clone = chain

    def __getattr__(self, name):
        return getattr(self.query, name)


def _mark(kind, place):
    if kind not in MARKS:
        raise TypeError(f"no value of a kept query is a {kind.__name__}")
    return MARKS[kind](place)


def _put_together(queryset):
    """The compiler of ``queryset``, its SQL and its parameters; None for the SQL that no row can answer."""
    compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
    try:
        return compiler, *compiler.as_sql()
    except EmptyResultSet:
        return compiler, None, ()


def _places(params, marks, ops):
    """For each of ``params`` which of ``marks`` it is, None where it is none."""
    adapted = [_adapted(mark, ops) for mark in marks]
    return [next((place for place, mark in enumerate(adapted) if mark == param), None) for param in params]


def _adapted(value, ops):
    """``value`` as the database takes it; numbers are adapted by their columns."""
    if isinstance(value, datetime):
        return ops.adapt_datetimefield_value(value)
    return ops.adapt_datefield_value(value) if isinstance(value, date) else value
