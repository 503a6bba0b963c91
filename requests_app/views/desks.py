"""The desks: what lies before each role, in tabs, with filters in the URL."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import IntegerField, Q, Subquery, Value
from django.http import Http404, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from requests_app.filters import CaseFilter, choices_for, choices_named_in
from requests_app.forms.saved_views import kept_query
from requests_app.models import (
    OPEN_STATUSES,
    WORKED_ON,
    Act,
    Assignment,
    Extension,
    FollowUp,
    Holder,
    Notice,
    SavedView,
    ServiceRequest,
    Status,
)
from requests_app.models.case import DONE_STATUSES
from requests_app.models.follow_up import handled_by
from requests_app.models.rows import any_of
from requests_app.views.desk_rows import ROWS, SIZES, call_rows, case_rows
from requests_app.views.shared import LIST, PANE, OpenPages, asks_for, total_of
from services.kept import Kept
from services.models import Role, Unit, User, codes_between, span_of

ASKED = Extension.State.ASKED
# What the URL of a desk says of the case that stands open beside the list: its key, and the step begun on it.
OPEN = ("case", "act")
DIGITS, SLUG = re.compile(r"[0-9]{1,18}"), re.compile(r"[a-z_]+")
COUNTED = 10_000  # cases; of longer lists nobody is told more than that they are longer
LATELY = timedelta(days=30)  # so long the callers' desk shows what has ended
NOT_REACHED = (FollowUp.State.UNREACHABLE, FollowUp.State.REFUSED, FollowUp.State.MISSED)
ANSWERED_TASKS = (FollowUp.State.REACHED, FollowUp.State.ANSWERED)


class Span(NamedTuple):
    """A unit by its codes (see ``span_of``), and whether it is a department."""

    first: str
    after: str
    is_department: bool


@dataclass(frozen=True)
class Scope:
    """The units a person sits at one desk for, the moment, the first day of its month, and who it is."""

    spans: tuple[Span, ...]
    at: datetime
    month: date
    units: tuple[Unit, ...] = ()
    user: User | None = None

    @classmethod
    def of(cls, units, at, user):
        """The scope of ``user``, who sits for ``units``, at ``at``."""
        spans = tuple(Span(*span_of(unit.code), unit.kind == Unit.Kind.DEPARTMENT) for unit in units)
        return cls(spans, at, timezone.localdate(at).replace(day=1), tuple(units), user)

    @cached_property
    def area(self):
        """Cases of the estates under the units."""
        return any_of(codes_between("area", span.first, span.after) for span in self.spans)

    @cached_property
    def led(self):
        """Cases that the units or their teams lead."""
        return Q(lead__in=self._departments)

    @cached_property
    def assisted(self):
        """Cases that wait for an assisting report of the units or their teams."""
        waiting = Assignment.objects.unreported().filter(unit__in=self._departments)
        return Q(pk__in=waiting.values("case"))

    @cached_property
    def assigned(self):
        """Cases that are or were assigned to the units or their teams."""
        return Q(pk__in=Assignment.objects.filter(unit__in=self._departments).values("case"))

    def to_call(self, tasks):
        """Cases of the area with one of ``tasks``, but those in which the person has had a hand."""
        return self.area & Q(pk__in=tasks.values("case")) & ~handled_by(self.user, self.at)

    @property
    def tasks(self):
        """Call tasks that somebody may still be rung up about."""
        return FollowUp.objects.open().filter(case__status__in=DONE_STATUSES)

    @property
    def lately(self):
        """Call tasks that ended within the last month."""
        return FollowUp.objects.filter(ended_at__gte=self.at - LATELY)

    @cached_property
    def below(self):
        """Cases that lie below the units, be they areas or departments."""
        if all(span.is_department for span in self.spans):
            return self.assigned
        return self.area | self.assigned if any(span.is_department for span in self.spans) else self.area

    @property
    def late(self):
        return Q(status__in=WORKED_ON, due_at__lt=self.at)

    @property
    def _departments(self):
        spans = [span for span in self.spans if span.is_department]
        found = Unit.objects.filter(any_of(codes_between("code", span.first, span.after) for span in spans))
        return found.order_by().values("pk")


# What can be done with several ticked rows at once, as the button says it.
TOGETHER = {
    Act.ACCEPT: _("Accept the ticked ones"),
    Act.SIGN: _("Sign for the ticked ones"),
    Act.DISPATCH: _("Dispatch the ticked ones"),
}


@dataclass(frozen=True)
class Tab:
    """One list of a desk: ``holds`` gives its cases as a Q, ``empty`` says what an empty list means."""

    key: str
    label: str
    holds: Callable[[Scope], Q]
    empty: str
    sort: str = "due"
    is_alert: bool = False
    bulk: tuple[Act, ...] = ()

    @property
    def buttons(self):
        """What can be done with several ticked rows: (act, label)."""
        return [(act, TOGETHER[act]) for act in self.bulk]


@dataclass(frozen=True)
class Desk:
    """What one role works through; ``owed`` are the tabs that wait for it."""

    slug: str
    label: str
    role: Role
    tabs: tuple[Tab, ...]
    owed: tuple[str, ...] = ()
    # Pages beside the queue: what they are called, and the name of their address.
    links: tuple[tuple[str, str], ...] = ()

    def get_absolute_url(self):
        return reverse("requests:desk", args=[self.slug])

    def tab(self, key):
        """The tab of that key, the first one where there is none such."""
        return next((tab for tab in self.tabs if tab.key == key), self.tabs[0])

    @property
    def bulk_acts(self):
        return {act for tab in self.tabs for act in tab.bulk}

    @property
    def owed_keys(self):
        """What owes() calls its lists."""
        return [f"{self.slug}_{key}" for key in self.owed]


def in_area(*statuses, **more):
    """Cases of the area in one of ``statuses``."""
    return lambda scope: scope.area & Q(status__in=statuses, **more)


def led(*statuses):
    return lambda scope: scope.led & Q(status__in=statuses)


ALL_CLEAR = _("Nothing waits here. New ones appear by themselves.")
NOT_YET = _("Nothing here yet.")
NONE_LATE = _("Nothing is late. Well done.")


def all_below(scope):
    return scope.below


SENDS = (Act.DISPATCH,)
EVERYTHING = Tab("all", pgettext_lazy("tab", "All"), all_below, NOT_YET, sort="newest")
LATE = Tab(
    "late",
    pgettext_lazy("tab", "Late"),
    lambda scope: scope.area & scope.late,
    NONE_LATE,
    is_alert=True,
    bulk=SENDS,
)
ANSWERED = Tab("answered", _("Waiting for rating"), in_area(Status.FULFILLED), NOT_YET)

BOOK = (_("Precedents"), "requests:precedents")
PLATES = (_("My estates"), "requests:my-estates")
FIGURES = (_("Figures"), "requests:figures")
SIGNALS = (_("Signals on units"), "requests:signals")
DRAWS = (_("Whom we call"), "requests:public-draws")
BRANCH = Desk(
    "branch",
    _("Estate desk"),
    Role.BRANCH,
    (
        Tab("accept", _("To accept"), in_area(Status.FILED), ALL_CLEAR, bulk=(Act.ACCEPT,)),
        Tab("in_hand", pgettext_lazy("tab", "In hand"), in_area(Status.ACCEPTED), _("Accept a request to begin.")),
        Tab(
            "elsewhere",
            _("Passed on"),
            in_area(Status.REFERRED, Status.DISPATCHED, Status.IN_HAND, Status.RETURNED, Status.PARKED),
            NOT_YET,
        ),
        ANSWERED,
        EVERYTHING,
    ),
    owed=("accept", "in_hand"),
    links=(PLATES, FIGURES),
)
COMMUNITY = Desk(
    "community",
    _("Community desk"),
    Role.DISPATCHER,
    (
        Tab(
            "dispatch",
            _("To dispatch"),
            in_area(Status.REFERRED, holder=Holder.COMMUNITY),
            ALL_CLEAR,
            bulk=SENDS,
        ),
        Tab("returned", _("To rule on"), in_area(Status.RETURNED, holder=Holder.COMMUNITY), ALL_CLEAR),
        Tab("in_hand", _("At departments"), in_area(Status.DISPATCHED, Status.IN_HAND), NOT_YET),
        Tab("asked", _("Waiting for an answer"), in_area(*WORKED_ON, holder=Holder.RESIDENT), NOT_YET),
        LATE,
        ANSWERED,
        EVERYTHING,
    ),
    owed=("dispatch", "returned"),
    links=(BOOK, PLATES, FIGURES),
)
DEPARTMENT = Desk(
    "department",
    _("Department desk"),
    Role.OFFICER,
    (
        Tab("sign", _("To sign"), led(Status.DISPATCHED), ALL_CLEAR, bulk=(Act.SIGN,)),
        Tab("in_hand", pgettext_lazy("tab", "In hand"), led(Status.IN_HAND), _("Sign for a request to begin.")),
        Tab(
            "assisting",
            pgettext_lazy("tab", "Assisting"),
            lambda scope: scope.assisted & Q(status__in=[Status.DISPATCHED, Status.IN_HAND]),
            _("No other department waits for your report."),
        ),
        Tab("returned", _("Return asked for"), led(Status.RETURNED), NOT_YET),
        Tab("done", pgettext_lazy("tab", "Done"), led(Status.FULFILLED, Status.CLOSED), NOT_YET, sort="newest"),
        Tab("all", pgettext_lazy("tab", "All"), lambda scope: scope.assigned, NOT_YET, sort="newest"),
    ),
    owed=("sign", "in_hand", "assisting"),
    links=(BOOK, FIGURES),
)
SUPERVISOR = Desk(
    "supervisor",
    _("Supervisor's desk"),
    Role.SUPERVISOR,
    (
        Tab("rulings", _("To rule on"), in_area(Status.RETURNED, holder=Holder.SUPERVISOR), ALL_CLEAR),
        Tab(
            "appeals",
            _("Appeals and second redos"),
            in_area(Status.REFERRED, holder=Holder.SUPERVISOR),
            ALL_CLEAR,
            bulk=SENDS,
        ),
        Tab(
            "more_time",
            _("More time asked for"),
            lambda scope: (
                scope.area & Q(status__in=WORKED_ON, pk__in=Extension.objects.filter(state=ASKED).values("case"))
            ),
            ALL_CLEAR,
        ),
        LATE,
        Tab(
            "listed",
            _("List of the month"),
            lambda scope: scope.area & Q(listed_on__gte=scope.month),
            NONE_LATE,
        ),
        Tab("parked", pgettext_lazy("tab", "Parked"), in_area(Status.PARKED), _("Nothing is parked.")),
        Tab(
            "meeting",
            _("For the meeting"),
            lambda scope: scope.area & Q(for_meeting=True, status__in=OPEN_STATUSES),
            _("Nothing is on the agenda."),
        ),
        Tab("open", pgettext_lazy("tab", "Open"), in_area(*WORKED_ON), NOT_YET),
        EVERYTHING,
    ),
    owed=("rulings", "appeals", "more_time"),
    links=(BOOK, (_("Messages not delivered"), "requests:undelivered"), FIGURES, SIGNALS, DRAWS),
)
CALLER = Desk(
    "calls",
    _("Follow-up calls"),
    Role.CALLER,
    (
        Tab(
            "to_call",
            _("To call"),
            lambda scope: scope.to_call(scope.tasks.filter(Q(next_at=None) | Q(next_at__lte=scope.at))),
            ALL_CLEAR,
            sort="call",
        ),
        Tab(
            "later",
            _("Try again later"),
            lambda scope: scope.to_call(scope.tasks.filter(next_at__gt=scope.at)),
            _("Whoever did not answer comes here until another time of the day."),
            sort="call",
        ),
        Tab(
            "not_reached",
            _("Not reached"),
            lambda scope: scope.to_call(scope.lately.filter(state__in=NOT_REACHED)),
            NOT_YET,
            sort="newest",
        ),
        Tab(
            "done",
            pgettext_lazy("tab", "Answered"),
            lambda scope: scope.to_call(scope.lately.filter(state__in=ANSWERED_TASKS)),
            NOT_YET,
            sort="newest",
        ),
    ),
    owed=("to_call",),
    links=(DRAWS,),
)
AUDITOR = Desk(
    "audit",
    _("Auditor's desk"),
    Role.AUDITOR,
    (
        EVERYTHING,
        Tab("open", pgettext_lazy("tab", "Open"), lambda scope: scope.below & Q(status__in=WORKED_ON), NOT_YET),
        Tab(
            "late",
            pgettext_lazy("tab", "Late"),
            lambda scope: scope.below & scope.late,
            NONE_LATE,
            is_alert=True,
        ),
    ),
    links=(BOOK, FIGURES, SIGNALS, DRAWS),
)
DESKS = {desk.slug: desk for desk in (BRANCH, COMMUNITY, DEPARTMENT, SUPERVISOR, CALLER, AUDITOR)}


def units_at(user, desk, at):
    """The units for which ``user`` sits at ``desk``; from the memberships already read."""
    held = user.current_memberships(timezone.localdate(at))
    return list(dict.fromkeys(membership.unit for membership in held if membership.role == desk.role))


def desks_of(user, at):
    """(desk, scope) for every desk ``user`` sits at, in the order of the journey."""
    found = ((desk, units_at(user, desk, at)) for desk in DESKS.values())
    return [(desk, Scope.of(units, at, user)) for desk, units in found if units]


def scope_at(user, slug, query, at):
    """The desk, all units ``user`` sits there for, and the scope of the one chosen (or of all); 404 if none."""
    desk = DESKS.get(slug)
    units = units_at(user, desk, at) if desk else []
    if not units:
        raise Http404
    chosen = [unit for unit in units if str(unit.pk) == query.get("own")]
    return desk, units, Scope.of(chosen or units, at, user)


@dataclass(frozen=True)
class Queue:
    """The list before a person: one tab of a desk for some units, narrowed and sorted."""

    desk: Desk
    units: tuple[Unit, ...]
    scope: Scope
    tab: Tab
    filters: CaseFilter

    @property
    def cases(self):
        return self.filters.cases


def queue_of(user, slug, query, at, offer=choices_for):
    """The queue that ``query`` (a QueryDict, as in the URL) describes; 404 where ``user`` does not sit at that desk.

    ``offer`` turns units into what the filters can choose from.
    """
    desk, units, scope = scope_at(user, slug, query, at)
    tab = desk.tab(query.get("tab"))
    cases = ServiceRequest.objects.filter(tab.holds(scope))
    choices = offer(scope.units)
    filters = CaseFilter(query, queryset=cases, choices=choices, default_sort=tab.sort, at=at, user=user)
    return Queue(desk, tuple(units), scope, tab, filters)


def case_after(user, address, case, at):
    """The key of the case that follows ``case``, as it was read, in the list that a desk shows ``user`` at ``address``.

    The first one after the end of the list; None where it is empty, or where no desk has that address.
    """
    path, _mark, query = address.partition("?")
    try:
        match = resolve(path)
        if match.view_name != "requests:desk":
            return None
        query = QueryDict(query)
        queue = queue_of(user, match.kwargs["desk"], query, at, offer=lambda _units: choices_named_in(query))
    except (Resolver404, Http404):
        return None
    return queue.filters.after(case)


@never_cache
@require_safe
def desk(request, desk):
    """One desk: its tabs with their counts, and the chosen tab's cases, filtered, sorted and in pages.

    Answers with the list alone where the page asks for that, and says to the pane that the list is worked through.
    """
    at = timezone.now()
    if asks_for(request, PANE):
        return render(request, "requests/desk_done.html", {"desk": scope_at(request.user, desk, request.GET, at)[0]})
    queue = queue_of(request.user, desk, request.GET, at)
    template = "requests/desk_list.html" if asks_for(request, LIST) else "requests/desk.html"
    return render(request, template, desk_context(request, queue, at))


def desk_context(request, queue, at):
    """Everything a desk shows of ``queue``."""
    desk, scope, tab, filters = queue.desk, queue.scope, queue.tab, queue.filters
    counts = count_with_the_rest(request, desk, scope)
    size = rows_on_a_page(request)
    page, total = page_of(queue, counts[tab.key], size, request.GET.get("page"))
    here = list_address(request)
    query = kept_query({**request.GET.dict(), "tab": tab.key, "sort": filters.order})
    rows = call_rows if desk is CALLER else case_rows
    return {
        "desk": desk,
        "units": scope.units,
        "switch": unit_switch(request, queue.units, scope),
        "tabs": tab_links(request, desk, tab, counts),
        "tab": tab,
        "page": page,
        "total": total,
        "rows": rows(page, at, f"?{urlencode({'next': here})}"),
        "pane": pane(request, here),
        "query": query,
        "views": view_links(request, desk, query),
        "form": filters.form,
        "applied": chips(request, filters),
        "left_out": filters.left_out,
        "kept": kept(request, "tab", "own", "rows"),
        "reset": f"?{urlencode(kept(request, 'tab', 'own', 'rows'))}",
        "has_units": desk is SUPERVISOR,
        "here": here,
        "sizes": size_links(request, size, page) if tab.bulk else [],
    }


def page_of(queue, held, size, number):
    """The page ``number`` of the keys of ``queue``, whose tab holds ``held`` cases, and how many there are in all."""
    filters, keys = queue.filters, queue.cases.values_list("pk", flat=True)
    if filters.is_common:
        page = OpenPages(keys, size).get_page(number)
        return page, total_of(page)
    count = keys.order_by()[: COUNTED + 1].count() if filters.applied else held
    if count > COUNTED:
        return OpenPages(keys, size).get_page(number), said(count)
    paginator = Paginator(keys, size)
    paginator.count = count  # known already; the database need not count twice
    return paginator.get_page(number), said(count)


def said(count):
    """``count`` as a page says it: of what is longer than anybody works through, that it is."""
    return count if count <= COUNTED else f"{COUNTED}+"


def rows_on_a_page(request):
    """How many rows the URL asks for, one of ``SIZES``."""
    return next((size for size in SIZES if request.GET.get("rows") == str(size)), ROWS)


def size_links(request, current, page):
    """Links to longer or shorter pages; none where all rows fit on the shortest."""
    if page.paginator.count <= ROWS:
        return []
    return [{"rows": size, "url": changed(request, rows=size), "is_current": size == current} for size in SIZES]


def count_tabs(desk, scope):
    """How many cases each tab holds, by its key; one query."""
    return count_each([(tab.key, desk.slug, tab.key, scope) for tab in desk.tabs])


def count_with_the_rest(request, desk, scope):
    """As count_tabs(); what else waits for the reader is counted in the same query, for the head of the page."""
    if asks_for(request, LIST):
        return count_tabs(desk, scope)
    mark = "own" if request.GET.get("own") else desk.slug  # the head counts for all units of the reader
    lists = [(f"{mark}_{tab.key}", desk.slug, tab.key, scope) for tab in desk.tabs]
    request.waiting = Waiting(request.user, lists)
    return {tab.key: request.waiting.counts[f"{mark}_{tab.key}"] for tab in desk.tabs}


UNREAD = "unread"


class Waiting:
    """What waits for one reader: the counts of their desks' tabs and of messages not read, and of ``more`` lists."""

    def __init__(self, user, more=()):
        self.seats = desks_of(user, timezone.now())
        known = {name for name, *_of_what in more}
        owed = [
            (name, desk.slug, key, scope)
            for desk, scope in self.seats
            for name, key in zip(desk.owed_keys, desk.owed, strict=True)
            if name not in known
        ]
        lists = [*more, *owed]
        unread = Notice.objects.for_reader(user).unread()
        self.counts = count_each(lists, user.pk) if lists else {UNREAD: unread.count()}

    def desks(self, path):
        """The desks as links with counts; the figures behind the last one, for those who read them."""
        links = [
            {
                "url": desk.get_absolute_url(),
                "label": desk.label,
                "count": said(sum(self.counts[key] for key in desk.owed_keys)),
                "current": path.startswith(desk.get_absolute_url()),
            }
            for desk, _scope in self.seats
        ]
        if any(desk.slug != "calls" for desk, _scope in self.seats):
            figures = reverse("requests:figures")
            links.append({"url": figures, "label": _("Figures"), "count": "", "current": path.startswith(figures)})
        return links


def count_each(lists, reader=None):
    """How many cases each of ``lists`` (name, slug of a desk, key of its tab, scope) has, by their names; one query.

    With the key of a ``reader`` their messages not read are counted too.
    """
    scopes = list(dict.fromkeys(scope for *_list, scope in lists))
    named = tuple((name, slug, key, scopes.index(scope)) for name, slug, key, scope in lists)
    unit = scopes[0].units[0].pk
    if any(slug == CALLER.slug for _name, slug, *_tab in named):
        # What callers may see depends on what they did.
        return _counts(unit, *_readers(reader), scopes=scopes, named=named).get()
    ends = [end for scope in scopes for span in scope.spans for end in (span.first, span.after)]
    flags = tuple(tuple(span.is_department for span in scope.spans) for scope in scopes)
    return KEPT_COUNTS.one(unit, scopes[0].at, scopes[0].month, *ends, *_readers(reader), flags=flags, named=named)


def _readers(reader):
    return () if reader is None else (reader,)


def _counts(unit, *readers, scopes, named):
    """The counts as the one row of ``unit``.

    Each count is a query of its own inside it, so that each is answered from the index that suits it; and none goes
    further than ``COUNTED`` and one, so that a desk of a million cases takes no longer than one of some thousands.
    """
    counts = {
        name: HowMany(_ones(ServiceRequest.objects.filter(DESKS[slug].tab(key).holds(scopes[place]))))
        for name, slug, key, place in named
    }
    if readers:
        counts[UNREAD] = HowMany(_ones(Notice.objects.for_reader(readers[0]).unread()))
    return Unit.objects.filter(pk=unit).order_by().values(**counts)


def _kept_counts(unit, at, month, *values, flags, named):
    values = iter(values)
    scopes = [Scope(tuple(Span(next(values), next(values), flag) for flag in of_one), at, month) for of_one in flags]
    return _counts(unit, *values, scopes=scopes, named=named)


KEPT_COUNTS = Kept(_kept_counts)


class HowMany(Subquery):
    """The number of rows of a query."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def _ones(rows):
    return rows.order_by().annotate(one=Value(1)).values("one")[: COUNTED + 1]


def list_address(request):
    """The address of the list as it is narrowed now, without what stands open beside it."""
    query = {name: value for name, value in request.GET.items() if value and name not in OPEN}
    return f"{request.path}?{urlencode(query)}" if query else request.path


def pane(request, here):
    """What stands open beside the list: its ``case`` (a number) and the ``url`` to load it from; None where nothing."""
    number, act = (request.GET.get(name, "") for name in OPEN)
    if not DIGITS.fullmatch(number):
        return None
    page = (
        reverse("requests:step", args=[number, act]) if SLUG.fullmatch(act) else reverse("requests:case", args=[number])
    )
    return {"case": int(number), "url": f"{page}?{urlencode({'next': here})}", "list": here}


def kept(request, *names):
    """What of the URL's query stays in a link."""
    return {name: request.GET[name] for name in names if request.GET.get(name)}


def changed(request, **values):
    """The URL's query with some values changed or (None) left out, always from the first page with no case open."""
    query = request.GET.copy()
    for name, value in {"page": None, **dict.fromkeys(OPEN), **values}.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}"


def tab_links(request, desk, current, counts, base=""):
    return [
        {
            "label": tab.label,
            "count": said(counts[tab.key]),
            "url": base + changed(request, tab=tab.key),
            "is_current": tab is current,
            "is_alert": tab.is_alert and counts[tab.key] > 0,
        }
        for tab in desk.tabs
    ]


VIEWS = Kept(lambda user, slug: SavedView.objects.at_desk(user, slug))


def view_links(request, desk, query):
    """The views this person keeps at ``desk``; ``query`` says which list is shown now."""
    return [
        {"label": view.name, "url": f"{desk.get_absolute_url()}?{view.query}", "is_current": view.query == query}
        for view in VIEWS(request.user.pk, desk.slug)
    ]


def unit_switch(request, units, scope):
    """Links to one unit or all of them, for a person who sits here for several."""
    if len(units) < 2:
        return []
    alone = scope.units if len(scope.units) == 1 else ()
    every = {"label": _("All my units"), "url": changed(request, own=None), "is_current": not alone}
    links = [{"label": unit, "url": changed(request, own=unit.pk), "is_current": unit in alone} for unit in units]
    return [every, *links]


def chips(request, filters):
    """What narrows the list, each with the link that takes it away."""
    return [
        {"label": label, "value": value, "url": changed(request, **{name: None})}
        for name, label, value in filters.applied
    ]
