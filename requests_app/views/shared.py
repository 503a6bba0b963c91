"""What every page that shows a case begins with."""

from django.http import Http404
from django.utils.http import url_has_allowed_host_and_scheme

from requests_app.journey.parties import TrackedResident, parties_of
from requests_app.models import ServiceRequest

# Cases whose tracking code and phone digits were proved in this browser session.
TRACKED = "tracked"
# Parts of a desk that ask for pages, by their ids: where a case opens beside its list, and the list itself.
PANE, LIST = "pane", "desk-list"


def tracked_cases(request):
    """The keys of the cases proved in this session."""
    return request.session.get(TRACKED, [])


def visible_cases(request):
    """Every case this visitor may see."""
    return ServiceRequest.objects.visible_to(request.user, tracked=tracked_cases(request))


def visible_case(request, pk):
    """The case with what its page and its steps read, or 404, also when it exists but is not this visitor's to see."""
    related = ("assignments__unit", "deadlines", "extensions", "follow_ups")
    cases = visible_cases(request).for_page().prefetch_related(*related)
    try:
        return cases.get(pk=pk)
    except ServiceRequest.DoesNotExist:
        raise Http404 from None


def actor_on(request, case, at):
    """Who acts on ``case`` in this request: the signed-in person, or whoever proved the tracking code."""
    if case.pk in tracked_cases(request) and not parties_of(request.user, case, at):
        return TrackedResident(case.pk)
    return request.user


def next_page(request):
    """The page of this site to go on to, as the form or the link named it; an empty text where none was named."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return url if safe else ""


def asks_for(request, part):
    """True where a page's ``part`` asked, through htmx, for what it shows next."""
    return request.headers.get("HX-Target") == part
