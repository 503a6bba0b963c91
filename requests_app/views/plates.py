"""A scanned plate: filing with the place filled in, from the first question on."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from requests_app.forms.filing import PAGES
from requests_app.journey.refusals import NOT_YOUR_ESTATE
from requests_app.models.event import Party
from requests_app.quotas import TooManyTries
from requests_app.views.choices import category_choices
from requests_app.views.drafts import limit_drafts, new_filing, remember
from requests_app.views.filing import for_whom, own_contact, party_asked_for, progress, searched, to_page, too_many
from requests_app.views.resending import tells_scripts
from services.plates import plate_of


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tells_scripts
def plate(request, code):
    """What is it about, at this place? A tap on a kind begins the filing; its place is not asked again."""
    plate = plate_of(code)
    if plate is None:
        return render(request, "requests/plate_lost.html", {"code": code}, status=404)
    if not plate.is_open:
        return render(request, "requests/plate_lost.html", {"code": code, "plate": plate}, status=410)
    # A plate is scanned where one stands; who files for others all day says so.
    filing = new_filing(request, party_asked_for(request, otherwise=Party.RESIDENT))
    known = _known(filing, plate)
    filing.draft.data["known"] = list(known)
    if request.method != "POST":
        return _page(request, filing, plate, PAGES["what"](filing=filing))
    form = PAGES["what"](request.POST, filing=filing)
    if not form.is_valid():
        return _page(request, filing, plate, form)
    if not PAGES["where"](known["where"], filing=filing).is_valid():
        form.add_error(None, NOT_YOUR_ESTATE)
        return _page(request, filing, plate, form)
    try:
        limit_drafts(request)
    except TooManyTries as refusal:
        form.add_error("category", too_many(refusal))
        return _page(request, filing, plate, form, status=429)
    filing.start(known, what={"category": str(form.cleaned_data["category"].pk)})
    remember(request, filing.draft)
    return to_page(filing, filing.after("what"))


def _known(filing, plate):
    """What the plate and the account answer, page by page, as the pages would send it."""
    building, spot = plate.building, plate.spot
    place = {"building": building.pk if building else "", "spot_words": spot.name if spot else ""}
    known = {"where": {"estate": plate.estate.pk}, "place": place}
    contact = own_contact(filing)
    return {**known, "contact": contact} if contact and all(contact.values()) else known


def _page(request, filing, plate, form, status=200):
    at, group = timezone.now(), plate.spot.group if plate.spot else None
    context = {
        **progress(filing, "what"),
        "filing": filing,
        "plate": plate,
        "form": form,
        "offer": category_choices(plate.estate, searched(request), at, group=group),
        "for_whom": for_whom(filing),
    }
    return render(request, "requests/plate.html", context, status=status)
