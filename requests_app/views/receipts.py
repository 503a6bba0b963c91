"""After sending: the receipt, and taking it back within ten minutes with nothing typed lost."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from requests_app.forms.filing import SameForm, answers_typed, contact_typed, spot_typed
from requests_app.journey import recurrences, workflow
from requests_app.journey.joining import FILED_WITH
from requests_app.journey.outlook import outlook
from requests_app.journey.refusals import StepRefused
from requests_app.models import Act, Draft
from requests_app.models.event import Party
from requests_app.photos import copy_photos
from requests_app.privacy import contact_of
from requests_app.views.cases import signed_in_or_tracked
from requests_app.views.drafts import CHECK, filed_case, is_filer, remember
from requests_app.views.resident import undo_until
from requests_app.views.shared import actor_on, visible_case
from requests_app.views.sheets import qr
from requests_app.views.together import joint_view
from services.models import Reason

TOO_LATE = _("The ten minutes to take it back are over. You can still withdraw it while nobody does the work.")
TAKEN_BACK = _("It is taken back. Everything you typed is here: change what was wrong and send it again.")


@login_not_required
@never_cache
@require_safe
def receipt(request, key):
    """What was filed: the tracking code, what happens next, who does it, by when."""
    case = filed_case(request, key)
    if case is None:
        raise Http404
    at = timezone.now()
    acts = [step.act for step in workflow.steps_open_to(actor_on(request, case, at), case, at)]
    context = {
        "case": case,
        "code": [case.code[:3], case.code[3:7], case.code[7:]],
        "next": joint_view(case, at)["next"] if case.parent_id else outlook(case, at),
        "for_others": case.filed_by_id is not None or case.is_for_another,
        "photos": case.photos.count(),
        "undo_until": undo_until(case, acts, at),
        "qr": qr(request.build_absolute_uri(f"{reverse('requests:track')}?code={case.code}")),
        "host": request.get_host(),
    }
    return render(request, "requests/receipt.html", context)


@signed_in_or_tracked
@never_cache
@require_POST
def undo(request, pk):
    """Withdraw what was just filed and lay everything typed out again, on the page before sending. Too late: 409."""
    at = timezone.now()
    case = visible_case(request, pk)
    actor = actor_on(request, case, at)
    acts = [step.act for step in workflow.steps_open_to(actor, case, at)]
    if not is_filer(request, case) or not undo_until(case, acts, at):
        raise StepRefused(Act.WITHDRAW, case, TOO_LATE)
    # Theirs to read again: a code alone, which others may know, does not get as far as here.
    typed = _typed(case, contact_of(case, request.user, at, revealed=True))
    reason = Reason.objects.filter(kind=Reason.Kind.WITHDRAW, is_active=True).order_by("order").first()
    with transaction.atomic():
        workflow.take(case, Act.WITHDRAW, by=actor, at=at, reason=reason)
        recurrences.taken_back(case, at)
        draft = Draft.objects.create(user=request.user if request.user.is_authenticated else None, data=typed)
        copy_photos(case.photos.before(), draft=draft, uploaded_by=draft.user)
    remember(request, draft)
    messages.success(request, TAKEN_BACK)
    return redirect("requests:file-step", draft.key, CHECK)


def _typed(case, contact):
    """What a draft held that became ``case``; ``contact`` in full, for whoever typed it."""
    facts = case.events.get(serial=1).facts
    ticked = {recurrences.AGAIN: "on"} if facts.get(recurrences.AGAIN) else {}
    pages = {
        "where": {"estate": case.estate_id},
        "place": {"building": case.building_id or "", "room": contact.room, **spot_typed(case.spot)},
        "what": {"category": case.category_id},
        "calm": {"calm": case.category_id},
        "same": {"same": str(facts.get(FILED_WITH) or SameForm.OTHER)},
        "words": {"text": case.text, **ticked, **answers_typed(case.category.questions, case.answers)},
        "contact": contact_typed(contact, case),
    }
    return {"party": Party.RESIDENT, "pages": pages}
