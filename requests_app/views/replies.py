"""Reply templates below the note of a step's form: a button each, which puts its words into the note."""

from django.utils import timezone

from requests_app.templatetags.moments import stamp
from services.models import ReplyTemplate

TEMPLATE = "template"  # the button that adds words to the note; its value is the template's key
SHOWN_AT_MOST = 8
DUE = "{due}"


def offer(request, case, act, form, at):
    """The templates for ``act`` on ``case``: ``pk``, ``title`` and ``text`` filled in; one query.

    Where the button of one of them was pressed, the form's note ends with its words.
    """
    if act not in ReplyTemplate.For.values or "note" not in form.fields:
        return []
    units = [held.unit for held in request.user.current_memberships(timezone.localdate(at))]
    found = [reply for reply in ReplyTemplate.objects.offered(act, case.category, units) if fits(reply, case)]
    shown = [
        {"pk": reply.pk, "title": reply.title, "text": filled(reply.text, case)} for reply in found[:SHOWN_AT_MOST]
    ]
    chosen = next((one for one in shown if str(one["pk"]) == request.POST.get(TEMPLATE)), None)
    if chosen:
        add_words(form, chosen["text"])
    return shown


def add_words(form, words):
    """Put ``words`` below what stands in the note of ``form``."""
    typed = form.data.get("note", "").rstrip()
    form.data = form.data.copy()
    form.data["note"] = f"{typed}\n{words}" if typed else words


def promised(case):
    return case.promised_at or case.due_at


def fits(reply, case):
    """False for words that name a date where the case has none."""
    return DUE not in reply.text or promised(case) is not None


def filled(text, case):
    """``text`` with its placeholders replaced; any other brace stays as it is."""
    values = {"{place}": case.place, "{category}": case.category.name, DUE: stamp(promised(case))}
    for name, value in values.items():
        text = text.replace(name, value)
    return text
