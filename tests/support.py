"""What tests with threads or a live server need from the database, besides the town."""

import pickle
import sqlite3
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection

append_only = import_module("requests_app.migrations.0003_events_are_append_only")
written_once = import_module("requests_app.migrations.0026_what_meetings_wrote_is_append_only")
papers = import_module("requests_app.migrations.0028_papers_are_written_once")
signals = import_module("requests_app.migrations.0030_signals_on_units")
let_go = import_module("requests_app.migrations.0033_events_let_people_go")
# In the order in which they are taken away: the last to come was built on those before.
GUARDS = (let_go, signals, papers, written_once, append_only)
# What ``only`` made once in this process: by its function a copy of the database, and what the function gave.
kept = {}


def empty_database():
    """Delete every row. What is written once cannot be deleted, so its guards are off meanwhile."""
    with unguarded_events():
        call_command("flush", interactive=False, verbosity=0)


def only(make):
    """What ``make()`` gives, in a database that holds its rows and no others.

    SQLite's file is copied the first time and copied back afterwards, which takes a hundredth of the time.
    """
    if make in kept:
        rows, made = kept[make]
        rows.backup(connection.connection)
        return pickle.loads(made)
    empty_database()
    made = make()
    if connection.vendor == "sqlite":
        rows = sqlite3.connect(":memory:")
        connection.connection.backup(rows)
        kept[make] = rows, pickle.dumps(made)
    return made


def dump():
    """Everything the database holds, as text: each row of each table as a backup would write it, sessions unpacked."""
    quote, lines = connection.ops.quote_name, []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {quote(table)} TO STDOUT") as rows:
                    lines += [bytes(row).decode() for row in rows]
            else:
                lines += ["\t".join(map(str, row)) for row in cursor.execute(f"SELECT * FROM {quote(table)}")]
    lines += [str(session.get_decoded()) for session in Session.objects.all()]
    return "\n".join(lines)


@contextmanager
def unguarded_events():
    """The database lets events be changed meanwhile; inside a test's own transaction too."""
    with connection.cursor() as cursor:
        editor = SimpleNamespace(connection=connection, execute=cursor.execute)
        for migration in GUARDS:
            migration.unguard(None, editor)
        try:
            yield
        finally:
            for migration in reversed(GUARDS):
                migration.guard(None, editor)
