"""Events are sealed: the database lets a person be taken out of one, and nothing else of it be changed."""

import hashlib
import json
import secrets
from datetime import UTC
from importlib import import_module

from django.core.serializers.json import DjangoJSONEncoder
from django.db import migrations

append_only = import_module("requests_app.migrations.0003_events_are_append_only")
EVENT, RECORD = append_only.TABLE, "requests_app_datarecord"
# What stays as it is when somebody is taken out.
KEPT = (
    *("id", "case_id", "serial", "act", "party", "unit_id", "source", "target", "holder", "holder_unit_id"),
    *("is_public", "is_note_public", "at", "seal", "digest"),
)
BATCH = 200  # cases


def is_erasure(same):
    """The condition of a trigger that allows it; ``same`` compares two values, also where there is none."""
    kept = " AND ".join(f'NEW."{name}" {same} OLD."{name}"' for name in KEPT)
    leaves = "NEW.salt = '' AND NEW.erased_at IS NOT NULL AND OLD.seal <> ''"
    return f"{kept} AND {leaves} AND (NEW.actor_id IS NULL OR NEW.actor_id {same} OLD.actor_id)"


POSTGRESQL = [
    f"""CREATE OR REPLACE FUNCTION {EVENT}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' THEN
        IF {is_erasure("IS NOT DISTINCT FROM")} THEN RETURN NEW; END IF;
      END IF;
      RAISE EXCEPTION 'events are written once' USING ERRCODE = 'integrity_constraint_violation';
    END $$""",
    f"""CREATE TRIGGER {RECORD}_append_only BEFORE UPDATE OR DELETE ON {RECORD}
    FOR EACH ROW EXECUTE FUNCTION requests_app_written_once()""",
]
POSTGRESQL_BACK = [
    f"DROP TRIGGER {RECORD}_append_only ON {RECORD}",
    append_only.POSTGRESQL[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
]
SQLITE = [
    # Adding columns made the table anew, without its triggers.
    f"DROP TRIGGER IF EXISTS {EVENT}_no_update",
    f"DROP TRIGGER IF EXISTS {EVENT}_no_delete",
    f"""CREATE TRIGGER {EVENT}_no_update BEFORE UPDATE ON {EVENT} WHEN NOT ({is_erasure("IS")})
    BEGIN SELECT RAISE(ABORT, 'events are written once'); END""",
    append_only.SQLITE[1],
    *(
        f"""CREATE TRIGGER {RECORD}_no_{verb.lower()} BEFORE {verb} ON {RECORD}
        BEGIN SELECT RAISE(ABORT, 'these rows are written once'); END"""
        for verb in ("UPDATE", "DELETE")
    ),
]
SQLITE_BACK = [
    f"DROP TRIGGER {RECORD}_no_update",
    f"DROP TRIGGER {RECORD}_no_delete",
    f"DROP TRIGGER {EVENT}_no_update",
    append_only.SQLITE[0],
]


def guard(apps, editor):
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement)


def unguard(apps, editor):
    for statement in POSTGRESQL_BACK if editor.connection.vendor == "postgresql" else SQLITE_BACK:
        editor.execute(statement)


def seal_what_holds(apps, editor):
    """Seal the events of every case whose chain holds as it was written before; what does not hold stays a fault."""
    if editor.connection.vendor == "postgresql":
        editor.execute(f"ALTER TABLE {EVENT} DISABLE TRIGGER {EVENT}_append_only")
    else:
        for verb in ("update", "delete"):
            editor.execute(f"DROP TRIGGER IF EXISTS {EVENT}_no_{verb}")
    cases, last = apps.get_model("requests_app", "ServiceRequest").objects.only("chain_head"), 0
    while batch := list(cases.filter(pk__gt=last).order_by("pk").prefetch_related("events")[:BATCH]):
        _seal(apps.get_model("requests_app", "Event"), cases, batch)
        last = batch[-1].pk
    if editor.connection.vendor == "postgresql":
        editor.execute(f"ALTER TABLE {EVENT} ENABLE TRIGGER {EVENT}_append_only")


def _seal(model, cases, batch):
    sealed = []
    for case in batch:
        events = sorted(case.events.all(), key=lambda event: event.serial)
        if _holds(case, events):
            before = ""
            for event in events:
                event.salt = secrets.token_hex(16)
                event.seal = _digest([event.salt, event.actor_id, event.note, event.facts])
                before = event.digest = _digest(_content(event, before))
            sealed += events
            cases.filter(pk=case.pk).update(chain_head=before)
    model.objects.bulk_update(sealed, ["salt", "seal", "digest"], batch_size=BATCH)


def _holds(case, events):
    before = ""
    for serial, event in enumerate(events, 1):
        content = _content(event, before)
        # Who acted, and what was said, stood between these.
        content[4:4], content[11:11] = [event.actor_id], [event.note, event.facts]
        if event.serial != serial or event.digest != _digest(content[:-1]):
            return False
        before = event.digest
    return case.chain_head == before


def _content(event, before):
    moment = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    return [
        *(before, event.case_id, event.serial, event.act, event.party, event.unit_id, event.source, event.target),
        *(event.holder, event.holder_unit_id, event.is_public, event.is_note_public, moment, event.seal),
    ]


def _digest(content):
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0032_sealed_events_and_data_records")]
    operations = [
        migrations.RunPython(seal_what_holds, migrations.RunPython.noop),
        migrations.RunPython(guard, unguard),
    ]
