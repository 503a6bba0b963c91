"""Signals on units: the lists of a month, and one signal with the cases it opens and what was said about it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Count, IntegerField, Q, Value, When
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from requests_app.figures.definitions import Definitions
from requests_app.figures.readers import unit_for, units_of
from requests_app.forms.signals import AnswerForm, JudgeForm
from requests_app.lamp import words
from requests_app.lamp.comparison import compare
from requests_app.models import Signal, SignalWord
from requests_app.views.figures import listed, month_in, month_links
from requests_app.views.shared import visible_cases

ROWS = 30  # signals on one page
# What calls for somebody comes first.
IN_ORDER = Case(
    When(state=Signal.State.OPEN, then=Value(0)),
    When(state=Signal.State.UNEXPLAINED, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


@never_cache
@require_safe
def signals(request):
    """What is lit in one month at the units whose figures this person reads, and at all below them."""
    at = timezone.now()
    units = units_of(request.user, at)
    if not units:
        raise Http404
    return show(request, units, at)


@never_cache
@require_safe
def unit_signals(request, code):
    """What is lit in one month at one unit and all below it."""
    at = timezone.now()
    unit = unit_for(request.user, code, at)
    return show(request, [unit], at, unit)


def show(request, units, at, unit=None):
    definitions = Definitions()
    first = month_in(request, definitions, at)
    lit = Signal.objects.lit().under(units).filter(month=first)
    counts = lit.aggregate(all=Count("pk"), **{state: Count("pk", filter=Q(state=state)) for state in Signal.State})
    state = request.GET.get("state", "")
    shown = lit.filter(state=state) if state in Signal.State.values else lit
    ordered = shown.select_related("definition", "unit").order_by(IN_ORDER, "unit__code", "definition")
    page = Paginator(ordered, ROWS).get_page(request.GET.get("page"))
    context = {
        "unit": unit,
        "units": units,
        "page": page,
        "rows": rows_of(list(page)),
        "tabs": tabs_of(request, counts, state),
        **month_links(first, definitions.periods.month_of(at)),
    }
    return render(request, "requests/signals.html", context)


def rows_of(found):
    """``found`` signals, each with what it is compared with."""
    beside = compare(found)
    return [{"signal": one, "beside": beside[one.pk]} for one in found]


def tabs_of(request, counts, state):
    """(label, how many, address, whether it is shown) for all and for each state."""
    labels = [("", gettext("All"), counts["all"])]
    labels += [(one.value, one.label, counts[one.value]) for one in Signal.State]

    def url(key):
        query = request.GET.copy()
        for name in ("page", "state"):
            query.pop(name, None)
        if key:
            query["state"] = key
        return f"?{query.urlencode()}"

    known = state if state in Signal.State.values else ""
    return [
        {"label": label, "number": number, "url": url(key), "is_current": key == known} for key, label, number in labels
    ]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def signal(request, pk):
    """One signal, lit or gone out: how it was counted, what it is compared with, the cases, and what was said."""
    at = timezone.now()
    found = visible_signal(request.user, pk, at)
    answering = found.is_lit and words.answers_for(request.user, found, at)
    judging = found.is_lit and words.judges(request.user, found, at)
    do = request.POST.get("do")
    forms = {
        "answer": AnswerForm(request.POST if do == "answer" else None, prefix="a") if answering else None,
        "judge": JudgeForm(request.POST if do == "judge" else None, prefix="j") if judging else None,
    }
    if request.method == "POST":
        form = forms.get(do)
        if form is None:
            raise Http404
        if form.is_valid():
            kind = form.cleaned_data.get("kind", SignalWord.Kind.ANSWER)
            words.say(found, kind, form.cleaned_data["text"], answering or judging, request.user, at)
            messages.success(request, gettext("It stands with the signal now."))
            return redirect(found)
    return render(request, "requests/signal.html", {**context_of(request, found, at), **forms})


def visible_signal(user, pk, at):
    """The signal of that key, or 404, also where the unit's figures are not this user's to read.

    One that went out stays to be opened: a list may have led to it a moment ago, and what was said about it stands.
    """
    found = Signal.objects.under(units_of(user, at)).select_related("definition", "unit__parent")
    one = found.filter(pk=pk).first()
    if one is None:
        raise Http404
    return one


def context_of(request, found, at):
    """What the page of a signal shows; a constant number of queries."""
    opened = found.opened.values("case")
    said = list(found.words.select_related("unit", "by"))
    judged = [word for word in said if word.kind in words.MARKS]
    listing = listed(request, visible_cases(request).filter(pk__in=opened), at)
    shown = [row["pk"] for row in listing["rows"]]
    return {
        **listing,
        "signal": found,
        "beside": compare([found])[found.pk],
        "words": [{"word": word, "is_mark": word.kind in words.MARKS} for word in said],
        # What came to it after a supervisor had judged.
        "since": max(found.number - judged[-1].number, 0) if judged else 0,
        "pairs": found.opened.filter(case__in=shown, twin__isnull=False).order_by("-case").values_list("case", "twin"),
        "tab": {"label": gettext("Requests that show it")},
        "month_text": f"{found.month:%Y-%m}",
    }
