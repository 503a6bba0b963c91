"""What happens next: who has the case, what they do with it, by when."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from requests_app.models import Deadline, Holder, Status
from requests_app.models.deadline import BESIDE
from services.models import Limit, Unit


@dataclass(frozen=True)
class Outlook:
    """``sentence`` in words a neighbour would use; ``unit`` is None where the resident or nobody has the case.

    ``by`` is the holder's deadline or the end of the resident's window, None where nothing runs. It is provisional
    while it counts days of a year whose holidays are not announced. It is late where a holder other than the resident
    let it pass.
    """

    unit: Unit | None
    sentence: str
    by: datetime | None
    is_provisional: bool = False
    is_late: bool = False
    # The clock that ends then.
    deadline: Deadline | None = None


ASKED = _("Your answer is needed to go on. Without one they go on with what they know.")
TO_BE_REDONE = _("%(unit)s does it again and reports back.")
HELD_BY_SUPERVISOR = _("A supervisor of %(unit)s decides how it goes on.")
# After a second return.
FIRST_RECEIVER = _(
    "A supervisor of %(unit)s decides which department does the work. Until then %(lead)s, which had it first, stays "
    "responsible."
)
SENTENCES = {
    Status.FILED: _("%(unit)s accepts it."),
    Status.ACCEPTED: _("%(unit)s settles it or passes it on to the community."),
    Status.REFERRED: _("%(unit)s chooses the department that does the work."),
    Status.DISPATCHED: _("%(unit)s signs for it and begins."),
    Status.IN_HAND: _("%(unit)s does the work and reports back."),
    Status.RETURNED: _("%(unit)s decides which department does the work."),
    Status.FULFILLED: _("Please say whether it is solved. Without an answer it closes by itself."),
    Status.CLOSED: _("It is finished. If the trouble is still there, you may ask to have it redone."),
    Status.DECLINED: _("It was declined. If you do not agree, you may appeal."),
    Status.WITHDRAWN: _("You withdrew it. Nothing more happens."),
    Status.PARKED: _("It waits until the conditions are there; it is reviewed again."),
    Status.MERGED: _("It goes on together with another request about the same matter."),
}
NOTHING_MORE = {
    Status.CLOSED: _("It is finished. If the trouble comes back, please file a new request."),
    Status.DECLINED: _("It was declined; the time for an appeal has passed."),
}
WINDOWS = {Status.CLOSED: Limit.Step.CONTEST_WINDOW, Status.DECLINED: Limit.Step.APPEAL_WINDOW}


def outlook(case, at):
    """The Outlook of ``case`` at ``at``; ``case`` should come from ``for_page()`` with its deadlines prefetched."""
    unit = case.holding_unit
    by, sentence = case.due_at, SENTENCES[case.status]
    if case.status in WINDOWS:
        by = _window_end(case, WINDOWS[case.status], at)
        sentence = sentence if by else NOTHING_MORE[case.status]
    elif case.waits_for_answer:
        sentence = ASKED
    elif case.status != Status.PARKED and case.holder == Holder.SUPERVISOR:
        sentence = FIRST_RECEIVER if case.status == Status.RETURNED and case.lead_locked else HELD_BY_SUPERVISOR
    elif _is_being_redone(case):
        sentence = TO_BE_REDONE
    running = [clock for clock in case.deadlines.all() if clock.ended_at is None and clock.due_at == by]
    provisional = any(clock.is_provisional for clock in running)
    ending = min(running, key=lambda clock: clock.step in BESIDE, default=None)
    is_late = by is not None and by < at and case.holder != Holder.RESIDENT
    said = sentence % {"unit": unit or "", "lead": case.lead or ""}
    return Outlook(unit, said, by, provisional, is_late, ending)


def _is_being_redone(case):
    return any(clock.step == Limit.Step.REDO and clock.ended_at is None for clock in case.deadlines.all())


def _window_end(case, step, at):
    """Until when the resident may still speak; None once that time has passed."""
    ends = [clock.due_at for clock in case.deadlines.all() if clock.step == step and clock.ended_at is None]
    return max((end for end in ends if end >= at), default=None)
