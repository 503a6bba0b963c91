"""The minutes of a meeting: for those who confirm them, and for everybody once published."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from requests_app.forms.meetings import AddendumForm, MinutesForm
from requests_app.meetings import minutes as papers
from requests_app.meetings.refusals import Refused
from requests_app.models import Minutes
from requests_app.models.meeting import may_run
from requests_app.views.meetings import run_meeting, visible_meeting
from requests_app.views.sharing import Share, for_everybody
from services.models import codes_below

ROWS = 20  # minutes on one page


def minutes_of(meeting):
    """The minutes of ``meeting``, or 404 while there are none."""
    return get_object_or_404(Minutes.objects.select_related("meeting__series__unit", "confirmed_by"), meeting=meeting)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def minutes(request, pk):
    """The minutes with what can be done with them now."""
    at = timezone.now()
    meeting = run_meeting(request, pk) if request.method == "POST" else visible_meeting(request, pk)
    paper = minutes_of(meeting)
    forms = _forms(request, paper)
    if request.method == "POST" and (answer := _do(request, paper, forms, at)):
        return answer
    context = {
        "meeting": meeting,
        "minutes": paper,
        "runs": may_run(request.user, meeting.series, timezone.localdate(at)),
        "addenda": paper.addenda.all(),
        **forms,
    }
    return render(request, "requests/meetings/minutes.html", context)


def _forms(request, paper):
    do = request.POST.get("do")
    words = {"opening": paper.opening, "closing": paper.closing}
    return {
        "words": MinutesForm(request.POST if do == "reword" else None, initial=words),
        "addendum": AddendumForm(request.POST if do == "add" else None, prefix="a"),
    }


def _do(request, paper, forms, at):
    """Do what the button says and show the minutes anew; None where something is to be mended first."""
    do = request.POST.get("do")
    form = {"reword": forms["words"], "add": forms["addendum"]}.get(do)
    if form and not form.is_valid():
        return None
    try:
        if do in SAID:
            _act(do, request, paper, form, at)
            messages.success(request, SAID[do]())
    except Refused as refused:
        messages.error(request, refused.sentence)
    return redirect("requests:minutes", paper.meeting_id)


def _act(do, request, paper, form, at):
    if do == "reword":
        papers.reword(paper, form.cleaned_data["opening"], form.cleaned_data["closing"])
    elif do == "add":
        papers.add(paper, request.user, at, form.cleaned_data["text"])
    elif do == "confirm":
        papers.confirm(paper, request.user, at)
    elif do == "publish":
        papers.publish(paper, at)


SAID = {
    "reword": lambda: _("Your words are kept."),
    "confirm": lambda: _("Confirmed. From here on only an addendum corrects them."),
    "publish": lambda: _("Published. Everybody can read them."),
    "add": lambda: _("The addendum stands below the minutes."),
}


def published():
    """Published minutes, the newest first."""
    found = Minutes.objects.filter(state=Minutes.State.PUBLISHED).select_related("meeting__series__unit")
    return found.order_by("-published_at", "-pk")


@for_everybody
def public_meetings(request):
    """All published minutes, or with ``?area=`` those of the meetings below the unit of that code."""
    found, area = published(), request.GET.get("area", "")
    if area.isdecimal() and 6 <= len(area) <= 18 and area.strip("9"):
        found = found.filter(codes_below("meeting__series__unit__code", area))
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    about = _(
        "What was talked about with the owners' committee, the property firm and the departments, and who does what by "
        "when."
    )
    share = Share(_("Minutes of joint meetings"), about, reverse("requests:public-meetings"))
    return render(request, "requests/meetings/public_list.html", {"page": page, "share": share})


@for_everybody
def public_minutes(request, pk):
    """The published minutes of one meeting."""
    paper = published().filter(meeting=pk).first()
    if paper is None:
        raise Http404
    title = _("%(meeting)s: minutes") % {"meeting": paper.meeting.title}
    path = reverse("requests:public-minutes", args=[paper.meeting_id])
    share = Share(title, paper.opening or title, path, is_article=True)
    context = {"meeting": paper.meeting, "minutes": paper, "addenda": paper.addenda.all(), "share": share}
    return render(request, "requests/meetings/public_minutes.html", context)
