"""A meeting in session, on the projector and on the phone: who is there, and item by item what is resolved."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from requests_app.forms.meetings import ChangeForm, RemarkForm, ResolutionForm, SignInForm
from requests_app.journey.refusals import StepIncomplete, StepRefused
from requests_app.meetings import minutes, promises, resolving, sitting
from requests_app.meetings.calling import seats_of
from requests_app.meetings.refusals import Refused
from requests_app.models import Photo, ServiceRequest
from requests_app.models.meeting import may_run
from requests_app.personal import without_personal_data
from requests_app.views.meetings import last_lines, run_meeting, visible_meeting

PHOTOS_AT_MOST = 4  # of one case on the screen


def wanted(request, name, rows):
    """The one of ``rows`` whose key the form sent as ``name``, or 404."""
    key = request.POST.get(name, "")
    return get_object_or_404(rows, pk=int(key) if key.isdecimal() and len(key) < 19 else 0)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def session(request, pk):
    """Sign-in with the quorum, last meeting's resolutions, the agenda, and the end; 404 before the meeting begins."""
    at = timezone.now()
    if request.method == "POST":
        found = run_meeting(request, pk)
        return _do(request, found, at)
    found = visible_meeting(request, pk)
    if not (found.is_open or found.is_held):
        raise Http404
    items = found.items.standing().for_list().prefetch_related("resolutions", "promise_changes")
    benches = sitting.benches(found)
    context = {
        "meeting": found,
        "runs": may_run(request.user, found.series, timezone.localdate(at)),
        "benches": benches,
        "has_quorum": sitting.has_quorum(benches),
        "form": SignInForm(auto_id=False),
        "last": last_lines(found, at),
        "items": [
            {"item": item, "is_done": bool(item.resolutions.all() or item.promise_changes.all())} for item in items
        ],
    }
    return render(request, "requests/meetings/session.html", context)


def _do(request, found, at):
    """Sign somebody in or strike them out, or end the meeting."""
    do = request.POST.get("do")
    try:
        if do == "sign_in":
            _sign_in(request, found, at)
        elif do == "strike":
            sitting.strike(wanted(request, "attendance", found.attendances))
        elif do == "close":
            sitting.close(found, at)
            messages.success(request, _("The meeting is over. Its minutes are drafted."))
            return redirect("requests:minutes", found.pk)
    except Refused as refused:
        messages.error(request, refused.sentence)
    return redirect("requests:session", found.pk)


def _sign_in(request, found, at):
    seat = wanted(request, "seat", found.series.seats)
    form = SignInForm(request.POST)
    name = form.cleaned_data["name"] if form.is_valid() else ""
    if not (name or seat.unit_id):
        name = seat.name
    sitting.sign_in(found, request.user, at, kind=seat.kind, unit=seat.unit, name=name)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def item(request, pk, item_pk):
    """One item: what it is about, what is said, what is resolved."""
    at = timezone.now()
    found = run_meeting(request, pk) if request.method == "POST" else visible_meeting(request, pk)
    items = found.items.standing().select_related("promise__owner", "promise__unit", "promise__estate")
    one = get_object_or_404(items, pk=item_pk)
    if one.case_id:
        one.case = ServiceRequest.objects.for_page().get(pk=one.case_id)
    forms = forms_of(request, found, one, at)
    if request.method == "POST":
        answer = _write(request, found, one, forms, at)
        if answer:
            return answer
    return render(request, "requests/meetings/item.html", context_of(request, found, one, forms, at))


def forms_of(request, found, one, at):
    """The forms below an item; the one that was sent is bound."""
    do = request.POST.get("do")
    forms = {"remark": RemarkForm(request.POST if do == "remark" else None, meeting=found, prefix="r")}
    if one.promise_id:
        forms["change"] = ChangeForm(request.POST if do == "change" else None, prefix="c")
    else:
        about = {"item": one, "by": request.user, "at": at, "seats": seats_of(found.series)}
        initial = {"count": one.resolutions.count()}
        sent = request.POST if do == "resolve" else None
        forms["resolve"] = ResolutionForm(sent, prefix="v", initial=initial, **about)
    return forms


def _write(request, found, one, forms, at):
    """Write what the bound form says and show the item anew; None where something is to be mended first."""
    do = request.POST.get("do")
    form = forms.get(do)
    if form is None:
        return redirect(one)
    if not form.is_valid():
        return None
    try:
        WRITE[do](request, one, form.cleaned_data, at)
    except Refused as refused:
        form.add_error(None, ValidationError(refused.sentence))
    except StepIncomplete as incomplete:
        form.add_error(None, ValidationError(incomplete.messages))
    except StepRefused as refused:
        form.add_error(None, ValidationError(refused.reason))
    else:
        return redirect(one)
    return None


def _remark(request, one, facts, at):
    sitting.remark(one, request.user, at, **facts)


def _resolve(request, one, facts, at):
    resolving.resolve(one, request.user, at, **facts)
    messages.success(request, _("Resolved."))


def _change(request, one, facts, at):
    sitting.in_session(one.meeting)
    promises.change(one.promise, facts["kind"], request.user, at, note=facts["note"], due_on=facts["due_on"], item=one)
    messages.success(request, _("The ledger says so now."))


WRITE = {"remark": _remark, "resolve": _resolve, "change": _change}


def context_of(request, found, one, forms, at):
    """What the screen of an item shows; a constant number of queries."""
    keys = list(found.items.standing().order_by("order", "pk").values_list("pk", flat=True))
    place = keys.index(one.pk)
    case = one.case
    sees = case and ServiceRequest.objects.visible_to(request.user).filter(pk=case.pk).exists()
    photos = case.photos.filter(stage=Photo.Stage.BEFORE, event__is_public=True) if sees else Photo.objects.none()
    return {
        "meeting": found,
        "item": one,
        "case": case,
        "sees": sees,
        "text": without_personal_data(case.text, case) if case and not case.is_confidential else "",
        "photos": photos[:PHOTOS_AT_MOST],
        "number": place + 1,
        "total": len(keys),
        "before": keys[place - 1] if place else None,
        "after": keys[place + 1] if place + 1 < len(keys) else None,
        "runs": may_run(request.user, found.series, timezone.localdate(at)),
        "remarks": one.remarks.select_related("speaker__unit"),
        "resolutions": minutes.resolutions().filter(item=one),
        "changes": one.promise.changes.all() if one.promise_id else (),
        **forms,
    }
