"""The index of the search knows what lies in whose reach: every text is written anew."""

from itertools import islice

from django.db import migrations, models
from django.utils import timezone

from requests_app.search import search_text, units_of, with_signs

TABLE = "requests_app_searchtext"
# As in 0019. SQLite makes a table anew for a column that must be filled, and forgets its triggers.
TRIGGERS = {
    "insert": f"""CREATE TRIGGER {TABLE}_insert AFTER INSERT ON {TABLE} BEGIN
        INSERT INTO {TABLE}_grams (rowid, text) VALUES (new.case_id, new.text);
    END""",
    "delete": f"""CREATE TRIGGER {TABLE}_delete AFTER DELETE ON {TABLE} BEGIN
        INSERT INTO {TABLE}_grams ({TABLE}_grams, rowid, text) VALUES ('delete', old.case_id, old.text);
    END""",
    "update": f"""CREATE TRIGGER {TABLE}_update AFTER UPDATE OF text ON {TABLE} BEGIN
        INSERT INTO {TABLE}_grams ({TABLE}_grams, rowid, text) VALUES ('delete', old.case_id, old.text);
        INSERT INTO {TABLE}_grams (rowid, text) VALUES (new.case_id, new.text);
    END""",
}


def without_triggers(apps, editor):
    if editor.connection.vendor == "sqlite":
        for verb in TRIGGERS:
            editor.execute(f"DROP TRIGGER {TABLE}_{verb}")


def with_triggers(apps, editor):
    if editor.connection.vendor == "sqlite":
        for trigger in TRIGGERS.values():
            editor.execute(trigger)


def empty(apps, editor):
    if editor.connection.vendor == "sqlite":
        editor.execute(f"INSERT INTO {TABLE}_grams ({TABLE}_grams) VALUES ('delete-all')")
    editor.execute(f"DELETE FROM {TABLE}")


WORDS = ("text", "category__name", "branch__parent__name", "estate__name", "building__name", "spot")
COPIED = ("area", "resident", "filed_by", "created_at")


def fill(apps, editor):
    """As ``manage.py reindex`` does at any time."""
    cases = apps.get_model("requests_app", "ServiceRequest").objects.order_by("pk").values_list("pk", *COPIED, *WORDS)
    model = apps.get_model("requests_app", "SearchText")
    units = units_of(apps.get_model("requests_app", "Assignment").objects)
    rows = (
        model(
            pk=pk,
            text=with_signs(search_text(*words), [area, *units.get(pk, ())], resident),
            area=area,
            resident=resident,
            filed_by=filed_by,
            created_at=created_at,
        )
        for pk, area, resident, filed_by, created_at, *words in cases.iterator()
    )
    while batch := list(islice(rows, 500)):
        model.objects.bulk_create(batch)


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0036_index_what_is_worked_on")]
    operations = [
        migrations.RunPython(without_triggers, with_triggers),
        migrations.RunPython(empty, migrations.RunPython.noop),
        migrations.AddField("searchtext", "area", models.CharField(max_length=18, default=""), preserve_default=False),
        migrations.AddField("searchtext", "resident", models.BigIntegerField(null=True)),
        migrations.AddField("searchtext", "filed_by", models.BigIntegerField(null=True)),
        migrations.AddField(
            "searchtext", "created_at", models.DateTimeField(default=timezone.now), preserve_default=False
        ),
        migrations.AddIndex("searchtext", models.Index(fields=["-created_at", "-case"], name="search_text_newest")),
        migrations.RunPython(with_triggers, without_triggers),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
