"""One act on the ticked rows of a queue, with an outcome for each."""

import re

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from requests_app.journey import bulk
from requests_app.models import Act, ServiceRequest
from requests_app.views.desks import DESKS, units_at
from requests_app.views.shared import next_page

# A ticked row: the case, and the number of the last event that its row showed.
ROW = re.compile(r"(\d{1,18})-(\d{1,9})")


@never_cache
@require_POST
def at_once(request, desk):
    """Take one act on every ticked case, and say what became of each."""
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
    outcomes = bulk.take_each(wanted, act, by=request.user, at=at)
    return render(request, "requests/bulk_done.html", done_context(desk, act, outcomes, onward))


def ticked(request):
    """(key, serial of the last event shown) of each ticked row, each case once; what is no such pair is left out."""
    found = (ROW.fullmatch(value) for value in request.POST.getlist("case"))
    return {int(pair[1]): int(pair[2]) for pair in found if pair}


def chosen(request, rows):
    """The ticked cases this person may see, in the order of the page."""
    cases = ServiceRequest.objects.visible_to(request.user).for_list().in_bulk(list(rows))
    return [bulk.Wanted(cases[pk], seen, {}) for pk, seen in rows.items() if pk in cases]


def done_context(desk, act, outcomes, onward):
    """What the page of outcomes shows; what was not done can be tried again from it."""
    return {
        "desk": desk,
        "act": act,
        "label": Act(act).label,
        "outcomes": outcomes,
        "succeeded": [outcome for outcome in outcomes if outcome.is_done],
        "failed": [outcome for outcome in outcomes if not outcome.is_done],
        "back": onward,
    }
