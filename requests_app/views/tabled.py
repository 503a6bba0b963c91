"""What joint meetings made of a case: where it was on the table, and what was promised about it."""

from django.urls import reverse
from django.utils import timezone

from requests_app.models import AgendaItem, Meeting, Minutes, Promise


def tabled(case, user):
    """The meetings and promises about ``case`` as rows that ``user`` may open; no query where there are none.

    A meeting leads to its page for those who see it, and to its minutes for everybody once they are published; a
    promise to its page, and for everybody else to those made to the estate.
    """
    return {
        "meetings": _meetings(case, user) if case.has_agenda_items else [],
        "promises": _promises(case, user) if case.has_promises else [],
    }


def _meetings(case, user):
    items = AgendaItem.objects.standing().filter(case=case).select_related("meeting__series", "meeting__minutes")
    items = list(items.order_by("-meeting__at", "-meeting"))
    seen = set(
        Meeting.objects.visible_to(user).filter(pk__in=[one.meeting_id for one in items]).values_list("pk", flat=True)
    )
    rows = []
    for meeting in (one.meeting for one in items):
        minutes = getattr(meeting, "minutes", None)
        if meeting.pk in seen:
            rows.append({"meeting": meeting, "url": meeting.get_absolute_url()})
        elif minutes and minutes.state == Minutes.State.PUBLISHED:
            rows.append({"meeting": meeting, "url": reverse("requests:public-minutes", args=[meeting.pk])})
    return rows


def _promises(case, user):
    today = timezone.localdate()
    promises = list(case.promises.for_list().order_by("due_on", "pk"))
    seen = set(
        Promise.objects.visible_to(user).filter(pk__in=[one.pk for one in promises]).values_list("pk", flat=True)
    )
    rows = []
    for promise in promises:
        if promise.pk in seen:
            url = promise.get_absolute_url()
        elif promise.estate_id:
            url = reverse("requests:public-promises", args=[promise.estate.code])
        else:
            continue
        rows.append({"promise": promise, "url": url, "is_late": promise.is_late(today)})
    return rows
