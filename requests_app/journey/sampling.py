"""Which finished requests are called about: drawn with the seed of the month, so that anyone can draw again.

A number from 0 to 9999 belongs to every report of work done, by seed, case and number of the event alone. It is drawn
where it lies below the share. Number and share are written into the event, and so into the chain.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.utils import timezone

from requests_app.journey.limits import calendar_for, limits_for, start_clock
from requests_app.models import Act, Event, FollowUp, SampleSeed, ServiceRequest
from requests_app.models.follow_up import NUMBERS
from services.models import Category, FollowUpRule, Limit

PER_PERCENT = NUMBERS // 100
SEED_BYTES = 32
REPORTS = (Act.SETTLE, Act.FULFIL)


def number_of(seed, case_id, serial):
    """The number of the report that is event ``serial`` of a case: the same for everybody who knows the seed."""
    digest = hmac.new(bytes.fromhex(seed), f"{case_id}:{serial}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest, "big") % NUMBERS


def is_drawn(number, rate):
    """True for ``rate`` percent of all numbers."""
    return number < rate * PER_PERCENT


def seed_for(at):
    """The seed of the month ``at`` lies in; made now if nobody needed it before."""
    month = timezone.localdate(at).replace(day=1)
    found = SampleSeed.objects.filter(month=month).first()
    if found is None:
        # Two may need it first at once; one seed stands, and both read that one.
        new = SampleSeed(month=month, seed=secrets.token_hex(SEED_BYTES), drawn_at=at)
        SampleSeed.objects.bulk_create([new], ignore_conflicts=True)
        found = SampleSeed.objects.get(month=month)
    return found


def rule_for(urgency):
    """The rule of ``urgency``, else the general one, else one by which nobody is called."""
    rows = {rule.urgency: rule for rule in FollowUpRule.objects.filter(urgency__in=["", urgency])}
    return rows.get(urgency) or rows.get("") or FollowUpRule(rate=0)


def rate_for(case):
    """The share in percent that holds for ``case``: its category's own, its group's, its urgency's, the general one."""
    if case.source == ServiceRequest.Source.PREVENTIVE:
        # Nobody asked, so there is nobody to ask.
        return 0
    category = case.category
    keys = [category.pk, category.parent_id]
    own = dict(Category.objects.filter(pk__in=keys).values_list("pk", "follow_up_rate"))
    for key in keys:
        if own.get(key) is not None:
            return own[key]
    return rule_for(case.urgency).rate


def draw(case, at):
    """What the report that ``case`` is about to get shall remember of its draw."""
    number = number_of(seed_for(at).seed, case.pk, case.event_count + 1)
    # Whoever had their data deleted cannot be called.
    return {"number": number, "rate": 0 if case.anonymised_at else rate_for(case)}


def begin_follow_up(event):
    """Make the call task of a report that was drawn, with its clock."""
    drawn, case = event.facts["draw"], event.case
    if not is_drawn(**drawn):
        return
    limit = limits_for(case, [Limit.Step.FOLLOW_UP])[Limit.Step.FOLLOW_UP]
    deadline = start_clock(case, limit, event.at, calendar_for(case.branch))
    deadline.save(force_insert=True)
    FollowUp.objects.create(
        case=case,
        event=event,
        seed=seed_for(event.at),
        deadline=deadline,
        area=case.area,
        redos=case.contest_count,
        created_at=event.at,
        **drawn,
    )


@dataclass
class Redrawn:
    """A month drawn again: how many reports, how many of them drawn, and every difference as a sentence.

    ``before`` counts reports without a draw from before the month had a seed.
    """

    reports: int = 0
    drawn: int = 0
    before: int = 0
    differences: list[str] = field(default_factory=list)


def reports_of(seed):
    """The reports of the month of ``seed``, each with its call task where it has one."""
    begin = timezone.make_aware(datetime.combine(seed.month, time.min))
    after = (seed.month + timedelta(days=31)).replace(day=1)
    end = timezone.make_aware(datetime.combine(after, time.min))
    return Event.objects.filter(act__in=REPORTS, at__gte=begin, at__lt=end).select_related("follow_up")


def redraw(seed):
    """Draw every report of the month of ``seed`` again, and compare with what was written."""
    found = Redrawn()
    for event in reports_of(seed).order_by("pk").iterator(chunk_size=2000):
        found.reports += 1
        if "draw" not in event.facts and event.at < seed.drawn_at:
            found.before += 1
            continue
        task = getattr(event, "follow_up", None)
        found.drawn += task is not None
        difference = _difference(seed, event, task)
        if difference:
            found.differences.append(f"case {event.case_id}, event {event.serial}: {difference}")
    return found


def _difference(seed, event, task):
    """What is not as drawn, None where all is."""
    if "draw" not in event.facts:
        return "it was never drawn"
    number, rate = event.facts["draw"]["number"], event.facts["draw"]["rate"]
    right = number_of(seed.seed, event.case_id, event.serial)
    if number != right:
        return f"the number is {right}, {number} was written"
    if is_drawn(number, rate) and task is None:
        return f"{number} is below {rate} %, but there is no call task"
    if task and not is_drawn(number, rate):
        return f"{number} is not below {rate} %, but there is a call task"
    if task and (task.number, task.rate, task.seed_id) != (number, rate, seed.pk):
        return f"the call task says {task.number} and {task.rate} %, the event {number} and {rate} %"
    return None
