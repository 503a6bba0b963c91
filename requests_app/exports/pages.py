"""The pages of a person's exports: ask for one, see how far it is, download it."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from requests_app.exports import jobs
from requests_app.models import Export
from requests_app.models.export import LONGEST_QUERY
from requests_app.views.desks import queue_of

ROWS = 20  # exports on one page
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def exports(request):
    """What this person took away, newest first; a POST asks for the list that ``desk`` and ``query`` describe."""
    if request.method == "POST":
        return ask(request)
    page = Paginator(Export.objects.of(request.user), ROWS).get_page(request.GET.get("page"))
    return render(request, "requests/exports.html", {"page": page, "kept_days": jobs.KEPT.days})


def ask(request):
    """The file of a short list at once; for a long one the page that shows how far it is."""
    at, query = timezone.now(), request.POST.get("query", "")
    if len(query) > LONGEST_QUERY:
        raise BadRequest("the address of this list is too long")
    queue = queue_of(request.user, request.POST.get("desk"), QueryDict(query), at)
    cases = jobs.rows_of(queue, request.user)
    pks = list(cases.values_list("pk", flat=True)[: jobs.AT_ONCE + 1])
    if not pks:
        messages.info(request, _("There is nothing to export here."))
        return redirect(f"{queue.desk.get_absolute_url()}?{query}")
    if len(pks) <= jobs.AT_ONCE:
        export, file = jobs.write_at_once(request.user, queue, query, pks, at)
        return answer(file, export)
    total = cases.count()
    if total > jobs.AT_MOST:
        messages.error(request, _("This list is too long for one file. Please narrow it with the filters."))
        return redirect(f"{queue.desk.get_absolute_url()}?{query}")
    try:
        return redirect(jobs.ask(request.user, queue, query, total, at))
    except jobs.TooManyWaiting:
        words = _("You already wait for %(number)s exports. Please fetch those first, then ask again.")
        messages.error(request, words % {"number": jobs.UNDER_WAY_AT_MOST})
        return redirect("requests:exports")


@never_cache
@require_safe
def export(request, pk):
    """How far one export is, and where to fetch it."""
    export = own_export(request, pk)
    context = {
        "export": export,
        "may_fetch": export.state == Export.State.READY and jobs.may_fetch(export, timezone.now()),
        "kept_days": jobs.KEPT.days,
    }
    return render(request, "requests/export.html", context)


@never_cache
@require_safe
def export_file(request, pk):
    """The file, for its owner, while they still sit at the desk it was written for; otherwise 404."""
    export, at = own_export(request, pk), timezone.now()
    if export.state != Export.State.READY or not jobs.may_fetch(export, at):
        raise Http404
    try:
        file = export.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    Export.objects.filter(pk=export.pk).update(downloaded_at=at)
    return answer(file, export)


def own_export(request, pk):
    return get_object_or_404(Export.objects.of(request.user).select_related("owner"), pk=pk)


def answer(file, export):
    when = timezone.localtime(export.asked_at).strftime("%Y%m%d-%H%M")
    name = f"{_('Requests')}-{when}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=KIND)
