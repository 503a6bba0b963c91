"""What cases are found by, and the index over it, which the database keeps itself."""

from itertools import islice

import django.db.models.deletion
from django.db import migrations, models

from requests_app.search import search_text

TABLE = "requests_app_searchtext"

# Every three consecutive characters: pairs and singles, since the characters stand between marks.
POSTGRESQL = [
    f"""CREATE FUNCTION {TABLE}_threes(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT substr($1, place, 3)) FROM generate_series(1, length($1) - 2) AS place $$""",
    f"ALTER TABLE {TABLE} ADD COLUMN grams text[] GENERATED ALWAYS AS ({TABLE}_threes(text)) STORED",
    # What was filed last waits in a list that every search reads through; 256 kB hold some sixty cases.
    f"CREATE INDEX {TABLE}_grams ON {TABLE} USING gin (grams) WITH (gin_pending_list_limit = 256)",
]
POSTGRESQL_BACK = [
    f"ALTER TABLE {TABLE} DROP COLUMN grams",
    f"DROP FUNCTION {TABLE}_threes(text)",
]
SQLITE = [
    f"""CREATE VIRTUAL TABLE {TABLE}_grams USING fts5(
        text, content='{TABLE}', content_rowid='case_id', detail=none, columnsize=0, tokenize='trigram case_sensitive 1'
    )""",
    f"""CREATE TRIGGER {TABLE}_insert AFTER INSERT ON {TABLE} BEGIN
        INSERT INTO {TABLE}_grams (rowid, text) VALUES (new.case_id, new.text);
    END""",
    f"""CREATE TRIGGER {TABLE}_delete AFTER DELETE ON {TABLE} BEGIN
        INSERT INTO {TABLE}_grams ({TABLE}_grams, rowid, text) VALUES ('delete', old.case_id, old.text);
    END""",
    f"""CREATE TRIGGER {TABLE}_update AFTER UPDATE OF text ON {TABLE} BEGIN
        INSERT INTO {TABLE}_grams ({TABLE}_grams, rowid, text) VALUES ('delete', old.case_id, old.text);
        INSERT INTO {TABLE}_grams (rowid, text) VALUES (new.case_id, new.text);
    END""",
]
SQLITE_BACK = [
    *(f"DROP TRIGGER {TABLE}_{verb}" for verb in ("insert", "delete", "update")),
    f"DROP TABLE {TABLE}_grams",
]


def build(apps, editor):
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement)


def tear_down(apps, editor):
    for statement in POSTGRESQL_BACK if editor.connection.vendor == "postgresql" else SQLITE_BACK:
        editor.execute(statement)


WORDS = ("text", "category__name", "branch__parent__name", "estate__name", "building__name", "spot")


def fill(apps, editor):
    """The cases there are already; ``manage.py reindex`` does the same at any time."""
    cases = apps.get_model("requests_app", "ServiceRequest").objects.order_by("pk").values_list("pk", *WORDS)
    model = apps.get_model("requests_app", "SearchText")
    rows = (model(pk=pk, text=search_text(*words)) for pk, *words in cases.iterator())
    while batch := list(islice(rows, 500)):
        model.objects.bulk_create(batch)


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0018_exports")]
    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_text",
                        serialize=False,
                        to="requests_app.servicerequest",
                        verbose_name="service request",
                    ),
                ),
                ("text", models.TextField()),
            ],
            options={"verbose_name": "search text", "verbose_name_plural": "search texts"},
        ),
        migrations.RunPython(build, tear_down),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
