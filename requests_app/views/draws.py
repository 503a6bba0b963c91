"""How it was drawn whom to call: seeds for everybody, and a month's draws for whoever sees the requests."""

import csv
from datetime import date

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from requests_app.forms.draws import DrawForm
from requests_app.journey import sampling
from requests_app.models import SampleSeed, ServiceRequest
from requests_app.views.sharing import Share, for_everybody

MONTHS = 24  # on the page
CSV = "text/csv; charset=utf-8"


@for_everybody
def draws(request):
    """The seeds of the last two years, what a draw is made of, and one draw made again with ``?seed=…``."""
    published = SampleSeed.objects.published(timezone.localdate())
    seeds = SampleSeed.objects.annotate(drawn=Count("follow_ups")).order_by("-month")[:MONTHS]
    known = set(published.values_list("pk", flat=True))
    form = DrawForm(request.GET or None, published.order_by("-month"))
    about = _("Nobody chooses whom we call. A number is drawn for each finished work, and anyone can draw it again.")
    context = {
        "months": [{"seed": seed, "is_known": seed.pk in known} for seed in seeds],
        "form": form,
        "again": drawn_again(**form.cleaned_data) if form.is_valid() else None,
        "share": Share(_("Whom we call"), about, reverse("requests:public-draws")),
        "about": about,
    }
    return render(request, "requests/draws.html", context)


def drawn_again(seed, request, entry):
    """What the draw of one report gives, from the seed alone; ``share`` is the least at which it is called about."""
    number = sampling.number_of(seed.seed, request, entry)
    return {"request": request, "entry": entry, "number": number, "share": number // sampling.PER_PERCENT + 1}


@never_cache
@require_safe
def month_file(request, month):
    """The draws of a month whose seed is known, of the requests its reader may see; 404 for any other month."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Http404 from None
    seed = get_object_or_404(SampleSeed.objects.published(timezone.localdate()), month=first)
    seen = ServiceRequest.objects.visible_to(request.user).values("pk")
    answer = HttpResponse("\ufeff", content_type=CSV)  # by this mark spreadsheets know the encoding
    answer.headers["Content-Disposition"] = f'attachment; filename="draws-{seed}.csv"'
    sheet = csv.writer(answer)
    request_and_entry = pgettext("draws", "request"), pgettext("draws", "entry")
    sheet.writerow([*request_and_entry, _("share, %"), _("number drawn"), _("by the seed"), _("call task")])
    for event in sampling.reports_of(seed).filter(case__in=seen).order_by("case_id", "serial"):
        drawn = event.facts.get("draw", {})
        again = sampling.number_of(seed.seed, event.case_id, event.serial)
        called = _("yes") if hasattr(event, "follow_up") else _("no")
        sheet.writerow([event.case_id, event.serial, drawn.get("rate"), drawn.get("number"), again, called])
    return answer
