"""What a supervisor sees of the units below: how much each has open, late, returned and to redo."""

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.db.models.functions import Substr
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from requests_app.journey.legs import held_between
from requests_app.models import Holder, ServiceRequest, Status
from requests_app.views.desks import SUPERVISOR, WORKED_ON, count_tabs, scope_at, tab_links, unit_switch
from services.models import Unit
from services.models.units import COMMUNITY_DIGITS, STREET_DIGITS

DAY = timedelta(days=1)
MONTH = "%Y-%m"
FIRST_YEAR = 2000


@never_cache
@require_safe
def units(request):
    """Two tables: by area below, and by lead department; every number opens its list."""
    at = timezone.now()
    desk, own, scope = scope_at(request.user, SUPERVISOR.slug, request.GET, at)
    is_district = any(unit.kind == Unit.Kind.DISTRICT for unit in scope.units)
    # A supervisor sees the level below their own unit.
    digits = STREET_DIGITS if is_district else COMMUNITY_DIGITS
    context = {
        "desk": desk,
        "units": scope.units,
        "switch": unit_switch(request, own, scope),
        "tabs": tab_links(request, desk, None, count_tabs(desk, scope), base=desk.get_absolute_url()),
        "areas": by_area(scope, digits, desk),
        "departments": by_department(scope, desk),
    }
    return render(request, "requests/desk_units.html", context)


@never_cache
@require_safe
def held(request):
    """How long each unit had the cases of the area in one month, in hours on the wall; 404 for a month that is none."""
    at = timezone.now()
    desk, own, scope = scope_at(request.user, SUPERVISOR.slug, request.GET, at)
    begin, end = month_of(request.GET.get("month"), timezone.localdate(at))
    rows = list(held_between(ServiceRequest.objects.filter(scope.area), begin, min(end, at)))
    names = Unit.objects.in_bulk({row["holder_unit"] for row in rows} - {None})
    context = {
        "desk": desk,
        "units": scope.units,
        "switch": unit_switch(request, own, scope),
        "tabs": tab_links(request, desk, None, count_tabs(desk, scope), base=desk.get_absolute_url()),
        "month": begin,
        "before": (begin - DAY).strftime(MONTH),
        "after": end.strftime(MONTH) if end <= at else "",
        "own": request.GET.get("own", ""),
        "lines": [
            {
                "name": names.get(row["holder_unit"]) or Holder(row["holder"]).label,
                "time": row["time"],
                "cases": row["cases"],
                "mean": row["time"] / row["cases"],
            }
            for row in rows
        ],
    }
    return render(request, "requests/desk_held.html", context)


def month_of(text, today):
    """The moments with which the month ``text`` (2025-03) begins and ends; this month's where nothing is said."""
    try:
        first = date.fromisoformat(f"{text}-01") if text else today.replace(day=1)
    except ValueError:
        raise Http404 from None
    if not FIRST_YEAR <= first.year <= today.year:
        raise Http404
    following = (first + 31 * DAY).replace(day=1)
    return tuple(timezone.make_aware(datetime.combine(day, time.min)) for day in (first, following))


def numbers(scope):
    """The four counts of a row."""
    return {
        "open": Count("pk"),
        "late": Count("pk", filter=Q(due_at__lt=scope.at)),
        "returned": Count("pk", filter=Q(status=Status.RETURNED)),
        "redo": Count("pk", filter=Q(contest_count__gt=0)),
    }


def worked_on(scope):
    return ServiceRequest.objects.filter(scope.area, status__in=WORKED_ON).order_by()


def by_area(scope, digits, desk):
    """One row for each street or community below; two queries."""
    rows = worked_on(scope).values(below=Substr("area", 1, digits)).annotate(**numbers(scope))
    counts = {row["below"]: row for row in rows}
    names = Unit.objects.filter(code__in=counts).order_by("code")
    return [line(unit, counts[unit.code], desk, unit=unit.code) for unit in names]


def by_department(scope, desk):
    """One row for each lead department; two queries."""
    rows = worked_on(scope).filter(lead__isnull=False).values("lead").annotate(**numbers(scope))
    counts = {row["lead"]: row for row in rows}
    names = Unit.objects.filter(pk__in=counts).order_by("code")
    return [line(unit, counts[unit.pk], desk, lead=unit.pk) for unit in names]


LISTS = {
    "open": {"tab": "open"},
    "late": {"tab": "late"},
    "returned": {"tab": "open", "status": Status.RETURNED.value},
    "redo": {"tab": "open", "redo": "yes"},
}


def line(name, counts, desk, **narrow):
    """The unit's name and its four numbers, each with the list it opens."""
    cells = [
        {"key": key, "count": counts[key], "url": f"{desk.get_absolute_url()}?{urlencode({**query, **narrow})}"}
        for key, query in LISTS.items()
    ]
    return {"unit": name, "cells": cells}
