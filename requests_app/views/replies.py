"""Reply templates beside the note of a step's form: a link each, which fills in the empty note."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from requests_app.templatetags.moments import stamp
from requests_app.views.shared import next_page
from services.models import ReplyTemplate

SHOWN_AT_MOST = 8
DUE = "{due}"


def offer(request, case, act, form, at):
    """The templates for ``act`` on ``case`` as links: ``title``, ``text`` filled in, ``url``; one query.

    Where the URL names one of them and nothing was typed yet, the form's note begins with its words.
    """
    if act not in ReplyTemplate.For.values or "note" not in form.fields:
        return []
    units = [held.unit for held in request.user.current_memberships(timezone.localdate(at))]
    found = [reply for reply in ReplyTemplate.objects.offered(act, case.category, units) if fits(reply, case)]
    links = [link(reply, request, case, act) for reply in found[:SHOWN_AT_MOST]]
    chosen = next((one for one in links if str(one["pk"]) == request.GET.get("template")), None)
    if chosen and not form.is_bound:
        form.initial["note"] = chosen["text"]
    return links


def promised(case):
    return case.promised_at or case.due_at


def fits(reply, case):
    """False for words that name a date where the case has none."""
    return DUE not in reply.text or promised(case) is not None


def link(reply, request, case, act):
    onward = next_page(request)
    query = urlencode({"template": reply.pk, **({"next": onward} if onward else {})})
    return {
        "pk": reply.pk,
        "title": reply.title,
        "text": filled(reply.text, case),
        "url": f"{reverse('requests:step', args=[case.pk, act])}?{query}",
    }


def filled(text, case):
    """``text`` with its placeholders replaced; any other brace stays as it is."""
    values = {"{place}": case.place, "{category}": case.category.name, DUE: stamp(promised(case))}
    for name, value in values.items():
        text = text.replace(name, value)
    return text
