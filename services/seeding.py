"""The seed files: what they hold, and how their rows reach the database.

Each file is one row of ``TABLES``. Loading the same files twice changes nothing; a malformed file changes nothing
either. A row that a file has not changed since it was last loaded is left as it stands in the database, so that
what an administrator corrected or deleted stays so; a row that an administrator made under the same key is never
touched.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from services.models import (
    AgendaRule,
    BackingThreshold,
    Building,
    CalendarDay,
    CalendarYear,
    CallSlot,
    Category,
    Estate,
    Facility,
    FigureDefinition,
    FollowUpRule,
    Limit,
    MeetingSeries,
    PrivacyNotice,
    Reason,
    RecurrenceRule,
    ReplyTemplate,
    Retention,
    Route,
    Seat,
    SeedRecord,
    ServiceArea,
    SignalDefinition,
    Spot,
    Term,
    Unit,
    UnitFact,
    WorkingBlock,
)
from services.validators import check_hours, check_questions, check_roads

Kind = Unit.Kind


class SeedRefused(Exception):
    """A seed file is malformed; the text names file, row and field."""


@dataclass(frozen=True)
class Table:
    """One seed file: the model its rows become, the fields that identify a row, and all fields a row may hold.

    ``fixed`` are values that every row of the file has; ``above`` are the kinds of unit its ``parent`` may have (and
    must have one); ``checks`` look into lists. Every row also says its ``source``, whether or not the model keeps it.
    A row refers to others by their code, and only to rows before it.
    """

    file: str
    model: type[models.Model]
    key: tuple[str, ...]
    fields: tuple[str, ...]
    fixed: dict = field(default_factory=dict)
    above: tuple[str, ...] = ()
    checks: dict = field(default_factory=dict)


def _table(file, model, key, fields, **rest):
    return Table(file, model, tuple(key.split()), tuple(fields.split()), **rest)


def _units(file, kind, fields, *above):
    fields = f"code name phone is_demo is_active source {fields}"
    return _table(file, Unit, "code", fields, fixed={"kind": kind}, above=above)


# fmt: off
TABLES = (
    _units("district.json", Kind.DISTRICT, ""),
    _units("streets.json", Kind.STREET, "parent", Kind.DISTRICT),
    _units("communities.json", Kind.COMMUNITY, "parent is_village", Kind.STREET),
    _units("departments.json", Kind.DEPARTMENT, "parent department_type", Kind.DISTRICT, Kind.DEPARTMENT),
    _units("branches.json", Kind.BRANCH, "parent formed", Kind.COMMUNITY),
    _table("unit_facts.json", UnitFact, "unit key", "unit key value source"),
    _table("working_blocks.json", WorkingBlock, "unit opens", "unit opens closes"),
    _table("estates.json", Estate, "code",
           "code name branch property_firm address built is_old households is_demo source"),
    _table("buildings.json", Building, "code", "estate code name order entrances floors"),
    _table("facilities.json", Facility, "unit estate name", "unit estate name source"),
    _table("service_areas.json", ServiceArea, "code", "unit code roads hours source",
           checks={"roads": check_roads, "hours": check_hours}),
    _table("categories.json", Category, "code",
           "code parent name plain_words example urgency is_public is_against_firm follow_up_rate questions "
           "emergency_notice icon order offered_first is_active",
           checks={"questions": check_questions}),
    _table("spots.json", Spot, "code", "estate building code name group is_active"),
    _table("routes.json", Route, "category area to_property_firm", "category area department to_property_firm basis",
           fixed={"is_active": True}),
    _table("limits.json", Limit, "category urgency step", "category urgency step amount time_unit basis"),
    _table("reasons.json", Reason, "kind code", "kind code text guidance order is_active"),
    _table("reply_templates.json", ReplyTemplate, "code", "code unit category act title text order is_active"),
    _table("follow_up_rules.json", FollowUpRule, "urgency", "urgency rate attempts slots basis"),
    _table("call_slots.json", CallSlot, "opens", "opens closes"),
    _table("figure_definitions.json", FigureDefinition, "key version",
           "key version valid_from formula formula_en basis leave_out cut_off_hour fair_percent contacted_percent "
           "solved_percent satisfied_percent"),
    _table("signal_definitions.json", SignalDefinition, "key",
           "key formula formula_en basis days minutes bits percent least is_active"),
    _table("calendar_years.json", CalendarYear, "year", "year is_announced basis"),
    _table("calendar_days.json", CalendarDay, "date", "date is_working closes_at name basis"),
    _table("meeting_series.json", MeetingSeries, "code", "code name unit estate day opens place basis is_active"),
    _table("seats.json", Seat, "series kind unit name", "series kind unit name needed"),
    _table("agenda_rules.json", AgendaRule, "code", "code test amount order basis is_active"),
    _table("privacy_notices.json", PrivacyNotice, "version", "version text text_en changes changes_en published_at"),
    _table("retention.json", Retention, "category", "category months basis"),
    _table("backing_thresholds.json", BackingThreshold, "from_households", "from_households at_least percent basis"),
    _table("recurrence_rules.json", RecurrenceRule, "category",
           "category days quiet_days alike_percent expected_from basis"),
    _table("terms.json", Term, "unit begins", "unit name begins booked checked ends basis"),
)
# fmt: on
REFERRED_TO = {Unit, Estate, Building, Category, MeetingSeries}


@dataclass
class Report:
    """What one file did."""

    file: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    # Rows of the file that the database already had from another hand.
    kept: int = 0


def load(folder, tables=TABLES):
    """Load the seed files of ``folder``; one Report a file. SeedRefused, and nothing changed, if any is malformed."""
    with transaction.atomic():
        known = _Known()
        return [_write(batch) for batch in [_read(table, Path(folder), known) for table in tables]]


class _Known:
    """What the files read so far and the database hold."""

    def __init__(self):
        self._by_code = {}
        self.records = {}
        for record in SeedRecord.objects.all():
            self.records.setdefault(record.file, {})[record.key] = record

    def by_code(self, model):
        if model not in self._by_code:
            self._by_code[model] = {row.code: row for row in model.objects.all()}
        return self._by_code[model]

    def add(self, row):
        if type(row) in REFERRED_TO:
            self.by_code(type(row))[row.code] = row


@dataclass
class _Row:
    """A row of a file on its way: where it stands, what it says, and the model instance made of it."""

    table: Table
    number: int
    said: dict
    instance: models.Model | None = None

    @property
    def key(self):
        """The natural key as text, "-" for what the row leaves out."""
        return " / ".join(str(self.said.get(name, "-")) for name in self.table.key)

    @property
    def digest(self):
        return hashlib.sha256(json.dumps(self.said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def refuse(self, name, problem):
        place = {"file": self.table.file, "row": self.number, "key": self.key, "field": name, "problem": problem}
        raise SeedRefused(_("%(file)s, row %(row)s (%(key)s), field “%(field)s”: %(problem)s") % place)


@dataclass
class _Batch:
    """The rows of a file to be written, with the records to go with them."""

    table: Table
    report: Report
    create: list = field(default_factory=list)
    update: list = field(default_factory=list)
    records: list = field(default_factory=list)


# Reading: everything is checked before anything is written.


def _read(table, folder, known):
    """The batch of a file, every new or changed row checked whole."""
    batch = _Batch(table, Report(table.file))
    records, stored, seen = known.records.get(table.file, {}), _stored(table), set()
    for row in _rows(table, folder):
        _check_shape(row)
        if row.key in seen:
            row.refuse(table.key[-1], _("This key stands in the file twice."))
        seen.add(row.key)
        record = records.get(row.key)
        if record and record.digest == row.digest:
            batch.report.unchanged += 1
            continue
        row.instance = _instance(row, known)
        row.instance.pk = stored.get(_key_of(table, row.instance))
        if row.instance.pk and not record:
            batch.report.kept += 1
            continue
        (batch.update if row.instance.pk else batch.create).append(row)
        batch.records.append(SeedRecord(pk=record and record.pk, file=table.file, key=row.key, digest=row.digest))
        known.add(row.instance)
    return batch


def _rows(table, folder):
    """The rows of a file, not yet looked into."""
    try:
        content = json.loads((folder / table.file).read_text(encoding="utf-8"))
    except OSError:
        raise SeedRefused(_("%(file)s: the file is missing or cannot be read.") % {"file": table.file}) from None
    except ValueError as error:
        place = {"file": table.file, "problem": error}
        raise SeedRefused(_("%(file)s: this is not JSON: %(problem)s") % place) from None
    if not isinstance(content, list):
        raise SeedRefused(_("%(file)s: a list of rows is needed.") % {"file": table.file})
    for number, said in enumerate(content, 1):
        if not isinstance(said, dict):
            place = {"file": table.file, "row": number}
            raise SeedRefused(_("%(file)s, row %(row)s: a row is an object with fields.") % place)
        yield _Row(table, number, said)


def _check_shape(row):
    """Refuse a row with an unknown field, a missing one, or one of the wrong type."""
    allowed = {*row.table.fields, "source"}
    for name, value in row.said.items():
        if name not in allowed:
            row.refuse(name, _("There is no such field."))
        wanted = _json_type(row.table.model, name)
        # In Python True is an integer too; in a file it is not.
        if type(value) is not wanted:
            row.refuse(name, _WANTED[wanted])
    for name in sorted(_required(row.table)):
        if row.said.get(name) in (None, ""):
            row.refuse(name, _("This field is missing or empty."))


_WANTED = {
    str: gettext_lazy("A text is needed here."),
    int: gettext_lazy("A whole number is needed here."),
    bool: gettext_lazy("Here stands true or false."),
    list: gettext_lazy("A list is needed here."),
}
_JSON_TYPES = ((models.BooleanField, bool), (models.IntegerField, int), (models.JSONField, list))


def _json_type(model, name):
    if name == "source":
        return str
    kind = model._meta.get_field(name)
    return next((wanted for field_class, wanted in _JSON_TYPES if isinstance(kind, field_class)), str)


def _required(table):
    fields = [table.model._meta.get_field(name) for name in table.fields]
    needed = {kind.name for kind in fields if not (kind.blank or kind.null or kind.has_default())}
    return needed | {"source"} | ({"parent"} if table.above else set())


def _instance(row, known):
    """The model instance a row describes; fields it leaves out take their defaults."""
    table = row.table
    values = dict(table.fixed)
    for name in table.fields:
        if name in row.said:
            kind = table.model._meta.get_field(name)
            values[name] = _referred(row, kind, known) if kind.is_relation else _plain(row, kind)
    instance = table.model(**values)
    relations = {kind.name for kind in table.model._meta.fields if kind.is_relation}
    try:
        # Relations were followed above; those to rows of these files cannot be looked up in the database yet.
        instance.clean_fields(exclude=relations)
        instance.clean()
    except ValidationError as error:
        row.refuse(*_first(error))
    return instance


def _plain(row, kind):
    try:
        value = kind.to_python(row.said[kind.name])
        row.table.checks.get(kind.name, lambda value: None)(value)
    except ValidationError as error:
        row.refuse(kind.name, _first(error)[1])
    return value


def _referred(row, kind, known):
    """The row that the field ``kind`` refers to by its code."""
    code = row.said[kind.name]
    target = known.by_code(kind.related_model).get(code)
    if target is None:
        row.refuse(kind.name, _("There is no “%(code)s” before this row.") % {"code": code})
    wanted = kind.get_limit_choices_to()
    fits = all(getattr(target, name) == value for name, value in wanted.items())
    if not fits or (kind.name == "parent" and row.table.above and target.kind not in row.table.above):
        row.refuse(kind.name, _("“%(code)s” is not of the kind that belongs here.") % {"code": code})
    return target


def _first(error):
    """(field, sentence) of the first thing a ValidationError says."""
    if not hasattr(error, "error_dict"):
        return "*", error.messages[0]
    name, messages = next(iter(error.message_dict.items()))
    return ("*" if name == "__all__" else name), messages[0]


def _lookups(table):
    relations = {kind.name for kind in table.model._meta.fields if kind.is_relation}
    return [f"{name}__code" if name in relations else name for name in table.key]


def _stored(table):
    """Natural key → primary key of what the database already holds for this file."""
    rows = table.model.objects.filter(**table.fixed).values_list(*_lookups(table), "pk")
    return {tuple(row[:-1]): row[-1] for row in rows}


def _key_of(table, instance):
    values = (getattr(instance, name) for name in table.key)
    return tuple(value.code if isinstance(value, models.Model) else value for value in values)


# Writing: only what is new or has changed in the file.


def _write(batch):
    """Write a batch; its report."""
    if not batch.records:
        return batch.report
    try:
        with transaction.atomic():
            _write_together(batch)
    except IntegrityError:
        _write_one_by_one(batch)
    known = [record for record in batch.records if record.pk]
    SeedRecord.objects.bulk_update(known, ["digest"], batch_size=500)
    SeedRecord.objects.bulk_create([record for record in batch.records if not record.pk], batch_size=500)
    batch.report.created, batch.report.updated = len(batch.create), len(batch.update)
    return batch.report


def _write_together(batch):
    objects, waiting = batch.table.model.objects, [row.instance for row in batch.create]
    while waiting:
        # A bulk insert cannot refer to its own rows, so parents go first.
        ready = [instance for instance in waiting if not _is_above_unsaved(instance)]
        waiting = [instance for instance in waiting if _is_above_unsaved(instance)]
        objects.bulk_create(ready, batch_size=500)
    objects.bulk_update([row.instance for row in batch.update], batch.table.fields, batch_size=500)


def _is_above_unsaved(instance):
    above = getattr(instance, "parent", None)
    return above is not None and above.pk is None


def _write_one_by_one(batch):
    """After a rule of the database was broken: find the row that broke it and refuse it by name."""
    for row in batch.create + batch.update:
        row.instance._state.adding = row in batch.create
        try:
            with transaction.atomic():
                row.instance.save()
        except IntegrityError as error:
            row.refuse(*(_broken_rule(row.instance) or ("*", str(error))))


def _broken_rule(instance):
    """(fields, sentence) of the first rule of the database that a row breaks, or None."""
    try:
        instance.validate_unique()
    except ValidationError as error:
        return _first(error)
    for constraint in instance._meta.constraints:
        try:
            constraint.validate(type(instance), instance)
        except ValidationError as error:
            fields = getattr(constraint, "fields", None) or sorted(constraint.condition.referenced_base_fields)
            return ", ".join(fields), error.messages[0]
    return None
