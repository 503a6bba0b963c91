"""Pages for everybody about a community and an estate: this month's numbers, what was finished, promised and parked."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Prefetch, Q
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.figures.board import IN_SHORT, line_in_short
from requests_app.figures.counters import estate_place
from requests_app.models import WORKED_ON, Act, Event, Promise, ServiceRequest, Status
from requests_app.templatetags.figures import said
from requests_app.views.minutes import published
from requests_app.views.promises import rows_of
from requests_app.views.public import public_case, released_cases
from requests_app.views.shared import own_cases
from requests_app.views.sharing import Share, card, card_path, for_everybody, for_programs
from services.models import Category, Estate, Unit, codes_below

FINISHED, PROMISES, PARKED, MINUTES = 6, 6, 12, 3  # of each on one page
FOUND_AT_MOST = 30  # communities, and as many estates, that a search shows
WHAT_IS_SAID = gettext_lazy(
    "For each of them: this month's numbers, what was finished, what was promised, and what has to wait and why."
)


@dataclass(frozen=True)
class Place:
    """What such a page is about: a community, or an estate of it."""

    unit: Unit
    estate: Estate | None = None

    def __str__(self):
        return str(self.estate or self.unit)

    @property
    def community(self):
        return self.estate.community if self.estate else self.unit

    @property
    def counted_as(self):
        """Its name among the counters."""
        return estate_place(self.estate.pk) if self.estate else self.unit.code

    def get_absolute_url(self):
        if self.estate:
            return reverse("requests:public-estate", args=[self.estate.code])
        return reverse("requests:public-community", args=[self.unit.code])

    def of(self, cases):
        """Those of ``cases`` that were filed there."""
        return cases.filter(estate=self.estate) if self.estate else cases.under(self.unit)

    @property
    def promises(self):
        made = Promise.objects.public()
        below = Q(estate=self.estate) if self.estate else codes_below("estate__branch__code", self.unit.code)
        return made.filter(below)

    @property
    def minutes(self):
        return published().filter(codes_below("meeting__series__unit__code", self.unit.code))

    @property
    def finished_url(self):
        query = f"estate={self.estate.code}" if self.estate else f"area={self.unit.pk}"
        return f"{reverse('requests:public')}?{query}"

    @property
    def feed_path(self):
        """The news of the community."""
        return reverse("requests:public-feed", args=[self.community.code])

    @property
    def share(self):
        path = self.get_absolute_url()
        title = _("%(place)s: finished, promised, waiting") % {"place": self}
        words = _(
            "This month's numbers, what was finished with photos before and after, promises with their days, what has "
            "to wait and why."
        )
        return Share(title, words, path, card_path(path), feed=self.feed_path)


@dataclass(frozen=True)
class Parked:
    """All that the public may know of a parked case: never its words, nor what somebody wrote about it."""

    category: Category
    estate: Estate
    reason: str
    review_on: date | None


def community_of(code):
    """The active community of that official code, as a Place, or 404."""
    units = Unit.objects.active().of_kind(Unit.Kind.COMMUNITY).select_related("parent")
    return Place(get_object_or_404(units, code=code))


def estate_of(code):
    """The estate of that plate code, as a Place, or 404."""
    found = get_object_or_404(Estate.objects.active().select_related("branch__parent__parent"), code=code)
    return Place(found.branch, found)


@for_everybody
def community(request, code):
    """One community for everybody."""
    place = community_of(code)
    estates = Estate.objects.active().under(place.unit).order_by("name")
    return render(request, "requests/place.html", {**place_context(place, timezone.now()), "estates": estates})


@for_everybody
def estate(request, code):
    """One estate for everybody."""
    return render(request, "requests/place.html", place_context(estate_of(code), timezone.now()))


def place_context(place, at):
    """What the page of ``place`` shows; a constant number of queries."""
    today = timezone.localdate(at)
    line = line_in_short(place.counted_as, at)
    finished = [public_case(case) for case in place.of(released_cases())[: FINISHED + 1]]
    made = place.promises.for_list().prefetch_related("changes").order_by(*PRESSING_FIRST)[: PROMISES + 1]
    promised = rows_of(made, today)
    parked, others = parked_at(place)
    return {
        "place": place,
        "share": place.share,
        "month": line.month,
        "numbers": [number_of(line, key) for key in IN_SHORT.values()],
        "in_hand": in_hand_at(place, at),
        "finished": finished[:FINISHED],
        "more_finished": len(finished) > FINISHED,
        "promised": promised[:PROMISES],
        "more_promised": len(promised) > PROMISES,
        "parked": parked,
        "other_parked": others,
        "minutes": place.minutes[:MINUTES],
    }


@for_programs
def community_card(request, code):
    return card_of(community_of(code))


@for_programs
def estate_card(request, code):
    return card_of(estate_of(code))


def card_of(place):
    """The picture of a place: this month's numbers in large words."""
    line = line_in_short(place.counted_as, timezone.now())
    numbers = [f"{line.now[key].figure.label} {said(line.now[key])}" for key in IN_SHORT.values()]
    above = place.community if place.estate else place.community.parent
    month = date_format(line.month, "YEAR_MONTH_FORMAT")
    return card(place, f"{above} · {month}", [" · ".join(numbers[:2]), *numbers[2:]], _("Duidan"))


# Open promises by their day, then what was settled, the latest first.
PRESSING_FIRST = (F("settled_on").desc(nulls_first=True), "due_on", "pk")


def number_of(line, key):
    """One figure of ``line`` now and last month, with the first sentence of its definition."""
    now = line.now[key]
    # Sentences end with another mark in Chinese.
    meaning, _stop, _rest = now.definition.formula_shown.replace(". ", "。").partition("。")
    return {"now": now, "before": line.before[key], "meaning": meaning}


def in_hand_at(place, at):
    """How many are worked on now, and of how many the time of whoever has them has passed; one query."""
    late = Count("pk", filter=Q(due_at__lt=at))
    cases = place.of(ServiceRequest.objects.filter(status__in=WORKED_ON))
    return cases.order_by().aggregate(open=Count("pk"), late=late)


def parked_at(place):
    """(Parked cases of the kinds that are shown in public, how many others there are); three queries."""
    parked = place.of(ServiceRequest.objects.filter(status=Status.PARKED)).order_by("due_at", "pk")
    shown = Q(category__is_public=True, is_confidential=False)
    whys = Prefetch("events", Event.objects.filter(act=Act.PARK).order_by("-serial"), to_attr="parkings")
    cases = parked.filter(shown).select_related("category", "estate").without_contact().prefetch_related(whys)
    found = [parked_case(case) for case in cases[:PARKED]]
    return found, parked.order_by().count() - len(found)


def parked_case(case):
    why = case.parkings[0].facts if case.parkings else {}
    review_on = parse_date(why.get("review_on") or "")
    return Parked(case.category, case.estate, why.get("reason", ""), review_on)


@for_everybody
def places(request):
    """Every community and estate by street, or those whose name holds the words of ``q``."""
    words = request.GET.get("q", "").strip()[:40]
    streets = Unit.objects.active().of_kind(Unit.Kind.STREET).order_by("code")
    chosen = next((one for one in streets if one.code == request.GET.get("street")), None)
    found = ()
    if words or chosen:
        found = grouped(*(searched(words) if words else below(chosen)))
    context = {"words": words, "streets": streets, "chosen": chosen, "found": found, "own": own_estate(request)}
    share = Share(_("Communities and estates"), WHAT_IS_SAID, reverse("requests:public-places"))
    return render(request, "requests/places.html", {**context, "share": share})


def below(street):
    """The communities and the estates of ``street``."""
    communities = Unit.objects.active().of_kind(Unit.Kind.COMMUNITY).under(street).order_by("code")
    return communities, Estate.objects.active().under(street).select_related("branch__parent")


def searched(words):
    """Communities and estates by name, address or community; at most so many that a page can show them."""
    communities = Unit.objects.active().of_kind(Unit.Kind.COMMUNITY).order_by("code")
    for word in words.split():
        communities = communities.filter(name__contains=word)
    estates = Estate.objects.active().named(words).select_related("branch__parent")
    return communities[:FOUND_AT_MOST], estates[:FOUND_AT_MOST]


def grouped(communities, estates):
    """(community, its estates) in the order of the codes."""
    groups = {unit.code: (unit, []) for unit in communities}
    for one in estates:
        groups.setdefault(one.community.code, (one.community, []))[1].append(one)
    return [groups[code] for code in sorted(groups)]


def own_estate(request):
    """The estate that the visitor filed for last, or None."""
    last = own_cases(request).select_related("estate").without_contact().order_by("-created_at").first()
    return last.estate if last else None
