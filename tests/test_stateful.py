"""Random people take random steps at random moments over three communities; whatever comes of it, this stays true.

An ordinary run walks the same paths each time. ``EXPLORE=1`` walks new ones; a path that breaks something is printed
in the fewest steps that break it.
"""

import os
import random
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from requests_app import search
from requests_app.journey import follow_ups, workflow
from requests_app.journey.legs import legs, shares
from requests_app.journey.limits import COUNTED, Calendar, recount
from requests_app.journey.parties import SYSTEM, TrackedResident
from requests_app.journey.refusals import StepIncomplete, StepRefused
from requests_app.journey.steps import STEPS
from requests_app.journey.sweep import sweep
from requests_app.models import (
    OPEN_STATUSES,
    WORKED_ON,
    Act,
    Assignment,
    Notice,
    Rating,
    Release,
    SampleSeed,
    ServiceRequest,
    Status,
    Supervision,
)
from requests_app.models.deadline import WORK_CLOCKS
from requests_app.models.event import Party
from services.models import CalendarDay, CalendarYear, FollowUpRule, Role, Unit
from tests import town as towns
from tests.town import DAY, HOUR, MONDAY

STEPS_EACH = 50
# With THOROUGH=1 in the environment 5 200 steps on both databases together; otherwise about 1 950.
THOROUGH = os.environ.get("THOROUGH") == "1"
EXAMPLES = ({"sqlite": 78, "postgresql": 26} if THOROUGH else {"sqlite": 26, "postgresql": 13})[connection.vendor]
EXPLORE = os.environ.get("EXPLORE") == "1"
DICE = st.integers(0, 2**32)
# Seldom and often, or few cases would come far.
ENDS = (Act.DECLINE, Act.WITHDRAW, Act.PARK, Act.REASSIGN)
LEADS_ON = (Act.ACCEPT, Act.DISPATCH, Act.SIGN, Act.FULFIL, Act.RATE, Act.CONTEST)
COMMON = (Act.ACCEPT, Act.REFER, Act.DISPATCH, Act.SIGN, Act.RETURN, Act.FULFIL, Act.CONTEST, Act.MERGE)
CASES_AT_MOST = 6  # in one example: enough that they could be mixed up, few enough to go deep


# Three communities


def three_communities():
    """The town, a third community in its first street, and whoever serves where, by unit."""
    t = towns.town()
    t.third_community = towns.unit(Unit.Kind.COMMUNITY, "140213001002", "榆树社区", t.street)
    t.third_branch = towns.unit(Unit.Kind.BRANCH, "14021300100201", "榆树院党支部", t.third_community, formed="own")
    t.third_estate = towns.Estate.objects.create(code="YSY", name="榆树院", branch=t.third_branch)
    t.people |= {
        "third_clerk": towns.person("third_clerk", "小冯", Role.BRANCH, t.third_branch),
        "third_dispatcher": towns.person("third_dispatcher", "小卫", Role.DISPATCHER, t.third_community),
        "other_caller": towns.person("other_caller", "小何", Role.CALLER, t.other_street),
        "district_supervisor": towns.person("district_supervisor", "孙主任", Role.SUPERVISOR, t.district),
    }
    t.estates = [t.estate, t.other_estate, t.third_estate]
    t.categories = [t.lamp, t.rubbish, t.allowance, t.burst]
    t.departments = [t.sanitation, t.sweepers, t.housing, t.firm]
    FollowUpRule.objects.update(rate=60)
    # Drawn beforehand: the same path must lead to the same place.
    for month in range(40):
        first = (MONDAY + month * 31 * DAY).date().replace(day=1)
        SampleSeed.objects.get_or_create(month=first, defaults={"seed": f"{month:064x}", "drawn_at": MONDAY})
    t.everybody = list(t.people.values())
    t.held = {
        person.pk: [(one.role, one.unit) for one in person.memberships.select_related("unit")] for person in t.everybody
    }
    return t


def stands(t, case, party):
    """Somebody who may stand as ``party`` before ``case``, found without the product's rule; None where nobody is."""
    if party == Party.SYSTEM:
        return SYSTEM
    if party == Party.RESIDENT:
        return case.resident or TrackedResident(case.pk)
    roles = {
        Party.BRANCH: Role.BRANCH, Party.DISPATCHER: Role.DISPATCHER, Party.SUPERVISOR: Role.SUPERVISOR,
        Party.CALLER: Role.CALLER, Party.LEAD: Role.OFFICER, Party.ASSISTANT: Role.OFFICER,
    }  # fmt: skip
    codes = [case.area]
    if party == Party.LEAD:
        codes = [case.lead.code] if case.lead else []
    elif party == Party.ASSISTANT:
        codes = [part.unit.code for part in case.assignments.all() if part.is_waiting]
    return next((person for person in t.everybody if any(holds(t, person, roles[party], code) for code in codes)), None)


def weight_of(row):
    return 1 if row.act in ENDS else 12 if row.act in LEADS_ON else 4


def holds(t, person, role, code):
    return any(held == role and code.startswith(unit.code) for held, unit in t.held[person.pk])


# What somebody sends with an act: mostly what its form would, now and then nonsense.


def facts_for(t, case, act, dice, at, others):
    department, other = dice.sample(t.departments, 2)
    reasons = [t.not_ours, t.unclear_place, t.no_money, t.court]
    wrong = dice.random() < 0.1
    answers = {
        "contacted": dice.random() < 0.8,
        "solved": dice.random() < 0.7,
        "satisfaction": dice.choice(["good", "fair", "poor"]),
    }
    hand_over = {"lead": department, "assist": dice.choice([[], [], [other], [department] if wrong else [other]])}
    review = (at + dice.choice([1, 5, 30, 90, 200]) * DAY).date()
    outcome = dice.choice(["reached", "no_answer", "busy", "refused", "wrong_number", "nonsense" if wrong else "busy"])
    waiting = [part.unit for part in case.assignments.all() if part.is_waiting] if case else []
    return {
        Act.DISPATCH: hand_over,
        Act.UPHOLD: hand_over,
        Act.REASSIGN: hand_over,
        Act.RETURN: {"reason": dice.choice(reasons) if wrong else t.not_ours},
        Act.DECLINE: {"reason": dice.choice(reasons) if wrong else t.court, "door": "法院"},
        Act.WAIVE: {"assistant": dice.choice(waiting or t.departments)},
        Act.RATE: answers,
        Act.RELEASE: {"text": "灯坏了", "outcome": "换了灯"},
        Act.ASK: {"reason": dice.choice(reasons) if wrong else t.unclear_place},
        Act.MORE_TIME: {"amount": dice.choice([0, 1, 2, 500])},
        Act.PARK: {
            "reason": t.no_money,
            "condition": dice.choice(["资金到位", " "]),
            "leader": department,
            "review_on": review,
        },
        Act.CALL: {"outcome": outcome, "give_up": dice.random() < 0.3, **(answers if outcome == "reached" else {})},
        Act.MERGE: {"parent": ServiceRequest(pk=dice.choice(others))},
        Act.CONCEAL: {"against": dice.choice([None, department])},
    }.get(act, {})


class Town(RuleBasedStateMachine):
    """One example: a request in each community, and whoever comes to work on them or to ask for more.

    One rule for all that can happen: of several, hypothesis leaves some out in each example, and few would get far.
    """

    t = None
    tried = 0  # steps of all examples
    done = Counter()  # acts that were not refused

    def __init__(self):
        super().__init__()
        self.whole = transaction.atomic()
        self.whole.__enter__()
        self.now = MONDAY
        self.cases, self.known = [], {}

    def teardown(self):
        try:
            self.everybody_sees_what_is_theirs()
            assert search.reindex()[1] == 0, "the index knew of every step"
        finally:
            transaction.set_rollback(True)
            self.whole.__exit__(None, None, None)

    @initialize(dice=DICE)
    def three_requests(self, dice):
        for place in range(3):
            self.somebody_files(random.Random(dice + place), place)

    @rule(dice=DICE)
    def something_happens(self, dice):
        dice = random.Random(dice)
        type(self).tried += 1
        (what,) = dice.choices(
            [self.the_work_goes_on, self.anything_open, self.anybody_tries_anything, self.time_passes,
             self.the_sweep_comes, self.the_calendar_changes, self.somebody_files],
            [50, 22, 8, 10, 6, 1, 3],
        )  # fmt: skip
        what(dice)
        if type(self).tried % 10 == 0:
            self.everybody_sees_what_is_theirs()

    # What happens

    def somebody_files(self, dice, place=None):
        if len(self.cases) == CASES_AT_MOST:
            return
        t, place = self.t, dice.choice([0, 0, 1, 2]) if place is None else place
        filer, party, more = dice.choice(
            [
                (t.resident, Party.RESIDENT, {}),
                (t.neighbour, Party.RESIDENT, {"is_confidential": True}),
                (None, Party.RESIDENT, {}),
                (t.household, Party.HOUSEHOLD, {"source": "household", "consent": True}),
                (t.clerk, Party.BRANCH, {}),
                (t.officer, Party.RESIDENT, {}),
            ]
        )
        if party != Party.RESIDENT:
            place = 0
        fields = {"category": dice.choice(t.categories), "text": "灯不亮", "contact_phone": "19900000001", **more}
        case = workflow.file(by=filer, estate=t.estates[place], party=party, at=self.now, **fields)
        self.cases.append(case.pk)

    def the_work_goes_on(self, dice):
        """A step that moves a case, by somebody whose turn it may be: the first of four tries that is none in vain."""
        case = self.read(dice)
        for _try in range(4):
            if self.by_one_of(case, lambda row: row.moves and row.by != (Party.SYSTEM,), dice):
                return

    def anything_open(self, dice):
        self.by_one_of(self.read(dice), lambda row: True, dice)

    def by_one_of(self, case, wanted, dice):
        rows = [row for row in STEPS if case.status in row.source and wanted(row)]
        if rows:
            (row,) = dice.choices(rows, [weight_of(row) for row in rows])
            by = stands(self.t, case, dice.choice(row.by))
            if by is not None:
                return self.attempt(case, row.act, by, dice)
        return False

    def anybody_tries_anything(self, dice):
        people = [*self.t.everybody, SYSTEM, TrackedResident(self.cases[0])]
        self.attempt(self.read(dice), dice.choice([act for act in Act if act != Act.FILE]), dice.choice(people), dice)

    def time_passes(self, dice):
        self.now += dice.choice([0.1, 1, 1, 1, 4, 4, 9, 26, 50, 9 * 24]) * HOUR

    def the_sweep_comes(self, dice):
        self.now += dice.choice([0, 0.5, 24, 8 * 24]) * HOUR
        assert sweep(self.now)["failed"] == 0

    def the_calendar_changes(self, dice):
        day = (self.now + dice.randint(1, 9) * DAY).date()
        CalendarDay.objects.update_or_create(date=day, defaults={"is_working": dice.random() < 0.5, "name": "临时"})
        CalendarYear.objects.update_or_create(year=day.year, defaults={"is_announced": True, "recount": True})
        assert sweep(self.now)["failed"] == 0

    def read(self, dice):
        cases = ServiceRequest.objects.select_related("category", "branch__parent__parent", "lead", "resident")
        return cases.prefetch_related("assignments__unit").get(pk=dice.choice(self.cases))

    def attempt(self, case, act, by, dice):
        """True where the step was taken; where it is refused, all is as before."""
        note = "" if dice.random() < 0.1 else "说明"
        take = follow_ups.call if act == Act.CALL and dice.random() < 0.8 else workflow.take
        facts = facts_for(self.t, case, act, dice, self.now, self.cases)
        named = (case,) if take is follow_ups.call else (case, act)
        before = rows_of(case.pk)
        try:
            take(*named, by=by, note=note, at=self.now, **facts)
        except (StepRefused, StepIncomplete):
            assert rows_of(case.pk) == before
            return False
        type(self).done[act] += 1
        return True

    # What is true after every step

    @invariant()
    def all_is_as_it_should_be(self):
        """Every case with a new event is looked at: what becomes of one may become of those merged into it."""
        found = dict(ServiceRequest.objects.values_list("pk", "event_count"))
        for pk in [pk for pk, count in found.items() if count != self.known.get(pk)]:
            Checked(pk, self.now).check()
        self.known = found

    def everybody_sees_what_is_theirs(self):
        found = seen(self.t)
        assert found == seen_by_hand(self.t, self.cases)
        for pk in self.cases:
            only_those_who_see_it_are_told(pk, {person for person, case in found if case == pk})


HANGS_ON_A_CASE = ("event", "assignment", "deadline", "followup", "pause", "extension", "photo")


def rows_of(pk):
    """What a step would have written, in short, in one query that costs little: it is asked before and after each."""
    counts = [f"(SELECT COUNT(*) FROM requests_app_{name} WHERE case_id = c.id)" for name in HANGS_ON_A_CASE]
    running = "(SELECT COUNT(*) FROM requests_app_deadline WHERE case_id = c.id AND ended_at IS NULL)"
    asked = f"SELECT c.*, {', '.join(counts)}, {running} FROM requests_app_servicerequest c WHERE c.id = %s"
    with connection.cursor() as cursor:
        cursor.execute(asked, [pk])
        return cursor.fetchone()


# Who sees what: the product's answer in one query, and one by hand.


def seen(t):
    """(person, case) for every row of ``visible_to``."""
    if not hasattr(t, "_seen"):
        parts = []
        for person in t.everybody:
            sql, params = ServiceRequest.objects.visible_to(person).order_by().values("pk").query.sql_with_params()
            parts.append((f"SELECT {person.pk} AS person, mine.* FROM ({sql}) AS mine", params))
        t._seen = " UNION ALL ".join(sql for sql, _params in parts), [one for _sql, params in parts for one in params]
    with connection.cursor() as cursor:
        cursor.execute(*t._seen)
        return set(cursor.fetchall())


def seen_by_hand(t, keys):
    found = set()
    parts = {}
    for pk, code in Assignment.objects.filter(case__in=keys).values_list("case", "unit__code"):
        parts.setdefault(pk, []).append(code)
    for pk, area, resident, filer in ServiceRequest.objects.filter(pk__in=keys).values_list(
        "pk", "area", "resident", "filed_by"
    ):
        for person in t.everybody:
            if person.pk == resident or any(
                may_see(role, unit, area, parts.get(pk, []), filer == person.pk) for role, unit in t.held[person.pk]
            ):
                found.add((person.pk, pk))
    return found


def may_see(role, unit, area, assigned, filed_it):
    if role == Role.HOUSEHOLD:
        return filed_it and area.startswith(unit.code)
    if unit.kind == Unit.Kind.DEPARTMENT:
        return any(code.startswith(unit.code) for code in assigned)
    return area.startswith(unit.code)


# The clocks that may run in a status, and the one that is the case's own deadline (of several, the one that runs).
OWN_CLOCK = {
    Status.FILED: {"accept"},
    Status.ACCEPTED: {"settle", "redo"},
    Status.REFERRED: {"dispatch"},
    Status.DISPATCHED: {"sign"},
    Status.IN_HAND: {"fulfil", "redo"},
    Status.RETURNED: {"ruling"},
    Status.FULFILLED: {"answer"},
    Status.PARKED: {"review"},
}
BESIDE = {
    **{status: {"supervision"} for status in WORKED_ON},
    Status.ACCEPTED: {"supervision", "answer"},
    Status.REFERRED: {"supervision", "answer"},
    Status.DISPATCHED: {"supervision", "return_window"},
    Status.IN_HAND: {"supervision", "return_window", "first_contact", "answer"},
    Status.FULFILLED: {"follow_up"},
    Status.CLOSED: {"contest_window", "follow_up"},
    Status.DECLINED: {"appeal_window"},
}
WITH_A_LEAD = {Status.DISPATCHED, Status.IN_HAND, Status.RETURNED}


class Checked:
    """One case read anew with everything that hangs on it, and every truth about it."""

    def __init__(self, pk, now):
        cases = ServiceRequest.objects.select_related("category", "branch__parent__parent", "lead")
        self.now, self.case = now, cases.get(pk=pk)
        self.events = list(self.case.events.select_related("holder_unit").order_by("serial"))
        self.deadlines = list(self.case.deadlines.select_related("calendar"))
        self.assignments = list(self.case.assignments.all())
        self.pauses = list(self.case.pauses.all())
        self.tasks = list(self.case.follow_ups.order_by("pk"))
        self.acts = Counter(event.act for event in self.events)
        self.running = {clock.step: clock for clock in self.deadlines if clock.ended_at is None}

    def check(self):
        self.the_last_event_says_where_it_is()
        self.exactly_one_holds_it()
        self.the_legs_add_up()
        self.the_chain_holds()
        self.what_is_counted_is_there()
        self.the_clocks_are_right()
        self.departments_are_named_once()
        self.calls_are_as_drawn()

    def the_last_event_says_where_it_is(self):
        last = self.events[-1]
        assert (last.target, last.holder, last.holder_unit) == (
            self.case.status,
            self.case.holder,
            self.case.holding_unit,
        )
        for before, event in pairwise(self.events):
            assert event.source == before.target
            assert event.at >= before.at

    def exactly_one_holds_it(self):
        case, is_open = self.case, self.case.status in OPEN_STATUSES
        assert bool(case.holder) == is_open
        assert (case.holding_unit is None) == (case.holder in ("", "resident", "meeting"))
        assert (case.held_since is None) == (not is_open)
        waits = case.status in WORKED_ON and case.holder == "resident"
        assert waits == any(pause.ended_at is None for pause in self.pauses)
        assert (case.alarm_at is not None) == (case.status in WORKED_ON and not waits)

    def the_legs_add_up(self):
        case, until = self.case, max(self.now, self.case.last_event_at) + HOUR
        found = legs(self.events, until)
        assert sum((leg.duration for leg in found), timedelta()) == until - case.created_at
        assert (found[0].begin, found[-1].end) == (case.created_at, until)
        for leg, following in pairwise(found):
            assert leg.end == following.begin
        assert (found[-1].holder, found[-1].unit) == (case.holder, case.holding_unit)
        if case.holder:
            assert found[-1].begin == case.held_since
        bars = shares(found)
        assert sum(width for _leg, _begin, width in bars) == (1000 if bars else 0)

    def the_chain_holds(self):
        before = ""
        for serial, event in enumerate(self.events, start=1):
            assert (event.serial, event.digest) == (serial, event.compute_digest(before))
            before = event.digest
        last = self.events[-1]
        assert (self.case.event_count, self.case.chain_head, self.case.last_event_at) == (last.serial, before, last.at)

    def what_is_counted_is_there(self):
        case, acts = self.case, self.acts
        counters = (case.return_count, case.contest_count, case.appeal_count, case.urge_count)
        assert counters == (acts[Act.RETURN], acts[Act.CONTEST], acts[Act.APPEAL], acts[Act.URGE])
        pk = case.pk
        assert Rating.objects.filter(case=pk).count() == acts[Act.RATE]
        assert Supervision.objects.filter(case=pk).count() == acts[Act.SUPERVISE]
        assert len(self.pauses) == acts[Act.ASK] + acts[Act.UNMERGE]  # time spent merged does not count
        assert case.extensions.count() == acts[Act.MORE_TIME]
        public = [event.act for event in self.events if event.act in (Act.RELEASE, Act.UNRELEASE)]
        assert Release.objects.filter(case=pk).exists() == (public[-1:] == [Act.RELEASE])
        decided = Counter(case.extensions.values_list("state", flat=True))
        assert (decided["granted"], decided["refused"]) == (acts[Act.GRANT], acts[Act.REFUSE])
        assert bool(case.closed_at) == (case.status in (Status.CLOSED, Status.DECLINED, Status.WITHDRAWN))
        done = case.status in (Status.FULFILLED, Status.CLOSED)
        assert bool(case.fulfilled_at) == done

    def the_clocks_are_right(self):
        case = self.case
        assert len(self.running) == sum(clock.ended_at is None for clock in self.deadlines)
        own = OWN_CLOCK.get(case.status, set())
        assert set(self.running) <= own | BESIDE.get(case.status, set())
        if case.status in OPEN_STATUSES:
            waits = case.waits_for_answer
            (leading,) = ({"answer"} if waits else own) & set(self.running)
            assert (case.due_at, case.amber_at) == (self.running[leading].due_at, self.running[leading].amber_at)
        else:
            assert (case.due_at, case.amber_at) == (None, None)
        for clock in self.deadlines:
            assert clock.ended_at is None or clock.ended_at >= clock.started_at
            assert clock.started_at <= clock.amber_at <= clock.due_at
        for clock in self.running.values() if not self.acts[Act.UNMERGE] else ():
            stretches = [(pause.started_at, pause.ended_at) for pause in self.pauses if pause.ended_at]
            again = {name: getattr(clock, name) for name in COUNTED}
            recount(clock, Calendar.of(clock.calendar), stretches if clock.step in WORK_CLOCKS else [])
            assert {name: getattr(clock, name) for name in COUNTED} == again, clock.step

    def departments_are_named_once(self):
        case = self.case
        now = [part for part in self.assignments if part.ended_at is None]
        leads = [part.unit_id for part in now if part.part == "lead"]
        assert len(leads) <= 1
        if case.status in WITH_A_LEAD:
            assert leads == [case.lead_id]
        assert not case.lead_locked or case.lead_id
        assert len({part.unit_id for part in now}) == len(now)

    def calls_are_as_drawn(self):
        reports = [event for event in self.events if "draw" in event.facts]
        drawn = [event.pk for event in reports if event.facts["draw"]["number"] < 100 * event.facts["draw"]["rate"]]
        assert [task.event_id for task in self.tasks] == drawn
        still = [task for task in self.tasks if task.is_open]
        assert len(still) <= 1
        assert sum(task.attempts for task in self.tasks) == self.acts[Act.CALL]
        for task in still:
            assert self.case.status in (Status.FULFILLED, Status.CLOSED)
            assert ("follow_up" in self.running) == (task.attempts == 0)
        if not still:
            assert "follow_up" not in self.running


def only_those_who_see_it_are_told(pk, readers):
    """Notices of the case go to ``readers`` alone, and of what staff keep among themselves none goes to residents."""
    case = ServiceRequest.objects.get(pk=pk)
    outside = {case.resident_id, case.filed_by_id if case.source == "household" else None}
    for reader, is_public in Notice.objects.filter(event__case=pk).values_list("reader", "event__is_public"):
        if reader is None:
            # To the number left with it.
            assert case.resident_id is None
            assert is_public
            continue
        assert reader in readers
        assert is_public or reader not in outside


@pytest.mark.slow
@pytest.mark.django_db
def test_whatever_people_do_the_town_stays_whole():
    machine = type("Walk", (Town,), {"t": three_communities(), "tried": 0, "done": Counter()})
    rules = {"max_examples": EXAMPLES, "stateful_step_count": STEPS_EACH, "deadline": None, "database": None}
    walk = machine if EXPLORE else seed(1)(machine)
    run_state_machine_as_test(walk, settings=settings(suppress_health_check=list(HealthCheck), **rules))
    # It was a walk, and not a standing still: most acts were taken, and whatever is common was common.
    assert machine.tried >= EXAMPLES * STEPS_EACH * 0.9
    assert sum(machine.done.values()) > machine.tried / 4
    assert set(machine.done) > set(COMMON)
