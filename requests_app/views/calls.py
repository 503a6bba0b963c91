"""The page of a follow-up call: the number, what to say, what was tried before, and how it went."""

from datetime import timedelta

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from requests_app.forms.steps import CallForm, RevealForm
from requests_app.journey import attempts, follow_ups, workflow
from requests_app.journey.attempts import Outcome
from requests_app.journey.parties import parties_of
from requests_app.journey.refusals import StepIncomplete
from requests_app.journey.sampling import REPORTS
from requests_app.models import Act, FollowUp, Photo
from requests_app.models.event import Party
from requests_app.privacy import contact_of
from requests_app.templatetags.moments import moment
from requests_app.views.cases import signed_in_or_tracked, way_on
from requests_app.views.shared import actor_on, next_page, visible_case
from requests_app.views.steps import blame, go_on

REVEAL = "reveal"  # the button that shows the number
# Whoever looked just now reads the number again beside what the form still lacks.
STILL_KNOWN = timedelta(minutes=30)
DONE = {
    FollowUp.State.REACHED: _("Put down. Thank you for asking."),
    FollowUp.State.REFUSED: _("Put down. Nobody calls about this request again."),
    FollowUp.State.UNREACHABLE: _("Put down as unreachable."),
}
AGAIN = _("Put down. Please try again from %(when)s.")
REDONE = _("Put down. It goes back to be redone.")


@signed_in_or_tracked
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def call(request, pk):
    """One follow-up call; a valid POST puts it down, the button beside the number shows it and records the look."""
    at = timezone.now()
    case = visible_case(request, pk)
    actor = actor_on(request, case, at)
    workflow.step_for(actor, case, Act.CALL, at)  # StepRefused: 409
    is_shown = False
    if REVEAL in request.POST:
        workflow.take(case, Act.REVEAL, by=actor, note=RevealForm.in_words("result"), at=at)
        form, is_shown = fresh_form(case, at, request.POST.dict()), True
    elif request.method == "POST":
        form = CallForm(request.POST, act=Act.CALL, case=case, may_give_up=may_give_up(case, at))
        if form.is_valid():
            try:
                return answer(request, follow_ups.call(case, by=actor, at=at, **form.cleaned_data), was=case)
            except StepIncomplete as incomplete:
                blame(form, incomplete)
        is_shown = has_looked(actor, case, at)
    else:
        form = fresh_form(case, at, {})
    return render(request, "requests/steps/call.html", context(request, case, form, at, is_shown))


def fresh_form(case, at, typed):
    """The form with what was ``typed`` so far, and the last event there is now."""
    last = case.events.order_by("-serial").values_list("serial", flat=True).first()
    return CallForm(act=Act.CALL, case=case, may_give_up=may_give_up(case, at), initial={**typed, "seen": last})


def may_give_up(case, at):
    return attempts.enough_attempts(attempts.open_task(case), at)


def has_looked(actor, case, at):
    return case.events.filter(act=Act.REVEAL, actor=actor, at__gt=at - STILL_KNOWN).exists()


def answer(request, case, was):
    """The next one to call where the page was opened from a list, otherwise the case again."""
    said, onward = outcome_in_words(case), next_page(request)
    if onward:
        return go_on(request, said, onward, was)
    messages.success(request, said)
    return redirect(case)


def outcome_in_words(case):
    task = case.follow_ups.order_by("-pk").first()
    if task.is_open:
        return AGAIN % {"when": moment(task.next_at)}
    return DONE[task.state] if case.fulfilled_at else REDONE


def context(request, case, form, at, is_shown):
    """What the page of a call shows; ``is_shown`` says whether the number may be read in full."""
    task = attempts.open_task(case)
    report = case.events.filter(act__in=REPORTS).select_related("unit").prefetch_related("photos").latest("serial")
    return {
        "case": case,
        "form": form,
        "task": task,
        "report": report,
        "caller": parties_of(request.user, case, at)[Party.CALLER],
        "attempts": [said(event) for event in attempts.earlier_attempts(task).select_related("actor")],
        "is_shown": is_shown,
        "contact": contact_of(case, request.user, at, revealed=is_shown),
        "photos": case.photos.filter(stage=Photo.Stage.BEFORE, event__is_public=True),
        "back": way_on(request, case),
        "next": next_page(request),
    }


def said(event):
    """An earlier attempt in words."""
    how = Outcome(event.facts["outcome"]).label
    return {"at": event.at, "by": event.actor.get_full_name(), "how": how, "note": event.note}
