"""The one door of the journey: every case is filed and every step is taken here.

Nothing outside this module writes ``ServiceRequest.status``. A step is: lock, check, write, record, owe.
"""

import secrets

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from stdnum.iso7064 import mod_11_10

from requests_app import search
from requests_app.journey import alarms, effects, joining, merging, pauses, recurrences, refusals
from requests_app.journey.guards import ASKS_WHO
from requests_app.journey.limits import rules_of, start_clock
from requests_app.journey.parties import SYSTEM, parties_of
from requests_app.journey.recounting import lead_by
from requests_app.journey.refusals import StepIncomplete, StepRefused
from requests_app.journey.steps import (
    BACK,
    ENDED_CLOCKS,
    FILING_CLOCKS,
    HIDDEN,
    KEPT_CLOCKS,
    KEPT_WHILE_WORKED_ON,
    PHOTOS_SAY_IT,
    STEPS,
    WORDS,
    needs_note,
)
from requests_app.models import (
    WORKED_ON,
    Act,
    Assignment,
    Deadline,
    Draft,
    Event,
    Extension,
    Photo,
    Rung,
    ServiceRequest,
    Status,
)
from requests_app.models.event import Party
from requests_app.models.rows import HasRows
from requests_app.notices import outbox
from requests_app.photos import SharedPhoto, store_photos
from services.kept import Kept
from services.models import Role, User

CODE_DIGITS = 10  # random ones; a check digit follows
# Written by a step, whatever the act; effects add to the case object, never save it.
CHAIN = ["event_count", "chain_head", "last_event_at", "is_tallied"]
WRITTEN = [
    *CHAIN,
    "status",
    "holder",
    "lead",
    "lead_locked",
    "parent",
    "return_count",
    "contest_count",
    "appeal_count",
    "for_meeting",
    "is_confidential",
    "against",
    "due_at",
    "amber_at",
    "alarm_at",
    "silent_at",
    "rung",
    "listed_on",
    "urge_from",
    "urge_count",
    "promised_at",
    "held_since",
    "moved_at",
    "fulfilled_at",
    "closed_at",
]


def steps_open_to(by, case, at=None):
    """The rows of the table ``by`` may take now, in the table's order: what the buttons show.

    ``case`` should come with its assignments and deadlines prefetched; otherwise two queries read them.
    """
    at = at or timezone.now()
    parties = parties_of(by, case, at)
    return [step for step in STEPS if _is_here(step, case, parties) and not _obstacle(step, case, at, by)]


def step_for(by, case, act, at=None):
    """The row for ``act``; StepRefused, with the reason in words, when ``by`` has none such now."""
    at = at or timezone.now()
    return _step_for(parties_of(by, case, at), case, act, at, by)


def _step_for(parties, case, act, at, by=SYSTEM):
    reason = refusals.NO_SUCH_STEP
    for step in STEPS:
        if step.act == act and _is_here(step, case, parties):
            obstacle = _obstacle(step, case, at, by)
            if not obstacle:
                return step
            reason = obstacle.sentence
    raise StepRefused(act, case, reason)


def _is_here(step, case, parties):
    return case.status in step.source and any(party in parties for party in step.by)


def _obstacle(step, case, at, by):
    """The first guard of ``step`` that does not hold, or None."""
    return next((guard for guard in step.when if not _holds(guard, case, at, by)), None)


def _holds(guard, case, at, by):
    return guard(case, at, by) if guard in ASKS_WHO else guard(case, at)


def file(*, by, estate, category, party=Party.RESIDENT, filing_key=None, at=None, **fields):
    """The case that this filing makes; the one it already made when ``filing_key`` was used before.

    ``by`` is a user, None for somebody without an account, or SYSTEM for an import; ``party`` says as what they file.
    ``fields`` are what the filer states (``text``, ``contact_phone``, ``building`` …) and ``draft`` or ``photos``
    (cleaned pictures). With ``joins``, a case that is open to it, it goes on with that one at once; with ``again`` they
    say that it was reported before and has come back. StepIncomplete when
    ``by`` may not file for that estate as ``party``, or when the other one cannot be joined any more.
    """
    try:
        with transaction.atomic():
            return _file(by, estate, category, party, filing_key, at or timezone.now(), **fields)
    except IntegrityError:
        # A resend may arrive while the first is still being written: the key is unique, and the first one counts.
        known = filing_key and ServiceRequest.objects.filter(filing_key=filing_key).first()
        if not known:
            raise
        return known


def _file(by, estate, category, party, filing_key, at, *, draft=None, photos=(), joins=None, again=False, **fields):
    known = filing_key and ServiceRequest.objects.filter(filing_key=filing_key).first()
    if known:
        return known
    unit = _unit_filed_for(by, party, estate, at)
    person = by if by is not None and by.is_authenticated else None
    case = ServiceRequest(
        code=_new_code(),
        filing_key=filing_key,
        resident=person if party == Party.RESIDENT else None,
        filed_by=None if party == Party.RESIDENT else person,
        estate=estate,
        category=category,
        urgency=category.urgency,
        branch=estate.branch,
        area=estate.branch.code,
        created_at=at,
        moved_at=at,
        held_since=at,
        against=estate.property_firm if category.is_against_firm else None,
        **fields,
    )
    if case.building and case.building.estate_id != estate.pk:
        raise StepIncomplete("building", refusals.OTHER_ESTATE)
    clocks = _started(case, FILING_CLOCKS, at)
    lead_by(case, clocks[0])
    alarms.arm(case, at)
    case.save(force_insert=True)
    search.index(ServiceRequest.objects.filter(pk=case.pk))
    Deadline.objects.bulk_create(clocks)
    facts = _first_facts(case, joins, again)
    event = _record(case, Act.FILE, by=person, party=party, unit=unit, source="", shows=WORDS, at=at, facts=facts)
    case.save(update_fields=CHAIN)
    _keep_photos(photos, draft, case=case, event=event, stage=Photo.Stage.BEFORE, uploaded_by=person)
    if joins:
        # Nobody is called to accept what others work on already.
        return take(case, Act.MERGE, by=SYSTEM, at=at, parent=joins)
    recurrences.notice(case, at, recurrences.Why.SAID if again else None)
    outbox.owe(event)
    return case


def _first_facts(case, joins, again):
    """What the event of a filing remembers."""
    facts = {"confidential": True} if case.is_confidential else {}
    facts |= {joining.FILED_WITH: joins.pk} if joins else {}
    return facts | ({recurrences.AGAIN: True} if again else {})


def _keep_photos(photos, draft, **fields):
    """Give the pictures staged on ``draft``, which is done with then, and the new ones their ``fields``."""
    if draft:
        # The sweep may be about to clear the draft away; whoever locks it first has the photos.
        Draft.objects.select_for_update().filter(pk=draft.pk).first()
        draft.photos.update(draft=None, **fields)
        Draft.objects.filter(pk=draft.pk).delete()
    store_photos(photos, **fields)


FILER_ROLES = {
    Party.HOUSEHOLD: Role.HOUSEHOLD,
    Party.BRANCH: Role.BRANCH,
    Party.DISPATCHER: Role.DISPATCHER,
}


def _unit_filed_for(by, party, estate, at):
    """The unit on whose behalf ``by`` files, None for residents and imports; StepIncomplete where it is not theirs."""
    if party == Party.RESIDENT or by is SYSTEM:
        _refuse_deleted(by)
        return None
    for membership in by.current_memberships(timezone.localdate(at)):
        if membership.role == FILER_ROLES.get(party) and membership.unit.covers(estate.branch.code):
            return membership.unit
    raise StepIncomplete("estate", refusals.NOT_YOUR_ESTATE)


def _refuse_deleted(by):
    """StepIncomplete where the account of ``by`` was emptied meanwhile; from here on, who wants to has to wait."""
    if by is None or not by.is_authenticated:
        return
    # No key: what names the account need not wait.
    accounts = User.objects.select_for_update(no_key=True).filter(pk=by.pk, is_active=True)
    if not accounts.values_list("pk").first():
        raise StepIncomplete("text", refusals.ACCOUNT_DELETED)


def _new_code():
    """A tracking code nobody has: ten random digits and a check digit (ISO 7064, MOD 11,10)."""
    while True:
        digits = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        code = digits + mod_11_10.calc_check_digit(digits)
        if not ServiceRequest.objects.filter(code=code).exists():
            return code


@transaction.atomic
def take(case, act, *, by, note="", at=None, seen=None, photos=(), draft=None, meeting=None, **facts):
    """Take one step of the table; the case as it stands afterwards.

    ``seen`` is the serial of the last event on the page the person acted from: where the case has moved since, the
    step is refused even if the table would allow it again. ``facts`` are what the act's form collects, ``photos``
    cleaned pictures; a ``draft`` keeps further ones. Where a ``meeting`` resolved so, the case is no longer marked for
    one. Raises StepRefused or StepIncomplete; then nothing is written.
    """
    case = _locked(case.pk, act, facts.get("parent"))
    # A clock set back must not put an event before the one it follows.
    at = max(at or timezone.now(), case.last_event_at)
    parties = parties_of(by, case, at)
    step = _step_for(parties, case, act, at, by)
    note = _words(case, act, note, by, _has_pictures(photos, draft))
    person = by if by.is_authenticated else None
    _refuse_what_was_overtaken(case, step, person, note, seen)
    party = next(party for party in step.by if party in parties)
    unit, source, held_by = parties[party], case.status, _whose(case)
    remembered = effects.EFFECTS.get(act, effects.nothing)(case, at=at, unit=unit, **facts)
    if meeting:
        case.for_meeting, remembered["meeting"] = False, meeting.pk
    case.forget_parts()
    remembered |= _move(case, step, at, remembered.get("days"))
    if _whose(case) != held_by:
        case.held_since = at if case.holder else None
    wording = {"note": note, "facts": remembered, "shows": step.shows}
    event = _record(case, act, by=person, party=party, unit=unit, source=source, at=at, **wording)
    case.save(update_fields=WRITTEN)
    stage = STAGES.get(act, Photo.Stage.AFTER)
    _keep_photos(photos, draft, case=case, event=event, stage=stage, uploaded_by=person)
    effects.AFTERWARDS.get(act, effects.no_more)(event)
    outbox.owe(event)
    _let_follow(event)
    return case


def _let_follow(event):
    """Take the step that ``event`` on a parent is for each case merged into it, or on one of these for the parent."""
    if event.act == Act.URGE and event.case.parent_id:
        take(event.case.parent, Act.URGE, by=SYSTEM, at=event.at, number=event.case_id)
    act = merging.FOLLOWED.get(event.act)
    together = list(event.case.merged.order_by("pk")) if act and event.case.has_merged else []
    told = together and event.act in merging.TOLD_TO_ALL
    said = {"note": event.note, "photos": [SharedPhoto(one) for one in event.photos.all()]} if told else {}
    for child in together:
        take(child, act, by=SYSTEM, at=event.at, **said)


def _as_it_stands(pk):
    """The case with what every step reads of it."""
    cases = ServiceRequest.objects.select_related("category", "branch__parent__parent", "lead").filter(pk=pk)
    asked = HasRows("requests_app.Extension", "case", state=Extension.State.ASKED)
    return cases.with_merged().annotate(asks_for_more_time=asked)


AS_IT_STANDS = Kept(_as_it_stands)


def _locked(pk, act, parent):
    known = merging.lock_parent(pk, act, parent)
    # Two people may take the same step at once; the later must read what the earlier wrote, and fail. Lock first and
    # join afterwards: PostgreSQL reads a row again that it waited for, but not what was joined to it. On SQLite the
    # transaction has the lock.
    if connection.features.has_select_for_update:
        ServiceRequest.objects.select_for_update().values_list("pk").get(pk=pk)
    case = AS_IT_STANDS.one(pk)
    if case is None:
        raise ServiceRequest.DoesNotExist
    if act == Act.URGE and case.parent_id != known:
        # Merged or taken apart meanwhile: its parent would be locked after it.
        raise StepRefused(act, case, refusals.MOVED_ON)
    return case


def _refuse_what_was_overtaken(case, step, person, note, seen):
    """StepRefused where, since the event numbered ``seen``, the case has moved or the same was said already."""
    if seen is None or seen >= case.event_count:
        return
    since = case.events.filter(serial__gt=seen)
    if not step.moves and not step.hands_over:
        if since.filter(act=step.act, actor=person, note=note).exists():
            raise StepRefused(step.act, case, refusals.SAID_ALREADY)
    elif since.filter(act__in=[row.act for row in STEPS if row.moves or row.hands_over]).exists():
        raise StepRefused(step.act, case, refusals.MOVED_ON)


def _has_pictures(photos, draft):
    return bool(photos) or (draft is not None and draft.photos.exists())


def _words(case, act, note, by, has_pictures):
    """The note without blanks around it; StepIncomplete where a person's act says nothing without words."""
    note = note.strip()
    says_it = has_pictures and act in PHOTOS_SAY_IT
    if needs_note(act, case) and not note and not says_it and by is not SYSTEM:
        raise StepIncomplete("note", refusals.WORDS_MISSING)
    if act in merging.TOLD_TO_ALL:
        merging.refuse_names(case, note)
    return note


def _whose(case):
    """Who has ``case``, for comparing."""
    return case.holder, case.holding_unit


def _move(case, step, at, days):
    """Put the case where the row says, exchange its clocks and set its alarms; what else the event remembers.

    ``days`` is how long the first clock shall run where its limit is only a ceiling.
    """
    if step.target == BACK:
        return _give_back(case, at)
    began, remembered = _began(case, step, at), {}
    if step.moves:
        remembered = _leave(case, step, at)
        case.status, case.moved_at = step.target, at
    else:
        case.deadlines.running().filter(step__in=ENDED_CLOCKS.get(step.act, ())).update(ended_at=at)
    if step.hands_over and step.holder != BACK:
        case.holder = step.holder
    if step.target in UNPROMISED:
        case.promised_at = None
    Deadline.objects.bulk_create(_clocks(case, step, at, began, days))
    if step.moves or step.hands_over:
        case.rung = Rung.NONE
    # What residents say themselves is no news to them.
    is_news = step.shows != HIDDEN and step.by != (Party.RESIDENT,)
    if step.moves or step.hands_over or is_news:
        alarms.arm(case, at)
    return remembered


def _give_back(case, at):
    """Put a merged case where it stood, with its clocks; the deadlines that moved meanwhile, as facts."""
    merged = case.events.filter(act=Act.MERGE).latest("serial")
    case.status, case.holder, case.moved_at = merged.source, merged.facts["holder"], at
    moved = merging.wake(case, merged, at)
    case.rung = merged.facts["rung"]
    alarms.arm(case, at)
    return moved


def _leave(case, step, at):
    """End what ran in the status that ``case`` leaves; the deadlines that moved at the last moment, as facts."""
    moved = pauses.end(case, at) if case.waits_for_answer else {}
    kept = [*KEPT_CLOCKS.get(step.act, ()), *(KEPT_WHILE_WORKED_ON if step.target in WORKED_ON else ())]
    case.deadlines.running().exclude(step__in=kept).update(ended_at=at)
    if step.target != Status.MERGED and case.asks_for_more_time:
        case.extensions.filter(state=Extension.State.ASKED).update(state=Extension.State.DROPPED, decided_at=at)
    case.due_at = case.amber_at = None
    return moved


def _began(case, step, at):
    """When the first clock of ``step`` begins: now, or when the time that is not the resident's to lose began.

    A signature by lapse of time counts from the end of that time, however late the sweep comes; an overruled return
    from the day the department received the case, so that returning in vain gains nobody time.
    """
    if step.act == Act.SIGN:
        return min(at, case.due_at)
    if step.act == Act.OVERRULE:
        return case.assignments.current().get(part=Assignment.Part.LEAD).assigned_at
    return at


# Here the day promised before no longer holds; elsewhere it stays, also to show whether it was kept.
UNPROMISED = (Status.REFERRED, Status.DECLINED, Status.WITHDRAWN, Status.PARKED)
# Acts whose photos show the trouble, or why it is another's work; those of all others show what came of it.
STAGES = {
    Act.FILE: Photo.Stage.BEFORE,
    Act.CONTEST: Photo.Stage.BEFORE,
    Act.APPEAL: Photo.Stage.BEFORE,
    Act.ADD: Photo.Stage.BEFORE,
    Act.RETURN: Photo.Stage.EVIDENCE,
}


def _clocks(case, step, at, began, days):
    """The clocks that ``step`` begins at ``at``, the first of them at ``began``; not saved.

    The end of the first becomes the case's deadline where the step gives the case to somebody.
    """
    clocks = _started(case, step.clocks, at, began, days)
    if clocks and (step.moves or step.hands_over):
        lead_by(case, clocks[0])
    return clocks


def _started(case, steps, at, began=None, days=None):
    rules = rules_of(case)
    first = [(began or at, days)] + [(at, None)] * len(steps)
    return [
        start_clock(case, rules.limit(step), start, rules.calendar, amount)
        for step, (start, amount) in zip(steps, first, strict=False)
    ]


def _record(case, act, *, by, party, unit, source, shows, at, note="", facts=None):
    """Write the event, chain it to the one before, and let the case remember the chain's end."""
    event = Event(
        case=case,
        serial=case.event_count + 1,
        act=act,
        actor=by,
        party=party,
        unit=unit,
        source=source,
        target=case.status,
        holder=case.holder,
        holder_unit=case.holding_unit,
        note=note,
        facts=facts or {},
        is_public=shows != HIDDEN,
        is_note_public=shows == WORDS,
        at=at,
    )
    event.write_after(case.chain_head)
    event.save(force_insert=True)
    case.event_count, case.chain_head, case.last_event_at = event.serial, event.digest, at
    case.is_tallied = False
    return event
