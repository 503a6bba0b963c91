"""The database itself refuses to change or delete what was said, resolved, added to minutes, or became of a promise."""

from django.db import migrations

TABLES = [f"requests_app_{name}" for name in ("remark", "resolution", "addendum", "promisechange")]
FUNCTION = "requests_app_written_once"


def guard(apps, editor):
    if editor.connection.vendor != "postgresql":
        for table in TABLES:
            for verb in ("UPDATE", "DELETE"):
                editor.execute(
                    f"""CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}
                    BEGIN SELECT RAISE(ABORT, 'these rows are written once'); END"""
                )
        return
    editor.execute(
        f"""CREATE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'these rows are written once' USING ERRCODE = 'integrity_constraint_violation'; END $$"""
    )
    for table in TABLES:
        editor.execute(
            f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {FUNCTION}()"""
        )


def unguard(apps, editor):
    if editor.connection.vendor != "postgresql":
        for table in TABLES:
            for verb in ("update", "delete"):
                editor.execute(f"DROP TRIGGER {table}_no_{verb}")
        return
    for table in TABLES:
        editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    editor.execute(f"DROP FUNCTION {FUNCTION}()")


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0025_figures")]
    operations = [migrations.RunPython(guard, unguard)]
