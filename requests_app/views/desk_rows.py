"""What one row of a list at the desks says; for a page of them."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import F, OuterRef, Subquery
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from requests_app.models import FollowUp, Holder, ServiceRequest, Status
from requests_app.models.case import in_one_line
from requests_app.templatetags.moments import moment
from requests_app.views.cases import staff_lateness
from services.kept import Kept
from services.models import Building, Category, Estate, Unit, Urgency

ROWS = 25  # on one page
# What a person may choose instead; a selection holds no more than the last.
SIZES = (ROWS, 50, 100, 200)
SHOWN_OF_A_TEXT = 36  # characters in a row


class CaseRow(NamedTuple):
    """What a row reads of a case. Names as words: 25 cases with all they point to take three times as long."""

    pk: int
    text: str
    spot: str
    status: str
    urgency: str
    holder: str
    due_at: datetime | None
    amber_at: datetime | None
    created_at: datetime
    event_count: int
    category: str
    estate: str
    building: str | None
    branch: str
    community: str
    lead: str | None


def _names(case=""):
    """The names a row reads, in its order; ``case`` leads to the case from the rows that are asked for."""
    return (
        _name(Category, f"{case}category"),
        _name(Estate, f"{case}estate"),
        _name(Building, f"{case}building"),
        _name(Unit, f"{case}branch"),
        _name(Unit, f"{case}branch", "parent__name"),
        _name(Unit, f"{case}lead"),
    )


def _name(model, key, name="name"):
    # Not joined: to plan seven tables at once takes PostgreSQL longer than to read them one by one.
    return Subquery(model.objects.filter(pk=OuterRef(key)).order_by().values(name))


COLUMNS = CaseRow._fields[: -len(_names())]
ROWS_OF = Kept(lambda *keys: ServiceRequest.objects.filter(pk__in=keys).order_by().values_list(*COLUMNS, *_names()))
# The same of the case of a call task.
OF_A_TASK = dict(
    zip(
        [f"row_{field}" for field in CaseRow._fields],
        [*(F(f"case__{column}") for column in COLUMNS), *_names("case__")],
        strict=True,
    )
)


def read(page):
    """The cases of one page of keys, in its order. Sorting keys alone spares the names of rows nobody sees."""
    keys = list(page)
    if not keys:
        return []
    # The last one again and again, so that queries have few lengths.
    places = next(size for size in SIZES if len(keys) <= size)
    cases = {case.pk: case for case in map(CaseRow._make, ROWS_OF(*keys, *keys[-1:] * (places - len(keys))))}
    return [cases[pk] for pk in keys]


def case_rows(page, at, onward):
    """The rows of one page of keys, in its order; see ``row``."""
    return [row(case, at, onward) for case in read(page)]


# The holder's deadline by its lateness: the colour is never alone.
CALL_DUE = {"red": _("Late, call by %(due)s"), "": _("Call by %(due)s")}
CALL_AGAIN, CALL_AGAIN_NOW = _("%(times)s, again from %(when)s"), _("%(times)s, may be called again")
CALL_ANSWERED = _("%(state)s: %(answer)s")
DUE = {"red": _("Late, due %(due)s"), "amber": _("Due soon: %(due)s"), "": _("Due %(due)s")}


def row(case, at, onward):
    """What one row says of a ``CaseRow``; words are put together here, where that costs less than in a template.

    ``onward`` is the query that leads from the case's page back to the list.
    """
    lateness = staff_lateness(case, at)
    return {
        "pk": case.pk,
        "serial": case.event_count,
        "url": reverse("requests:case", args=[case.pk]) + onward,
        "category": case.category,
        "text": case.text if len(case.text) <= SHOWN_OF_A_TEXT else f"{case.text[: SHOWN_OF_A_TEXT - 1]}…",
        "place": in_one_line(case),
        "community": case.community,
        "look": case.status,
        "status": capfirst(Status(case.status).label),
        "urgency": capfirst(Urgency.URGENT.label) if case.urgency == Urgency.URGENT else "",
        "lateness": lateness,
        "due": DUE[lateness] % {"due": moment(case.due_at, at)} if case.due_at else "",
        "filed": moment(case.created_at, at),
        "with": str(with_whom(case)),
    }


def call_rows(page, at, onward):
    """The rows of the callers' desk, which speak of the latest call task of each case; one query for all."""
    keys = list(page)
    found = FollowUp.objects.filter(case__in=keys).select_related("deadline").annotate(**OF_A_TASK).order_by("pk")
    tasks = {task.case_id: task for task in found}
    return [_call_row(tasks[key], at, onward) for key in keys]


def _call_row(task, at, onward):
    found = row(CaseRow._make(getattr(task, name) for name in OF_A_TASK), at, onward)
    answer = task.get_satisfaction_display() or (_("not solved") if task.solved is False else "")
    state = {"state": capfirst(task.get_state_display()), "answer": answer}
    found["status"] = CALL_ANSWERED % state if answer else state["state"]
    found["lateness"], found["due"] = _call_due(task, at)
    return found


def _call_due(task, at):
    """How late a call is, and in words when it is due or may be tried again; nothing once it is over."""
    if not task.is_open:
        return "", ""
    if task.attempts:
        times = ngettext("called once", "called %(times)s times", task.attempts) % {"times": task.attempts}
        said = CALL_AGAIN if task.next_at > at else CALL_AGAIN_NOW
        return "", said % {"times": times, "when": moment(task.next_at, at)}
    lateness = "red" if task.deadline.due_at < at else ""
    return lateness, CALL_DUE[lateness] % {"due": moment(task.deadline.due_at, at)}


def with_whom(case):
    """Who has ``case`` (a case or a row of one): the unit where that is known."""
    known = {Holder.BRANCH: case.branch, Holder.COMMUNITY: case.community, Holder.DEPARTMENT: case.lead}
    return known.get(case.holder) or (Holder(case.holder).label if case.holder else "")
