"""What each paper says, in the language of the site and without anything that names a resident."""

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from requests_app.figures.closing import frozen_readings
from requests_app.figures.definitions import Definitions, Key
from requests_app.models import Act, Meeting, MonthClose, Paper
from requests_app.personal import without_personal_data
from requests_app.wording import event_sentence
from services.models import Unit

Kind = Paper.Kind


def content_of(kind, source):
    """(what the paper says as plain data, the unit it goes to or None).

    ``heading``; ``facts`` as pairs of label and words; ``parts`` as pairs of heading and lines.
    """
    with translation.override(settings.LANGUAGE_CODE):
        if isinstance(source, MonthClose):
            return _of_a_month(source), None
        if isinstance(source, Meeting):
            return (_invitation(source) if kind == Kind.INVITATION else _minutes(source)), None
        return _of_an_event(kind, source)


def _of_an_event(kind, event):
    case = event.case
    facts = [
        [_("Request"), f"#{case.pk} {case.category.parent} · {case.category}"],
        [_("Place"), str(case.estate) if case.is_confidential else without_personal_data(case.place, case)],
        [_("Filed"), _day(case.created_at)],
        [pgettext("paper", "Matter"), event_sentence(event)],
    ]
    if case.promised_at and kind in (Kind.DISPATCH, Kind.RULING, Kind.EXTENSION):
        facts.append([_("To be done by"), _moment(case.promised_at)])
    parts = []
    if kind != Kind.EXTENSION and not case.is_confidential:
        parts.append([_("What the resident asks for"), _lines(case.text, case)])
    if kind == Kind.RULING:
        returned = case.events.filter(act=Act.RETURN, serial__lt=event.serial).latest("serial")
        parts.append([_("Why it was returned"), [event_sentence(returned), *_lines(returned.note, case)]])
    if event.note:
        parts.append([pgettext("paper", "In words"), _lines(event.note, case)])
    # Whoever must act on it; with a report of work done that is the resident, who is no unit.
    return {"heading": str(Kind(kind).label), "facts": facts, "parts": parts}, event.holder_unit


def _invitation(meeting):
    facts = [
        [_("Meeting"), meeting.title],
        [_("When"), _moment(meeting.at)],
        [_("Where"), f"{meeting.series.about} {meeting.place}"],
    ]
    items = meeting.items.standing().for_list().order_by("order", "pk")
    agenda = [f"{number}. {_matter(item)}" for number, item in enumerate(items, 1)]
    heading = str(Kind.INVITATION.label)
    return {"heading": heading, "facts": facts, "parts": [[_("Agenda"), agenda]] if agenda else []}


def _matter(item):
    if item.case_id and (item.case.is_confidential or not item.case.category.is_public):
        return _("a request that is not shown in public")
    return f"#{item.case_id} {without_personal_data(str(item.case), item.case)}" if item.case_id else str(item)


def _minutes(meeting):
    minutes = meeting.minutes
    said = minutes.content
    facts = [
        [_("Meeting"), said["title"]],
        [_("When"), f"{said['day']} {said['time']}"],
        [_("Where"), said["place"]],
        [_("Present"), "；".join(_present(one) for one in said["present"])],
    ]
    before = [
        [_("Opening"), minutes.opening.splitlines()],
        [_("What became of the last resolutions"), [_line_of_last(one) for one in said["last"]]],
    ]
    items = [[f"{item['number']}. {item['what']}", _lines_of(item)] for item in said["items"]]
    after = [[_("Closing"), minutes.closing.splitlines()]]
    after += [[_("Correction"), one.text.splitlines()] for one in minutes.addenda.all()]
    # Items stand there also where nothing was said about them, the rest only where there is something.
    parts = [*(part for part in before if part[1]), *items, *(part for part in after if part[1])]
    return {"heading": str(Kind.MINUTES.label), "facts": facts, "parts": parts}


def _present(one):
    """One kind of member: how many came, of which units, and whether they were enough."""
    counted = _("%(count)s there, %(needed)s needed") % {"count": one["count"], "needed": one["needed"]}
    units = [f"（{'、'.join(one['units'])}）"] if one["units"] else []
    short = [_("no quorum")] if one["count"] < one["needed"] else []
    return "，".join([f"{one['kind']}{''.join(units)} {counted}", *short])


def _line_of_last(one):
    """A resolution of the meeting before, and what became of it."""
    day = one.get("moved_to") or one["due_on"]
    due = _("by %(day)s") % {"day": day} if day else ""
    return " · ".join(filter(None, (one["what"], one["text"], one["owner"], due, one["outcome"])))


def _lines_of(item):
    lines = [f"{one['who']}：{one['text']}" if one["who"] else one["text"] for one in item["remarks"]]
    for one in [*item["resolutions"], *item["changes"]]:
        due = _("by %(day)s") % {"day": one["due_on"]} if one["due_on"] else ""
        lines.append(" · ".join(filter(None, (one["kind"], one["text"], one.get("owner"), due))))
    return lines


def _of_a_month(closed):
    definitions = Definitions()
    at_department = closed.unit.kind == Unit.Kind.DEPARTMENT
    readings = frozen_readings(closed, closed.unit.code, definitions, at_department)
    facts = [
        [_("Unit"), str(closed.unit)],
        [_("Month"), f"{closed.month:%Y-%m}"],
        [_("Month closed on"), _moment(closed.closed_at)],
        ["SHA-256", closed.digest],
    ]
    lines = [f"{reading.figure.label}：{_value(reading)}" for reading in readings.values()]
    below = list(_of_units_below(closed, definitions, at_department))
    parts = [[_("Figures"), lines], *([[_("Units below"), below]] if below else [])]
    return {"heading": str(Kind.MONTHLY.label), "facts": facts, "parts": parts}


def _of_units_below(closed, definitions, at_department):
    """A line for each unit below that had something due: what it did in time, of how many, and its overall score."""
    units = Unit.objects.filter(code__in=list(closed.content["counts"])).exclude(pk=closed.unit_id).order_by("code")
    for code, name in units.values_list("code", "name"):
        readings = frozen_readings(closed, code, definitions, at_department)
        said = [(reading, _value(reading)) for reading in (readings[Key.ON_TIME], readings[Key.OVERALL])]
        if readings[Key.ON_TIME].total:
            yield f"{name}：" + "，".join(f"{one.figure.label} {value}（{one.total}）" for one, value in said)


def _value(reading):
    if reading.value is None:
        return "—"
    if reading.figure.form == "count":
        return str(reading.total)
    if reading.figure.form == "time":
        return _("%(days).1f days") % {"days": reading.value / 86_400}
    return f"{reading.value:.1%}"


def _lines(text, case):
    return without_personal_data(text, case).splitlines()


def _day(at):
    return f"{timezone.localtime(at):%Y-%m-%d}"


def _moment(at):
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
