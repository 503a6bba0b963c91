"""Cases that go on together, and cases that are alike, as the pages show them."""

from dataclasses import replace

from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from requests_app.journey.outlook import outlook
from requests_app.meetings.backing import support_for
from requests_app.models import WORKED_ON, Act, Recurrence, ServiceRequest
from requests_app.similar import MOST, similar_cases
from requests_app.wording import event_sentence

# What those who serve do to the parent; the residents of merged cases read it by unit and date, without any words.
SHOWN_TO_ALL = (
    Act.ACCEPT,
    Act.REFER,
    Act.DISPATCH,
    Act.SIGN,
    Act.RETURN,
    Act.UPHOLD,
    Act.OVERRULE,
    Act.REASSIGN,
    Act.ASSIST,
    Act.GRANT,
    Act.SUPERVISE,
    Act.PARK,
    Act.UNPARK,
)
ANOTHER_IS_ASKED = _("Those who work on it have asked something and go on with the answer.")


def joint_view(case, at):
    """What the resident of a merged ``case`` reads of the one it goes on with: its Outlook and its steps, newest first.

    Nothing of the other resident, and no words that somebody wrote about them.
    """
    parent = ServiceRequest.objects.for_page().prefetch_related("deadlines").get(pk=case.parent_id)
    ahead = ahead_for_others(parent, at)
    steps = parent.events.public().filter(act__in=SHOWN_TO_ALL).select_related("unit", "holder_unit")
    told = [{"sentence": event_sentence(event), "at": event.at} for event in steps.order_by("-serial")]
    return {"next": ahead, "steps": told}


def ahead_for_others(case, at):
    """What happens next to ``case``, for residents whose case it is not."""
    # The proof of its deadline is for those who see it.
    ahead = replace(outlook(case, at), deadline=None)
    return replace(ahead, sentence=ANOTHER_IS_ASKED) if case.waits_for_answer else ahead


def reported_already(cases, reader, at):
    """What anybody may read of up to ``MOST`` of ``cases`` before they file the same: nothing that a person wrote."""
    shown = cases.for_page().prefetch_related("deadlines").annotate(others=Count("merged"))[:MOST]
    return [
        {
            "case": case,
            "next": ahead_for_others(case, at),
            "requests": case.others + 1,
            "is_own": case.resident_id is not None and case.resident_id == reader.pk,
        }
        for case in shown
    ]


def together_at_desk(case, reader, open_acts):
    """What a desk's page shows of the cases that go on with ``case``, and of similar earlier ones.

    Of what is merged into ``case`` is listed what ``reader`` may see, counted all.
    """
    merged = _merged_into(case, reader) if case.has_merged else []
    return {
        "parent": _seen_by(reader).for_list().filter(pk=case.parent_id).first() if case.parent_id else None,
        "merged": [one for one in merged if one.is_seen],
        "merged_count": len(merged),
        "support": support_for(case),
        "recurrence": _recurrence_of(case, reader) if case.has_come_back else None,
        "households": len({one.resident_id or one.contact_phone_hash for one in [case, *merged]}),
        "similar": [
            {"found": found, "may_merge": Act.MERGE in open_acts and _goes_together(case, found.case)}
            for found in similar_cases(case, reader)
        ],
    }


def _recurrence_of(case, reader):
    """What comes back with ``case``, where ``reader`` may see it and it is the same matter; one query."""
    found = Recurrence.objects.visible_to(reader).filter(links__case=case, links__struck_at=None)
    return found.select_related("category", "estate", "building", "promise__owner").first()


def _seen_by(reader):
    return ServiceRequest.objects.visible_to(reader)


def _merged_into(case, reader):
    """The cases merged into ``case``, each with ``is_seen`` where ``reader`` may see it."""
    seen = Exists(_seen_by(reader).filter(pk=OuterRef("pk")))
    return list(case.merged.for_list().annotate(is_seen=seen).order_by("pk"))


def _goes_together(case, other):
    return other.status in WORKED_ON and other.branch.parent_id == case.branch.parent_id
