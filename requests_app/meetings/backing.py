"""Support: what a household may stand behind, its one voice, and how many stand behind a case.

Cases and households are counted apart: who joined by filing has a case, who supports has a voice. What was merged goes
on with its parent, and so do the voices for it.
"""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.db.models.functions import Coalesce

from requests_app.meetings.refusals import NOT_TO_BACK, NOT_YOUR_VOICE, OTHER_ESTATE, OWN_CASE, SPOKEN, Refused
from requests_app.models import OPEN_STATUSES, WORKED_ON, Backing, ServiceRequest, Status
from services.models import BackingThreshold, Household, Residence, User

# What waits for money or for better weather needs support most of all.
TO_BE_BACKED = (*WORKED_ON, Status.PARKED)


@dataclass(frozen=True)
class Speaker:
    """Who speaks for a household: somebody with an account, or whoever has its slip; both where ``by_slip`` is true."""

    household: Household
    person: User | None
    by_slip: bool

    @property
    def estate(self):
        return self.household.estate

    def may_take_back(self, voice):
        """True for whoever gave ``voice``, and for whoever has the slip of that household."""
        return self.by_slip or (self.person is not None and voice.person_id == self.person.pk)


@dataclass(frozen=True)
class Support:
    """How a case stands: households behind it, how many of them by a slip, how many bring it to the meeting."""

    households: int
    by_slip: int
    needed: int

    @property
    def is_enough(self):
        return 0 < self.needed <= self.households

    @property
    def lacking(self):
        return max(self.needed - self.households, 0)


def backable():
    """What everybody may know of and support: work of public kinds, nothing confidential, nobody complained about."""
    public = ServiceRequest.objects.filter(category__is_public=True, category__is_against_firm=False)
    return public.filter(status__in=TO_BE_BACKED, is_confidential=False, against=None)


def households_behind(cases):
    """The cases of the queryset ``cases`` that households back, each with their number: {key: households}."""
    return {key: households for key, (households, _by_slip) in _behind(cases).items()}


def _behind(cases):
    """{key: (households, how many of them by a slip)} of those of ``cases`` that have any; one query."""
    keys = cases.order_by().values("pk")
    voices = Backing.objects.filter(Q(case__in=keys) | Q(case__parent__in=keys)).order_by()
    voices = voices.annotate(stands=Coalesce("case__parent", "case")).values("stands")
    counted = voices.annotate(
        households=Count("household", distinct=True),
        proved=Count("household", distinct=True, filter=Q(by_slip=True)),
    )
    return {row["stands"]: (row["households"], row["proved"]) for row in counted}


def support_of(cases):
    """Support of each of the ``cases`` (a list of cases with their estates), by key; two queries."""
    found = _behind(ServiceRequest.objects.filter(pk__in=[case.pk for case in cases]))
    needed = BackingThreshold.objects.for_estates()
    return {case.pk: Support(*found.get(case.pk, (0, 0)), needed(case.estate)) for case in cases}


def support_for(case):
    """The Support of one case, None without any; no query where it has neither voices nor merged cases."""
    if not case.has_backings and not case.has_merged:
        return None
    found = support_of([case])[case.pk]
    return found if found.households else None


@transaction.atomic
def speak(pk, speaker, at):
    """Give the household's voice to the case ``pk``. A slip outranks what somebody without one said. Refused."""
    case = backable().filter(pk=pk).first()
    if case is None:
        raise Refused(NOT_TO_BACK)
    if case.estate_id != speaker.estate.pk:
        raise Refused(OTHER_ESTATE)
    if is_own(case, speaker.person):
        raise Refused(OWN_CASE)
    given = {"person": speaker.person, "by_slip": speaker.by_slip, "at": at}
    said = Backing.objects.filter(case=case, household=speaker.household, by_slip=False)
    if speaker.by_slip and said.update(**given):
        return
    try:
        with transaction.atomic():
            Backing.objects.create(case=case, household=speaker.household, **given)
    except IntegrityError:
        raise Refused(SPOKEN) from None


def is_own(case, person):
    """True where ``person`` filed ``case``, or one that goes on with it."""
    own = Q(pk=case.pk) | Q(parent=case.pk)
    return person is not None and ServiceRequest.objects.filter(own, resident=person).exists()


def take_back(pk, speaker):
    """Take the household's voice for the case ``pk`` back. Refused where somebody else of it gave it."""
    for voice in Backing.objects.filter(case=pk, household=speaker.household):
        if not speaker.may_take_back(voice):
            raise Refused(NOT_YOUR_VOICE)
        voice.delete()


@transaction.atomic
def move_in(person, household, at, *, by_slip=False):
    """Put down where ``person`` lives. Whoever moves leaves no voice behind in what is still open."""
    before = Residence.objects.select_for_update().filter(user=person).first()
    if before and before.household_id != household.pk:
        Backing.objects.filter(person=person, case__status__in=[*OPEN_STATUSES, Status.MERGED]).delete()
    proved = by_slip or (before is not None and before.household_id == household.pk and before.by_slip)
    said = {"household": household, "by_slip": proved, "since": at}
    Residence.objects.update_or_create(user=person, defaults=said)


def speaker_for(person):
    """The Speaker that ``person`` is by account, or None before they said where they live; one query."""
    found = Residence.objects.select_related("household__building__estate__branch__parent").filter(user=person).first()
    return Speaker(found.household, person, found.by_slip) if found else None
