"""When everything in a demo case happened, counted backwards from now."""

import random
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace

from requests_app.demo.stories import Story
from requests_app.journey.clock import Calendar
from requests_app.journey.limits import limits_for
from requests_app.models import Act
from requests_app.models.event import Party
from services.models import Category, Limit, Urgency

OLDEST = timedelta(days=60)  # no demo case was filed longer ago
READ_BACK = 90  # days of the calendar that are looked at
DAY_OF_WORK = 7  # working hours
# Who is at work may still be a little over the end of a holiday; further back than this the crew on duty came.
STRAY = timedelta(days=3)
RESIDENTS_ACTS = {Act.FILE, Act.RATE, Act.CONTEST, Act.APPEAL, Act.WITHDRAW, Act.ANSWER, Act.URGE, Act.ADD}
AT_A_COUNTER = {Party.BRANCH, Party.DISPATCHER}  # as these an official files for somebody, in working hours
# Not acts of anybody: the sweep does them once their time has come.
AUTO_SIGN, LAPSE = "auto_sign", "lapse"

# fmt: off
# How long after the act before: working hours, for residents days, in an urgent case minutes.
USUAL = {  #            officials' hours, minutes when urgent
    Act.ACCEPT:    ((0.2, 2.4),  (4, 18)),
    Act.SETTLE:    ((2, 7.5),    (20, 60)),
    Act.REFER:     ((1, 6),      (5, 20)),
    Act.DISPATCH:  ((0.4, 3),    (4, 15)),
    Act.SIGN:      ((0.8, 5),    (4, 15)),
    Act.RETURN:    ((1.5, 4.5),  (10, 20)),
    Act.UPHOLD:    ((0.5, 3),    (5, 15)),
    Act.OVERRULE:  ((0.5, 3),    (5, 15)),
    Act.REASSIGN:  ((1, 3),      (5, 15)),
    Act.ASSIST:    ((3, 9),      (30, 90)),
    Act.WAIVE:     ((2, 5),      (20, 40)),
    Act.TELL:      ((2, 6),      (15, 50)),
    Act.NOTE:      ((0.5, 2),    (5, 15)),
    Act.REVEAL:    ((0.3, 1.5),  (3, 8)),
    Act.CONCEAL:   ((0.1, 0.5),  (2, 5)),
    Act.DISCLOSE:  ((0.5, 2),    (5, 15)),
    Act.ASK:       ((0.5, 3),    (5, 15)),
    Act.MORE_TIME: ((3, 9),      (10, 20)),
    Act.GRANT:     ((0.5, 4),    (5, 15)),
    Act.SUPERVISE: ((4, 9),      (20, 40)),
    Act.REPLY:     ((2, 6),      (10, 30)),
    Act.PARK:      ((4, 10),     (30, 60)),
    Act.MERGE:     ((0.3, 1),    (5, 15)),
    Act.DECLINE:   ((0.5, 3),    (10, 25)),
    Act.RELEASE:   ((2, 10),     (300, 900)),
    Act.UNRELEASE: ((7, 14),     (900, 1500)),
    # Half a working day and a little more: always another part of the day.
    Act.CALL:      ((4, 4.6),    (300, 360)),
    AUTO_SIGN:     ((15, 16),    (60, 90)),
}
RESIDENTS_DAYS = {
    Act.RATE:     (0.25, 2.6),
    Act.CONTEST:  (0.3, 2.2),
    Act.APPEAL:   (0.6, 3),
    Act.WITHDRAW: (0.08, 0.5),
    Act.ANSWER:   (0.2, 1.5),
    Act.URGE:     (0.4, 1.5),
    Act.ADD:      (0.1, 0.5),
    LAPSE:        (8.1, 8.3),
}
# How long ago the last act of a case that still goes on was, so that its holder is not late yet.
RESTS = {
    Act.FILE:     (0.3, 2.6),
    Act.ACCEPT:   (0.5, 6),
    Act.REFER:    (0.4, 2.8),
    Act.APPEAL:   (0.4, 2.5),
    Act.DISPATCH: (0.5, 5),
    Act.UPHOLD:   (0.5, 5),
    Act.REASSIGN: (0.5, 5),
    Act.RETURN:   (0.4, 2.5),
    Act.SIGN:     (1, 6),
    Act.OVERRULE: (2, 8),
    AUTO_SIGN:    (1, 6),
    Act.TELL:     (0.5, 3),
    Act.NOTE:     (0.5, 2),
    Act.ASSIST:   (0.5, 3),
    Act.ASK:      (2, 9),
    Act.ANSWER:   (0.5, 3),
    Act.MORE_TIME: (0.5, 3),
    Act.GRANT:    (1, 6),
    Act.URGE:     (0.3, 2),
    Act.ADD:      (0.3, 2),
    Act.SUPERVISE: (1, 5),
    Act.REPLY:    (1, 5),
    Act.PARK:     (20, 60),
    Act.WAIVE:    (0.5, 3),
    Act.REVEAL:   (0.3, 1),
    Act.CONTEST:  (1, 2.5),
    Act.CALL:     (0.1, 0.5),
}
# fmt: on
DAYS_UNANSWERED = (0.3, 3.6)  # of a case that waits for the resident's word
MINUTES_OPEN = (6, 20)  # since the last act of an urgent case that goes on


@dataclass(frozen=True)
class Gap:
    """Time between two acts: working hours, or time on the wall."""

    hours: float = 0
    wall: timedelta = timedelta()


class WorkingTime:
    """The working time up to ``now``, for counting backwards."""

    def __init__(self, calendar: Calendar, now: datetime):
        self.calendar = calendar
        self.now = now
        start = calendar.at(now.astimezone(calendar.zone).date() - timedelta(days=READ_BACK), time.min)
        self._spans = []
        for begin, end in calendar.intervals(start):
            if begin >= now:
                break
            self._spans.append((begin, min(end, now)))
        self._begins = [begin for begin, _end in self._spans]

    def before(self, moment, hours):
        """The moment with ``hours`` of working time between it and ``moment``."""
        left = timedelta(hours=hours)
        for begin, end in reversed(self._spans[: bisect_left(self._begins, moment)]):
            end = min(end, moment)
            if end - begin >= left:
                return end - left
            left -= end - begin
        return moment - timedelta(hours=hours)

    def hours_since(self, moment):
        """The working hours between ``moment`` and now."""
        spans = (min(end, self.now) - max(begin, moment) for begin, end in self._spans if end > moment)
        return sum(spans, timedelta()) / timedelta(hours=1)

    def at_work(self, moment):
        """``moment``, or the last working moment before it; where that is far, daytime of the same day."""
        worked = self.before(moment, 0.05)
        if moment - worked <= STRAY:
            return worked
        local = moment.astimezone(self.calendar.zone)
        return local if 9 <= local.hour < 18 else local.replace(hour=9, minute=local.minute) - timedelta(days=1)

    def at_leisure(self, moment, dice):
        """``moment``, or where work had just begun then, some time in the break before it: many write at home."""
        last = self._begins[bisect_left(self._begins, moment) - 1]
        if moment - last > timedelta(minutes=70) or moment < last or dice.random() < 0.15:
            return moment
        local = last.astimezone(self.calendar.zone)
        if local.hour > 12:
            return last - timedelta(minutes=dice.randint(10, 130))
        if dice.random() < 0.3:
            return last - timedelta(minutes=dice.randint(8, 95))
        evening = local.replace(hour=18, minute=30) - timedelta(days=1)
        return evening + timedelta(minutes=dice.randint(0, 200))


def moments(story: Story, category: Category, working: WorkingTime):
    """When the case was filed and when each deed was done, in order; all of them before now, none too long ago."""
    rests = [story.rest] if story.rest is not None or not is_over(story) else [_spread(story, working)]
    while True:
        found = _backwards(story, category, working, rests[-1])
        if found[0] > working.now - OLDEST + timedelta(hours=12) or rests[-1] is None or rests[-1] < 1:
            return found
        rests.append(rests[-1] * 0.85)


def is_over(story):
    """True where nobody owes anything any more: the case may lie anywhere in the sixty days."""
    ends = any(_ends(deed) for deed in story.deeds[-3:])
    return ends and not {Act.APPEAL, Act.CONTEST} & {story.deeds[-1].act}


def _ends(deed):
    """True of the last word on a case; a call is one where it went well."""
    if deed.act == Act.CALL:
        return deed.facts["outcome"] == "reached" and deed.facts.get("solved", True)
    return deed.act in (Act.RATE, Act.WITHDRAW, Act.DECLINE, LAPSE)


def _spread(story, working):
    """Working hours since the last deed, different for each story and evenly over the sixty days."""
    return (0.02 + 0.95 * (story.number * 0.618034 % 1)) * working.hours_since(working.now - OLDEST)


def _backwards(story, category, working, rest):
    dice = random.Random(f"{story.number} {story.estate} {story.category}")
    urgent = category.urgency == Urgency.URGENT
    acts = [Act.FILE, *(deed.act for deed in story.deeds)]
    at_home = [story.party not in AT_A_COUNTER, *(_is_at_home(deed) for deed in story.deeds)]
    gaps = [_gap(deed.act, deed.after, urgent, category, dice) for deed in story.deeds]
    gaps.append(_rest(acts[-1], rest, urgent, dice))
    moment, found = working.now, []
    for is_at_home, gap in zip(reversed(at_home), reversed(gaps), strict=True):
        moment = working.before(moment, gap.hours) if gap.hours else moment - gap.wall
        if not urgent and is_at_home:
            moment = working.at_leisure(moment, dice)
        elif not urgent and gap.wall:
            moment = working.at_work(moment)
        moment = moment.replace(microsecond=0)
        found.append(moment)
    return found[::-1]


def _is_at_home(deed):
    """True where no official acts, in working hours."""
    return deed.act in RESIDENTS_ACTS


def _gap(act, after, urgent, category, dice):
    if act in RESIDENTS_DAYS:
        return Gap(wall=timedelta(days=after or dice.uniform(*RESIDENTS_DAYS[act])))
    if act == Act.FULFIL and after is None:
        return _time_to_fulfil(category, dice)
    hours, minutes = USUAL.get(act, ((4, 12), (60, 200)))
    if urgent:
        return Gap(wall=timedelta(minutes=after or dice.uniform(*minutes)))
    return Gap(hours=after or dice.uniform(*hours))


def _time_to_fulfil(category, dice):
    """A good part of what the limit gives."""
    limit = limits_for(SimpleNamespace(category=category, urgency=category.urgency), [Limit.Step.FULFIL])
    limit = limit[Limit.Step.FULFIL]
    if limit.time_unit == Limit.TimeUnit.MINUTES:
        return Gap(wall=timedelta(minutes=dice.uniform(45, 150)))
    return Gap(hours=limit.amount * DAY_OF_WORK * dice.uniform(0.2, 0.7))


def _rest(act, rest, urgent, dice):
    if act in (Act.FULFIL, Act.SETTLE):
        return Gap(wall=timedelta(days=rest or dice.uniform(*DAYS_UNANSWERED)))
    if urgent and rest is None:
        return Gap(wall=timedelta(minutes=dice.uniform(*MINUTES_OPEN)))
    return Gap(hours=dice.uniform(*RESTS.get(act, (4, 40))) if rest is None else rest)


def sweeps(first: date, now: datetime, calendar: Calendar):
    """The moments from the day ``first`` on at which what is due is swept: just after midnight and closing time."""
    day, last = first, now.astimezone(calendar.zone).date()
    while day <= last:
        for clock in (time(0, 1), time(18, 1)):
            if calendar.at(day, clock) < now:
                yield calendar.at(day, clock)
        day += timedelta(days=1)
