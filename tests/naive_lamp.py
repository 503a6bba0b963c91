"""The signals once more, as somebody would count them by hand: report by report through the events of each case."""

import re
import unicodedata
from collections import defaultdict
from datetime import date, timedelta

from django.utils import timezone

from requests_app.models import Act, Event, Photo
from services.models import ReplyTemplate, SignalDefinition

REPORTS = (Act.SETTLE, Act.FULFIL)
GIVEN_BACK = (Act.SIGN, Act.CONTEST, Act.OVERRULE, Act.RESUME, Act.ANSWER)


def statistic_day(moment, hour):
    """The day that a moment counts to, where days end at ``hour`` o'clock."""
    return (timezone.localtime(moment) + timedelta(hours=(24 - hour) % 24)).date()


def next_month(first):
    return (first + timedelta(days=31)).replace(day=1)


class ByHand:
    """Everything that was reported, shown and closed, read once; days end at ``hour`` o'clock."""

    def __init__(self, hour):
        self.hour = hour
        self.stories = defaultdict(list)
        for event in Event.objects.select_related("case", "unit").order_by("case", "serial"):
            self.stories[event.case_id].append(event)
        events = [event for story in self.stories.values() for event in story]
        # Reports by people, in the order in which they were made.
        self.reports = [event for event in events if event.act in REPORTS and event.unit_id and event.actor_id]
        self.reports.sort(key=lambda event: (event.at, event.pk))
        self.definitions = {one.key: one for one in SignalDefinition.objects.all()}
        self.ready = [words_between(text) for text in ReplyTemplate.objects.values_list("text", flat=True)]

    def signals(self, first):
        """{(key, unit): (cases looked at, {case: the like ones it may name})} of the month beginning with ``first``."""
        found = {}
        for key in self.definitions:
            for unit, case, shows in getattr(self, key)(first):
                seen, shown = found.setdefault((key, unit), (set(), {}))
                seen.add(case)
                if shows:
                    shown.setdefault(case, set()).update(shows if isinstance(shows, set) else {None})
        return found

    def is_in(self, event, first):
        return statistic_day(event.at, self.hour).replace(day=1) == first

    def reported(self, first):
        return [event for event in self.reports if self.is_in(event, first)]

    def before(self, event):
        return [one for one in self.stories[event.case_id] if one.serial < event.serial]

    def month_end(self, first):
        last: date = next_month(first) - timedelta(days=self.definitions["month_end"].days)
        for event in self.reported(first):
            yield event.unit_id, event.case_id, statistic_day(event.at, self.hour) >= last

    def quick(self, first):
        soon = timedelta(minutes=self.definitions["quick"].minutes)
        for event in self.reported(first):
            given = [one for one in self.before(event) if one.act in GIVEN_BACK][-1:]
            signed = given and given[0].act == Act.SIGN and given[0].actor_id
            if event.act == Act.FULFIL and signed and event.case.urgency != "consult":
                yield event.unit_id, event.case_id, event.at - given[0].at <= soon

    def same_reply(self, first):
        reach = timedelta(days=self.definitions["same_reply"].days)
        for event in self.reported(first):
            said, twins = bare(event.note), set()
            if said and not any(filled_in(said, words) for words in self.ready):
                earlier = self.reports[: self.reports.index(event)]
                twins = {
                    one.case_id
                    for one in earlier
                    if one.unit_id == event.unit_id and one.case_id != event.case_id
                    if bare(one.note) == said and event.at - one.at <= reach
                }
            yield event.unit_id, event.case_id, twins

    def same_photo(self, first):
        definition = self.definitions["same_photo"]
        place = {event.pk: number for number, event in enumerate(self.reports)}
        photos = [photo for photo in Photo.objects.filter(stage="after") if photo.event_id in place and photo.likeness]
        photos.sort(key=lambda photo: (place[photo.event_id], photo.pk))
        for number, photo in enumerate(photos):
            event = self.reports[place[photo.event_id]]
            if not self.is_in(event, first):
                continue
            twins = set()
            for other in photos[:number]:
                report = self.reports[place[other.event_id]]
                differ = bin(int(photo.likeness, 16) ^ int(other.likeness, 16)).count("1")
                near = differ <= definition.bits and event.at - report.at <= timedelta(days=definition.days)
                another = other.case_id != photo.case_id and other.large.name != photo.large.name
                if near and another and report.unit_id == event.unit_id:
                    twins.add(other.case_id)
            yield event.unit_id, event.case_id, twins

    def ended(self, first):
        """(the event that closed a case or rated it, the report before) of a month."""
        for story in self.stories.values():
            for event in story:
                if event.act in (Act.RATE, Act.LAPSE) and self.is_in(event, first):
                    reports = [one for one in self.before(event) if one.act in REPORTS]
                    if reports and reports[-1].unit_id:
                        yield event, reports[-1]

    def staff_device(self, first):
        for event, report in self.ended(first):
            if event.act == Act.RATE and event.party == "resident":
                staff = getattr(event, "from_staff", None)
                codes, mine = (staff.units if staff else ()), report.unit.code
                yield report.unit_id, event.case_id, any(mine.startswith(one) or one.startswith(mine) for one in codes)

    def no_contact(self, first):
        for event, report in self.ended(first):
            if event.target == "closed" and not event.case.is_confidential:
                mine = [one for one in self.before(report) if one.unit_id == report.unit_id]
                touched = any(one.act in ("tell", "ask", "reveal") for one in mine)
                rating = getattr(event, "rating", None)
                yield report.unit_id, event.case_id, not (touched or (rating and rating.contacted))


def bare(text):
    """Letters and figures alone, all of one width and case."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).casefold())


def words_between(template):
    """What a ready-made reply says around its blanks."""
    return [bare(piece) for piece in re.split(r"\{\w+\}", template)]


def filled_in(said, words):
    """Whether ``said`` is the ready-made reply with something in each blank, or nothing."""
    first, *others = words
    if not others:
        return said == first
    place = len(first) if said.startswith(first) else -1
    for word in others[:-1]:
        found = said.find(word, place) if place >= 0 else -1
        place = found + len(word) if found >= 0 else -1
    return place >= 0 and said.endswith(others[-1]) and len(said) - len(others[-1]) >= place
