"""One act on many cases: each through the one door in a transaction of its own, with an outcome for each."""

import logging
from dataclasses import dataclass

from requests_app.journey import refusals, workflow
from requests_app.journey.refusals import StepIncomplete, StepRefused
from requests_app.models import ServiceRequest

logger = logging.getLogger(__name__)

AT_MOST = 200  # cases in one go


@dataclass(frozen=True)
class Wanted:
    """One case of a selection: what it stood at when it was chosen, and what the act shall state about it.

    ``refusal`` says why it is not even tried.
    """

    case: ServiceRequest
    seen: int
    facts: dict
    refusal: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one case: as it was chosen, as it stands now, and why nothing was done (or an empty text)."""

    case: ServiceRequest
    after: ServiceRequest
    refusal: str = ""

    @property
    def is_done(self):
        return not self.refusal


def take_each(wanted, act, *, by, at, note=""):
    """Take ``act`` on each of ``wanted``; the Outcomes in their order.

    Sent again, the same selection does nothing twice: what ``by`` did since ``seen`` counts as done. A case that
    fails does not keep the others waiting.
    """
    return [_outcome(one, act, by, at, note) for one in wanted]


def _outcome(one, act, by, at, note):
    if one.refusal:
        return Outcome(one.case, one.case, one.refusal)
    try:
        after = workflow.take(one.case, act, by=by, at=at, seen=one.seen, note=note, **one.facts)
    except StepRefused as refused:
        return Outcome(one.case, refused.case, "" if _was_done(one, act, by) else refused.reason)
    except StepIncomplete as incomplete:
        return Outcome(one.case, one.case, " ".join(incomplete.messages))
    except Exception:
        logger.exception("%s failed for case %s", act, one.case.pk)
        return Outcome(one.case, one.case, refusals.FAILED)
    return Outcome(one.case, after)


def _was_done(one, act, by):
    """True where ``by`` took just this step since the selection was made: a form sent twice."""
    since = one.case.events.filter(act=act, actor=by, serial__gt=one.seen).values_list("facts", flat=True)
    lead = one.facts.get("lead")
    return any(lead is None or facts.get("lead") == lead.name for facts in since)
