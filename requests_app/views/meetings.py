"""Joint meetings: the list, and one meeting with its agenda while it is prepared."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from requests_app.forms.meetings import AddItemForm, DropForm, WhenForm
from requests_app.meetings import agenda, calling, minutes, resolving, sitting
from requests_app.meetings.refusals import Refused
from requests_app.models import Meeting, ServiceRequest
from requests_app.models.meeting import CONVENERS, may_run
from services.models import MeetingSeries, Role

ROWS = 20  # meetings on one page


def reads_meetings(user, on):
    """True for everybody who serves somewhere, whether or not there is a meeting that they see."""
    return any(held.role != Role.HOUSEHOLD for held in user.current_memberships(on))


def run_by(user, on):
    """The series whose meetings ``user`` prepares and chairs, each with its meeting ahead; two queries."""
    held = user.current_memberships(on)
    units = [one.unit_id for one in held if CONVENERS.get(one.role) == one.unit.kind]
    found = MeetingSeries.objects.filter(unit__in=units, is_active=True).select_related("unit", "estate")
    ahead = {
        one.series_id: one
        for one in Meeting.objects.filter(series__in=[series.pk for series in found], state__in=["planned", "open"])
    }
    return [{"series": series, "ahead": ahead.get(series.pk)} for series in found]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def meetings(request):
    """What is ahead and what was, of the meetings one may see; a POST plans the next one of one's own series."""
    at = timezone.now()
    today = timezone.localdate(at)
    if not reads_meetings(request.user, today):
        raise Http404
    mine = run_by(request.user, today)
    if request.method == "POST":
        series = next((one["series"] for one in mine if str(one["series"].pk) == request.POST.get("series")), None)
        return _planned(request, series, at) if series else redirect("requests:meetings")
    page = Paginator(Meeting.objects.visible_to(request.user).for_list(), ROWS).get_page(request.GET.get("page"))
    return render(request, "requests/meetings/list.html", {"mine": mine, "page": page})


def _planned(request, series, at):
    try:
        meeting = calling.plan(series, at)
        agenda.build(meeting, at)
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect("requests:meetings")
    messages.success(request, _("Planned, and its agenda built by the rules."))
    return redirect(meeting)


def visible_meeting(request, pk):
    """The meeting, or 404, also when it exists but is not this person's to see."""
    found = Meeting.objects.visible_to(request.user).select_related("series__unit", "series__estate", "chair")
    return get_object_or_404(found, pk=pk)


def run_meeting(request, pk):
    """The meeting, or 404 where this person does not prepare and chair it."""
    meeting = visible_meeting(request, pk)
    if not may_run(request.user, meeting.series, timezone.localdate()):
        raise Http404
    return meeting


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request, pk):
    """One meeting with its agenda; a POST of those who run it does what its button says."""
    at = timezone.now()
    if request.method == "POST":
        found = run_meeting(request, pk)
        act = ACTS.get(request.POST.get("do"))
        return attempt(request, found, act, at) if act else redirect(found)
    return page_of(request, visible_meeting(request, pk), at)


def page_of(request, found, at, form=None):
    items = list(found.items.for_list().order_by("order", "pk"))
    runs = may_run(request.user, found.series, timezone.localdate(at))
    context = {
        "meeting": found,
        "runs": runs,
        "items": [item for item in items if not item.dropped_at],
        "dropped": [item for item in items if item.dropped_at],
        "seen": cases_seen(request.user, items),
        "last": last_lines(found, at),
        "benches": sitting.benches(found),
        "minutes": getattr(found, "minutes", None),
        "form": form or AddItemForm(meeting=found, by=request.user),
        "drop": DropForm(auto_id=False),
    }
    return render(request, "requests/meetings/meeting.html", context)


def cases_seen(user, items):
    """The keys of the cases on ``items`` that ``user`` may open; one query."""
    keys = [item.case_id for item in items if item.case_id]
    found = ServiceRequest.objects.visible_to(user).filter(pk__in=keys) if keys else ServiceRequest.objects.none()
    return set(found.order_by().values_list("pk", flat=True))


def last_lines(found, at):
    """What the last meeting resolved and what became of it: 上次决议销号."""
    today = timezone.localdate(at)
    lines = []
    for one in minutes.last_resolutions(found):
        state, words = resolving.outcome(one, today)
        lines.append({"resolution": one, "what": minutes.what_of(one.item), "state": state, "words": words})
    return lines


def attempt(request, found, act, at):
    """Do ``act`` and go back to the meeting; what is refused is said there."""
    try:
        answer = act(request, found, at)
    except Refused as refused:
        messages.error(request, refused.sentence)
        answer = None
    return answer or redirect(found)


def build(request, found, at):
    agenda.build(found, at)
    messages.success(request, _("The agenda is as the rules say now."))


def invite(request, found, at):
    count = calling.invite(found, request.user, at)
    messages.success(request, _("Invited: %(count)s people have a message.") % {"count": count})


def call_off(request, found, at):
    calling.call_off(found, at)
    messages.success(request, _("The meeting is called off."))


def begin(request, found, at):
    sitting.open_session(found, request.user, at)
    return redirect("requests:session", found.pk)


def add(request, found, at):
    form = AddItemForm(request.POST, meeting=found, by=request.user)
    if not form.is_valid():
        return page_of(request, found, at, form)
    agenda.add(found, request.user, **form.cleaned_data)
    messages.success(request, _("It is on the agenda."))
    return None


def item_of(request, found):
    """The item that a button names, or 404."""
    key = request.POST.get("item", "")
    return get_object_or_404(found.items, pk=int(key) if key.isdecimal() and len(key) < 19 else 0)


def up(request, found, at):
    agenda.move(item_of(request, found), up=True)


def down(request, found, at):
    agenda.move(item_of(request, found), up=False)


def drop(request, found, at):
    form = DropForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    agenda.drop(item_of(request, found), request.user, reason, at)
    messages.success(request, _("Taken off the agenda."))


def restore(request, found, at):
    agenda.restore(item_of(request, found))


ACTS = {
    "build": build,
    "invite": invite,
    "call_off": call_off,
    "begin": begin,
    "add": add,
    "up": up,
    "down": down,
    "drop": drop,
    "restore": restore,
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def when(request, pk):
    """Another moment and place."""
    found = run_meeting(request, pk)
    form = WhenForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            calling.move(found, form.cleaned_data["at"], form.cleaned_data["place"])
        except Refused as refused:
            messages.error(request, refused.sentence)
        else:
            messages.success(request, _("Moved. Invite the members anew."))
        return redirect(found)
    return render(request, "requests/meetings/when.html", {"meeting": found, "form": form})
