"""Looking for a case anywhere: one field, over everything its reader may see."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from requests_app.models import ServiceRequest
from requests_app.models.case import in_reach, reach_of
from requests_app.search import find, fold, lookup, named_by, number_in, signs_in
from requests_app.views.desk_rows import ROWS, case_rows
from requests_app.views.shared import OpenPages, total_of, tracked_cases

LONGEST = 100  # characters of a query


@never_cache
@require_safe
def search(request):
    """The cases that ``q`` names, newest first; one that is named by its number is opened at once."""
    query = request.GET.get("q", "").strip()[:LONGEST]
    reach = reach_of(request.user, tracked_cases(request))
    number = number_in(query)
    if number is not None and (case := seen(reach).filter(pk=number).first()):
        return redirect(case)
    context = {"query": query, "longest": LONGEST}
    if fold(query):
        context |= results(request, query, reach)
    return render(request, "requests/search.html", context)


def seen(reach):
    """The cases that lie in ``reach``."""
    values, shape = reach
    return ServiceRequest.objects.filter(in_reach(*values, **shape))


def results(request, query, reach):
    """One page of what was found; and the case whose number ``query`` might be, had it a # before it."""
    page = newest(reach, query, request.user).get_page(request.GET.get("page"))
    onward = f"?{urlencode({'next': request.get_full_path()})}"
    bare = number_in(f"#{query}")
    return {
        "page": page,
        "total": total_of(page),
        "tab": {"label": _("Found, newest first")},
        "rows": case_rows(page, timezone.now(), onward),
        "numbered": seen(reach).filter(pk=bare).first() if bare is not None else None,
    }


def newest(reach, query, user=None):
    """The keys of the cases in ``reach`` (see ``reach_of``) that ``query`` names, newest first, in pages."""
    named = named_by(query, user)
    if named is None and signs_in(*reach) is not None:
        found = lookup(query, reach)
        return OpenPages(found.newest, ROWS) if found.is_common else Paginator(found.keys, ROWS)
    found, is_common = find(seen(reach), query) if named is None else (seen(reach).filter(pk__in=named), False)
    keys = found.order_by("-created_at", "-pk").values_list("pk", flat=True)
    return OpenPages(keys, ROWS) if is_common else Paginator(list(keys), ROWS)
