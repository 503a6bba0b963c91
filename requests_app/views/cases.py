"""The page of one case: for whoever asked, and for those who serve on it."""

from functools import wraps
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from requests_app.journey import workflow
from requests_app.journey.legs import legs, shares, sums
from requests_app.journey.outlook import outlook
from requests_app.journey.parties import parties_of
from requests_app.models import Act, Holder, Presence, Status
from requests_app.models.case import lateness_of
from requests_app.models.deadline import WINDOWS
from requests_app.models.event import Party
from requests_app.privacy import contact_of, reads_internals
from requests_app.templatetags.moments import moment
from requests_app.views.drafts import is_filer
from requests_app.views.resident import before_and_after, entry_of, moves, resident_context, timeline_entries
from requests_app.views.shared import actor_on, next_page, tracked_cases, visible_case
from requests_app.views.tabled import tabled
from requests_app.views.together import together_at_desk
from services.masking import mask_name
from services.models import Limit

# The natural next step comes first and stands out; what shuts the door on the resident is marked.
PRIMARY = (
    Act.ACCEPT,
    Act.SETTLE,
    Act.DISPATCH,
    Act.SIGN,
    Act.UPHOLD,
    Act.FULFIL,
    Act.ASSIST,
    Act.CALL,
    Act.RATE,
    Act.GRANT,
    Act.REPLY,
    Act.UNPARK,
)
GRAVE = (Act.DECLINE, Act.RETURN, Act.OVERRULE, Act.WITHDRAW, Act.REFUSE)
# Taken by the button alone, from the case's page.
AT_ONCE = (Act.ACCEPT, Act.SIGN)
# Words that leave the case where it is stand above what happened; the others beside what they are about.
WORDS = (Act.TELL, Act.NOTE)
PLACED = (*WORDS, Act.REVEAL, Act.CONCEAL, Act.DISCLOSE, Act.RELEASE, Act.UNRELEASE, Act.WAIVE)
# Those who may know whether the resident is called; the units that did the work need not.
ASKS_HOW_IT_WENT = {Party.CALLER, Party.SUPERVISOR, Party.AUDITOR}
# What happens next is said to the resident; those who serve read it about the resident.
ASKED = "asked"
WAITS_FOR_RESIDENT = {
    ASKED: _("The resident was asked something; the time of whoever asked stands still until the answer."),
    Status.FULFILLED: _("The resident says whether it is solved. Without an answer it closes by itself."),
    Status.CLOSED: _("It is finished. The resident may ask for a while to have it redone."),
    Status.DECLINED: _("It was declined. The resident may appeal for a while."),
    Status.WITHDRAWN: _("The resident withdrew it. Nothing more happens."),
}
FINISHED = _("It is finished.")


def signed_in_or_tracked(view):
    """Let in who is signed in or has proved the case's tracking code; send anybody else to sign in, case or no case."""

    @login_not_required
    @wraps(view)
    def guarded(request, pk, *args, **kwargs):
        if not request.user.is_authenticated and pk not in tracked_cases(request):
            return redirect_to_login(request.get_full_path())
        return view(request, pk, *args, **kwargs)

    return guarded


def way_on(request, case):
    """The case's page, which remembers the queue it was opened from."""
    url, onward = case.get_absolute_url(), next_page(request)
    return f"{url}?{urlencode({'next': onward})}" if onward else url


@signed_in_or_tracked
@never_cache
@require_safe
def case(request, pk):
    """One case: the desk's page for those who serve on it, the resident's for everybody else who may see it."""
    at = timezone.now()
    case = visible_case(request, pk)
    actor = actor_on(request, case, at)
    if reads_internals(request.user, case):
        template, context = "requests/case_desk.html", desk_context(request, case, actor, at)
    else:
        template, context = "requests/case.html", resident_context(case, actor, at, is_filer(request, case))
    return render(request, template, {**context, **tabled(case, request.user)})


@signed_in_or_tracked
@never_cache
@require_safe
def presence(request, pk):
    """Who else of those who serve has the case open, in words, to one of them; whoever asks has it open still."""
    at = timezone.now()
    case = visible_case(request, pk)
    if not reads_internals(request.user, case):
        raise Http404
    return HttpResponse(others_at(case, request.user, at), content_type="text/plain; charset=utf-8")


def others_at(case, user, at):
    """A sentence with those who have ``case`` open beside ``user``, who serves on it and is put down too."""
    unit = next((unit for unit in parties_of(user, case, at).values() if unit), None)
    names = [
        _("%(name)s (%(unit)s)") % {"name": row.user.get_full_name(), "unit": row.unit}
        if row.unit
        else row.user.get_full_name()
        for row in Presence.objects.look(case, user, unit, at)
    ]
    together = pgettext("between names", ", ").join(names)
    return _("Also looking at this: %(names)s") % {"names": together} if names else ""


def said_to_staff(case, ahead):
    """The sentence of the outlook ``ahead``, turned away from the resident; a decline without a window fits both."""
    if case.waits_for_answer:
        return WAITS_FOR_RESIDENT[ASKED]
    if ahead.by or case.status == Status.WITHDRAWN:
        return WAITS_FOR_RESIDENT.get(case.status) or ahead.sentence
    return FINISHED if case.status == Status.CLOSED else ahead.sentence


def staff_lateness(case, at):
    """As ``case.lateness``, but nobody who serves is late while the resident has the word."""
    return "" if case.holder == Holder.RESIDENT else lateness_of(case, at)


def desk_context(request, case, actor, at):
    """Everything the desk's page of ``case`` shows to ``actor`` at ``at``."""
    entries = timeline_entries(case, internal=True)
    found = legs([entry.event for entry in reversed(entries)], at)
    before, after = before_and_after(entries)
    open_acts = [step.act for step in workflow.steps_open_to(actor, case, at)]
    parties = parties_of(actor, case, at)
    ahead = outlook(case, at)
    contact = contact_of(case, actor, at)
    return {
        **together_at_desk(case, request.user, open_acts),
        "case": case,
        "lateness": staff_lateness(case, at),
        "what": said_to_staff(case, ahead),
        "by": ahead.by,
        "is_late": ahead.is_late,
        "is_provisional": ahead.is_provisional,
        "how": ahead.deadline.get_absolute_url() if ahead.deadline else "",
        "actions": actions(open_acts),
        "words": [{"act": act.value, "label": act.label} for act in WORDS if act in open_acts],
        "open_acts": {act.value for act in open_acts},
        "seen": entries[0].event.serial,
        "events": [event_row(entry, at) for entry in entries],
        "before": before,
        "after": after,
        "contact": contact,
        "filer": mask_name(case.filed_by.get_full_name()) if case.filed_by_id and not contact.is_kept else "",
        "assignments": list(case.assignments.all()),
        "others": others_at(case, request.user, at),
        "waits_for_assistants": Party.LEAD in parties
        and case.status == case.Status.IN_HAND
        and any(assignment.is_waiting for assignment in case.assignments.all()),
        "bars": shares(found),
        "held": sums(found),
        "moves": moves(entries),
        "question": entry_of(entries, Act.ASK) if case.waits_for_answer else None,
        "task": latest_task(case) if parties.keys() & ASKS_HOW_IT_WENT else None,
        "deadlines": [deadline_row(deadline, at) for deadline in case.deadlines.all()],
        "onward": next_page(request),
    }


def event_row(entry, at):
    """What one event says among staff; words are put together here, where that costs less than in a template."""
    event, facts = entry.event, entry.event.facts
    actor = event.actor.get_full_name() if event.actor and event.party != Party.RESIDENT else ""
    moved = event.get_target_display() if event.target != event.source else ""
    assist = _("Assisting: %(units)s") % {"units": ", ".join(facts["assist"])} if facts.get("assist") else ""
    done_by = _("Done by: %(names)s") % {"names": facts["done_by"]} if facts.get("done_by") else ""
    again = _("The resident says that it was reported before and has come back.") if facts.get("again") else ""
    return {
        "sentence": entry.sentence,
        "is_internal": entry.is_internal,
        "at": timezone.localtime(entry.at).isoformat(),
        "when": moment(entry.at, at),
        "words": [word for word in (actor, moved) if word],
        "lines": [line for line in (assist, done_by, again, entry.answers) if line],
        "door": facts.get("door", ""),
        "note": event.note,
        "is_note_internal": event.is_public and not event.is_note_public,
        "photos": entry.photos,
    }


def latest_task(case):
    """The last call task of ``case``, or None."""
    return max(case.read_once("follow_ups"), key=lambda task: task.pk, default=None)


AMOUNTS = {
    Limit.TimeUnit.MINUTES: _("%(amount)s minutes"),
    Limit.TimeUnit.HOURS: _("%(amount)s working hours"),
    Limit.TimeUnit.WORKDAYS: _("%(amount)s working days"),
    Limit.TimeUnit.DAYS: _("%(amount)s calendar days"),
}
ROUND_THE_CLOCK = _("%(amount)s hours, round the clock")


def limit_in_words(amount, unit):
    """How long: 120 minutes are said as two hours."""
    words = AMOUNTS[unit]
    if unit == Limit.TimeUnit.MINUTES and amount % 60 == 0:
        amount, words = amount // 60, ROUND_THE_CLOCK
    return words % {"amount": amount}


def clock_in_words(deadline, at):
    """``deadline`` with its limit as words and how it stands at ``at``."""
    deadline.limit_in_words = limit_in_words(deadline.amount, deadline.time_unit)
    deadline.extended_in_words = (
        limit_in_words(deadline.extended_by, deadline.time_unit) if deadline.extended_by else ""
    )
    deadline.standing = standing(deadline, at)
    return deadline


def standing(deadline, at):
    """``running``, ``over`` (a window), ``met``, ``late`` (still to be done) or ``missed``."""
    if deadline.step in WINDOWS:
        return "running" if deadline.ended_at is None and at <= deadline.due_at else "over"
    if deadline.ended_at is None:
        return "late" if deadline.due_at < at else "running"
    return "met" if deadline.was_met else "missed"


# How a clock stands: how that looks, and what it is called.
STANDINGS = {
    "late": (" due--red", pgettext_lazy("deadline", "Late")),
    "missed": (" due--red", _("Too late")),
    "met": (" due--met", _("In time")),
    "over": ("", pgettext_lazy("deadline", "Over")),
    "running": ("", _("Running")),
}
MORE_GRANTED = _("%(more)s more, granted")


def deadline_row(deadline, at):
    """What the table of clocks says of ``deadline`` at ``at``."""
    clock = clock_in_words(deadline, at)
    more = MORE_GRANTED % {"more": clock.extended_in_words} if clock.extended_in_words else ""
    look, kept = STANDINGS[clock.standing]
    return {
        "step": clock.step,
        "label": capfirst(clock.get_step_display()),
        "limit": clock.limit_in_words,
        "beside": [line for line in (more, clock.basis) if line],
        "began": moment(clock.started_at, at),
        "due": moment(clock.due_at, at),
        "is_provisional": clock.is_provisional,
        "url": clock.get_absolute_url(),
        "standing": clock.standing,
        "look": look,
        "kept": kept,
    }


def actions(open_acts):
    """The acts a person may take now as buttons, the natural next step first."""
    acts = [act for act in dict.fromkeys(open_acts) if act not in PLACED]
    ordered = sorted(acts, key=lambda act: act not in PRIMARY)
    return [
        {
            "act": act.value,
            "label": act.label,
            "is_primary": place == 0 and act in PRIMARY,
            "is_grave": act in GRAVE,
            "at_once": act in AT_ONCE,
        }
        for place, act in enumerate(ordered)
    ]
