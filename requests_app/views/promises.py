"""The ledger of promises: for staff by unit, series and term; for residents by estate."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from requests_app.forms.meetings import ChangeForm
from requests_app.forms.promises import PromiseForm, ReportForm
from requests_app.meetings import ledger, promises
from requests_app.meetings.calling import seats_of
from requests_app.meetings.refusals import Refused
from requests_app.models import Meeting, Promise, PromiseChange, ServiceRequest
from requests_app.personal import without_numbers
from requests_app.views.meetings import reads_meetings, run_by
from requests_app.views.sharing import Share, for_everybody
from services.models import Estate, Term, codes_below

ROWS = 20  # promises on one page
SHOWN = ("late", "open", "settled", "all")


def narrowed(found, show, today):
    """Those of ``found`` that the tab ``show`` holds, what is pressing first."""
    if show == "late":
        return found.overdue(today).order_by("due_on", "pk")
    if show == "open":
        return found.open().order_by("due_on", "pk")
    if show == "settled":
        return found.exclude(state=Promise.State.OPEN).order_by("-settled_on", "-pk")
    return found.order_by("-made_on", "-pk")


@never_cache
@require_safe
def book(request):
    """The ledger of what one may see: accounts by unit and series, and the promises themselves."""
    today = timezone.localdate()
    if not reads_meetings(request.user, today):
        raise Http404
    visible = Promise.objects.visible_to(request.user)
    show = request.GET.get("show") if request.GET.get("show") in SHOWN else "open"
    page = Paginator(narrowed(visible, show, today).for_list(), ROWS).get_page(request.GET.get("page"))
    context = {
        "total": ledger.total(visible, today),
        "owners": ledger.by_owner(visible, today),
        "series": ledger.by_series(visible, today),
        "terms": terms_seen(request.user, today),
        "mine": run_by(request.user, today),
        "page": page,
        "rows": rows_of(page, today),
        "show": show,
        "tabs": [("open", _("Open")), ("late", _("Overdue")), ("settled", _("Settled")), ("all", _("All"))],
    }
    return render(request, "requests/meetings/ledger.html", context)


def rows_of(page, today):
    return [{"promise": one, "is_late": one.is_late(today)} for one in page]


def terms_seen(user, on):
    """The terms over or below the units that ``user`` serves in; one query."""
    terms = Term.objects.none()
    for held in user.current_memberships(on):
        terms = terms | Term.objects.over(held.unit) | Term.objects.under(held.unit)
    return terms.select_related("unit").distinct()


@never_cache
@require_safe
def term(request, pk):
    """A term's three accounts, and its promises: 届初建账、届中查账、届满交账."""
    today = timezone.localdate()
    found = get_object_or_404(terms_seen(request.user, today), pk=pk) if request.user.is_authenticated else None
    if found is None or not reads_meetings(request.user, today):
        raise Http404
    visible = Promise.objects.filter(codes_below("unit__code", found.unit.code)).visible_to(request.user)
    page = Paginator(ledger.of_term(found, visible).for_list().order_by("due_on", "pk"), ROWS)
    page = page.get_page(request.GET.get("page"))
    labels = (_("booked at the beginning"), _("checked in the middle"), _("settled at the end"))
    accounts = zip(labels, ledger.accounts_of(found, visible, today), strict=True)
    context = {
        "term": found,
        "accounts": [{"label": label, "day": day, "account": account} for label, (day, account) in accounts],
        "now": ledger.total(ledger.of_term(found, visible), today),
        "page": page,
        "rows": rows_of(page, today),
    }
    return render(request, "requests/meetings/term.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request, series):
    """Book a promise outside a meeting, as at the start of a term."""
    at = timezone.now()
    mine = {one["series"].code: one["series"] for one in run_by(request.user, timezone.localdate(at))}
    if series not in mine:
        raise Http404
    found = mine[series]
    form = PromiseForm(request.POST or None, series=found, at=at, seats=seats_of(found))
    if request.method == "POST" and form.is_valid():
        facts = {**form.cleaned_data, "text": without_numbers(form.cleaned_data["text"])}
        promise = promises.make(request.user, at, unit=found.unit, series=found, **facts)
        messages.success(request, _("The promise is booked."))
        return redirect(promise)
    return render(request, "requests/meetings/promise_new.html", {"series": found, "form": form})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def promise(request, pk):
    """One promise with everything that happened to it; its owner reports, who watches over it settles."""
    at = timezone.now()
    today = timezone.localdate(at)
    found = Promise.objects.visible_to(request.user).select_related("owner", "unit", "estate", "series")
    one = get_object_or_404(found, pk=pk)
    watches, owns = one.is_watched_by(request.user, today), one.is_owned_by(request.user, today)
    do = request.POST.get("do")
    forms = {
        "change": ChangeForm(request.POST if do == "change" else None, prefix="c"),
        "report": ReportForm(request.POST if do == "report" else None, prefix="r"),
    }
    if request.method == "POST":
        if do in forms and not (watches if do == "change" else owns):
            raise Http404
        if do not in forms or _written(request, one, forms[do], at):
            return redirect(one)
    sees = one.case_id and ServiceRequest.objects.visible_to(request.user).filter(pk=one.case_id).exists()
    context = {"promise": one, "changes": one.changes.all(), "watches": watches, "owns": owns, "sees": sees}
    context |= {"is_late": one.is_late(today), "meeting": meeting_of(one, request.user)}
    return render(request, "requests/meetings/promise.html", {**context, **forms})


def meeting_of(promise, user):
    """The meeting at which it was promised, where ``user`` sees that; otherwise None."""
    if promise.resolution_id is None:
        return None
    meetings = Meeting.objects.visible_to(user).select_related("series")
    return meetings.filter(items__resolutions=promise.resolution_id).first()


def _written(request, one, form, at):
    """True once the bound form stands in the ledger; otherwise it says what is to be mended."""
    if not form.is_valid():
        return False
    facts = {**form.cleaned_data, "note": without_numbers(form.cleaned_data["note"])}
    kind = facts.pop("kind", PromiseChange.Kind.REPORTED)
    try:
        promises.change(one, kind, request.user, at, **facts)
    except Refused as refused:
        form.add_error(None, ValidationError(refused.sentence))
        return False
    messages.success(request, _("The ledger says so now."))
    return True


@for_everybody
def public_promises(request, code):
    """What was promised to one estate, for everybody."""
    today = timezone.localdate()
    estate = get_object_or_404(Estate.objects.select_related("branch__parent"), code=code)
    made = Promise.objects.public().filter(estate=estate)
    page = Paginator(made.for_list().order_by("-made_on", "-pk").prefetch_related("changes"), ROWS)
    page = page.get_page(request.GET.get("page"))
    context = {"estate": estate, "total": ledger.total(made, today), "page": page, "rows": rows_of(page, today)}
    about = _(
        "What was promised at joint meetings, by when, and what became of it. A moved day stays visible, with the "
        "reason."
    )
    path = reverse("requests:public-promises", args=[estate.code])
    share = Share(_("Promises to %(estate)s") % {"estate": estate}, about, path)
    return render(request, "requests/meetings/public_promises.html", {**context, "share": share})


@never_cache
@require_safe
def to_my_estate(request):
    """To the promises made to the estate that one last filed for; to all published minutes where there is none."""
    last = ServiceRequest.objects.filter(resident=request.user).order_by("-created_at").select_related("estate").first()
    if last is None:
        return redirect("requests:public-meetings")
    return redirect("requests:public-promises", last.estate.code)
