"""What a ruler sees of a return: both sides, what was ruled before, and how the departments stand."""

from requests_app.forms.steps import STEP_FORMS
from requests_app.models import Act, Photo, Precedent
from requests_app.views.precedents import with_links

ALIKE_AT_MOST = 5  # rulings shown beside a return or a dispatch
RULINGS = (Act.UPHOLD, Act.OVERRULE)
HANDS_OVER = (Act.DISPATCH, Act.UPHOLD, Act.REASSIGN)


def ruling_context(request, case, form):
    """What the page of a ruling on ``case`` shows beside what every step shows; ``form`` is that of the act opened."""
    events = case.events.filter(act__in=[Act.RETURN, Act.OVERRULE, *HANDS_OVER]).order_by("serial")
    events = list(events.select_related("unit", "actor", "holder_unit"))
    returned = max((event for event in events if event.act == Act.RETURN), key=lambda event: event.serial)
    before = [event for event in events if event.serial < returned.serial]
    photos = list(case.photos.select_related("event"))
    forms = {act: form if form.act == act else _unasked(case, act, form) for act in RULINGS}
    return {
        "returned": returned,
        "evidence": [photo for photo in photos if photo.event_id == returned.pk],
        "photos": [photo for photo in photos if photo.stage == Photo.Stage.BEFORE and photo.event.is_public],
        "sent": next(event for event in reversed(before) if event.act in HANDS_OVER),
        "earlier": [event for event in before if event.act in RULINGS],
        "alike": alike(request.user, case),
        "standings": forms[Act.UPHOLD].advice.proposals,
        "forms": [{"act": act.value, "form": one, "is_open": one is form} for act, one in forms.items()],
    }


def _unasked(case, act, beside):
    """The form of the other ruling, with ids of its own."""
    return STEP_FORMS[act](act=act, case=case, at=beside.at, initial={"seen": case.event_count}, auto_id="other_%s")


def alike(user, case):
    """Rulings on requests like ``case``, the nearest first, with links to those cases ``user`` may see."""
    rows = Precedent.objects.visible_to(user).alike(case).exclude(case=case).for_list()[:ALIKE_AT_MOST]
    return with_links(user, rows)
