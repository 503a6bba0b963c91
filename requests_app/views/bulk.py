"""One act on the ticked rows of a queue, with an outcome for each."""

import re
from dataclasses import replace

from django.conf import settings
from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from requests_app.forms.bulk import ONE, BulkDispatchForm
from requests_app.journey import bulk, refusals
from requests_app.journey.routing import advise_each
from requests_app.models import Act, ServiceRequest
from requests_app.views.desks import DESKS, TOGETHER, units_at
from requests_app.views.shared import next_page

# A ticked row: the case, and the number of the last event that its row showed.
ROW = re.compile(r"(\d{1,18})-(\d{1,9})")
GO = "go"  # the button below the preview


@never_cache
@require_POST
def at_once(request, desk):
    """Take one act on every ticked case, and say what became of each. What needs a choice shows a preview first."""
    at = timezone.now()
    desk = DESKS.get(desk)
    if desk is None or not units_at(request.user, desk, at):
        raise Http404
    onward = next_page(request) or desk.get_absolute_url()
    rows = ticked(request)
    if len(rows) > bulk.AT_MOST:
        context = {"desk": desk, "back": onward, "number": len(rows), "most": bulk.AT_MOST}
        return render(request, "requests/bulk_too_many.html", context, status=400)
    act = next((act for act in desk.bulk_acts if act == request.POST.get("act")), None)
    wanted = chosen(request, rows)
    if act is None or not wanted:
        messages.warning(request, _("Tick at least one request first."))
        return redirect(onward)
    if act == Act.DISPATCH:
        return dispatch_several(request, desk, wanted, onward, at)
    outcomes = bulk.take_each(wanted, act, by=request.user, at=at)
    return render(request, "requests/bulk_done.html", done_context(desk, act, outcomes, onward))


def ticked(request):
    """(key, serial of the last event shown) of each ticked row, each case once; what is no such pair is left out."""
    found = (ROW.fullmatch(value) for value in request.POST.getlist("case"))
    return {int(pair[1]): int(pair[2]) for pair in found if pair}


def chosen(request, rows):
    """The ticked cases this person may see, in the order of the page."""
    cases = ServiceRequest.objects.visible_to(request.user).for_list()
    cases = cases.select_related("branch__parent__parent", "estate__property_firm").in_bulk(list(rows))
    return [bulk.Wanted(cases[pk], seen, {}) for pk, seen in rows.items() if pk in cases]


def dispatch_several(request, desk, wanted, onward, at):
    """The preview with a department for each row; once that is confirmed, the outcomes."""
    cases = [one.case for one in wanted]
    # Who led a case before is looked at where it comes back.
    prefetch_related_objects(cases, "assignments")
    advice = advise_each(cases, at)
    form = BulkDispatchForm(request.POST if GO in request.POST or "how" in request.POST else None)
    named = {one.case.pk: request.POST.get(f"lead-{one.case.pk}") for one in wanted}
    if GO in request.POST and form.is_valid():
        lead = form.cleaned_data["lead"] if form.cleaned_data["how"] == ONE else None
        complete = [addressed(one, lead, advice[one.case.pk], named[one.case.pk]) for one in wanted]
        note = form.cleaned_data["note"]
        outcomes = bulk.take_each(complete, Act.DISPATCH, by=request.user, at=at, note=note)
        context = done_context(desk, Act.DISPATCH, outcomes, onward)
        return render(request, "requests/bulk_done.html", {**context, "form": form, "named": named})
    rows = [preview_row(one, advice[one.case.pk], named[one.case.pk]) for one in wanted]
    context = {"desk": desk, "rows": rows, "form": form, "back": onward, "has_errors": GO in request.POST}
    return render(request, "requests/bulk_dispatch.html", context)


def addressed(one, lead, advice, named):
    """``one`` with its department: ``lead`` where all go to one, otherwise the proposal ``named`` in its row."""
    proposals = {str(proposal.department.pk): proposal for proposal in advice.proposals}
    proposal = proposals.get(str(lead.pk) if lead else named)
    if proposal is None:
        return replace(one, facts={"lead": lead}) if lead else replace(one, refusal=refusals.NOBODY_PROPOSED)
    with translation.override(settings.LANGUAGE_CODE):
        why = [str(reason) for reason in proposal.reasons]
    return replace(one, facts={"lead": proposal.department, "why": why})


def preview_row(one, advice, named):
    """A case with the departments proposed for it; ``chosen`` is the one named in the form, at first the likeliest."""
    known = {str(proposal.department.pk): proposal for proposal in advice.proposals}
    first = advice.proposals[0] if advice.proposals else None
    return {
        "case": one.case,
        "seen": one.seen,
        "proposals": advice.proposals,
        "chosen": known.get(named, first),
    }


def done_context(desk, act, outcomes, onward):
    """What the page of outcomes shows; what was not done can be tried again from it."""
    return {
        "desk": desk,
        "act": act,
        "label": TOGETHER[act],
        "outcomes": outcomes,
        "succeeded": [outcome for outcome in outcomes if outcome.is_done],
        "failed": [outcome for outcome in outcomes if not outcome.is_done],
        "back": onward,
    }
