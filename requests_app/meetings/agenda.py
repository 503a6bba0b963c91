"""The agenda of a planned meeting: built by rules, and changed by hand."""

from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import translation

from requests_app.meetings.refusals import CONFIDENTIAL, MOVED_ON, NOT_PLANNED, ON_IT_ALREADY, REASON_MISSING, Refused
from requests_app.meetings.rules import TESTS, Asked
from requests_app.models import AgendaItem, Meeting, ServiceRequest
from services.models import AgendaRule


@dataclass
class Found:
    """One thing that rules bring on an agenda: what it is, why, and by which rules."""

    subject: object
    words: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)

    @property
    def fields(self):
        if isinstance(self.subject, str):
            return {"title": self.subject}
        return {"case" if isinstance(self.subject, ServiceRequest) else "promise": self.subject}


def found_for(series, at):
    """What the active rules bring on an agenda at ``at``, by key, in the order of the rules."""
    found = {}
    # Kept with the item, in the language of the site.
    with translation.override(settings.LANGUAGE_CODE):
        for rule in AgendaRule.objects.filter(is_active=True).order_by("order", "pk"):
            for subject, words in TESTS[rule.test](Asked(series, rule.amount, at)):
                one = found.setdefault(key_of(subject), Found(subject))
                one.words.append(words)
                one.rules.append(rule.code)
    return found


def key_of(subject):
    return ("title", subject) if isinstance(subject, str) else (type(subject).__name__, subject.pk)


@transaction.atomic
def build(meeting, at):
    """Bring the agenda up to what the rules say at ``at``; built twice, it is the same.

    What a hand added, took off or moved stays so. What a rule brought and no rule brings now goes.
    """
    meeting = planned(meeting)
    found = found_for(meeting.series, at)
    items = {_key_of_item(item): item for item in meeting.items.all()}
    gone = [item.pk for key, item in items.items() if key not in found and not item.is_by_hand and not item.dropped_at]
    AgendaItem.objects.filter(pk__in=gone).delete()
    changed = []
    for key, one in found.items():
        item = items.get(key)
        if item and not item.is_by_hand and (item.reason, item.rules) != ("\n".join(one.words), one.rules):
            item.reason, item.rules = "\n".join(one.words), one.rules
            changed.append(item)
    AgendaItem.objects.bulk_update(changed, ["reason", "rules"])
    new = [one for key, one in found.items() if key not in items]
    last = _last(meeting)
    AgendaItem.objects.bulk_create(
        AgendaItem(meeting=meeting, order=last + number, reason="\n".join(one.words), rules=one.rules, **one.fields)
        for number, one in enumerate(new, 1)
    )
    Meeting.objects.filter(pk=meeting.pk).update(built_at=at)


def _key_of_item(item):
    if item.case_id:
        return ServiceRequest.__name__, item.case_id
    return ("Promise", item.promise_id) if item.promise_id else ("title", item.title)


def _last(meeting):
    return meeting.items.aggregate(last=Max("order"))["last"] or 0


@transaction.atomic
def add(meeting, by, reason, *, case=None, title=""):
    """Put a case, or a matter in words, on the agenda by hand."""
    meeting = planned(meeting)
    if case and case.is_confidential:
        raise Refused(CONFIDENTIAL)
    known = meeting.items.filter(case=case) if case else meeting.items.filter(title=title)
    if known.exists():
        raise Refused(ON_IT_ALREADY)
    return AgendaItem.objects.create(
        meeting=meeting, order=_last(meeting) + 1, case=case, title=title, reason=reason, added_by=by
    )


@transaction.atomic
def drop(item, by, reason, at):
    """Take an item off, with the reason; it stays below the agenda."""
    meeting = planned(item.meeting)
    if not reason.strip():
        raise Refused(REASON_MISSING)
    if not meeting.items.standing().filter(pk=item.pk).exists():
        raise Refused(MOVED_ON)
    item.dropped_at, item.dropped_by, item.drop_reason = at, by, reason.strip()
    item.save(update_fields=["dropped_at", "dropped_by", "drop_reason"])


@transaction.atomic
def restore(item):
    """Put back what was taken off; what stands there stays where it is."""
    meeting = planned(item.meeting)
    if meeting.items.standing().filter(pk=item.pk).exists():
        return
    item.dropped_at, item.dropped_by, item.drop_reason, item.order = None, None, "", _last(meeting) + 1
    item.save(update_fields=["dropped_at", "dropped_by", "drop_reason", "order"])


@transaction.atomic
def move(item, *, up):
    """Exchange an item with the one above it, or below it; nothing at the end. Refused where it was taken off."""
    meeting = planned(item.meeting)
    items = list(meeting.items.standing().order_by("order", "pk"))
    if item not in items:
        raise Refused(MOVED_ON)
    place = items.index(item)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(items):
        return
    items[place], items[other] = items[other], items[place]
    for order, one in enumerate(items, 1):
        one.order = order
    AgendaItem.objects.bulk_update(items, ["order"])


def planned(meeting):
    """The meeting, locked; Refused once it has begun."""
    meetings = Meeting.objects.select_for_update(of=("self",)).select_related("series__unit", "series__estate")
    meeting = meetings.get(pk=meeting.pk)
    if not meeting.is_planned:
        raise Refused(NOT_PLANNED)
    return meeting
