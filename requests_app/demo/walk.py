"""Demo cases walk the journey: every act through the workflow, in the order of its moment."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from requests_app.demo import meetings, pictures, plan, seasons, support
from requests_app.demo.people import make_cast
from requests_app.demo.stories import load
from requests_app.journey import follow_ups, workflow
from requests_app.journey.limits import calendar_for
from requests_app.journey.parties import TrackedResident
from requests_app.journey.refusals import StepIncomplete, StepRefused
from requests_app.journey.routing import routed
from requests_app.journey.sweep import sweep
from requests_app.models import Act, Holder, Notice, ServiceRequest
from requests_app.models.event import Party
from services.models import Category, Estate, Reason, Role, Unit

Source = ServiceRequest.Source
STILL_NEW = timedelta(days=2)  # notices older than this were read
READ_AFTER = timedelta(minutes=40)
NEIGHBOURS_PHONE = 19900005000  # of those without an account: this and the story's number
SOURCES = {Party.HOUSEHOLD: Source.HOUSEHOLD, Party.BRANCH: Source.COUNTER, Party.DISPATCHER: Source.COUNTER}


@dataclass
class Report:
    """What was walked: how many cases in which status, and what could not be done, as sentences."""

    cases: Counter = field(default_factory=Counter)
    left_out: list[str] = field(default_factory=list)


@transaction.atomic
def walk(now):
    """Write the demo people and let every story happen up to ``now``; a Report.

    One transaction: either all of it stands or nothing. What the calendar of these days does not allow is left out,
    with what would follow it.
    """
    stage = _Stage(now)
    agenda = []
    for story in stage.stories:
        moments = plan.moments(story, stage.categories[story.category], stage.working)
        agenda += [(moment, story.number, step) for step, moment in enumerate(moments)]
    first = min(agenda)[0]
    agenda += [(moment, -1, 0) for moment in plan.sweeps(first.date(), now, stage.working.calendar)]
    for moment, number, step in sorted(agenda):
        if number < 0:
            sweep(moment)
        else:
            stage.perform(stage.stories[number], step, moment)
    sweep(now)
    support.support(stage.cast, now)
    seasons.come_back(stage.cast, now)
    seasons.remember(now)
    meetings.meet(stage.cast, now)
    _read_notices(now)
    cases = ServiceRequest.objects.filter(pk__in=stage.cases.values())
    return Report(Counter(cases.values_list("status", flat=True)), stage.left_out)


def _read_notices(now):
    old = Notice.objects.filter(reader__is_demo=True, read_at=None, at__lt=now - STILL_NEW)
    old.update(read_at=F("at") + READ_AFTER)
    # Nobody is sent sixty days of messages; what happens from now on is.
    Notice.objects.unplanned().update(planned_at=now)


class _Stage:
    """Everything the stories name, and the cases as they go on."""

    def __init__(self, now):
        self.stories = load()
        codes = {story.estate for story in self.stories}
        estates = Estate.objects.filter(code__in=codes).select_related("branch__parent__parent", "property_firm")
        self.estates = {estate.code: estate for estate in estates.prefetch_related("buildings")}
        self.categories = {one.code: one for one in Category.objects.leaves().select_related("parent")}
        self.units = {unit.code: unit for unit in Unit.objects.active()}
        self.reasons = {(one.kind, one.code): one for one in Reason.objects.all()}
        self.branches = {estate.branch.code: estate.branch for estate in self.estates.values()}
        self.working = plan.WorkingTime(calendar_for(self.units["140213"]), now)
        self.cast = make_cast(now.date(), [self.branches[code] for code in sorted(self.branches)])
        self.cases, self.shut, self.left_out = {}, set(), []

    def perform(self, story, step, moment):
        """Do what ``story`` tells at ``step``: 0 is the filing."""
        if story.number in self.shut:
            return
        try:
            if step == 0:
                self._file(story, moment)
            else:
                self._take(story, story.deeds[step - 1], moment)
        except (StepRefused, StepIncomplete) as refusal:
            self.shut.add(story.number)
            self.left_out.append(f"{story.number} {story.estate} {story.category}, step {step}: {refusal}")

    def _file(self, story, moment):
        estate, category = self.estates[story.estate], self.categories[story.category]
        buildings = {building.name: building for building in estate.buildings.all()}
        labels = {question["key"]: question["label"] for question in category.questions}
        case = workflow.file(
            estate=estate,
            category=category,
            building=buildings[story.building] if story.building else None,
            spot=story.spot,
            text=story.text,
            is_confidential=story.confidential,
            answers=[{"label": labels[key], "value": value} for key, value in story.answers.items()],
            photos=[pictures.photo(story.scene, "before", story.number, shot) for shot in range(_shots(story))],
            at=moment,
            **self._filer(story),
        )
        self.cases[story.number] = case.pk

    def _filer(self, story):
        """Who files, as what, and whom to reach."""
        if story.who in self.cast.residents:
            person, home = self.cast.residents[story.who], self.cast.homes[story.who]
            room = home["room"] if story.estate == home["estate"] else ""
            return {"by": person, "contact_name": person.name, "contact_phone": person.phone, "room": room}
        contact = {"contact_name": story.name, "room": story.room}
        contact["contact_phone"] = str(NEIGHBOURS_PHONE + story.number)
        if not story.party:
            return {"by": None, "source": Source.ANONYMOUS, **contact}
        branch = self.estates[story.estate].branch
        by = {
            Party.HOUSEHOLD: lambda: self.cast.at(Role.HOUSEHOLD, branch),
            Party.BRANCH: lambda: self.cast.at(Role.BRANCH, branch),
            Party.DISPATCHER: lambda: self.cast.at(Role.DISPATCHER, branch.parent),
        }[story.party]()
        return {"by": by, "party": story.party, "source": SOURCES[story.party], "consent": True, **contact}

    def _take(self, story, deed, moment):
        case = ServiceRequest.objects.for_page().get(pk=self.cases[story.number])
        if deed.act in (plan.AUTO_SIGN, plan.LAPSE):
            return
        facts = dict(deed.facts)
        by = self._actor(case, deed.act, facts.pop("by", ""))
        prepare = PREPARE.get(deed.act)
        photos = self._results(story, deed, facts.pop("shots", None))
        facts = prepare(self, case, facts) if prepare else facts
        if deed.act == Act.CALL:
            follow_ups.call(case, by=by, note=deed.note, at=moment, **facts)
        else:
            workflow.take(case, deed.act, by=by, note=deed.note, at=moment, photos=photos, **facts)

    def _results(self, story, deed, shots):
        """Pictures of the finished work, with the last report of a story that has pictures."""
        reports = [one for one in story.deeds if one.act in (Act.SETTLE, Act.FULFIL)]
        if not story.scene or deed not in reports:
            return []
        shots = int(deed is reports[-1]) if shots is None else shots
        return [pictures.photo(story.scene, "after", story.number, shot) for shot in range(shots)]

    def _actor(self, case, act, by):
        """Whoever takes ``act``: the one the story names, or the one whose turn it is."""
        if act in plan.RESIDENTS_ACTS:
            return case.resident or TrackedResident(case.pk)
        if by in self.units:
            return self.cast.at(Role.OFFICER, self.units[by])
        if by:
            return self._desk(case, by)
        return self._desk(case, DESKS.get(act) or _holder(case, act))

    def _desk(self, case, role):
        if role == Role.OFFICER:
            return self.cast.at(role, case.lead)
        unit = {
            Role.BRANCH: case.branch,
            Role.DISPATCHER: case.branch.parent,
            Role.SUPERVISOR: case.branch.parent.parent,
            Role.CALLER: case.branch.parent.parent,
        }[role]
        return self.cast.at(role, unit)

    def department(self, case, code):
        """The department of that code; without one the first that the routes propose."""
        if code:
            return self.units[code]
        return next(unit for unit in routed(case) if unit != case.lead)


DESKS = {
    Act.ACCEPT: Role.BRANCH,
    Act.SETTLE: Role.BRANCH,
    Act.REFER: Role.BRANCH,
    Act.SIGN: Role.OFFICER,
    Act.RETURN: Role.OFFICER,
    Act.FULFIL: Role.OFFICER,
    Act.REASSIGN: Role.DISPATCHER,
    Act.WAIVE: Role.DISPATCHER,
    Act.RELEASE: Role.DISPATCHER,
    Act.UNRELEASE: Role.DISPATCHER,
    Act.CONCEAL: Role.BRANCH,
    Act.DISCLOSE: Role.BRANCH,
    Act.GRANT: Role.SUPERVISOR,
    Act.REFUSE: Role.SUPERVISOR,
    Act.SUPERVISE: Role.SUPERVISOR,
    Act.PARK: Role.SUPERVISOR,
    Act.UNPARK: Role.SUPERVISOR,
    Act.CALL: Role.CALLER,
    Act.MERGE: Role.DISPATCHER,
}
HOLDERS = {
    Holder.BRANCH: Role.BRANCH,
    Holder.COMMUNITY: Role.DISPATCHER,
    Holder.DEPARTMENT: Role.OFFICER,
    Holder.SUPERVISOR: Role.SUPERVISOR,
}


def _holder(case, act):
    """The role of whoever has the ball; of a case that waits for its resident or is over, the community's."""
    if act == Act.DISPATCH and case.holder == Holder.BRANCH:
        return Role.DISPATCHER  # the branch was late
    return HOLDERS.get(case.holder, Role.DISPATCHER)


def _shots(story):
    return story.shots if story.scene else 0


def _handing_over(stage, case, facts):
    lead = stage.department(case, facts.get("lead"))
    return {"lead": lead, "assist": [stage.units[code] for code in facts.get("assist", ())]}


def _returning(stage, case, facts):
    return {"reason": stage.reasons["return", facts["reason"]]}


def _declining(stage, case, facts):
    reason = stage.reasons["decline", facts["reason"]]
    return {"reason": reason, "door": facts.get("door") or reason.guidance}


def _asking(stage, case, facts):
    return {"reason": stage.reasons["ask", facts["reason"]]}


def _merging(stage, case, facts):
    """``into`` is how the text of the other case begins."""
    return {"parent": ServiceRequest.objects.get(estate=case.estate, text__startswith=facts["into"])}


def _parking(stage, case, facts):
    """``days`` says how far from now the day of review is."""
    review_on = timezone.localdate(stage.working.now) + timedelta(days=facts.pop("days"))
    leader = stage.units[facts["leader"]]
    return {**facts, "reason": stage.reasons["park", facts["reason"]], "leader": leader, "review_on": review_on}


def _waiving(stage, case, facts):
    return {"assistant": stage.units[facts["assistant"]]}


def _rating(stage, case, facts):
    satisfaction = facts.get("satisfaction", "good")
    return {"contacted": True, "solved": satisfaction != "poor", "satisfaction": satisfaction, **facts}


def _calling(stage, case, facts):
    return _rating(stage, case, facts) if facts["outcome"] == "reached" else facts


def _concealing(stage, case, facts):
    return {"against": stage.units[facts["against"]]}


def _releasing(stage, case, facts):
    return {**facts, "photos_shown": list(case.photos.all())}


# Facts as a story tells them → facts as the workflow takes them.
PREPARE = {
    Act.DISPATCH: _handing_over,
    Act.UPHOLD: _handing_over,
    Act.REASSIGN: _handing_over,
    Act.RETURN: _returning,
    Act.DECLINE: _declining,
    Act.WAIVE: _waiving,
    Act.ASK: _asking,
    Act.MERGE: _merging,
    Act.PARK: _parking,
    Act.RATE: _rating,
    Act.CALL: _calling,
    Act.CONCEAL: _concealing,
    Act.RELEASE: _releasing,
}
