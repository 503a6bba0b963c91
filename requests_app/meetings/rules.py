"""What brings a case or a promise on an agenda: one small query a rule, with the reason in words.

Each takes an Asked and yields (case or promise, words). None changes anything.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from requests_app.meetings.backing import households_behind
from requests_app.models import (
    WORKED_ON,
    Act,
    AgendaItem,
    Event,
    Meeting,
    Promise,
    Recurrence,
    Resolution,
    ServiceRequest,
    Status,
)
from services.models import AgendaRule, BackingThreshold, MeetingSeries, codes_below

Test = AgendaRule.Test
MONEY = "money"  # the code of the listed reason "the money must come first"


@dataclass(frozen=True)
class Asked:
    """What a rule looks at: the meetings of a series, on a day, with the rule's own amount."""

    series: MeetingSeries
    amount: int
    at: datetime

    @property
    def today(self) -> date:
        return timezone.localdate(self.at)

    @property
    def cases(self):
        """Open cases of the places the series is about; confidential ones are not for a round table."""
        series = self.series
        cases = ServiceRequest.objects.open().filter(is_confidential=False)
        cases = cases.filter(estate=series.estate_id) if series.estate_id else cases.under(series.unit)
        return cases.without_contact().select_related("branch__parent__parent", "lead").order_by("pk")

    @property
    def promises(self):
        return Promise.objects.about(self.series).open().order_by("due_on", "pk")

    @property
    def recurrences(self):
        """What came back at the places the series is about, the last first."""
        series, found = self.series, Recurrence.objects.order_by("-last_case_at", "-pk")
        if series.estate_id:
            return found.filter(estate=series.estate_id)
        return found.filter(codes_below("area", series.unit.code))


def late(asked):
    for case in asked.cases.filter(status__in=WORKED_ON).late(asked.at - timedelta(days=asked.amount)):
        days = (asked.today - timezone.localdate(case.due_at)).days
        said = {"days": days, "unit": case.holding_unit or _("waiting for the resident's answer")}
        yield case, ngettext("late for %(days)s day: %(unit)s", "late for %(days)s days: %(unit)s", days) % said


def returned(asked):
    for case in _with_news(asked.cases.filter(return_count__gte=asked.amount)):
        yield case, _("returned %(count)s times") % {"count": case.return_count}


def contested(asked):
    for case in _with_news(asked.cases.filter(contest_count__gte=asked.amount)):
        yield case, _("the resident asked %(count)s times to have it redone") % {"count": case.contest_count}


def listed(asked):
    for case in _with_news(asked.cases.filter(for_meeting=True)):
        yield case, _("the journey put it on the list for the joint meeting")


def _with_news(cases):
    """Those of ``cases`` that no meeting has resolved on since they were last returned or contested."""
    resolved = Resolution.objects.filter(item__case=OuterRef("pk")).order_by("-at").values("at")[:1]
    cases = cases.annotate(resolved_at=Subquery(resolved))
    since = Event.objects.filter(case=OuterRef("pk"), act__in=[Act.RETURN, Act.CONTEST], at__gt=OuterRef("resolved_at"))
    return cases.filter(Q(resolved_at=None) | Exists(since))


def parked(asked):
    last = asked.at + timedelta(days=asked.amount)
    for case in asked.cases.filter(status=Status.PARKED, due_at__lt=last):
        said = {"day": (timezone.localdate(case.due_at)).isoformat()}
        yield case, _("parked, to be looked at again on %(day)s") % said


def money(asked):
    last = Event.objects.filter(case=OuterRef("pk"), act=Act.PARK).order_by("-serial")
    cases = asked.cases.filter(status=Status.PARKED).annotate(parked_by=Subquery(last.values("pk")[:1]))
    waits = Event.objects.filter(pk=OuterRef("parked_by"), facts__reason_code=MONEY)
    for case in cases.filter(Exists(waits)):
        yield case, _("waits for money")


def backed(asked):
    behind, needed = households_behind(asked.cases), BackingThreshold.objects.for_estates()
    cases = asked.cases.filter(pk__in=behind).select_related("estate").annotate(others=Count("merged", distinct=True))
    for case in cases if behind else ():
        least = max(asked.amount, needed(case.estate))
        if least and behind[case.pk] >= least:
            said = {"count": behind[case.pk], "needed": least, "cases": case.others + 1}
            yield case, _("supported by %(count)s households, %(needed)s are needed; requests filed: %(cases)s") % said


def recurred(asked):
    """What came back without a remedy: the last open case of it, or the matter in words where none is open."""
    for one in asked.recurrences.without_remedy().filter(times__gte=asked.amount).for_list():
        cases = asked.cases.filter(in_recurrence__recurrence=one, in_recurrence__struck_at=None)
        case = cases.filter(status__in=[*WORKED_ON, Status.PARKED]).last()
        said = {"what": one, "times": one.times}
        yield case or str(one), _("came back: %(what)s, %(times)s times; no lasting remedy yet") % said


def left_over(asked):
    """What the last meeting did not resolve on, put there by rules or by hand."""
    last = Meeting.objects.held().filter(series=asked.series).order_by("-number").first()
    items = AgendaItem.objects.filter(meeting=last, resolutions=None, promise=None).standing() if last else ()
    for item in items and items.select_related("case"):
        if item.case is None or (item.case.is_open and not item.case.is_confidential):
            yield item.case or item.title, _("not resolved on at the last meeting")


def promise_overdue(asked):
    for promise in asked.promises.overdue(asked.today):
        days = (asked.today - promise.due_on).days
        said = {"days": days, "day": promise.due_on.isoformat()}
        yield (
            promise,
            ngettext(
                "promised for %(day)s, overdue for %(days)s day",
                "promised for %(day)s, overdue for %(days)s days",
                days,
            )
            % said,
        )


def promise_due(asked):
    until = asked.today + timedelta(days=asked.amount)
    for promise in asked.promises.filter(due_on__gte=asked.today, due_on__lte=until):
        yield promise, _("promised for %(day)s") % {"day": promise.due_on.isoformat()}


TESTS = {
    Test.LATE: late,
    Test.RETURNED: returned,
    Test.CONTESTED: contested,
    Test.LISTED: listed,
    Test.PARKED: parked,
    Test.MONEY: money,
    Test.BACKED: backed,
    Test.RECURRED: recurred,
    Test.LEFT_OVER: left_over,
    Test.PROMISE_OVERDUE: promise_overdue,
    Test.PROMISE_DUE: promise_due,
}
