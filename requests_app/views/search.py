"""Looking for a case anywhere: one field, over everything its reader may see."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from requests_app.search import find, fold, number_in
from requests_app.views.desk_rows import ROWS, case_rows
from requests_app.views.shared import OpenPages, total_of, visible_cases

LONGEST = 100  # characters of a query


@never_cache
@require_safe
def search(request):
    """The cases that ``q`` names, newest first; one that is named by its number is opened at once."""
    query = request.GET.get("q", "").strip()[:LONGEST]
    cases = visible_cases(request)
    number = number_in(query)
    if number is not None and (case := cases.filter(pk=number).first()):
        return redirect(case)
    context = {"query": query, "longest": LONGEST}
    if fold(query):
        context |= results(request, query, cases)
    return render(request, "requests/search.html", context)


def results(request, query, cases):
    """One page of what was found; and the case whose number ``query`` might be, had it a # before it."""
    page = newest(cases, query, request.user).get_page(request.GET.get("page"))
    onward = f"?{urlencode({'next': request.get_full_path()})}"
    bare = number_in(f"#{query}")
    return {
        "page": page,
        "total": total_of(page),
        "tab": {"label": _("Found, newest first")},
        "rows": case_rows(page, timezone.now(), onward),
        "numbered": cases.filter(pk=bare).first() if bare is not None else None,
    }


def newest(cases, query, user=None):
    """The keys of those of ``cases`` that ``query`` names, newest first, in pages."""
    found, is_common = find(cases, query, user)
    keys = found.order_by("-created_at", "-pk").values_list("pk", flat=True)
    if is_common:
        return OpenPages(keys, ROWS)
    # All at once, which counts them as well. Asked for the first of them PostgreSQL would go through the whole list.
    return Paginator(list(keys), ROWS)
