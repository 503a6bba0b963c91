"""What tests with threads or a live server need from the database, besides the town."""

from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace

from django.core.management import call_command
from django.db import connection

append_only = import_module("requests_app.migrations.0003_events_are_append_only")


def empty_database():
    """Delete every row. Events cannot be deleted, so the database's guard over them is off meanwhile."""
    with unguarded_events():
        call_command("flush", interactive=False, verbosity=0)


@contextmanager
def unguarded_events():
    """The database lets events be changed meanwhile; inside a test's own transaction too."""
    with connection.cursor() as cursor:
        editor = SimpleNamespace(connection=connection, execute=cursor.execute)
        append_only.unguard(None, editor)
        try:
            yield
        finally:
            append_only.guard(None, editor)
