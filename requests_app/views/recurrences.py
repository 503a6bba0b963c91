"""What comes back (1330): the list, and one of them with its cases, its cause, its remedy and how quiet it is."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from requests_app.forms.recurrences import CauseForm, RemedyForm
from requests_app.journey import recurrences as journey
from requests_app.meetings import remedies
from requests_app.meetings.refusals import Refused
from requests_app.models import Recurrence, ServiceRequest
from requests_app.personal import without_numbers
from requests_app.views.meetings import reads_meetings
from services.models import RecurrenceRule

ROWS = 20  # recurrences on one page
# The list's tabs: the word in the URL, the label, which of them.
TABS = {
    "open": (gettext_lazy("No remedy yet"), lambda found: found.without_remedy()),
    "promised": (gettext_lazy("Remedy promised"), lambda found: found.promised()),
    "watched": (gettext_lazy("Watched"), lambda found: found.watched()),
    "closed": (pgettext_lazy("recurrences", "Closed"), lambda found: found.closed()),
}

# What a button under a case does, and what is said afterwards.
MOVED = {
    "strike": gettext_lazy("#%(number)s is another matter and no longer counted here."),
    "put_back": gettext_lazy("#%(number)s counts here again."),
}


@never_cache
@require_safe
def recurrences(request):
    """What comes back below one's own unit, that without a remedy first."""
    if not reads_meetings(request.user, timezone.localdate()):
        raise Http404
    visible = Recurrence.objects.visible_to(request.user)
    show = request.GET.get("show") if request.GET.get("show") in TABS else "open"
    page = Paginator(TABS[show][1](visible).for_list(), ROWS).get_page(request.GET.get("page"))
    rule_for = RecurrenceRule.objects.nearest()
    rows = [{"one": one, "quiet_until": journey.quiet_until(one, rule_for(one.category))} for one in page]
    tabs = [(word, label) for word, (label, _chosen) in TABS.items()]
    return render(request, "requests/recurrences.html", {"page": page, "rows": rows, "show": show, "tabs": tabs})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def recurrence(request, pk):
    """One of them; those who serve there say why it comes back, who ends it, and which case is another matter."""
    at = timezone.now()
    one = get_object_or_404(Recurrence.objects.visible_to(request.user).for_list(), pk=pk)
    writes = one.is_written_by(request.user, timezone.localdate(at))
    form = _form(request, one, at) if writes else None
    if request.method == "POST":
        if not writes:
            raise Http404
        if _written(request, one, form, at):
            return redirect(one)
    links = list(one.links.select_related("case__category", "case__estate", "case__building", "case__lead"))
    keys = [link.case_id for link in links]
    seen = set(
        ServiceRequest.objects.visible_to(request.user).filter(pk__in=keys).order_by().values_list("pk", flat=True)
    )
    rule = RecurrenceRule.objects.nearest()(one.category)
    context = {
        "one": one,
        "writes": writes,
        "form": form,
        "links": [link for link in links if link.case_id in seen],
        "unseen": len(keys) - len(seen),
        "quiet_days": rule.quiet_days,
        "quiet_until": journey.quiet_until(one, rule),
    }
    return render(request, "requests/recurrence.html", context)


def _form(request, one, at):
    data = request.POST if request.POST.get("do") == "say" else None
    if one.has_remedy:
        return CauseForm(data, initial={"cause": one.cause})
    return RemedyForm(data, recurrence=one, at=at, initial={"cause": one.cause})


def _moved(request, one, do, at):
    """Take the case that the button names out, or back in; where there is none to take, say so."""
    number = request.POST.get("case", "").strip().removeprefix("#")
    key = int(number) if number.isdecimal() and len(number) < 19 else 0
    link = one.links.select_related("case").filter(case=key).first()
    if link is None or not ServiceRequest.objects.visible_to(request.user).filter(pk=link.case_id).exists():
        messages.error(request, _("No request of that number belongs here. Nothing was changed."))
        return
    if do == "strike":
        journey.strike(one, link.case, at)
    else:
        journey.put_back(one, link.case)
    messages.success(request, MOVED[do] % {"number": link.case_id})


def _written(request, one, form, at):
    """True once what the button says is done; otherwise the form says what is to be mended."""
    do = request.POST.get("do")
    if do in MOVED:
        _moved(request, one, do, at)
        return True
    if not form.is_valid():
        return False
    facts = {
        name: without_numbers(value) if isinstance(value, str) else value for name, value in form.cleaned_data.items()
    }
    try:
        if "text" in facts:
            remedies.remedy(one, request.user, at, **facts)
        else:
            remedies.explain(one, facts["cause"])
    except Refused as refused:
        form.add_error(None, ValidationError(refused.sentence))
        return False
    messages.success(request, _("It stands there now."))
    return True
