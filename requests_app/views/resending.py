"""What a form's answer is to a script that sends it, and to somebody who sends the same filing again."""

from functools import wraps

from django.forms import Textarea, TextInput
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from requests_app.forms.filing import PAGES
from requests_app.journey import workflow
from requests_app.models import Act, Draft
from requests_app.views.drafts import Filing, filed_case, plain
from requests_app.views.shared import actor_on

JSON = "application/json"


def tells_scripts(view):
    """For a page whose form a script may send: where a browser is redirected, the script is told where to, as JSON."""

    @wraps(view)
    def told(request, *args, **kwargs):
        answer = view(request, *args, **kwargs)
        if request.method == "POST" and request.headers.get("Accept") == JSON and answer.has_header("Location"):
            return JsonResponse({"to": answer["Location"]})
        return answer

    return told


def is_resend(request, case, act):
    """True where a script sends the form of ``act`` again after a lost answer: the step is on record already."""
    seen = request.POST.get("seen", "")
    if request.headers.get("Accept") != JSON or not seen.isdecimal():
        return False
    person = request.user if request.user.is_authenticated else None
    said = {"actor": person, "note": plain(request.POST.get("note", "")).strip()}
    return case.events.filter(serial__gt=int(seen[:9]), act=act, **said).exists()


def sent_already(request, key, step):
    """What a page of a filing answers that was sent before: its receipt, or 422 where it now says something else."""
    case = filed_case(request, key)
    if case is None:
        raise Http404
    form = _as_sent_now(request, case, step)
    if form is None or _says_the_same(form, case):
        return redirect("requests:receipt", key)
    at = timezone.now()
    may_add = any(row.act == Act.ADD for row in workflow.steps_open_to(actor_on(request, case, at), case, at))
    context = {
        "case": case,
        "code": case.grouped_code,
        "words": _text(form, "text") if may_add else "",
        "typed": _written(form),
        "photos": bool(request.FILES),
    }
    return render(request, "requests/file_sent.html", context, status=422)


def _as_sent_now(request, case, step):
    """The form of ``step`` as it came in, beside what ``case`` says on the other pages; None where it says nothing."""
    if request.method != "POST" or request.POST.get("go") == "back" or step not in PAGES:
        return None
    pages = {"where": {"estate": case.estate_id}, "what": {"category": case.category_id}}
    filed = case.events.earliest("serial")
    filing = Filing(Draft(data={"party": filed.party, "pages": pages}), request.user)
    return PAGES[step](request.POST, request.FILES, filing=filing)


def _says_the_same(form, case):
    """True where ``form`` holds nothing that ``case`` does not hold already; compared only, shown to nobody."""
    if not form.is_valid() or form.files:
        return False
    said = {name: value for name, value in form.cleaned_data.items() if name != "photos" and hasattr(case, name)}
    return all(getattr(case, name) == value for name, value in said.items())


def _written(form):
    """What somebody wrote in ``form``, to be shown again."""
    lines = [field.name for field in form if isinstance(field.field.widget, TextInput | Textarea)]
    return [text for text in (_text(form, name) for name in lines) if text]


def _text(form, name):
    return plain(form.data.get(name, "")).strip()
