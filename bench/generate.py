"""Many consistent cases, fast: each walks through the table of steps in memory, and all are written in bulk.

Rows come out as the workflow would have written them: the table decides what a step does, the limits and the
calendar give the clocks, every event is chained. Only notices to residents are left out. For throw-away databases.
"""

import itertools
import json
import multiprocessing
import random
from collections import defaultdict
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from unittest import mock

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from stdnum.iso7064 import mod_11_10

from bench.copies import copy_cases
from requests_app import search
from requests_app.figures.counters import fold
from requests_app.journey import alarms, attempts, limits, recounting, sampling, workflow
from requests_app.journey.effects import RULINGS
from requests_app.journey.refusals import StepRefused
from requests_app.journey.routing import routed
from requests_app.journey.steps import ENDED_CLOCKS, FILING_CLOCKS, HIDDEN, KEPT_CLOCKS, WORDS
from requests_app.models import (
    Act,
    Assignment,
    Deadline,
    Event,
    FollowUp,
    Notice,
    Precedent,
    Rating,
    Release,
    SampleSeed,
    ServiceRequest,
    Status,
)
from requests_app.models.event import Party
from services.encryption import Encrypted, HashOf
from services.models import Category, Estate, Limit, Membership, Reason, Role, Unit, User

SPAN = timedelta(days=730)  # the cases were filed within so long before the given moment
BATCH = 2000  # cases written at once
WALKED = 20_000  # cases; what is more are copies of these, see bench/copies.py
CASES_PER_RESIDENT = 5
# Some cases lie about for weeks; without them nothing old would be open.
STUCK = 0.004  # of all steps
MINUTE = timedelta(minutes=1)
TEXTS = json.loads((Path(__file__).parent / "words.json").read_text(encoding="utf-8"))

RESIDENT, BRANCH, DISPATCHER = Party.RESIDENT, Party.BRANCH, Party.DISPATCHER
LEAD, ASSISTANT, SUPERVISOR, SYSTEM = Party.LEAD, Party.ASSISTANT, Party.SUPERVISOR, Party.SYSTEM
CALLER = Party.CALLER

# How cases go, and how many of a hundred go so. A case whose next step lies in the future stands where it is.
ACCEPT, SETTLE, REFER = (Act.ACCEPT, BRANCH), (Act.SETTLE, BRANCH), (Act.REFER, BRANCH)
DISPATCH, SIGN, FULFIL = (Act.DISPATCH, DISPATCHER), (Act.SIGN, LEAD), (Act.FULFIL, LEAD)
RATE, LAPSE, CONTEST = (Act.RATE, RESIDENT), (Act.LAPSE, SYSTEM), (Act.CONTEST, RESIDENT)
RETURN, TELL, AUTO_SIGN = (Act.RETURN, LEAD), (Act.TELL, LEAD), (Act.SIGN, SYSTEM)
SENT = (ACCEPT, REFER, DISPATCH)
# Only of what is drawn; what is not goes on to its end by itself.
CALLED = ((Act.CALL, CALLER), (Act.RATE, CALLER), LAPSE)
# fmt: off
WALKS = {
    (ACCEPT, SETTLE, RATE): 22,
    (ACCEPT, SETTLE, *CALLED): 6,
    (ACCEPT, SETTLE, LAPSE): 10,
    (ACCEPT, SETTLE, CONTEST, SETTLE, RATE): 2,
    (*SENT, SIGN, FULFIL, RATE): 9,
    (*SENT, SIGN, FULFIL, *CALLED): 5,
    (*SENT, SIGN, TELL, FULFIL, RATE): 12,
    (*SENT, SIGN, TELL, FULFIL, LAPSE): 10,
    (*SENT, SIGN, (Act.ASSIST, ASSISTANT), FULFIL, RATE): 3,
    (REFER, DISPATCH, AUTO_SIGN, FULFIL, RATE): 3,
    (*SENT, RETURN, (Act.UPHOLD, DISPATCHER), SIGN, FULFIL, RATE): 4,
    (*SENT, SIGN, RETURN, (Act.OVERRULE, DISPATCHER), FULFIL, LAPSE): 2,
    (*SENT, RETURN, (Act.UPHOLD, DISPATCHER), RETURN, (Act.UPHOLD, SUPERVISOR), SIGN, FULFIL, RATE): 1,
    (*SENT, SIGN, FULFIL, CONTEST, FULFIL, RATE): 2,
    (*SENT, SIGN, FULFIL, CONTEST, FULFIL, CONTEST, (Act.DISPATCH, SUPERVISOR), SIGN, FULFIL, RATE): 1,
    (*SENT, SIGN, FULFIL, RATE, (Act.RELEASE, DISPATCHER)): 3,
    ((Act.DECLINE, BRANCH),): 2,
    ((Act.DECLINE, BRANCH), (Act.APPEAL, RESIDENT), (Act.DISPATCH, SUPERVISOR), SIGN, FULFIL, RATE): 1,
    ((Act.WITHDRAW, RESIDENT),): 2,
}
# fmt: on


class District:
    """What the seeds hold, read once, and one person in every seat."""

    def __init__(self, rng, residents):
        self.estates = list(Estate.objects.select_related("branch__parent__parent", "property_firm"))
        # Some places have far more to say than others, as everywhere.
        self.weights = [1 / (place + 4) for place in range(len(self.estates))]
        self.buildings = defaultdict(list)
        for estate in Estate.objects.prefetch_related("buildings"):
            self.buildings[estate.pk] = list(estate.buildings.all())
        self.categories = list(Category.objects.leaves().select_related("parent"))
        self.departments = list(Unit.objects.of_kind(Unit.Kind.DEPARTMENT))
        self.reasons = {kind: list(Reason.objects.filter(kind=kind)) for kind in Reason.Kind.values}
        self.residents = self._people("bench-resident", residents, rng)
        self.staff = self._staff(rng)
        self._routes = {}
        # The share of each category that is called about, and the seed of each month.
        self.rates = {
            one.pk: sampling.rate_for(ServiceRequest(category=one, urgency=one.urgency)) for one in self.categories
        }
        self.seeds = {}

    def draw_seeds(self, first, last, rng):
        """Give every month from that of ``first`` to that of ``last`` its seed."""
        month, last = timezone.localdate(first).replace(day=1), timezone.localdate(last)
        while month <= last:
            new = {"seed": rng.randbytes(sampling.SEED_BYTES).hex(), "drawn_at": first}
            self.seeds[month], _made = SampleSeed.objects.get_or_create(month=month, defaults=new)
            month = (month + timedelta(days=31)).replace(day=1)

    def _people(self, prefix, count, rng):
        people = [User(username=f"{prefix}-{n}", name=rng.choice(TEXTS["names"]), password="!") for n in range(count)]
        return User.objects.bulk_create(people, batch_size=BATCH)

    def _staff(self, rng):
        seats = {
            Unit.Kind.BRANCH: Role.BRANCH,
            Unit.Kind.COMMUNITY: Role.DISPATCHER,
            Unit.Kind.STREET: Role.SUPERVISOR,
            Unit.Kind.DISTRICT: Role.SUPERVISOR,
            Unit.Kind.DEPARTMENT: Role.OFFICER,
        }
        units = list(Unit.objects.all())
        people = self._people("bench-staff", len(units), rng)
        Membership.objects.bulk_create(
            Membership(user=person, unit=unit, role=seats[unit.kind], since=date(2024, 1, 1))
            for person, unit in zip(people, units, strict=True)
        )
        return {unit.pk: person for person, unit in zip(people, units, strict=True)}

    def lead_for(self, case, rng):
        """The department the routes name first, any where they name none; asked once for each street and firm."""
        street = case.branch.parent.parent_id
        key = case.category_id, street, case.estate.property_firm_id
        if key not in self._routes:
            self._routes[key] = routed(case)
        return next(iter(self._routes[key]), None) or rng.choice(self.departments)

    def other_than(self, department, rng):
        return rng.choice([unit for unit in self.departments if unit != department])


class Walk:
    """One case in memory, with everything that hangs on it."""

    def __init__(self, pk, district, rng, created_at):
        self.district, self.rng = district, rng
        self.acts = rng.choices(list(WALKS), WALKS.values())[0]
        self.events, self.deadlines, self.assignments, self.ratings, self.releases = [], [], [], [], []
        self.follow_ups = []
        self.precedents = []
        self.case = self._filed(pk, created_at)
        # What the guards of the table ask for is answered from here.
        kept = {"deadlines": self.deadlines, "assignments": self.assignments, "follow_ups": self.follow_ups}
        self.case._prefetched_objects_cache = kept
        self.case._state.fields_cache["release"] = None
        self.deadlines += workflow._started(self.case, FILING_CLOCKS, created_at)
        recounting.lead_by(self.case, self.deadlines[0])
        alarms.arm(self.case, created_at)
        self._record(Act.FILE, RESIDENT, None, "", WORDS, created_at)

    def _filed(self, pk, created_at):
        rng, district = self.rng, self.district
        estate = rng.choices(district.estates, district.weights)[0]
        category = rng.choice(district.categories)
        resident = rng.choice(district.residents)
        return ServiceRequest(
            pk=pk,
            code=code_of(pk),
            resident=resident,
            contact_name=resident.name,
            contact_phone=f"1990000{rng.randrange(10000):04d}",
            estate=estate,
            building=rng.choice(district.buildings[estate.pk] or [None]),
            spot=rng.choice(TEXTS["spots"]),
            branch=estate.branch,
            area=estate.branch.code,
            category=category,
            urgency=category.urgency,
            text=said_about(category, rng),
            against=estate.property_firm if category.is_against_firm else None,
            created_at=created_at,
            moved_at=created_at,
            held_since=created_at,
        )

    def go(self, until):
        """Take the acts in turn, as far as they lie before ``until``; the walk itself afterwards.

        An act that the table refuses, such as a return after its window, is left out, and the case goes on without.
        """
        for act, party in self.acts:
            at = self._moment_of(act, party)
            if at >= until:
                break
            with suppress(StepRefused):
                self.take(act, party, at)
        self._miss_call(until)
        return self

    def _moment_of(self, act, party):
        """When the act is taken: mostly in good time, sometimes late, the system's exactly when it is due."""
        case, last = self.case, self.events[-1].at
        if party == SYSTEM:
            return (case.due_at or last) + MINUTE
        # A closed case has no deadline: what follows an ending follows within days.
        left = (case.due_at or last + timedelta(days=5)) - last
        share = self.rng.uniform(0.02, 0.9)
        if party != RESIDENT and act not in (Act.RETURN, Act.ASSIST, Act.TELL):
            share = self.rng.lognormvariate(-1, 0.7)
            if self.rng.random() < STUCK:
                return last + timedelta(days=self.rng.uniform(30, 300))
        if act == Act.RETURN:
            window = next(clock for clock in reversed(self.deadlines) if clock.step == "return_window")
            left = window.due_at - last
        if (act, party) == (Act.RATE, CALLER):
            return last
        at = last + max(left * share, MINUTE)
        if act == Act.CALL:
            # In the daytime, at an hour of Shanghai's.
            at = at.replace(hour=self.rng.randrange(9, 20) - 8)
            at += timedelta(days=at <= last)
        return at

    def take(self, act, party, at):
        """What ``workflow.take`` does, in memory; StepRefused where the table has no such step."""
        case = self.case
        unit = self._unit_of(party)
        step, source = workflow._step_for({party: unit}, case, act, at), case.status
        facts = getattr(self, f"_{act.value}", self._nothing)(at, unit)
        self._move(step, at)
        note = self.rng.choice(TEXTS["notes"].get(act.value, [""]))
        event = self._record(act, party, unit, source, step.shows, at, note, facts)
        self._follow_up(event, facts)
        if act == Act.RATE:
            self.ratings.append(Rating(case=case, event=event, at=at, **facts))
        elif act == Act.RELEASE:
            words = {"text": facts["text"], "outcome": facts["outcome"]}
            self.releases.append(Release(case=case, released_by=event.actor, at=at, **words))
        elif act in RULINGS:
            self.precedents.append(self._precedent(event))

    def _precedent(self, event):
        """The ruling ``event`` as a row of the precedent book."""
        case, returned = self.case, next(one for one in reversed(self.events) if one.act == Act.RETURN)
        reasons = {reason.code: reason for reason in self.district.reasons["return"]}
        return Precedent(
            case=case,
            event=event,
            category=case.category,
            area=case.branch.parent,
            returned_by=returned.unit,
            decided_for=case.lead,
            reason=reasons[returned.facts["reason_code"]],
            outcome=RULINGS[event.act],
            words=event.note,
            ruled_by=event.unit,
            at=event.at,
        )

    def _unit_of(self, party):
        branch = self.case.branch
        if party == ASSISTANT:
            return next(assignment.unit for assignment in self.assignments if assignment.is_waiting)
        street = branch.parent.parent
        units = {BRANCH: branch, DISPATCHER: branch.parent, SUPERVISOR: street, LEAD: self.case.lead, CALLER: street}
        return units.get(party)

    def _follow_up(self, event, facts):
        """Begin the call task of what was drawn; end it where the resident spoke first."""
        if event.act in sampling.REPORTS and sampling.is_drawn(**facts["draw"]):
            case, at = self.case, event.at
            rules = limits.rules_of(case)
            deadline = limits.start_clock(case, rules.limit(Limit.Step.FOLLOW_UP), at, rules.calendar)
            self.deadlines.append(deadline)
            seed = self.district.seeds[timezone.localdate(at).replace(day=1)]
            task = FollowUp(case=case, event=event, seed=seed, deadline=deadline, area=case.area, created_at=at)
            task.number, task.rate, task.redos = facts["draw"]["number"], facts["draw"]["rate"], case.contest_count
            self.follow_ups.append(task)
        task = attempts.open_task(self.case)
        if task and event.act in (Act.RATE, Act.CONTEST):
            task.state, task.ended_at, task.solved = FollowUp.State.ANSWERED, event.at, False
            if event.act == Act.RATE:
                task.contacted, task.solved, task.satisfaction = (facts[name] for name in attempts.ANSWERS)

    def _miss_call(self, until):
        """What the sweep does with a task nobody came to: the time to ask for a redo has passed."""
        task = attempts.open_task(self.case)
        if task and self.case.status == Status.CLOSED:
            ends = [clock.due_at for clock in self.deadlines if clock.step == Limit.Step.CONTEST_WINDOW][-1:]
            if ends and ends[0] + MINUTE < until:
                task.state = FollowUp.State.MISSED
                task.ended_at = task.deadline.ended_at = ends[0] + MINUTE

    def _move(self, step, at):
        case, held_by = self.case, workflow._whose(self.case)
        running = [clock for clock in self.deadlines if clock.ended_at is None]
        for clock in running:
            kept = KEPT_CLOCKS.get(step.act, ())
            if clock.step not in kept if step.moves else clock.step in ENDED_CLOCKS.get(step.act, ()):
                clock.ended_at = at
        if step.moves:
            began = self._began(step.act, at)
            case.status, case.holder, case.moved_at = step.target, step.holder, at
            case.due_at = case.amber_at = None
            if step.target in workflow.UNPROMISED:
                case.promised_at = None
            self.deadlines += workflow._clocks(case, step, at, began, None)
        if step.moves or step.shows != HIDDEN:
            alarms.arm(case, at)
        if workflow._whose(case) != held_by:
            case.held_since = at if case.holder else None

    def _began(self, act, at):
        if act == Act.SIGN:
            return min(at, self.case.due_at)
        if act == Act.OVERRULE:
            return next(part.assigned_at for part in self.assignments if part.part == "lead" and not part.ended_at)
        return at

    def _record(self, act, party, unit, source, shows, at, note="", facts=None):
        case = self.case
        people = {RESIDENT: case.resident, SYSTEM: None}
        event = Event(
            case=case,
            serial=case.event_count + 1,
            act=act,
            actor=people[party] if party in people else self.district.staff[unit.pk],
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
        case.event_count, case.chain_head, case.last_event_at = event.serial, event.digest, at
        self.events.append(event)
        return event

    # What an act does beside moving the case; named after the acts.

    def _nothing(self, at, unit):
        return {}

    def _end_assignments(self, at):
        for assignment in self.assignments:
            assignment.ended_at = assignment.ended_at or at

    def _hand_over(self, lead, assist, at):
        bounced = self._comes_back(lead)
        self._end_assignments(at)
        parts = [(lead, Assignment.Part.LEAD), *((helper, Assignment.Part.ASSIST) for helper in assist)]
        self.assignments += [
            Assignment(case=self.case, unit=chosen, part=part, assigned_at=at) for chosen, part in parts
        ]
        case = self.case
        case.lead, case.lead_locked, case.for_meeting = lead, bounced, case.for_meeting or bounced
        facts = {"lead": lead.name, "assist": [helper.name for helper in assist]}
        return {**facts, "locked": True} if bounced else facts

    def _leads(self):
        return [part for part in self.assignments if part.part == Assignment.Part.LEAD]

    def _comes_back(self, lead):
        leads = self._leads()
        if any(part.unit == lead and part.returned_at for part in leads):
            return True
        return bool(leads) and leads[0].unit == lead != self.case.lead

    def _dispatch(self, at, unit):
        lead = self.district.lead_for(self.case, self.rng)
        has_assistant = (Act.ASSIST, ASSISTANT) in self.acts
        assist = [self.district.other_than(lead, self.rng)] if has_assistant else []
        return self._hand_over(lead, assist, at)

    def _uphold(self, at, unit):
        return self._hand_over(self.district.other_than(self.case.lead, self.rng), [], at)

    def _overrule(self, at, unit):
        self.case.lead_locked = True

    def _return(self, at, unit):
        self._leads()[-1].returned_at = at
        self.case.return_count += 1
        reason = self.rng.choice(self.district.reasons["return"])
        facts = {"reason": reason.text, "reason_code": reason.code}
        return {**facts, **self._lock_first_receiver(at)} if self.case.return_count > 1 else facts

    def _lock_first_receiver(self, at):
        case, first = self.case, self._leads()[0].unit
        if first != case.lead:
            self._end_assignments(at)
            self.assignments.append(Assignment(case=case, unit=first, part=Assignment.Part.LEAD, assigned_at=at))
        case.lead, case.lead_locked, case.for_meeting = first, True, True
        return {"lead": first.name}

    def _assist(self, at, unit):
        next(assignment for assignment in self.assignments if assignment.unit == unit).reported_at = at

    def _settle(self, at, unit):
        case = self.case
        case.fulfilled_at = at
        seed = self.district.seeds[timezone.localdate(at).replace(day=1)].seed
        number = sampling.number_of(seed, case.pk, case.event_count + 1)
        draw = {"number": number, "rate": self.district.rates[case.category_id]}
        return {"draw": draw, "done_by": self.rng.choice(TEXTS["done_by"])}

    _fulfil = _settle

    def _call(self, at, unit):
        task = attempts.open_task(self.case)
        said = self._answers()
        task.state, task.ended_at, task.attempts = FollowUp.State.REACHED, at, 1
        task.next_at = attempts.next_attempt(at)
        task.contacted, task.solved, task.satisfaction = said.values()
        return {"outcome": "reached", "slot": str(attempts.slot_at(at)), "attempt": 1, "state": "reached", **said}

    def _lapse(self, at, unit):
        self.case.closed_at = at

    def _withdraw(self, at, unit):
        self._end_assignments(at)
        self.case.closed_at = at

    def _rate(self, at, unit):
        self.case.closed_at = at
        called = [task for task in self.follow_ups if task.ended_at == self.events[-1].at]
        if called:
            return {name: getattr(called[0], name) for name in attempts.ANSWERS}
        return self._answers()

    def _answers(self):
        satisfaction = self.rng.choices(["good", "fair", "poor"], [80, 13, 7])[0]
        return {"contacted": True, "solved": True, "satisfaction": satisfaction}

    def _contest(self, at, unit):
        case = self.case
        case.contest_count += 1
        case.for_meeting = case.for_meeting or case.contest_count > 1
        case.fulfilled_at = case.closed_at = None
        return {"times": case.contest_count}

    def _decline(self, at, unit):
        self.case.closed_at = at
        reason = self.rng.choice(self.district.reasons["decline"])
        return {"reason": reason.text, "reason_code": reason.code, "door": reason.guidance}

    def _appeal(self, at, unit):
        self.case.appeal_count += 1
        self.case.closed_at = None
        return {"times": self.case.appeal_count}

    def _release(self, at, unit):
        done = next(event for event in reversed(self.events) if event.act == Act.FULFIL)
        return {"text": self.case.text, "outcome": done.note, "photos": []}


def said_about(category, rng):
    """What a resident writes: seldom the same twice, in words that come again and again."""
    since, there, trouble, asked = (rng.choice(TEXTS[part]) for part in ("since", "there", "texts", "asked"))
    return f"{since}{there}{category.example or category.name}，{trouble}。{asked}"


def code_of(number):
    """A valid tracking code; numbers below ten thousand millions give different ones."""
    digits = f"{number * 7_777_777_777 % 10**10:010d}"
    return digits + mod_11_10.calc_check_digit(digits)


@contextmanager
def kept_limits():
    """Inside, limits and calendars are read once for each category and unit instead of at every step."""
    known, plain, slots = {}, limits._known_limits, cache(attempts.slots)

    def known_limits(case, said=None):
        if case.category_id not in known:
            known[case.category_id] = plain(case, said)
        return known[case.category_id]

    read = {"said_now": cache(limits.said_now), "calendar_for": cache(limits.calendar_for)}
    kept = mock.patch.multiple(limits, _known_limits=known_limits, **read)
    with kept, mock.patch.object(attempts, "slots", slots):
        yield


def moment_before(at, rng):
    """A moment within ``SPAN`` before ``at``; people file by day rather than by night."""
    moment = at - SPAN * rng.random()
    hour = rng.choices(range(24), [1] * 7 + [6] * 14 + [3] * 3)[0]  # Shanghai's, as good as any other here
    return min(moment.replace(hour=(hour - 8) % 24), at - MINUTE)


def notices_of(events):
    """What the staff whose turn it was are owed; the last word on a case is still unread."""
    for event in events:
        if event.holder_unit_id and event.source != event.target and event.act not in (Act.ACCEPT, Act.SIGN):
            yield event


def generate(count, *, at: datetime, seed=1, processes=1, walked=WALKED, counted=False):
    """Write ``count`` cases filed within two years before ``at``; the District they were made in.

    At most ``walked`` of them walk, the others are copies: so many that all come to ``count`` or, where it does not
    divide, to a few less. The same seed, seed files, ``at`` and number of processes give the same rows. With
    ``counted`` the counters of the figures hold all of them; otherwise that is left to the sweep.
    """
    rng = random.Random(seed)
    times = -(-count // walked)
    walked = count // times
    district = District(rng, max(1, walked // CASES_PER_RESIDENT))
    moments = sorted(moment_before(at, rng) for _ in range(walked))
    district.draw_seeds(moments[0], at, rng)
    first = {model: first_free_key(model) for model in WRITTEN}
    shares = [
        (moments[place::processes], {model: itertools.count(key + place, processes) for model, key in first.items()})
        for place in range(processes)
    ]
    work = [(share, keys, district, at, f"{seed}-{place}") for place, (share, keys) in enumerate(shares)]
    if processes == 1:
        generate_share(*work[0])
    else:
        in_processes(generate_share, work)
    if counted:
        fold(at)
    if times > 1:
        copy_cases(times - 1, code_of)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(WRITTEN)):
            cursor.execute(statement)
    return district


def generate_share(moments, keys, district, at, seed):
    """Write a case for each of ``moments``, in order."""
    rng = random.Random(seed)
    with kept_limits():
        for start in range(0, len(moments), BATCH):
            batch = moments[start : start + BATCH]
            walks = [Walk(next(keys[ServiceRequest]), district, rng, moment).go(until=at) for moment in batch]
            write(walks, district, keys)


def in_processes(function, work):
    """Call ``function`` with each of ``work`` in a process of its own; RuntimeError where one fails."""
    connection.close()  # a connection cannot be shared; each process opens its own
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=function, args=args, daemon=True) for args in work]
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        for worker in workers:
            worker.terminate()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("the cases could not be generated")


def first_free_key(model):
    """The first free primary key. Keys are given beforehand, because rows name each other before they are written."""
    return (model.objects.aggregate(last=Max("pk"))["last"] or 0) + 1


WRITTEN = (ServiceRequest, Deadline, Assignment, Event, Rating, Release, Precedent, FollowUp, Notice)


@transaction.atomic
def write(walks, district, keys):
    """Store every row of ``walks``."""
    rows = {
        Deadline: [row for walk in walks for row in walk.deadlines],
        Assignment: [row for walk in walks for row in walk.assignments],
        Event: [row for walk in walks for row in walk.events],
        Rating: [row for walk in walks for row in walk.ratings],
        Release: [row for walk in walks for row in walk.releases],
        Precedent: [row for walk in walks for row in walk.precedents],
        FollowUp: [row for walk in walks for row in walk.follow_ups],
        Notice: [turn(event, walk, district) for walk in walks for event in notices_of(walk.events)],
    }
    store(ServiceRequest, [walk.case for walk in walks])
    for model, unsaved in rows.items():
        for row in unsaved:
            row.pk = next(keys[model])
            if model in (Rating, Precedent, Notice, FollowUp):
                row.event_id = row.event.pk
            if model is FollowUp:
                row.deadline_id = row.deadline.pk
        store(model, unsaved)
    search.index(ServiceRequest.objects.filter(pk__in=[walk.case.pk for walk in walks]))


def turn(event, walk, district):
    """The notice of ``event`` to whoever sits for the holding unit, read unless the case still waits there."""
    read_at = None if event is walk.events[-1] else event.at + timedelta(hours=1)
    reader = district.staff[event.holder_unit_id]
    turn = Notice.Kind.TURN
    # Looked at already: a million messages are for nobody.
    return Notice(event=event, reader=reader, kind=turn, at=event.at, read_at=read_at, planned_at=event.at)


def store(model, rows):
    """Insert ``rows``, which have their keys; by COPY on PostgreSQL, where it takes a fifth of the time."""
    if connection.vendor != "postgresql":
        model.objects.bulk_create(rows)
        return
    fields = model._meta.concrete_fields
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    written = [(field, WRITERS.get(field.get_internal_type(), str)) for field in fields]
    lines = (
        "\t".join([NULL if (value := stored(row, field)) is None else write(value) for field, write in written])
        for row in rows
    )
    with connection.cursor() as cursor, cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as copy:
        copy.write("".join(f"{line}\n" for line in lines))


def stored(row, field):
    """What the column of ``field`` holds of ``row``: its value, encrypted or hashed where the field does so."""
    if isinstance(field, Encrypted):
        return field.get_db_prep_save(getattr(row, field.attname), connection)
    return field.pre_save(row, True) if isinstance(field, HashOf) else vars(row)[field.attname]


def escaped(text):
    return str(text).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


# How COPY reads values; numbers and truths as they print.
NULL = r"\N"
WRITERS = {
    "CharField": escaped,
    "TextField": escaped,
    "DateTimeField": datetime.isoformat,
    "JSONField": lambda value: escaped(json.dumps(value, ensure_ascii=False)),
}
