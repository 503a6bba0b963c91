"""What concerns one's own estate: the open matters anybody there may support, and one's household's voice."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from requests_app.forms.our_estate import DoorForm
from requests_app.meetings.backing import Speaker, backable, move_in, speak, speaker_for, support_of, take_back
from requests_app.meetings.refusals import Refused
from requests_app.models import Backing, ServiceRequest
from requests_app.quotas import TooManyTries, address_of, give_back, hashed, spend
from requests_app.views.shared import next_page
from requests_app.views.together import ahead_for_others
from services import slips
from services.models import Estate, Household, Spot

ROWS = 20  # cases on one page
FOUND_AT_MOST = 12  # estates offered for a name
# The slip by which this browser session speaks without an account: the household and the digest of its code.
SLIP = "slip"
HOMES, HOMES_WINDOW = 3, timedelta(days=30)  # how often a person may say that they live elsewhere
SLIPS, SLIPS_WINDOW = 30, timedelta(hours=1)  # wrong codes from one address


def speaker_of(request):
    """The Speaker of this visitor: by account, or by a slip that is still in force; None without either."""
    if request.user.is_authenticated:
        return speaker_for(request.user)
    kept = request.session.get(SLIP)
    household = kept and Household.objects.with_place().filter(pk=kept[0], slip_digest=kept[1]).first()
    return Speaker(household, None, by_slip=True) if household else None


@login_not_required
@never_cache
@require_safe
def our_estate(request):
    """The open matters of one's own estate, each with how many households stand behind it."""
    code = slips.typed(request.GET.get("code", ""))
    if code:
        return redirect("requests:slip", code[:20])
    speaker = speaker_of(request)
    if speaker is None:
        return render(request, "requests/our_estate_door.html", {"estates": own_estates(request.user)})
    cases = for_neighbours(backable().filter(estate=speaker.estate)).order_by("-created_at", "-pk")
    page = Paginator(cases, ROWS).get_page(request.GET.get("page"))
    context = {
        "speaker": speaker,
        "page": page,
        "matters": matters(list(page), speaker, timezone.now()),
        "voices": voices_gone_on(speaker),
    }
    return render(request, "requests/our_estate.html", context)


def for_neighbours(cases):
    """``cases`` with what a neighbour may read of them, and nothing that somebody wrote."""
    cases = cases.for_page().prefetch_related("deadlines").without_contact()
    return cases.annotate(others=Count("merged", distinct=True))


def matters(cases, speaker, at):
    """What a neighbour reads of ``cases``, whose voice is given to which, and what may be done; four queries."""
    support = support_of(cases)
    keys = [case.pk for case in cases]
    given = Backing.objects.filter(case__in=keys, household=speaker.household) if speaker else ()
    voices = {voice.case_id: voice for voice in given}
    own = set()
    if speaker and speaker.person:
        mine = ServiceRequest.objects.filter(resident=speaker.person).order_by()
        own = {key for pair in mine.filter(pk__in=keys).values_list("pk", "parent") for key in pair}
        own |= set(mine.filter(parent__in=keys).values_list("parent", flat=True))
    # A spot as it was typed may tell who lives there; the name of one that has a plate does not.
    marked = set(Spot.objects.filter(estate__in={case.estate_id for case in cases}).values_list("estate", "name"))
    return [
        {
            "case": case,
            "spot": case.spot if (case.estate_id, case.spot) in marked else "",
            "next": ahead_for_others(case, at),
            "requests": case.others + 1,
            "support": support[case.pk],
            "voice": voices.get(case.pk),
            "may_take_back": case.pk in voices and speaker.may_take_back(voices[case.pk]),
            "is_own": case.pk in own,
            "is_ours": bool(speaker) and case.estate_id == speaker.estate.pk,
        }
        for case in cases
    ]


def voices_gone_on(speaker):
    """What the household supported and what is done or given up now, the newest first; one query."""
    voices = Backing.objects.filter(household=speaker.household).exclude(case__in=backable())
    return voices.select_related("case__category", "case__estate", "case__building")[:ROWS]


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def voice(request, pk):
    """One matter that a household may support; a POST gives its voice or takes it back."""
    speaker, at = speaker_of(request), timezone.now()
    if request.method == "POST" and speaker:
        return _said(request, pk, speaker, at)
    case = for_neighbours(backable()).filter(pk=pk).first()
    if case is None:
        raise Http404
    (matter,) = matters([case], speaker, at)
    return render(request, "requests/our_estate_voice.html", {"speaker": speaker, "matter": matter})


def _said(request, pk, speaker, at):
    try:
        if request.POST.get("do") == "take_back":
            take_back(pk, speaker)
            messages.success(request, _("Your household's voice is taken back."))
        elif request.POST.get("do") == "support":
            speak(pk, speaker, at)
            messages.success(request, _("Your household supports it now."))
    except Refused as refused:
        messages.warning(request, refused.sentence)
    return redirect(next_page(request) or "requests:our-estate")


@never_cache
@sensitive_post_parameters("number", "entrance")
@require_http_methods(["GET", "HEAD", "POST"])
def home(request):
    """Where somebody lives, said once: the estate by its name, then building and door."""
    estate = Estate.objects.active().filter(code=request.GET.get("estate", "")[:12]).first()
    words = request.GET.get("q", "").replace("\0", "").strip()[:40]
    if estate is None:
        found = Estate.objects.active().named(words).select_related("branch__parent") if words else ()
        context = {"words": words, "found": found[:FOUND_AT_MOST], "estates": own_estates(request.user)}
        return render(request, "requests/our_estate_where.html", context)
    form = DoorForm(request.POST or None, estate=estate)
    if request.method == "POST" and form.is_valid() and _moved(request, form):
        messages.success(request, _("We know your household now. Its number is kept encrypted and shown to nobody."))
        return redirect("requests:our-estate")
    before = speaker_for(request.user)
    return render(request, "requests/our_estate_home.html", {"estate": estate, "form": form, "before": before})


def _moved(request, form):
    """True once the household of the valid ``form`` is this person's; otherwise the form says why not."""
    at, facts = timezone.now(), form.cleaned_data
    try:
        spend(hashed("home", str(request.user.pk)), HOMES, HOMES_WINDOW, at)
    except TooManyTries:
        form.add_error(None, _("You have changed it several times this month. Use the slip of your household instead."))
        return False
    move_in(request.user, Household.objects.at(facts["building"], facts["room"]), at)
    return True


def own_estates(user):
    """The estates somebody filed for, the last first; one query."""
    if not user.is_authenticated:
        return []
    filed = ServiceRequest.objects.filter(resident=user).order_by("-created_at").select_related("estate")
    return list(dict.fromkeys(case.estate for case in filed.without_contact()[:ROWS]))[:3]


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def slip(request, code):
    """Whose slip it is; a POST lets this person, or without an account this browser, speak for that household."""
    at, key = timezone.now(), hashed("slip-address", address_of(request))
    try:
        spend(key, SLIPS, SLIPS_WINDOW, at)
    except TooManyTries as refusal:
        context = {"minutes": refusal.minutes}
        return render(request, "requests/slip_lost.html", context, status=429)
    household = slips.household_of(code)
    if household is None:
        return render(request, "requests/slip_lost.html", status=404)
    give_back(key, SLIPS_WINDOW, at)
    if request.method != "POST":
        return render(request, "requests/slip.html", {"household": household})
    if request.user.is_authenticated:
        move_in(request.user, household, at, by_slip=True)
    else:
        request.session[SLIP] = [household.pk, household.slip_digest]
    messages.success(request, _("You speak for this household now."))
    return redirect("requests:our-estate")
