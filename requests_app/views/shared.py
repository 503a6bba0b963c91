"""What every page that shows a case begins with."""

from django.core.paginator import Paginator
from django.http import Http404
from django.utils.http import url_has_allowed_host_and_scheme

from requests_app.journey.parties import TrackedResident, parties_of
from requests_app.models import Assignment, Deadline, ServiceRequest
from requests_app.models.case import in_reach, reach_of
from services.kept import Kept

# Cases whose tracking code and phone digits were proved in this browser session.
TRACKED = "tracked"
# Parts of a desk that ask for pages, by their ids: where a case opens beside its list, and the list itself.
PANE, LIST = "pane", "desk-list"
SEEN = Kept(lambda pk, *reach, **shape: ServiceRequest.objects.filter(in_reach(*reach, **shape), pk=pk).for_page())
KEYS = Kept(lambda pk, *reach, **shape: ServiceRequest.objects.filter(in_reach(*reach, **shape), pk=pk).only("pk"))
PARTS = Kept(lambda case: Assignment.objects.filter(case=case).select_related("unit"))
DEADLINES = Kept(lambda case: Deadline.objects.filter(case=case))


def tracked_cases(request):
    """The keys of the cases proved in this session."""
    return request.session.get(TRACKED, [])


def own_cases(request):
    """The cases of this visitor: of the account, and those opened by their code in this session."""
    own = ServiceRequest.objects.filter(pk__in=tracked_cases(request))
    return own | ServiceRequest.objects.filter(resident=request.user) if request.user.is_authenticated else own


def visible_cases(request):
    """Every case this visitor may see."""
    return ServiceRequest.objects.visible_to(request.user, tracked=tracked_cases(request))


def visible_case(request, pk):
    """The case with what its page and its steps read, or 404, also when it exists but is not this visitor's to see."""
    reach, shape = reach_of(request.user, tracked_cases(request))
    case = _or_404(SEEN.one(pk, *reach, **shape))
    PARTS.hang_on(case, "assignments", pk)
    DEADLINES.hang_on(case, "deadlines", pk)
    return case


def visible_key(request, pk):
    """As ``visible_case``, but nothing of it is read before somebody asks."""
    reach, shape = reach_of(request.user, tracked_cases(request))
    return _or_404(KEYS.one(pk, *reach, **shape))


def _or_404(case):
    if case is None:
        raise Http404
    return case


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


class OpenPages(Paginator):
    """Pages of a list that takes too long to count: of each page it is known only whether another follows.

    ``count`` is the number of rows known of: those up to the page asked for, and one more where there is one.
    """

    is_open = True

    def get_page(self, number):
        number = int(number) if str(number).isdecimal() and 0 < int(number) < 10_000 else 1
        first = (number - 1) * self.per_page
        rows = list(self.object_list[first : first + self.per_page + 1])
        if not rows and number > 1:
            return self.get_page(1)
        self.count = first + len(rows)
        return self._get_page(rows[: self.per_page], number, self)


def total_of(page):
    """How many rows the list of ``page`` holds, as it is said: 7, or 25+ where more follow and nobody counted."""
    count = page.paginator.count
    return f"{count - 1}+" if isinstance(page.paginator, OpenPages) and page.has_next() else str(count)
