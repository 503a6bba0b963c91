"""Bare Django views over the same rows: what a page costs before it does anything for anybody.

They check nothing and know nobody; they exist under bench.settings only.
"""

import json
import secrets

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from requests_app.models import ServiceRequest
from services.models import codes_below

ROWS = 25


@login_not_required
def rows(request):
    """25 rows of an area, in the statuses (all without one) and the order that the URL names, as a table."""
    cases = ServiceRequest.objects.filter(codes_below("area", request.GET["area"]))
    if statuses := request.GET.getlist("status"):
        cases = cases.filter(status__in=statuses)
    cases = cases.select_related("category", "estate", "building", "lead").order_by(*request.GET.getlist("order"))
    return render(request, "bench/rows.html", {"cases": cases[:ROWS]})


@login_not_required
def case(request, pk):
    """One case and its events as a list."""
    case = ServiceRequest.objects.select_related("category", "estate", "building").get(pk=pk)
    events = case.events.select_related("actor", "unit").order_by("serial")
    return render(request, "bench/case.html", {"case": case, "events": events})


@csrf_exempt
@login_not_required
def insert(request):
    """One row of the table of cases, as it is sent; no event, no clock, no notice."""
    now = timezone.now()
    case = ServiceRequest.objects.create(
        code=f"{secrets.randbelow(10**11):011d}", due_at=now, amber_at=now, **json.loads(request.body)
    )
    return JsonResponse({"id": case.pk}, status=201)
