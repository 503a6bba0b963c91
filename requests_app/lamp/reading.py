"""What signals look at: reports of work done and the closings that followed, as they stand in the events."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Subquery

from requests_app.figures.measures import REPORTS
from requests_app.figures.periods import Month
from requests_app.models import Act, Event, Photo, Status
from requests_app.models.event import Party
from requests_app.photos import NO_LIKENESS
from services.models import ReplyTemplate, SignalDefinition

BATCH = 2000
# What gives a case back to whoever works on it, signed for or not: work done after it was not signed for just then.
BEGINS = (Act.SIGN, Act.CONTEST, Act.OVERRULE, Act.RESUME, Act.ANSWER)
# What a unit does to reach the resident.
CONTACTS = (Act.TELL, Act.ASK, Act.REVEAL)
PLACEHOLDER = re.compile(r"\{\w+\}")


class Report(NamedTuple):
    """One report of work done, by whom and when; ``said`` is the digest of its words, empty where they are nobody's."""

    case: int
    unit: int
    at: datetime
    said: bytes


@dataclass
class Asked:
    """One signal (its ``definition``) that is looked for in a month."""

    definition: SignalDefinition
    month: Month
    read: "Reading"


class Reading:
    """The rows that several signals of one month look at, each read once."""

    def __init__(self, month, since):
        self.month, self._since = month, since

    @cached_property
    def reports(self):
        """Reports by people from ``since`` to the end of the month, in their order."""
        ready = ready_made()
        rows = reported(self._since, self.month.end).order_by("at", "pk")
        rows = rows.values_list("case", "unit", "at", "note").iterator(chunk_size=BATCH)
        return [Report(case, unit, at, digest_of(note, ready)) for case, unit, at, note in rows]

    @property
    def of_month(self):
        return (report for report in self.reports if report.at >= self.month.begin)


def reported(begin, end):
    """The events by which people, not the system, reported work done."""
    made = Event.objects.filter(act__in=REPORTS, at__gte=begin, at__lt=end)
    return made.filter(unit__isnull=False, actor__isnull=False)


def signed_and_done(month):
    """(case, unit, how long after signing) of what was reported in the month and had been signed for by a person.

    Questions are left out: their answer is the work.
    """
    earlier = Event.objects.filter(case=OuterRef("case"), serial__lt=OuterRef("serial"), act__in=BEGINS)
    last = earlier.order_by("-serial")
    rows = reported(month.begin, month.end).filter(act=Act.FULFIL).exclude(case__urgency="consult").order_by()
    rows = rows.annotate(
        begun=Subquery(last.values("act")[:1]),
        begun_by=Subquery(last.values("actor")[:1]),
        begun_at=Subquery(last.values("at")[:1]),
    )
    found = rows.filter(begun=Act.SIGN, begun_by__isnull=False).values_list("case", "unit", "at", "begun_at")
    for case, unit, at, begun_at in found.iterator(chunk_size=BATCH):
        yield case, unit, at - begun_at


def photos_after(begin, end):
    """(unit, case, moment, likeness, name of the file) of what was shown with reports, in their order."""
    shown = Photo.objects.after().filter(event__in=reported(begin, end).values("pk"), case__isnull=False)
    shown = shown.exclude(likeness__in=["", NO_LIKENESS]).order_by("event__at", "pk")
    return shown.values_list("event__unit", "case", "event__at", "likeness", "large").iterator(chunk_size=BATCH)


def ratings(month):
    """(case, unit that reported, codes of the staff's units or None) of what residents rated themselves."""
    rated = Event.objects.filter(act=Act.RATE, party=Party.RESIDENT, at__gte=month.begin, at__lt=month.end)
    rows = rated.order_by().annotate(by=_reporter("unit"), code=_reporter("unit__code")).filter(by__isnull=False)
    return rows.values_list("case", "by", "code", "from_staff__units").iterator(chunk_size=BATCH)


def closings(month):
    """(case, unit that reported, whether it had been in touch with the resident) of what was closed in the month.

    In touch before it reported, or by the resident's word in the rating.
    """
    ended = Event.objects.filter(act__in=(Act.RATE, Act.LAPSE), at__gte=month.begin, at__lt=month.end)
    ended = ended.filter(target=Status.CLOSED, case__is_confidential=False).order_by()
    touched = Event.objects.filter(
        case=OuterRef("case"), serial__lt=OuterRef("reported"), act__in=CONTACTS, unit=OuterRef("by")
    )
    rows = ended.annotate(by=_reporter("unit"), reported=_reporter("serial")).filter(by__isnull=False)
    rows = rows.annotate(touched=Exists(touched))
    for case, unit, reached, said in rows.values_list("case", "by", "touched", "rating__contacted").iterator(
        chunk_size=BATCH
    ):
        yield case, unit, reached or bool(said)


def _reporter(field):
    """A column of the last report of a case before an event; None where the system made it."""
    reports = Event.objects.filter(case=OuterRef("case"), serial__lt=OuterRef("serial"), act__in=REPORTS)
    return Subquery(reports.order_by("-serial").values(field)[:1])


def plain(text):
    """``text`` without what makes no difference: blanks, signs, width and case of letters."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in text if unicodedata.category(sign)[0] in "LN")


def ready_made():
    """What matches every text made of a ready-made one, whatever was filled in, by ``plain`` words."""
    texts = ReplyTemplate.objects.filter(act__in=REPORTS).values_list("text", flat=True)
    patterns = [".*".join(re.escape(plain(piece)) for piece in PLACEHOLDER.split(text)) for text in texts]
    return re.compile("|".join(patterns)) if patterns else None


def digest_of(note, ready):
    """Eight bytes that two texts have in common where they say the same; none where nothing or ready words are said."""
    said = plain(note)
    if not said or (ready and ready.fullmatch(said)):
        return b""
    return hashlib.blake2b(said.encode(), digest_size=8).digest()
