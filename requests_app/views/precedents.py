"""The precedent book: whose work it was, each time a return was ruled on."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from requests_app.filters import PrecedentFilter
from requests_app.models import Precedent, ServiceRequest
from requests_app.models.precedent import reads_the_book

ROWS = 20  # on one page


@never_cache
@require_safe
def precedents(request):
    """The rulings, the newest first, narrowed by the URL; 404 for whoever does not read the book."""
    if not reads_the_book(request.user):
        raise Http404
    book = PrecedentFilter(request.GET, queryset=Precedent.objects.visible_to(request.user))
    page = Paginator(book.qs.for_list().order_by("-at", "-pk"), ROWS).get_page(request.GET.get("page"))
    rows = with_links(request.user, page)
    context = {"form": book.form, "is_narrowed": book.is_narrowed, "page": page, "rows": rows}
    return render(request, "requests/precedents.html", context)


def with_links(user, precedents):
    """Each of ``precedents`` with the address of its case where ``user`` may see that; one query."""
    precedents = list(precedents)
    cases = ServiceRequest.objects.visible_to(user).filter(pk__in=[one.case_id for one in precedents])
    seen = cases.order_by().in_bulk() if precedents else {}
    return [
        {"one": one, "url": seen[one.case_id].get_absolute_url() if one.case_id in seen else ""} for one in precedents
    ]
