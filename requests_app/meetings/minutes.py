"""Minutes: drafted from what happened, confirmed by the chair, frozen, published, corrected by addenda alone."""

from collections import defaultdict

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from requests_app.meetings import resolving
from requests_app.meetings.calling import seats_of
from requests_app.meetings.refusals import CHAIR_CONFIRMS, FROZEN, MOVED_ON, NOT_CONFIRMED, Refused
from requests_app.models import Addendum, Meeting, Minutes, Resolution
from requests_app.models.case import PERSONAL
from requests_app.models.meeting import may_run
from requests_app.personal import without_numbers, without_personal_data
from services.models import SeatKind

State = Minutes.State


def last_resolutions(meeting):
    """The resolutions of the meeting before ``meeting``, with what became of them read in; one query."""
    before = Meeting.objects.held().filter(series=meeting.series_id, number__lt=meeting.number)
    last = before.order_by("-number").values("pk")[:1]
    return list(resolutions().filter(item__meeting__in=last).order_by("item__order", "number"))


def resolutions():
    """Resolutions with everything that a line about them shows."""
    case = ("category", "estate", "building", "branch__parent", "lead")
    found = Resolution.objects.select_related("unit", "promise__owner", "item__promise")
    found = found.select_related(*(f"item__case__{name}" for name in case))
    return found.defer(*(f"item__case__{name}" for name in PERSONAL))


@transaction.atomic
def draft(meeting):
    """Write the draft anew from what happened; Refused once confirmed."""
    kept, _made = Minutes.objects.select_for_update().get_or_create(meeting=meeting)
    if not kept.is_draft:
        raise Refused(FROZEN)
    # Minutes are a paper, in the language of the site.
    with translation.override(settings.LANGUAGE_CODE):
        kept.content = content_of(meeting)
    kept.save(update_fields=["content"])
    return kept


def content_of(meeting):
    """What the minutes say, as plain data: no person is named, neither a resident nor who spoke."""
    today = timezone.localdate(meeting.closed_at or meeting.at)
    began = _began(meeting)
    items = meeting.items.standing().select_related(
        "case__category", "case__estate", "case__building", "case__resident", "promise__owner"
    )
    items = items.prefetch_related("remarks__speaker__unit", "promise_changes").order_by("order", "pk")
    resolved = defaultdict(list)
    for one in resolutions().filter(item__meeting=meeting):
        resolved[one.item_id].append(one)
    return {
        "title": meeting.title,
        "day": timezone.localdate(began).isoformat(),
        "time": f"{timezone.localtime(began):%H:%M}",
        "place": meeting.place,
        "called_by": str(meeting.series.unit),
        "present": _present(meeting),
        "last": [_last(one, today) for one in last_resolutions(meeting)],
        "items": [_item(number, item, resolved[item.pk]) for number, item in enumerate(items, 1)],
        "dropped": meeting.items.exclude(dropped_at=None).count(),
    }


def _began(meeting):
    """When it was called for, or, where it was held on another day, when it began."""
    opened = meeting.opened_at
    return opened if opened and timezone.localdate(opened) != meeting.day else meeting.at


def _present(meeting):
    """Which units and how many of each kind; people are counted, not named."""
    there, needed = list(meeting.attendances.select_related("unit")), defaultdict(int)
    for seat in seats_of(meeting.series):
        needed[seat.kind] += seat.needed
    found = []
    for kind in SeatKind:
        of_kind = [one for one in there if one.kind == kind]
        if of_kind or kind in needed:
            units = list(dict.fromkeys(str(one.unit) for one in of_kind if one.unit))
            found.append({"kind": str(kind.label), "units": units, "count": len(of_kind), "needed": needed[kind]})
    return found


def _last(resolution, today):
    state, words = resolving.outcome(resolution, today)
    is_kept_back, promise = _is_kept_back(resolution.item.case), getattr(resolution, "promise", None)
    return {
        "what": _plain(what_of(resolution.item), resolution.item.case),
        "text": "" if is_kept_back else _plain(resolution.text, resolution.item.case),
        "owner": str(resolution.owner),
        "due_on": resolution.due_on and resolution.due_on.isoformat(),
        "moved_to": promise.due_on.isoformat() if promise and promise.was_moved else None,
        "state": state,
        "outcome": str(words),
    }


def _item(number, item, resolved):
    is_kept_back = _is_kept_back(item.case)
    said = [] if is_kept_back else [_remark(one, item.case) for one in item.remarks.all()]
    return {
        "number": number,
        "what": _plain(what_of(item), item.case),
        "reasons": [] if is_kept_back else [_plain(reason, item.case) for reason in item.reasons],
        "remarks": said,
        "resolutions": [] if is_kept_back else [_resolution(one) for one in resolved],
        "changes": [_change(one) for one in item.promise_changes.all()],
    }


def _is_kept_back(case):
    """True where the kind of request is never shown in public: then the minutes say only that it was talked about."""
    return case is not None and (not case.category.is_public or case.is_confidential)


def what_of(item):
    """What an item is about, in words for everybody."""
    if item.case:
        return (
            _("a request that is not shown in public") if _is_kept_back(item.case) else f"#{item.case_id} {item.case}"
        )
    return _("promise: %(promise)s") % {"promise": item.promise} if item.promise else item.title


def _remark(remark, case):
    speaker = remark.speaker
    who = str(speaker.unit or SeatKind(speaker.kind).label) if speaker else ""
    return {"who": who, "text": _plain(remark.text, case)}


def _resolution(resolution):
    promise = getattr(resolution, "promise", None)
    return {
        "kind": str(resolution.get_kind_display()),
        "text": _plain(resolution.text, resolution.item.case),
        "owner": str(resolution.owner),
        "due_on": resolution.due_on and resolution.due_on.isoformat(),
        "is_promise": promise is not None,
    }


def _change(change):
    return {
        "kind": str(change.get_kind_display()),
        "text": without_numbers(change.note),
        "due_on": change.new_due_on and change.new_due_on.isoformat(),
    }


def _plain(text, case):
    return without_personal_data(text, case) if case else without_numbers(text)


@transaction.atomic
def reword(minutes, opening, closing):
    """The chair's own words before and after the items, while it is a draft."""
    minutes = _locked(minutes, State.DRAFT, FROZEN)
    minutes.opening, minutes.closing = opening, closing
    minutes.save(update_fields=["opening", "closing"])


@transaction.atomic
def confirm(minutes, by, at):
    """Freeze the minutes with their digest. Only the chair does; where they have left the unit, whoever followed."""
    minutes = _locked(minutes, State.DRAFT, MOVED_ON)
    chair, series = minutes.meeting.chair, minutes.meeting.series
    if chair != by and may_run(chair, series, timezone.localdate(at)):
        raise Refused(CHAIR_CONFIRMS)
    minutes.state, minutes.confirmed_at, minutes.confirmed_by = State.CONFIRMED, at, by
    minutes.digest = minutes.compute_digest()
    minutes.save(update_fields=["state", "confirmed_at", "confirmed_by", "digest"])
    return minutes


@transaction.atomic
def publish(minutes, at):
    """Show confirmed minutes to everybody."""
    minutes = _locked(minutes, State.CONFIRMED, NOT_CONFIRMED)
    minutes.state, minutes.published_at = State.PUBLISHED, at
    minutes.save(update_fields=["state", "published_at"])
    return minutes


@transaction.atomic
def add(minutes, by, at, text):
    """Correct confirmed minutes by words of their own; what stood there stays."""
    minutes = Minutes.objects.select_for_update().get(pk=minutes.pk)
    if minutes.is_draft:
        raise Refused(NOT_CONFIRMED)
    return Addendum.objects.create(minutes=minutes, text=without_numbers(text), at=at, by=by)


def _locked(minutes, state, refusal):
    found = Minutes.objects.select_for_update(of=("self",)).select_related("meeting__series", "meeting__chair")
    found = found.get(pk=minutes.pk)
    if found.state != state:
        raise Refused(refusal)
    return found
