"""Plates on paper: the estates somebody looks after, and sheets of A4 to print, cut out and put up."""

from itertools import groupby

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from requests_app.views.sheets import qr
from services.models import Estate, Role
from services.plates import OF_AN_ESTATE, plates_of

PRINTERS = (Role.BRANCH, Role.DISPATCHER)
ROWS = 50  # estates on one page
# Plates on one sheet of A4, by the word in the URL.
ON_A_SHEET = {"small": 8, "big": 1}


def estates_of(user):
    """The estates whose plates ``user`` may print: of their own branches and communities; in the admin, all of them."""
    if user.is_superuser:
        return Estate.objects.all()
    found = Estate.objects.none()
    for held in user.current_memberships(timezone.localdate()):
        if held.role in PRINTERS:
            found = found | Estate.objects.under(held.unit)
    return found


@never_cache
@require_safe
def my_estates(request):
    """The estates somebody looks after, with the plates of each; 404 for whoever looks after none."""
    estates = estates_of(request.user).select_related("branch__parent").order_by("branch__code", "name")
    if not estates.exists():
        raise Http404
    in_use = Q(spots__is_active=True)
    counted = estates.annotate(
        building_count=Count("buildings", distinct=True), spot_count=Count("spots", filter=in_use, distinct=True)
    )
    page = Paginator(counted, ROWS).get_page(request.GET.get("page"))
    groups = [(branch, list(served)) for branch, served in groupby(page, lambda estate: estate.branch)]
    return render(request, "requests/my_estates.html", {"page": page, "groups": groups})


@never_cache
@require_safe
def plates(request, code):
    """The plates of one estate, or the one that the URL names, on sheets of A4."""
    estate = estates_of(request.user).select_related(OF_AN_ESTATE).filter(code=code).first()
    if estate is None:
        raise Http404
    known = plates_of(estate)
    only = request.GET.get("only", "")
    chosen = [plate for plate in known if plate.code == only] or known
    size = request.GET.get("size") if request.GET.get("size") in ON_A_SHEET else "small"
    drawn = [{"plate": plate, "qr": qr(address_of_plate(request, plate))} for plate in chosen]
    step = ON_A_SHEET[size]
    context = {
        "estate": estate,
        "plates": known,
        "only": only if len(chosen) == 1 else "",
        "size": size,
        "number": len(chosen),
        "sheets": [drawn[place : place + step] for place in range(0, len(drawn), step)],
        "host": request.get_host(),
    }
    return render(request, "requests/plates.html", context)


def address_of_plate(request, plate):
    return request.build_absolute_uri(reverse("requests:plate", args=[plate.code]))
