"""The database itself refuses to change or delete an official paper."""

from django.db import migrations

TABLE = "requests_app_paper"


def guard(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute(
            f"""CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE}
            FOR EACH ROW EXECUTE FUNCTION requests_app_written_once()"""
        )
        return
    for verb in ("UPDATE", "DELETE"):
        editor.execute(
            f"""CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE}
            BEGIN SELECT RAISE(ABORT, 'these rows are written once'); END"""
        )


def unguard(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute(f"DROP TRIGGER {TABLE}_append_only ON {TABLE}")
        return
    for verb in ("update", "delete"):
        editor.execute(f"DROP TRIGGER {TABLE}_no_{verb}")


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0027_official_papers")]
    operations = [migrations.RunPython(guard, unguard)]
