"""Messages that reached nobody, for those who supervise the area: send them again, or give them up, with a reason."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from requests_app.forms.notice_choices import HandlingForm
from requests_app.models import Channel, Delivery, Handling, NoticeChoice, ServiceRequest
from requests_app.notices.planning import staff_among
from requests_app.notices.sending import decide
from requests_app.privacy import contact_of
from requests_app.views.desks import SUPERVISOR, scope_at, unit_switch
from services.masking import mask_email, mask_phone

ROWS = 25  # on one page
Decision = Handling.Decision
RESIDENT, STAFF = gettext_lazy("resident"), gettext_lazy("staff")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def undelivered(request):
    """The dead letters about requests of the area, newest first; a POST decides about the ticked ones."""
    at = timezone.now()
    desk, own, scope = scope_at(request.user, SUPERVISOR.slug, request.GET, at)
    below = Delivery.objects.about(ServiceRequest.objects.filter(scope.area))
    form = HandlingForm(request.POST or None)
    keys = _ticked(request)
    if request.method == "POST" and not keys:
        messages.error(request, _("Tick at least one message first."))
    elif form.is_valid() and request.POST.get("decision") in Decision:
        decision, reason = Decision(request.POST["decision"]), form.cleaned_data["reason"]
        number = decide(below.filter(pk__in=keys), decision, by=request.user, reason=reason, at=at)
        messages.success(request, _said(decision, number))
        return redirect(request.get_full_path())
    failed = below.failed().order_by("-ended_at", "pk").select_related("reader", "case")
    page = Paginator(failed.prefetch_related("told__notice__event__case"), ROWS).get_page(request.GET.get("page"))
    context = {
        "desk": desk,
        "units": scope.units,
        "switch": unit_switch(request, own, scope),
        "page": page,
        "rows": _rows(page, keys, request.user, at),
        "waiting": below.waiting().count(),
        "form": form,
    }
    return render(request, "requests/undelivered.html", context)


def _ticked(request):
    """The keys of the ticked messages; what is none is left out."""
    found = []
    for word in request.POST.getlist("delivery"):
        try:
            found.append(UUID(word))
        except ValueError:
            continue
    return found


def _said(decision, number):
    if decision == Decision.RETRY:
        return ngettext("%(n)s message is sent again.", "%(n)s messages are sent again.", number) % {"n": number}
    return ngettext("%(n)s message is given up.", "%(n)s messages are given up.", number) % {"n": number}


def _rows(page, ticked, viewer, at):
    readers = {one.reader_id for one in page if one.reader_id}
    choices, staff = NoticeChoice.objects.in_bulk(readers), staff_among(readers, at)
    return [_row(one, choices.get(one.reader_id), one.reader_id in staff, one.pk in ticked, viewer, at) for one in page]


def _row(delivery, choice, is_staff, is_ticked, viewer, at):
    events = [told.notice.event for told in delivery.told.all() if told.notice.event]
    return {
        "delivery": delivery,
        "cases": sorted({event.case_id for event in events}),
        "whom": STAFF if is_staff else RESIDENT,
        "where": _where(delivery, choice, [event.case for event in events], viewer, at),
        "is_ticked": is_ticked,
    }


def _where(delivery, choice, cases, viewer, at):
    """The number or the address, masked; nothing where ``viewer`` may not learn who asked."""
    if delivery.reader is None:
        return contact_of(delivery.case, viewer, at).phone
    own = [case for case in cases if case.resident_id == delivery.reader_id]
    if any(contact_of(case, viewer, at).is_kept for case in own):
        return ""
    if delivery.channel == Channel.SMS:
        return mask_phone(delivery.reader.phone or "")
    return mask_email(choice.address if choice else "")
