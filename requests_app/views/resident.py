"""The resident's own cases: the list, and the page of one case in plain words."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from requests_app.journey import workflow
from requests_app.journey.guards import UNDO_WITHIN
from requests_app.journey.outlook import outlook
from requests_app.journey.parties import TrackedResident, parties_of
from requests_app.meetings.backing import support_for
from requests_app.models import CLOSED_STATUSES, UNDER_WAY, WORKED_ON, Act, Event, Photo, ServiceRequest
from requests_app.models.deadline import PROMISES
from requests_app.models.event import Party
from requests_app.privacy import contact_of
from requests_app.views.together import joint_view
from requests_app.wording import answers_in_words, event_sentence
from services.kept import Kept
from services.models import Membership, Role

ROWS = 20  # cases on one page of a list
# The list's tabs: the word in the URL, the label, the statuses.
SHOWN = (
    # What is merged is worked on, with another.
    ("open", _("Under way"), UNDER_WAY),
    ("closed", pgettext_lazy("cases", "Finished"), tuple(set(CLOSED_STATUSES) - set(UNDER_WAY))),
)
# What an entry of the timeline is made of.
READ_IN_AN_ENTRY = (
    *("case", "serial", "act", "party", "source", "target", "holder", "at"),
    *("note", "facts", "is_public", "is_note_public"),
    *("actor__username", "actor__name", "unit__name", "holder_unit__name"),
)
# The acts a resident takes, in the order of their buttons.
OWN_ACTS = (Act.ANSWER, Act.RATE, Act.APPEAL, Act.CONTEST, Act.ADD, Act.URGE, Act.WITHDRAW)
BUTTONS = {
    Act.ANSWER: _("Answer the question"),
    Act.ADD: _("Add words or photos"),
    Act.URGE: _("Urge"),
    Act.RATE: _("Say whether it is solved"),
    Act.APPEAL: _("Appeal"),
    Act.CONTEST: _("It is not solved, have it redone"),
    Act.WITHDRAW: _("Withdraw"),
}


@dataclass(frozen=True)
class Entry:
    """One event as a reader sees it; ``note`` and ``answers`` are empty where they are not theirs to read."""

    event: Event
    sentence: str
    note: str
    photos: list[Photo]
    at: datetime
    is_internal: bool
    answers: str = ""


def timeline_entries(case, internal=False):
    """The events of ``case`` as entries, newest first; what is internal only for those inside.

    One query, and a second one where there are photos.
    """
    events = EVENTS.of(case, "case", case.pk, internal=internal, photos=case.has_photos)
    return [_entry(event, internal) for event in events]


def _events(case, *, internal, photos):
    events = Event.objects.filter(case=case).select_related("actor", "unit", "holder_unit").only(*READ_IN_AN_ENTRY)
    events = events.order_by("-serial") if internal else events.public().order_by("-serial")
    return events.prefetch_related("photos") if photos else events


EVENTS = Kept(_events)


def _entry(event, internal):
    photos = event.photos.all() if event.case.has_photos else ()
    return Entry(
        event=event,
        sentence=event_sentence(event),
        note=event.note if internal else event.public_note,
        photos=[photo for photo in photos if internal or not photo.is_internal],
        at=event.at,
        is_internal=not event.is_public,
        answers=answers_in_words(event) if internal or event.act == Act.RATE else "",
    )


def before_and_after(entries):
    """The photos of ``entries`` (newest first): those before the work and those after it, each in their order."""
    photos = [photo for entry in reversed(entries) for photo in entry.photos]
    before = [photo for photo in photos if photo.stage == Photo.Stage.BEFORE]
    return before, [photo for photo in photos if photo.stage == Photo.Stage.AFTER]


def resident_context(case, actor, at, is_filer=False):
    """Everything the resident's page of ``case`` shows to ``actor``; ``case`` as ``visible_case`` gives it."""
    entries = timeline_entries(case)
    acts = [step.act for step in workflow.steps_open_to(actor, case, at)]
    before, after = before_and_after(entries)
    joint = joint_view(case, at) if case.parent_id else {"next": outlook(case, at)}
    return {
        "case": case,
        "next": joint["next"],
        "joint_steps": joint.get("steps"),
        "promised_at": case.promised_at if case.is_open and case.status != case.Status.FULFILLED else None,
        "entries": entries,
        "before": before,
        "after": after,
        "question": entry_of(entries, Act.ASK) if case.waits_for_answer else None,
        "moves": moves(entries),
        "declined": entry_of(entries, Act.DECLINE) if case.status == case.Status.DECLINED else None,
        "done": _done(case, entries),
        "looks": [entry for entry in entries if entry.event.act == Act.REVEAL],
        "urged_until": _urged_until(case, acts, at),
        "undo_until": undo_until(case, acts, at) if is_filer else None,
        "actions": [_button(act) for act in OWN_ACTS if act in acts],
        "contact": contact_of(case, actor, at),
        "support": support_for(case),
        "is_tracked": isinstance(actor, TrackedResident),
        # The code speaks as the resident, so whoever filed for one read it once, on the receipt.
        "is_residents": Party.RESIDENT in parties_of(actor, case, at),
    }


def undo_until(case, acts, at):
    """Until when one tap takes back what was just filed, for somebody to whom ``acts`` are open; None after that."""
    end = case.created_at + UNDO_WITHIN
    return end if Act.WITHDRAW in acts and at <= end else None


def entry_of(entries, *acts):
    """The newest entry of one of ``acts``, or None."""
    return next((entry for entry in entries if entry.event.act in acts), None)


def moves(entries):
    """Every change of a promised day that ``entries`` (newest first) tell of, the oldest first."""
    return [
        {"was": parse_datetime(move["was"]), "now": parse_datetime(move["now"]), "why": entry.sentence}
        for entry in reversed(entries)
        for move in entry.event.facts.get("moved", ())
        if move["step"] in PROMISES
    ]


def _urged_until(case, acts, at):
    """When the resident may urge again, where nothing but having urged keeps them from it now."""
    has_urged = case.urge_from is not None and case.urge_from > at and case.status in WORKED_ON
    return case.urge_from if has_urged and Act.URGE not in acts and not case.waits_for_answer else None


def _done(case, entries):
    """What the unit reported, while its report stands."""
    if case.status in (case.Status.FULFILLED, case.Status.CLOSED):
        return entry_of(entries, Act.FULFIL, Act.SETTLE)
    return None


def _button(act):
    return {
        "act": act.value,
        "label": BUTTONS[act],
        "is_primary": act in (Act.RATE, Act.ANSWER),
        "is_grave": act == Act.WITHDRAW,
    }


@never_cache
@require_safe
def mine(request):
    """The signed-in person's own cases, those under way first."""
    at = timezone.now()
    cases = ServiceRequest.objects.filter(resident=request.user)
    return render(request, "requests/mine.html", list_context(request, cases, at))


@never_cache
@require_safe
def household(request):
    """What a Party-member household filed for neighbours; 404 for anybody who is none."""
    at = timezone.now()
    held = Membership.objects.of(request.user).on(timezone.localdate(at)).filter(role=Role.HOUSEHOLD)
    membership = get_object_or_404(held.select_related("unit")[:1])
    cases = ServiceRequest.objects.visible_to(request.user).filter(filed_by=request.user)
    return render(
        request,
        "requests/household.html",
        {"unit": membership.unit, **list_context(request, cases, at, for_others=True)},
    )


def list_context(request, cases, at, for_others=False):
    """Tabs, and one page of ``cases`` with what happens next to each."""
    chosen = request.GET.get("show")
    tabs = {word: cases.filter(status__in=statuses) for word, _label, statuses in SHOWN}
    if chosen not in tabs:
        chosen = SHOWN[0][0]
    listed = for_cards(tabs[chosen])
    page = Paginator(listed.with_contact() if for_others else listed, ROWS).get_page(request.GET.get("page"))
    return {
        "tabs": [
            {"word": word, "label": label, "count": tabs[word].count(), "is_current": word == chosen}
            for word, label, _statuses in SHOWN
        ],
        "page": page,
        "cards": [card(case, at, contact_of(case, request.user, at).name if for_others else "") for case in page],
    }


def for_cards(cases):
    """``cases`` with everything their cards read, in two queries; those that wait for the resident first."""
    cases = cases.for_list().select_related("branch__parent__parent").prefetch_related("deadlines")
    return cases.residents_turn_first()


def card(case, at, name=""):
    """What one card of a list says about ``case``, which comes from ``for_cards``; ``name`` says whose it is."""
    return {"case": case, "next": outlook(case, at), "lateness": case.lateness(at), "name": name}
