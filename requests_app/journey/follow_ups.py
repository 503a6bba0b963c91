"""A follow-up call as one thing: the attempt, and what the resident's answers bring about, in one transaction."""

from django.db import transaction

from requests_app.journey import workflow
from requests_app.journey.attempts import Outcome
from requests_app.models import Act, Status


@transaction.atomic
def call(case, *, by, outcome, note="", at=None, seen=None, redo=False, give_up=False, photos=(), **answers):
    """Put down one call; the case as it stands afterwards.

    Whoever was reached rates the request with ``answers`` (contacted, solved, satisfaction), and ``note`` are their
    words; where it is not solved, or they want it redone, it goes back to those who did it instead. A request that
    closed without an answer stays closed when all is well: the answers stand in the call. Otherwise ``note`` is for
    the next caller. Raises StepRefused or StepIncomplete; then nothing is written.
    """
    reached = outcome == Outcome.REACHED
    said = {"at": at, "by": by, "note": note}
    inside = {**said, "note": "" if reached else note}
    facts = {"outcome": outcome, "give_up": give_up, **answers}
    case = workflow.take(case, Act.CALL, seen=seen, photos=photos, **facts, **inside)
    if not reached:
        return case
    if redo or not answers["solved"]:
        return workflow.take(case, Act.CONTEST, **said)
    if case.status == Status.FULFILLED:
        return workflow.take(case, Act.RATE, **answers, **said)
    return case
