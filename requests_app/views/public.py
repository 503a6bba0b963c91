"""Finished cases for everybody: released wording and photos, and nothing that names a person."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from requests_app.forms.public import PublicFilterForm
from requests_app.models import Photo, ServiceRequest
from services.models import Category, Estate, Unit

ROWS = 12  # cards on one page


@dataclass(frozen=True)
class PublicCase:
    """All that a public page may know of a case. Templates get this, never the case itself."""

    pk: int
    text: str
    outcome: str
    category: Category
    estate: Estate
    community: Unit
    unit: Unit
    filed_at: datetime
    done_at: datetime | None
    before: list[Photo]
    after: list[Photo]


def released_cases():
    """Released cases with what a PublicCase needs, the newest release first; two queries."""
    photos = Prefetch("photos", Photo.objects.filter(is_released=True), to_attr="released_photos")
    cases = ServiceRequest.objects.released().order_by("-release__at", "-pk")
    cases = cases.select_related("release", "category", "estate", "branch__parent", "lead")
    return cases.without_contact().prefetch_related(photos)


def public_case(case):
    photos = case.released_photos
    return PublicCase(
        pk=case.pk,
        text=case.release.text,
        outcome=case.release.outcome,
        category=case.category,
        estate=case.estate,
        community=case.community,
        unit=case.lead or case.branch,
        filed_at=case.created_at,
        done_at=case.fulfilled_at,
        before=[photo for photo in photos if photo.stage == Photo.Stage.BEFORE],
        after=[photo for photo in photos if photo.stage == Photo.Stage.AFTER],
    )


@login_not_required
@require_safe
def public(request):
    """The list, by street or community and by kind."""
    form = PublicFilterForm(request.GET)
    cases = form.filtered(released_cases())
    page = Paginator(cases, ROWS).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "cards": [public_case(case) for case in page],
        "filters": sum(bool(value) for value in form.cleaned_data.values()),
    }
    return render(request, "requests/public.html", context)


@login_not_required
@require_safe
def public_page(request, pk):
    """One released case."""
    case = released_cases().filter(pk=pk).first()
    if case is None:
        raise Http404
    return render(request, "requests/public_case.html", {"case": public_case(case)})
