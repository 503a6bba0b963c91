"""Work done before anybody asks (未诉先办): what the coming weeks are likely to bring, and where."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from requests_app.figures.counters import estate_place
from requests_app.figures.readers import unit_for, units_of
from requests_app.figures.weeks import AHEAD, expected, heat_of
from requests_app.models import ServiceRequest
from requests_app.models.event import Party
from requests_app.views.drafts import new_filing, remember
from requests_app.views.filing import to_page
from services.models import Category, Estate, Unit

FILERS = (Party.BRANCH, Party.DISPATCHER)
BELOW_AT_MOST = 60  # places to go on to


def own_units(user, at):
    """The units whose places ``user`` looks ahead for; departments have none."""
    return [unit for unit in units_of(user, at) if unit.kind != Unit.Kind.DEPARTMENT]


@never_cache
@require_safe
def foresight(request):
    """The heat table of one unit or estate, and what is expected there in the coming weeks."""
    at = timezone.now()
    own = own_units(request.user, at)
    if not own:
        raise Http404
    unit, estate = _asked_for(request, own, at)
    found = expected(at, unit=unit, estate=estate)
    filers = _estates_filed_for(request, found)
    done = _filed_already(found, at)
    context = {
        "unit": unit,
        "estate": estate,
        "own": own,
        "above": _above(unit, estate, own),
        "below": _below(unit, estate),
        "heat": heat_of(estate_place(estate.pk) if estate else unit.code, at),
        "expected": [
            {
                "one": one,
                "why": why(one),
                "may_file": one.estate.pk in filers,
                "done": done.get((one.estate.pk, one.category.pk)),
            }
            for one in found
        ],
        "weeks": AHEAD,
    }
    return render(request, "requests/foresight.html", context)


def _asked_for(request, own, at):
    """(unit, None) or (None, estate) as the URL says, one's own unit otherwise; 404 where it is not one's to see."""
    code = _code(request.GET.get("estate", ""))
    if code:
        estate = get_object_or_404(Estate.objects.select_related("branch"), code=code)
        if not any(unit.covers(estate.branch.code) for unit in own):
            raise Http404
        return None, estate
    code = request.GET.get("unit", "")
    unit = unit_for(request.user, code, at) if code.isdecimal() else own[0]
    if unit.kind == Unit.Kind.DEPARTMENT:
        raise Http404
    return unit, None


def _code(text):
    """What may be a code; PostgreSQL takes no NUL in a text."""
    return text[:40].replace("\0", "?")


def _above(unit, estate, own):
    """The unit around the one shown, None at the top of what one sees."""
    above = estate.branch if estate else unit.parent
    return above if above and any(one.covers(above.code) for one in own) else None


def _below(unit, estate):
    """(query, name) of the places one can look closer at; one query."""
    if estate:
        return []
    if unit.kind in (Unit.Kind.BRANCH, Unit.Kind.COMMUNITY):
        return [(f"estate={one.code}", one.name) for one in Estate.objects.under(unit)[:BELOW_AT_MOST]]
    children = unit.children.active().exclude(kind=Unit.Kind.DEPARTMENT)[:BELOW_AT_MOST]
    return [(f"unit={one.code}", one.name) for one in children]


def why(one):
    """Why trouble is expected, in words."""
    first, last = one.first.isocalendar().week, one.last.isocalendar().week
    said = {"total": one.total, "last": one.last_year, "before": one.year_before, "from": first, "to": last}
    if first == last:
        return (
            _("in the two years before %(total)s times in week %(from)s (last year %(last)s, before %(before)s)") % said
        )
    words = _(
        "in the two years before %(total)s times in weeks %(from)s to %(to)s (last year %(last)s, before %(before)s)"
    )
    return words % said


def _estates_filed_for(request, found):
    """The keys of those estates of ``found`` that this person may file for, as branch or community."""
    held = request.user.current_memberships(timezone.localdate())
    units = [one.unit for one in held if one.role in (Party.BRANCH.value, Party.DISPATCHER.value)]
    return {one.estate.pk for one in found if any(unit.covers(one.estate.branch.code) for unit in units)}


def _filed_already(found, at):
    """{(estate, category): the preventive case filed there lately}; one query."""
    lately = ServiceRequest.objects.filter(
        source=ServiceRequest.Source.PREVENTIVE,
        estate__in={one.estate.pk for one in found},
        category__in={one.category.pk for one in found},
        created_at__gte=at - timedelta(weeks=AHEAD),
    )
    return {(case.estate_id, case.category_id): case for case in lately.without_contact().order_by("created_at")}


@require_POST
def prevent(request):
    """Begin a filing for what is expected: place, kind and words filled in, through the pages that all filings take."""
    at = timezone.now()
    estate = get_object_or_404(Estate.objects.select_related("branch"), code=_code(request.POST.get("estate", "")))
    category = get_object_or_404(Category.objects.leaves(), code=_code(request.POST.get("category", "")))
    for party in FILERS:
        filing = new_filing(request, party)
        if filing.estates().filter(pk=estate.pk).exists():
            break
    else:
        raise Http404
    (one, *_rest) = [one for one in expected(at, estate=estate) if one.category == category] or [None]
    # Everybody who works on it reads the language of the house.
    with translation.override(settings.LANGUAGE_CODE):
        words = _("Before anybody asks: please look at it in time.")
        reason = f" {category}: {why(one)}." if one else ""
    filing.draft.data = {"party": party, "preventive": True}
    filing.start(
        {"where": {"estate": estate.pk}, "what": {"category": str(category.pk)}}, words={"text": words + reason}
    )
    remember(request, filing.draft)
    return to_page(filing, "place")
