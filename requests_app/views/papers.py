"""Official papers: the book of them, one on A4, and the button that issues it."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from requests_app.models import Event, Meeting, MonthClose, Paper
from requests_app.models.paper import reading_units
from requests_app.papers import issuing
from requests_app.privacy import reads_internals
from requests_app.views.shared import visible_case, visible_cases
from requests_app.wording import event_sentence

ROWS = 25  # papers on one page of the book
OFFERED = 12  # things of the last time that a paper may still be issued about
Kind = Paper.Kind


@dataclass(frozen=True)
class Offer:
    """Something that a paper may stand on: the one issued, or what the button sends to issue it."""

    kind: Kind
    about: str
    at: object
    source: str
    paper: Paper | None


@never_cache
@require_safe
def book(request):
    """The papers this person's units issued or were sent; above them what may still be issued."""
    at = timezone.now()
    if not reading_units(request.user):
        raise Http404
    papers = Paper.objects.visible_to(request.user).select_related("unit", "to")
    kind = request.GET.get("kind", "")
    if kind in Kind.values:
        papers = papers.filter(kind=kind)
    context = {
        "page": Paginator(papers.defer("content"), ROWS).get_page(request.GET.get("page")),
        "kinds": [(choice.value, choice.label, choice.value == kind) for choice in Kind],
        "kind": kind,
        "offers": list(_waiting(request.user, at)),
    }
    return render(request, "requests/papers.html", context)


def _waiting(user, at):
    """Offers of the papers about meetings and months that nobody has issued yet."""
    for kind, source in issuing.waiting(user, at, OFFERED):
        name = issuing.name_of(source)
        when = source.at if name == "meeting" else source.closed_at
        yield Offer(kind, str(source), when, f"{name}:{source.pk}:{kind}", None)


@never_cache
@require_safe
def paper(request, pk):
    """One paper as it was issued, on A4."""
    found = Paper.objects.visible_to(request.user).select_related("unit", "to", "event__case")
    return render(request, "requests/paper.html", {"paper": get_object_or_404(found, pk=pk)})


@never_cache
@require_safe
def of_case(request, pk):
    """What papers stand on the steps of one case, and which may be issued; for those who serve on it."""
    at = timezone.now()
    case = visible_case(request, pk)
    if not reads_internals(request.user, case):
        raise Http404
    events = case.events.filter(act__in=issuing.OF_ACT).select_related("unit", "holder_unit", "paper__unit")
    offers = [_offer(request.user, event, at) for event in events.order_by("-serial")]
    return render(request, "requests/case_papers.html", {"case": case, "offers": offers})


def _offer(user, event, at):
    kind = issuing.OF_ACT[event.act]
    found = getattr(event, "paper", None)
    source = f"event:{event.pk}:{kind}" if not found and issuing.may_issue(user, kind, event, at) else ""
    return Offer(kind, event_sentence(event), event.at, source, found)


@require_POST
def issue(request):
    """Issue the paper that the button names, and open it; 404 where it is not this person's to issue."""
    at = timezone.now()
    kind, source = _source(request)
    if not issuing.may_issue(request.user, kind, source, at):
        raise Http404
    found = issuing.issue(kind, source, request.user, at)
    messages.success(request, _("Issued as %(number)s.") % {"number": found.title})
    return redirect(found)


def _source(request):
    """The kind of paper and what it stands on, as the button said; 404 where there is no such thing to see."""
    name, _colon, rest = request.POST.get("source", "").partition(":")
    key, _colon, kind = rest.partition(":")
    if not (key.isdecimal() and len(key) < 19) or kind not in Kind.values:
        raise Http404
    if name == "event":
        events = Event.objects.filter(case__in=visible_cases(request)).select_related(
            "unit", "holder_unit", "case__category__parent", "case__estate", "case__building", "case__branch"
        )
        return Kind(kind), get_object_or_404(events, pk=key)
    if name == "meeting":
        meetings = Meeting.objects.visible_to(request.user).select_related("series__unit", "series__estate", "minutes")
        return Kind(kind), get_object_or_404(meetings, pk=key)
    if name == "close":
        return Kind(kind), get_object_or_404(MonthClose.objects.select_related("unit"), pk=key)
    raise Http404
