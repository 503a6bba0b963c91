"""Work orders on paper: one A4 sheet for each case, to take along and to sign on the spot."""

import segno
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from requests_app.models import Act, Assignment, Event, Photo
from requests_app.models.deadline import WINDOWS
from requests_app.privacy import contact_of, reads_internals
from requests_app.views.bulk import ticked
from requests_app.views.cases import clock_in_words
from requests_app.views.desks import queue_of, rows_on_a_page
from requests_app.views.shared import next_page, visible_cases

SHEETS_AT_MOST = 200  # the longest page of a list
PHOTOS_AT_MOST = 3  # on one sheet
# These carry instructions from whoever sent the case on its way.
INSTRUCTING = (Act.DISPATCH, Act.UPHOLD, Act.REASSIGN)


@never_cache
@require_safe
def sheet(request, pk):
    """The sheet of one case, for those who serve on it; 404 for everybody else."""
    at = timezone.now()
    found = sheets_of(request, [pk], at)
    if not found:
        raise Http404
    return page(request, found, found[0]["case"].get_absolute_url(), at, is_one=True)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sheets(request, desk):
    """A sheet for each ticked case (POST), or for each case on the page of the list as the URL narrows it."""
    at = timezone.now()
    queue = queue_of(request.user, desk, request.GET, at)
    if request.method == "POST":
        return page(request, sheets_of(request, list(ticked(request)), at), next_page(request), at)
    keys = Paginator(queue.cases.values_list("pk", flat=True), rows_on_a_page(request))
    here = list(keys.get_page(request.GET.get("page")))
    return page(request, sheets_of(request, here, at), back_to(queue, request), at)


def back_to(queue, request):
    """The list that the sheets came from, narrowed as it was."""
    return f"{queue.desk.get_absolute_url()}?{request.GET.urlencode()}"


def page(request, found, back, at, is_one=False):
    return render(request, "requests/sheets.html", {"sheets": found, "back": back, "at": at, "is_one": is_one})


def sheets_of(request, keys, at):
    """What the sheets of ``keys`` show, in their order; a constant number of queries.

    Left out is what this person does not see or does not serve on.
    """
    known = to_print(visible_cases(request)).in_bulk(keys[:SHEETS_AT_MOST])
    cases = [known[key] for key in keys if key in known]
    return [sheet_of(request, case, at) for case in cases if reads_internals(request.user, case)]


def to_print(cases):
    """``cases`` with everything a sheet shows."""
    photos = Photo.objects.before().filter(event__is_public=True)
    orders = Event.objects.filter(act__in=INSTRUCTING).select_related("unit").order_by("serial")
    return (
        cases.for_page()
        .select_related("category__parent", "against")
        .prefetch_related(
            "assignments__unit",
            "deadlines",
            Prefetch("photos", photos, to_attr="photos_before"),
            Prefetch("events", orders, to_attr="orders"),
        )
    )


def sheet_of(request, case, at):
    current = [assignment for assignment in case.assignments.all() if not assignment.ended_at]
    order = case.orders[-1] if case.orders else None
    return {
        "case": case,
        "qr": qr(request.build_absolute_uri(case.get_absolute_url())),
        "contact": contact_of(case, request.user, at),
        "photos": case.photos_before[:PHOTOS_AT_MOST],
        "order": order if order and order.note else None,
        "clocks": [clock_in_words(clock, at) for clock in running(case)],
        "assisting": [one.unit for one in current if one.part == Assignment.Part.ASSIST],
    }


def running(case):
    """The clocks that bind somebody now; windows bind nobody."""
    return [clock for clock in case.deadlines.all() if clock.ended_at is None and clock.step not in WINDOWS]


def qr(text):
    """``text`` as an SVG element whose colours and sizes stand in attributes and in the style sheet."""
    code = segno.make(text, error="m", micro=False)
    return mark_safe(code.svg_inline(border=4, omitsize=True, light="#fff", svgclass="qr", lineclass=None))
