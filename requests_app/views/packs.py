"""What a meeting takes to the table on paper: the pack, the invitations; and the calendar file."""

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from requests_app.meetings import invitations
from requests_app.meetings.calling import seats_of
from requests_app.models import Photo, ServiceRequest
from requests_app.personal import without_personal_data
from requests_app.views.meetings import cases_seen, last_lines, visible_meeting

PHOTOS_AT_MOST = 2  # of one case, on half a page


@never_cache
@require_safe
def pack(request, pk):
    """Everything on A4: what became of the last resolutions, the agenda, and each case on half a page."""
    at = timezone.now()
    found = visible_meeting(request, pk)
    context = {
        "meeting": found,
        "last": last_lines(found, at),
        "seats": seats_of(found.series),
        "sheets": sheets_of(request.user, found),
        "at": at,
    }
    return render(request, "requests/meetings/pack.html", context)


def sheets_of(user, meeting):
    """What each item's half page shows; a constant number of queries.

    The resident's words without anything that names them, and photos only of cases that ``user`` may see.
    """
    items = list(meeting.items.standing().for_list().order_by("order", "pk"))
    seen = cases_seen(user, items)
    photos = Photo.objects.before().filter(event__is_public=True, case__in=seen)
    keys = [item.case_id for item in items if item.case_id]
    cases = ServiceRequest.objects.select_related(
        "resident", "category__parent", "estate", "building", "branch__parent"
    )
    cases = cases.select_related("lead").prefetch_related(Prefetch("photos", photos, to_attr="photos_before"))
    cases = cases.in_bulk(keys)
    return [_sheet(number, item, cases.get(item.case_id)) for number, item in enumerate(items, 1)]


def _sheet(number, item, case):
    text = without_personal_data(case.text, case) if case and not case.is_confidential else ""
    photos = case.photos_before[:PHOTOS_AT_MOST] if case else ()
    return {"number": number, "item": item, "case": case, "text": text, "photos": photos}


@never_cache
@require_safe
def invitation(request, pk):
    """A letter for each member who has no account here."""
    found = visible_meeting(request, pk)
    seats = seats_of(found.series)
    named = [seat for seat in seats if not seat.unit_id]
    context = {"meeting": found, "named": named, "seats": seats, "at": found.invited_at or timezone.now()}
    return render(request, "requests/meetings/invitation.html", context)


@never_cache
@require_safe
def calendar_file(request, pk):
    """The meeting for a calendar."""
    found = visible_meeting(request, pk)
    body = invitations.calendar_file(found, request.build_absolute_uri(found.get_absolute_url()))
    name = f"meeting-{found.pk}.ics"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=invitations.KIND, headers=headers)
