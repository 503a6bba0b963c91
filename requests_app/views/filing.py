"""Filing, one question a page: everything typed stays in the draft, and one draft makes one case."""

import re
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from requests_app.forms.filing import PAGES, spot_typed
from requests_app.journey import workflow
from requests_app.journey.refusals import StepIncomplete
from requests_app.models import Draft, Photo, ServiceRequest
from requests_app.models.event import Party
from requests_app.photos import PHOTOS_AT_MOST, discard_photos, not_yet_kept, store_photos
from requests_app.quotas import TooManyTries, address_of, hashed, spend
from requests_app.views.choices import category_choices, estate_choices, last_places, remember_estate
from requests_app.views.drafts import (
    ADDRESS_WINDOW,
    CHECK,
    limit_drafts,
    new_filing,
    open_drafts,
    open_filing,
    plain,
    remember,
)
from requests_app.views.photos import kept_photos
from requests_app.views.privacy_notice import consent_form, keep_consent
from requests_app.views.resending import sent_already, tells_scripts
from requests_app.views.shared import TRACKED, own_cases, tracked_cases
from requests_app.views.together import reported_already
from services.plates import plate_of

# Without an account; generous, because a whole neighbourhood may share one address.
FILINGS_PER_PHONE = 10
FILINGS_PER_PHONE_WINDOW = timedelta(days=1)
FILINGS_PER_ADDRESS = 60

# What is looked for may be the code under a plate that cannot be scanned.
PLATE = re.compile(r"[A-Za-z0-9]{3,12}")

Source = ServiceRequest.Source
SOURCES = {Party.HOUSEHOLD: Source.HOUSEHOLD, Party.BRANCH: Source.COUNTER, Party.DISPATCHER: Source.COUNTER}
# The name of each page in the progress line.
STEPS = {
    "where": pgettext_lazy("filing", "Where"),
    "place": pgettext_lazy("filing", "The exact place"),
    "what": pgettext_lazy("filing", "What it is about"),
    "calm": pgettext_lazy("filing", "What it is about"),
    "same": pgettext_lazy("filing", "What it is about"),
    "words": pgettext_lazy("filing", "In your words"),
    "contact": pgettext_lazy("filing", "How to reach you"),
    CHECK: pgettext_lazy("filing", "Check and send"),
}
FOR_WHOM = {
    Party.RESIDENT: _("For myself"),
    Party.HOUSEHOLD: _("For a neighbour, as a Party-member household"),
    Party.BRANCH: _("For a resident, as the branch"),
    Party.DISPATCHER: _("For a resident, as the community"),
}
GOES_ALONE = _(
    "The request that you wanted to join has just moved on. Nothing you typed is lost: please look through it once "
    "more and send yours as a request of its own."
)
MAX_DIGITS = 18  # of a case's number
TOO_MANY = _(
    "Many requests came from this number or network in a short time, so this one was not sent. Nothing you typed is "
    "lost: please send it again in %(minutes)s minutes, sign in, or go to your community."
)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tells_scripts
def file(request):
    """The first page of a new filing; a draft is kept from its first answer on."""
    filing = new_filing(request, party_asked_for(request))
    plate = PLATE.fullmatch(searched(request)) and plate_of(searched(request))
    if plate:
        return redirect("requests:plate", plate.code)
    if request.method != "POST":
        form = PAGES["where"](filing=filing)
        again = last_places(request, own_cases(request)) if filing.party == Party.RESIDENT else []
        return _page(request, filing, "where", form, begun=open_drafts(request).first(), again=again)
    known = _place_of(request, filing)
    form = PAGES["where"](known["where"] if known else request.POST, filing=filing)
    if not form.is_valid():
        return _page(request, filing, "where", form)
    try:
        limit_drafts(request)
    except TooManyTries as refusal:
        form.add_error("estate", too_many(refusal))
        return _page(request, filing, "where", form, status=429)
    if known:
        filing.start(known)
    else:
        filing.keep("where", request.POST)
    remember(request, filing.draft)
    return to_page(filing, filing.asked[0] if known else "place")


def _place_of(request, filing):
    """What the first pages would send for the place that was tapped, that of an earlier case; None without one."""
    chosen = request.POST.get("again", "")
    if filing.party != Party.RESIDENT or not chosen.isdecimal() or len(chosen) > MAX_DIGITS:
        return None
    case = own_cases(request).filter(pk=chosen).first()
    place = case and {"building": case.building_id or "", **spot_typed(case.spot)}
    return case and {"where": {"estate": case.estate_id}, "place": place}


def party_asked_for(request, otherwise=None):
    """As what the visitor files: as the URL says, then ``otherwise``, then for others where that is their office."""
    parties = new_filing(request, Party.RESIDENT).parties
    asked = request.GET.get("as")
    return asked if asked in parties else otherwise or parties[0]


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@tells_scripts
def file_step(request, key, step):
    """One page of a filing under way: whatever comes in is kept first and judged afterwards."""
    filing = open_filing(request, key)
    if filing is None:
        return sent_already(request, key, step)
    if step == CHECK:
        return _check(request, filing)
    if step not in PAGES or step not in filing.pages:
        raise Http404
    missing = filing.first_open(before=step)
    if missing and request.method != "POST":
        return to_page(filing, missing)
    if request.method == "POST":
        return _answer(request, filing, step)
    kept = filing.typed(step)
    form = PAGES[step](filing=filing, initial=kept or _known(filing, step))
    return _page(request, filing, step, form)


def _known(filing, step):
    """What a page may be filled with before anything was typed there."""
    return own_contact(filing) if step == "contact" else {}


def own_contact(filing):
    """Name and number as the account has them, for somebody who files for themselves."""
    if not filing.user.is_authenticated or not (filing.party == Party.RESIDENT or filing.is_preventive):
        return {}
    return {"contact_name": filing.user.name, "contact_phone": filing.user.phone or ""}


def _answer(request, filing, step):
    """Keep what was typed on ``step``, then go on, back, or show what is wrong."""
    filing.keep(step, request.POST)
    form = PAGES[step](request.POST, request.FILES, filing=filing)
    if step == "words":
        keep_photos(request, filing, form)
    if request.POST.get("go") == "back":
        return to_page(filing, filing.before(step), request)
    if "remove" in request.POST or (request.POST.get("go") == "stay" and "photos" not in form.errors):
        return to_page(filing, step, request)
    if form.is_valid():
        if step == "same" and filing.joins:
            filing.know("contact", own_contact(filing))
        return to_page(filing, _onward(request, filing, step), request)
    return _page(request, filing, step, form)


def _onward(request, filing, step):
    """The next page; from the check page back there, unless the change opened new questions."""
    follows = filing.after(step)
    came_from_check = request.GET.get("from") == CHECK
    opens_questions = step in ("where", "what", "calm", "same")
    return follows if opens_questions or not came_from_check else filing.first_open() or CHECK


def keep_photos(request, filing, form):
    """Take a photo away, add the good ones of what was sent; a bad one stays an error of ``form``."""
    discard_photos(list(filing.draft.photos.filter(token=plain(request.POST.get("remove", "")))))
    form.fields["photos"].at_most = PHOTOS_AT_MOST - filing.draft.photos.count()
    form.is_valid()
    person = request.user if request.user.is_authenticated else None
    with transaction.atomic():
        # Two uploads at once must not bring more photos together than a filing may have.
        draft = Draft.objects.select_for_update().filter(pk=filing.draft.pk).first()
        room = max(PHOTOS_AT_MOST - draft.photos.count(), 0) if draft else 0
        good = not_yet_kept(form.fields["photos"].good, draft)
        store_photos(good[:room], draft=draft, stage=Photo.Stage.BEFORE, uploaded_by=person)


def _check(request, filing):
    """The last page: everything once more, and the button that sends it."""
    missing = filing.first_open()
    if missing:
        return to_page(filing, missing)
    at = timezone.now()
    asked = consent_form(request, at) if filing.party == Party.RESIDENT else None
    if request.method != "POST" or (asked and not asked.is_valid()):
        return _check_page(request, filing, asked)
    try:
        case = _send(request, filing, at, asked)
    except TooManyTries as refusal:
        return _check_page(request, filing, asked, problem=too_many(refusal), status=429)
    except StepIncomplete as incomplete:
        if incomplete.field == "parent":
            messages.warning(request, GOES_ALONE)
            return to_page(filing, CHECK)
        return _check_page(request, filing, asked, problem=incomplete.message_dict[incomplete.field][0])
    return redirect("requests:receipt", case.filing_key)


def too_many(refusal):
    return TOO_MANY % {"minutes": refusal.minutes}


def _send(request, filing, at, asked):
    """The case this filing makes, or made already, with the consent that was ``asked`` for, or neither of them.

    TooManyTries where strangers send too many.
    """
    facts, draft, user = filing.facts(), filing.draft, None
    source = Source.PREVENTIVE if filing.is_preventive else SOURCES.get(filing.party, Source.WEB)
    if request.user.is_authenticated:
        user = request.user
    else:
        source = Source.ANONYMOUS
        _limit_strangers(request, draft, facts["contact_phone"], at)
    facts |= {"filing_key": draft.key, "draft": draft, "source": source}
    with transaction.atomic():
        case = workflow.file(by=user, party=filing.party, at=at, **facts)
        if asked:
            keep_consent(request, asked.notice, case, at)
    remember_estate(request, case.estate)
    if user is None:
        request.session[TRACKED] = [*tracked_cases(request), case.pk]
    Draft.objects.filter(pk=draft.pk).delete()
    return case


def _limit_strangers(request, draft, phone, at):
    """Count a filing without an account; a resend of the same one is not counted again."""
    if ServiceRequest.objects.filter(filing_key=draft.key).exists():
        return
    spend(hashed("file-phone", phone), FILINGS_PER_PHONE, FILINGS_PER_PHONE_WINDOW, at)
    spend(hashed("file-address", address_of(request)), FILINGS_PER_ADDRESS, ADDRESS_WINDOW, at)


def to_page(filing, step, request=None):
    response = redirect("requests:file-step", filing.draft.key, step)
    if request and request.GET.get("from") == CHECK and step != CHECK:
        response["Location"] += f"?from={CHECK}"
    return response


def _page(request, filing, step, form, status=200, **context):
    """One page of the filing with its form, its lists and its place in the whole."""
    words = searched(request)
    context |= {
        **progress(filing, step),
        "filing": filing,
        "form": form,
        "step": step,
        "back": None if filing.is_new else filing.before(step),
        "from_check": request.GET.get("from") == CHECK,
        "for_whom": for_whom(filing),
    }
    if step == "where":
        context["offer"] = estate_choices(request, filing, words, plain(request.GET.get("street", "")))
    elif step == "place":
        # Most estates have no place with a plate of its own.
        context |= {"estate": filing.chosen("where", "estate"), "marked_places": len(form.fields["marked"].choices) > 1}
    elif step in ("what", "calm"):
        context["category"] = chosen = filing.chosen("what", "category")
        estate = filing.chosen("where", "estate")
        context["offer"] = category_choices(estate, words, timezone.now(), chosen) if step == "what" else None
    elif step == "words":
        context |= {"category": filing.chosen("what", "category"), "kept": kept_photos(filing.draft)}
    elif step == "same":
        context["reported"] = reported_already(filing.reported, request.user, timezone.now())
    return render(request, f"requests/file_{step}.html", context, status=status)


def searched(request):
    """The words somebody looks for on a page of filing."""
    return plain(request.GET.get("q", "")).strip()[:40]


def progress(filing, step):
    """Where ``step`` stands in the whole."""
    number, total = filing.place_of(step)
    return {"number": number, "total": total, "name": STEPS[step]}


def for_whom(filing):
    """The ways this person may file, the present one marked; nothing where there is one only."""
    if len(filing.parties) == 1 or not filing.is_new:
        return []
    return [{"party": party, "label": FOR_WHOM[party], "is_current": party == filing.party} for party in filing.parties]


def _check_page(request, filing, asked, problem="", status=200):
    context = {
        **progress(filing, CHECK),
        "consent": asked,
        "filing": filing,
        "facts": filing.facts(),
        "photos": list(filing.draft.photos.all()),
        "problem": problem,
        "back": filing.before(CHECK),
        "for_others": filing.party != Party.RESIDENT,
    }
    return render(request, "requests/file_check.html", context, status=status)
