"""Every encrypted value written anew with the newest key, batch by batch, while the site goes on."""

from dataclasses import dataclass, field

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import transaction

from services.encryption import Encrypted, HashOf, Unreadable, decrypt, encrypt, is_newest
from services.second_factor import SECRETS

BATCH = 500  # rows locked at once: a moment's wait for whoever wants to write one of them


@dataclass
class Report:
    """One table: how many rows it has, how many were (or are to be) written, the keys of those that no key reads."""

    table: str
    rows: int = 0
    written: int = 0
    unreadable: list = field(default_factory=list)


def rewrite(connection, table, columns, change, lock=True):
    """Give each row of ``table``, as its ``columns`` (the key first), to ``change`` and write what comes back.

    ``change`` returns the new values of all columns but the key, None to leave the row alone. Past the ORM, because
    what stands in the columns is what matters here, not what it means. A batch is one transaction, so whatever stops
    the work is made good by a second run.
    """
    quote = connection.ops.quote_name
    key, *others = map(quote, columns)
    sets = ", ".join(f"{column} = %s" for column in others)
    locked = " FOR UPDATE" if lock and connection.features.has_select_for_update else ""
    # Names of columns are all that is put together here.
    read = f"SELECT {key}, {', '.join(others)} FROM {quote(table)}"  # noqa: S608
    write = f"UPDATE {quote(table)} SET {sets} WHERE {key} = %s"  # noqa: S608
    after, last = "", []
    while True:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(f"{read} {after} ORDER BY {key} LIMIT {BATCH}{locked}", last)
            rows = cursor.fetchall()
            changed = [(*values, row[0]) for row in rows if (values := change(*row)) is not None]
            if changed:
                cursor.executemany(write, changed)
        if len(rows) < BATCH:
            return
        after, last = f"WHERE {key} > %s", [rows[-1][0]]


def rotate(connection, only_count=False):
    """Yield a Report for each table with encrypted fields, all of whose rows bear the newest key and hashes then.

    Rows that do so already are left alone, so a run that was interrupted is simply started again. With
    ``only_count`` nothing is written. What no key reads stays as it is and is reported.
    """
    for model in apps.get_models():
        fields = [kind for kind in model._meta.local_concrete_fields if isinstance(kind, Encrypted | HashOf)]
        if fields:
            report = Report(model._meta.db_table)
            columns = [model._meta.pk.column, *(kind.column for kind in fields)]
            rewrite(connection, report.table, columns, _renewal(fields, report, only_count), lock=not only_count)
            yield report
    yield _second_factors(connection, only_count)


def _second_factors(connection, only_count):
    """The Report of the table whose secrets stand inside of JSON; one for each person who serves, so row by row."""
    report, rows = Report(Authenticator._meta.db_table), Authenticator.objects.using(connection.alias)
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic(using=connection.alias):
            row = rows.select_for_update().filter(pk=pk).first()
            name = SECRETS.get(row.type) if row else None
            if name is None:
                continue
            report.rows += 1
            if is_newest(row.data[name]):
                continue
            try:
                row.data[name] = encrypt(decrypt(row.data[name]))
            except Unreadable:
                report.unreadable.append(pk)
                continue
            report.written += 1
            if not only_count:
                row.save(update_fields=["data"])
    return report


def _renewal(fields, report, only_count):
    """The ``change`` that gives a row its newest tokens and hashes, and keeps count in ``report``."""

    def change(key, *values):
        report.rows += 1
        held = {kind.name: value for kind, value in zip(fields, values, strict=True)}
        try:
            new = [_renewed(kind, held) for kind in fields]
        except Unreadable:
            report.unreadable.append(key)
            return None
        if new == list(values):
            return None
        report.written += 1
        return None if only_count else new

    return change


def _renewed(kind, held):
    """What the column of ``kind`` should hold in a row that holds ``held``, raw values by field."""
    if isinstance(kind, HashOf):
        return kind.of(decrypt(held[kind.source]))
    token = held[kind.name]
    return token if is_newest(token) else encrypt(decrypt(token))
