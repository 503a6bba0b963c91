"""Slips for letterboxes, printed by those who look after an estate."""

from django.db.models import Count, Max, Q
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from requests_app.forms.our_estate import SlipsForm
from requests_app.views.plate_sheets import estates_of
from requests_app.views.sheets import qr
from services.plates import OF_AN_ESTATE
from services.slips import print_slips

ON_A_SHEET = 10  # slips on one sheet of A4


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def print_page(request, code):
    """Which slips are out, and new ones: their codes stand on this one answer and nowhere else."""
    estate = estates_of(request.user).select_related(OF_AN_ESTATE).filter(code=code).first()
    if estate is None:
        raise Http404
    form = SlipsForm(request.POST or None, estate=estate)
    printed = []
    if request.method == "POST" and form.is_valid():
        printed = print_slips(form.cleaned_data["building"], form.cleaned_data["rooms"], timezone.now())
    drawn = [{"slip": one, "qr": qr(_address(request, one))} for one in printed]
    out = Count("households", filter=Q(households__slip_digest__isnull=False))
    buildings = estate.buildings.annotate(out=out, last=Max("households__slip_printed_at")).order_by("order", "name")
    context = {
        "estate": estate,
        "form": form,
        "buildings": buildings,
        "number": len(drawn),
        "sheets": [drawn[place : place + ON_A_SHEET] for place in range(0, len(drawn), ON_A_SHEET)],
        "host": request.get_host(),
    }
    return render(request, "requests/slips.html", context)


def _address(request, one):
    return request.build_absolute_uri(reverse("requests:slip", args=[one.code]))
