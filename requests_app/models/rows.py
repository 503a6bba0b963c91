"""Conditions on rows that several queries share."""

from functools import reduce
from operator import or_

from django.apps import apps
from django.db.models import BooleanField, Func, Q


def any_of(conditions):
    """One condition that holds where any of ``conditions`` does; nowhere where there is none."""
    return reduce(or_, map(Q, conditions), Q()) or Q(pk__in=[])


class HasRows(Func):
    """True where rows of ``model`` (its label) point here by their field ``by`` and have ``values``.

    What ``Exists`` says of them, without a query inside the query, which takes Django five times as long to put
    together. ``values`` are as their columns hold them.
    """

    output_field = BooleanField()

    def __init__(self, model, by, **values):
        super().__init__("pk")
        self.model, self.by, self.values = model, by, values

    def as_sql(self, compiler, connection):
        """``EXISTS (SELECT 1 FROM rows WHERE rows.by = here AND …)``."""
        here, params = compiler.compile(self.source_expressions[0])
        meta, quote = apps.get_model(self.model)._meta, connection.ops.quote_name
        columns = [f"pointing.{quote(meta.get_field(name).column)}" for name in (self.by, *self.values)]
        values = [here, *["%s"] * len(self.values)]
        conditions = " AND ".join(f"{column} = {value}" for column, value in zip(columns, values, strict=True))
        sql = f"EXISTS(SELECT 1 FROM {quote(meta.db_table)} pointing WHERE {conditions})"  # noqa: S608, names of the models
        return sql, (*params, *self.values.values())
