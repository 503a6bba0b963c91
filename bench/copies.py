"""Further cases without walking: the database copies those that walked, each under numbers and a chain of its own.

A copy has the words, people and moments of its original; what was drawn about it by its number was drawn for that.
"""

import hashlib
import json

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Max

from requests_app.models import (
    Assignment,
    Deadline,
    Event,
    FigureCount,
    FollowUp,
    Notice,
    Precedent,
    Rating,
    Release,
    SearchText,
    ServiceRequest,
    Tally,
)

BATCH = 5000  # events whose content is written down at once
# Keys of these stand in other rows too.
NUMBERED = (ServiceRequest, Event, Deadline)
# Events before the case that remembers the last of them; foreign keys are looked at when all are there, or not at all.
COPIED = (
    *(Event, ServiceRequest, Deadline, Assignment, Rating, Release, Precedent, FollowUp, Notice, SearchText, Tally),
)
# The check digit of ISO 7064, MOD 11,10, as PostgreSQL counts it; SQLite calls Python.
CODE_OF = """
CREATE OR REPLACE FUNCTION pg_temp.code_of(number bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE digits text := lpad((number * 7777777777 % 10000000000)::text, 10, '0'); product int := 10; total int;
BEGIN
  FOR place IN 1..10 LOOP
    total := (substr(digits, place, 1)::int + product) % 10;
    product := 2 * (CASE total WHEN 0 THEN 10 ELSE total END) % 11;
  END LOOP;
  RETURN digits || (11 - product) % 10;
END $$
"""
CODE = {"postgresql": "pg_temp.code_of({})", "sqlite": "code_of({})"}
DIGEST = {"postgresql": "encode(sha256(convert_to({}, 'UTF8')), 'hex')", "sqlite": "digest_of({})"}


def copy_cases(times, code_of):
    """Copy every case ``times`` times, with all that hangs on it; ``code_of`` gives the code of a number."""
    spans = {model: model.objects.aggregate(last=Max("pk"))["last"] or 0 for model in COPIED}
    teach(code_of)
    longest = write_contents()
    for number in range(1, times + 1):
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                # Copies point where originals do; to look every one of them up takes longer than to write them.
                cursor.execute("SET LOCAL session_replication_role = replica")
            for serial in range(1, longest + 1):
                cursor.execute(copying(Event, number, spans, f"source.serial = {serial}"))
            for model in COPIED[1:]:
                cursor.execute(copying(model, number, spans))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE content")
    multiply_counts(times + 1)


def multiply_counts(times):
    """Let the counters hold what ``times`` as many cases add; nothing where none were counted yet."""
    rows = list(FigureCount.objects.order_by("pk"))
    for row in rows:
        row.counts = {name: number * times for name, number in row.counts.items()}
    FigureCount.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["key"], update_fields=["counts"], batch_size=400
    )


def teach(code_of):
    """Let the database count check digits and digests."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(CODE_OF)
    else:
        connection.ensure_connection()
        connection.connection.create_function("code_of", 1, code_of, deterministic=True)
        connection.connection.create_function("digest_of", 1, digest_of, deterministic=True)


def digest_of(text):
    return hashlib.sha256(text.encode()).hexdigest()


def write_contents():
    """Write down what the digest of each event covers beside the digest before and the case; how many a case has."""
    rows = [(event.pk, told(event)) for event in Event.objects.order_by("pk").iterator(BATCH)]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE content (event bigint PRIMARY KEY, told text)")
        if connection.vendor == "postgresql":
            with cursor.copy("COPY content FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute("ANALYZE content")
        else:
            cursor.executemany("INSERT INTO content VALUES (%s, %s)", rows)
    return Event.objects.aggregate(most=Max("serial"))["most"]


def told(event):
    """The rest of what ``Event.compute_digest`` writes down."""
    content = event.digested("")[2:]
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)[1:]


def copying(model, number, spans, which=""):
    """The statement that copies ``model`` for the ``number``th time; ``spans`` are the last keys of the originals."""
    table, ops = model._meta.db_table, connection.ops
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    columns = ", ".join(ops.quote_name(field.column) for field in fields)
    values = ", ".join(value_of(model, field, number, spans) for field in fields)
    joined = JOINED.get(model, "").format(number=number, case=number * spans[ServiceRequest])
    condition = f"source.{model._meta.pk.column} <= {spans[model]}" + (f" AND {which}" if which else "")
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} source {joined} WHERE {condition}"


# What a copied row says that its original does not say: the event before it, and the last event of the case.
JOINED = {
    Event: "JOIN content ON content.event = source.id LEFT JOIN requests_app_event former"
    " ON former.case_id = source.case_id + {case} AND former.serial = source.serial - 1",
    ServiceRequest: "JOIN requests_app_event latest"
    " ON latest.case_id = source.id + {case} AND latest.serial = source.event_count",
}


def value_of(model, field, number, spans):
    """What stands in the column of ``field`` of the copy."""
    column = f"source.{connection.ops.quote_name(field.column)}"
    pointed = model if field.primary_key and not field.is_relation else field.related_model
    if pointed in spans and (field.primary_key or pointed in NUMBERED):
        return f"{column} + {number * spans[pointed]}"
    if (model, field.name) == (ServiceRequest, "code"):
        return CODE[connection.vendor].format(f"source.id + {number * spans[model]}")
    if (model, field.name) == (ServiceRequest, "chain_head"):
        return "latest.digest"
    if (model, field.name) == (Event, "digest"):
        case = f"source.case_id + {number * spans[ServiceRequest]}"
        text = f"'[\"' || coalesce(former.digest, '') || '\",' || ({case}) || ',' || content.told"
        return DIGEST[connection.vendor].format(text)
    return column
