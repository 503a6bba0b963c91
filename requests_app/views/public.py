"""Finished cases for everybody: released wording and photos, and nothing that names a person."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import render
from django.template.defaultfilters import truncatechars
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.forms.public import PublicFilterForm
from requests_app.models import Photo, ServiceRequest
from requests_app.views.sharing import Share, card, card_path, for_everybody, for_programs
from services.models import Category, Estate, Unit

ROWS = 12  # cards on one page
LINE, LINES = 12, 3  # characters in one line of a card, and lines
ABOUT = gettext_lazy("What neighbours asked for and what was done. Names, numbers and rooms are left out.")


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


@for_everybody
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
        "estate": form.cleaned_data.get("estate"),
        "share": Share(_("Finished requests"), ABOUT, reverse("requests:public")),
    }
    return render(request, "requests/public.html", context)


def found_case(pk):
    """The released case with that key as a PublicCase, or 404."""
    case = released_cases().filter(pk=pk).first()
    if case is None:
        raise Http404
    return public_case(case)


@for_everybody
def public_page(request, pk):
    """One released case."""
    case = found_case(pk)
    return render(request, "requests/public_case.html", {"case": case, "share": share_of(case)})


def share_of(case):
    """Of a PublicCase: its photo afterwards where there is one, otherwise a card."""
    path = reverse("requests:public-case", args=[case.pk])
    title = _("Finished: %(what)s, %(where)s") % {"what": case.category, "where": case.estate}
    picture = case.after[-1].get_absolute_url() if case.after else card_path(path)
    return Share(title, f"{case.text} {case.outcome}", path, picture, is_article=True)


@for_programs
def case_card(request, pk):
    """The card of one released case: what was done, in at most three lines."""
    case = found_case(pk)
    done = truncatechars(" ".join(case.outcome.split()), LINE * LINES)
    lines = [done[start : start + LINE] for start in range(0, len(done), LINE)]
    foot = f"{case.unit} · {date_format(case.done_at, 'DATE_FORMAT')}" if case.done_at else case.unit
    return card(case.category, f"{case.community} · {case.estate}", lines, foot)
