"""Every step of the journey: one page with the act's form, one way through the workflow."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from requests_app.forms.steps import STEP_FORMS
from requests_app.journey import workflow
from requests_app.journey.refusals import StepIncomplete
from requests_app.lamp import devices
from requests_app.models import Act, Photo
from requests_app.privacy import contact_of, reads_internals
from requests_app.views import replies, staging
from requests_app.views.cases import AT_ONCE, signed_in_or_tracked, way_on
from requests_app.views.desks import case_after
from requests_app.views.resending import is_resend, tells_scripts
from requests_app.views.rulings import alike, ruling_context
from requests_app.views.shared import actor_on, next_page, visible_case, visible_key

DONE = {
    Act.ACCEPT: _("Accepted. Now settle it or refer it."),
    Act.SETTLE: _("Settled. The resident is asked to rate."),
    Act.REFER: _("Referred to the community."),
    Act.DISPATCH: _("Dispatched to %(lead)s."),
    Act.SIGN: _("Signed. The time for the work has begun."),
    Act.RETURN: _("The return is asked for. Please wait for the ruling."),
    Act.UPHOLD: _("The return is granted; it goes to %(lead)s."),
    Act.OVERRULE: _("The return is refused; %(lead)s does the work."),
    Act.REASSIGN: _("Moved to %(lead)s."),
    Act.ASSIST: _("Your part is reported."),
    Act.WAIVE: _("That department is no longer waited for."),
    Act.FULFIL: _("Reported as done. The resident is asked to rate."),
    Act.RATE: _("Thank you. Your rating is recorded and the request is closed."),
    Act.CONTEST: _("It will be done again. You see the new date below."),
    Act.DECLINE: _("Declined. The resident reads the reason and may appeal."),
    Act.APPEAL: _("Your appeal is with a supervisor now."),
    Act.WITHDRAW: _("You withdrew the request."),
    Act.NOTE: _("The note is kept."),
    Act.TELL: _("The resident has been told."),
    Act.CONCEAL: _("Name and number are kept from the departments now."),
    Act.DISCLOSE: _("It is no longer confidential; the resident reads why."),
    Act.RELEASE: _("It is shown on the public page."),
    Act.UNRELEASE: _("It is no longer shown in public."),
    Act.ASK: _("The resident is asked. Your time stands still until the answer."),
    Act.ANSWER: _("Thank you. They have your answer and go on."),
    Act.RESUME: _("The work goes on; your time runs again."),
    Act.MORE_TIME: _("A supervisor decides on more time. Until then the date stays."),
    Act.GRANT: _("More time is granted; the resident sees the new date."),
    Act.REFUSE: _("More time is refused; the date stays."),
    Act.URGE: _("They have been told that you urge."),
    Act.ADD: _("Added. Whoever has your request has been told."),
    Act.SUPERVISE: _("The order is issued."),
    Act.REPLY: _("The supervisor has your answer."),
    Act.MERGE: _("Merged. Its resident reads how the other one goes on, and rates for themselves."),
    Act.UNMERGE: _("It goes on by itself, where it stood."),
    Act.PARK: _("Parked. It comes back by itself on the day of review."),
    Act.UNPARK: _("The community dispatches it anew."),
}
# Buttons that change the form and do not take the step.
ASIDE = (staging.REMOVE, replies.TEMPLATE, "check")
# After these the same person goes on with the case, as after words that leave it where it is.
STAYS = (Act.ACCEPT, Act.SIGN, Act.APPEAL, Act.CONTEST, Act.WITHDRAW, Act.ANSWER, Act.URGE, Act.ADD, Act.RESUME)
# These leave the case where it is, and yet whoever takes them is done with it.
GOES_ON = (Act.ASSIST, Act.ASK, Act.MORE_TIME, Act.GRANT, Act.REFUSE, Act.SUPERVISE, Act.REPLY)


@signed_in_or_tracked
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@tells_scripts
def step(request, pk, act):
    """The form of one act; a valid POST takes the step. StepRefused is answered with 409 by the middleware."""
    at = timezone.now()
    is_aside = any(button in request.POST for button in ASIDE)
    if request.method == "POST" and act in AT_ONCE and not is_aside:
        answered = answer_at_once(request, pk, Act(act), at)
        if answered:
            return answered
    case = visible_case(request, pk)
    if act not in STEP_FORMS:
        raise Http404
    if request.method == "POST" and is_resend(request, case, act):
        return redirect(way_on(request, case))
    actor = actor_on(request, case, at)
    row = workflow.step_for(actor, case, act, at)
    form = bound_form(request, case, row.act, at)
    draft = staging.draft_of(request, case, row.act)
    if draft:
        staging.make_room(form, draft)
    if form.is_valid() and not is_aside:
        try:
            taken = workflow.take(case, row.act, by=actor, draft=draft, **form.cleaned_data)
        except StepIncomplete as incomplete:
            blame(form, incomplete)
        else:
            staging.forget(request, draft)
            if row.act == Act.RATE:
                devices.note(request, taken)
            return answer(request, taken, row, was=case)
    if is_aside:
        staging.blame_nothing(form)
    if request.method == "POST" and "photos" in form.fields:
        staging.keep(request, form, draft)
    return render(request, page_for(row.act), step_context(request, case, row, form))


def answer_at_once(request, pk, act, at):
    """The answer to a step that takes no more than a button; None where what was sent must be shown again.

    Of the case nothing is read but that it is visible: whether the step may be taken is asked under the workflow's
    lock, and whoever takes such a step goes on with the case.
    """
    case = visible_key(request, pk)
    form = bound_form(request, case, act, at)
    if not form.is_valid():
        return None
    taken = workflow.take(case, act, by=actor_on(request, case, at), **form.cleaned_data)
    messages.success(request, DONE[act])
    return redirect(way_on(request, taken))


def bound_form(request, case, act, at):
    """The form of ``act``; on a GET it knows which event was the last on the page, and what the link chose."""
    form = STEP_FORMS[act]
    if request.method == "POST":
        return form(request.POST, request.FILES, act=act, case=case, by=request.user, at=at)
    chosen = {name: request.GET[name] for name in form.from_link if name in request.GET}
    return form(act=act, case=case, by=request.user, at=at, initial={"seen": case.event_count, **chosen})


def blame(form, incomplete):
    """Put what the workflow misses beside the field it misses it in."""
    field = incomplete.field if incomplete.field in form.fields else None
    form.add_error(field, incomplete.message_dict[incomplete.field][0])


def answer(request, case, row, was):
    """What follows the step ``row``: the case again, or the list it was opened from; ``was`` is how it stood before."""
    if row.act == Act.REVEAL:
        contact = contact_of(case, request.user, case.last_event_at, revealed=True)
        context = {"case": case, "contact": contact, "back": way_on(request, case)}
        return render(request, "requests/steps/revealed.html", context)
    said, onward = DONE[row.act] % {"lead": case.lead or ""}, next_page(request)
    if onward and ((row.moves and row.act not in STAYS) or row.act in GOES_ON):
        return go_on(request, said, onward, was)
    messages.success(request, said)
    return redirect(way_on(request, case))


def go_on(request, said, onward, was):
    """To the case that follows ``was`` in the list at ``onward``, or to that page where nothing follows."""
    following = case_after(request.user, onward, was, timezone.now())
    if following is None:
        messages.success(request, said)
        return redirect(onward)
    said = {"number": was.pk, "category": was.category, "said": said}
    messages.success(request, _("#%(number)s %(category)s: %(said)s This is the next one of your list.") % said)
    return redirect(f"{reverse('requests:case', args=[following])}?{urlencode({'next': onward})}")


def page_for(act):
    """The act's own template where it has one, otherwise the one for all."""
    return [f"requests/steps/{act}.html", "requests/step.html"]


def step_context(request, case, row, form):
    """What a step's page shows: the form, the case in short, and the way back."""
    serves = reads_internals(request.user, case)
    context = {
        "case": case,
        "act": row.act,
        "form": form,
        "layout": "base_desk.html" if serves else "base.html",
        "serves": serves,
        "photos": case.photos.filter(stage=Photo.Stage.BEFORE, event__is_public=True) if serves else (),
        "room": contact_of(case, request.user, timezone.now()).room,
        "back": way_on(request, case),
        "next": next_page(request),
        "replies": replies.offer(request, case, row.act, form, timezone.now()) if serves else [],
    }
    more = BESIDE.get(row.act)
    return {**context, **more(request, case, form)} if more else context


def rulings_alike(request, case, form):
    return {"alike": alike(request.user, case)}


# What the page of an act shows beside its form.
BESIDE = {
    Act.DISPATCH: rulings_alike,
    Act.REASSIGN: rulings_alike,
    Act.UPHOLD: ruling_context,
    Act.OVERRULE: ruling_context,
}
