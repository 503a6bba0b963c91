"""The table of steps: who may do what, from where, to where, and which clocks it starts.

Buttons, permission and tests all read it. A new act is one row here, one form, at most one effect.
"""

from collections.abc import Callable
from dataclasses import dataclass

from requests_app.journey import guards as g
from requests_app.models import OPEN_STATUSES, WORKED_ON, Act, Holder, Status
from requests_app.models.event import Party
from services.models import Limit

FILED, ACCEPTED, REFERRED = Status.FILED, Status.ACCEPTED, Status.REFERRED
DISPATCHED, IN_HAND, RETURNED = Status.DISPATCHED, Status.IN_HAND, Status.RETURNED
FULFILLED, CLOSED = Status.FULFILLED, Status.CLOSED
DECLINED, WITHDRAWN, PARKED = Status.DECLINED, Status.WITHDRAWN, Status.PARKED
MERGED = Status.MERGED

RESIDENT, BRANCH, DISPATCHER = Party.RESIDENT, Party.BRANCH, Party.DISPATCHER
LEAD, ASSISTANT, SUPERVISOR = Party.LEAD, Party.ASSISTANT, Party.SUPERVISOR
CALLER, SYSTEM = Party.CALLER, Party.SYSTEM
DESKS = (BRANCH, DISPATCHER, LEAD, ASSISTANT, SUPERVISOR, CALLER)

Clock = Limit.Step

# How much of an event the resident reads: nothing, that it happened, or also what was written.
HIDDEN, ACT, WORDS = "hidden", "act", "words"
# Held again by whoever asked the resident, or by whoever had the case before it was merged; then its status too.
BACK = "back"


@dataclass(frozen=True)
class Step:
    """One row: ``by`` may take ``act`` in any of ``source`` while ``when`` holds.

    ``target`` and ``holder`` are None where the act leaves status and holder alone. The first of ``clocks`` is the
    deadline of the new holder; where there is none, they run beside the holder's own.
    """

    act: Act
    source: tuple[Status, ...]
    target: Status | str | None
    holder: Holder | str | None
    by: tuple[Party, ...]
    clocks: tuple[Clock, ...] = ()
    shows: str = ACT
    when: tuple[Callable, ...] = ()

    @property
    def moves(self):
        """True where the step takes the case to another status, or to the same one anew."""
        return self.target is not None

    @property
    def hands_over(self):
        """True where somebody else has the case afterwards."""
        return self.holder is not None


ANY = tuple(Status)
SENT = (Clock.SIGN, Clock.RETURN_WINDOW)
TAKEN = (Clock.FULFIL, Clock.FIRST_CONTACT)
AT_BRANCH, AT_COMMUNITY, AT_DEPARTMENT = Holder.BRANCH, Holder.COMMUNITY, Holder.DEPARTMENT
AT_SUPERVISOR, AT_RESIDENT = Holder.SUPERVISOR, Holder.RESIDENT
NOBODY = Holder.NOBODY

# fmt: off
STEPS = (
    #    act            from                              to          then held by    by                    clocks                   shown  while
    Step(Act.ACCEPT,    (FILED,),                         ACCEPTED,   AT_BRANCH,      (BRANCH,),            (Clock.SETTLE,)),
    Step(Act.SETTLE,    (ACCEPTED,),                      FULFILLED,  AT_RESIDENT,    (BRANCH,),            (Clock.ANSWER,),         WORDS),
    Step(Act.REFER,     (FILED, ACCEPTED),                REFERRED,   AT_COMMUNITY,   (BRANCH,),            (Clock.DISPATCH,),       WORDS),
    Step(Act.DISPATCH,  (REFERRED,),                      DISPATCHED, AT_DEPARTMENT,  (DISPATCHER,),        SENT,                    ACT,   (g.held_by_community,)),
    Step(Act.DISPATCH,  (FILED, ACCEPTED),                DISPATCHED, AT_DEPARTMENT,  (DISPATCHER,),        SENT,                    ACT,   (g.branch_is_late,)),
    Step(Act.DISPATCH,  (FILED, ACCEPTED, REFERRED),      DISPATCHED, AT_DEPARTMENT,  (SUPERVISOR,),        SENT,                    ACT,   (g.it_is_the_supervisors_turn,)),
    Step(Act.SIGN,      (DISPATCHED,),                    IN_HAND,    AT_DEPARTMENT,  (LEAD,),              TAKEN),
    Step(Act.SIGN,      (DISPATCHED,),                    IN_HAND,    AT_DEPARTMENT,  (SYSTEM,),            TAKEN,                   ACT,   (g.holder_is_late,)),
    Step(Act.RETURN,    (DISPATCHED, IN_HAND),            RETURNED,   AT_COMMUNITY,   (LEAD,),              (Clock.RULING,),         ACT,   (g.return_window_is_open, g.lead_is_free, g.never_returned)),
    Step(Act.RETURN,    (DISPATCHED, IN_HAND),            RETURNED,   AT_SUPERVISOR,  (LEAD,),              (Clock.RULING,),         ACT,   (g.return_window_is_open, g.lead_is_free, g.returned_before)),
    Step(Act.UPHOLD,    (RETURNED,),                      DISPATCHED, AT_DEPARTMENT,  (DISPATCHER,),        SENT,                    ACT,   (g.held_by_community,)),
    Step(Act.UPHOLD,    (RETURNED,),                      DISPATCHED, AT_DEPARTMENT,  (SUPERVISOR,),        SENT,                    ACT,   (g.it_is_the_supervisors_turn,)),
    Step(Act.OVERRULE,  (RETURNED,),                      IN_HAND,    AT_DEPARTMENT,  (DISPATCHER,),        TAKEN,                   ACT,   (g.held_by_community,)),
    Step(Act.OVERRULE,  (RETURNED,),                      IN_HAND,    AT_DEPARTMENT,  (SUPERVISOR,),        TAKEN,                   ACT,   (g.it_is_the_supervisors_turn,)),
    Step(Act.REASSIGN,  (DISPATCHED, IN_HAND),            DISPATCHED, AT_DEPARTMENT,  (DISPATCHER,),        SENT,                    ACT,   (g.lead_is_free,)),
    Step(Act.REASSIGN,  (DISPATCHED, IN_HAND),            DISPATCHED, AT_DEPARTMENT,  (SUPERVISOR,),        SENT),
    Step(Act.FULFIL,    (IN_HAND,),                       FULFILLED,  AT_RESIDENT,    (LEAD,),              (Clock.ANSWER,),         WORDS, (g.assistants_are_done,)),
    Step(Act.RATE,      (FULFILLED,),                     CLOSED,     NOBODY,         (RESIDENT,),          (Clock.CONTEST_WINDOW,), WORDS),
    Step(Act.RATE,      (FULFILLED,),                     CLOSED,     NOBODY,         (CALLER,),            (Clock.CONTEST_WINDOW,), WORDS, (g.reached_in_a_call,)),
    Step(Act.CONTEST,   (FULFILLED, CLOSED),              IN_HAND,    AT_DEPARTMENT,  (RESIDENT,),          (Clock.REDO,),           WORDS, (g.contest_window_is_open, g.never_contested, g.a_department_did_it)),
    Step(Act.CONTEST,   (FULFILLED, CLOSED),              ACCEPTED,   AT_BRANCH,      (RESIDENT,),          (Clock.REDO,),           WORDS, (g.contest_window_is_open, g.never_contested, g.the_branch_did_it)),
    Step(Act.CONTEST,   (FULFILLED, CLOSED),              REFERRED,   AT_SUPERVISOR,  (RESIDENT,),          (Clock.DISPATCH,),       WORDS, (g.contest_window_is_open, g.contested_before)),
    Step(Act.CONTEST,   (FULFILLED, CLOSED),              IN_HAND,    AT_DEPARTMENT,  (CALLER,),            (Clock.REDO,),           WORDS, (g.reached_in_a_call, g.contest_window_is_open, g.never_contested, g.a_department_did_it)),
    Step(Act.CONTEST,   (FULFILLED, CLOSED),              ACCEPTED,   AT_BRANCH,      (CALLER,),            (Clock.REDO,),           WORDS, (g.reached_in_a_call, g.contest_window_is_open, g.never_contested, g.the_branch_did_it)),
    Step(Act.CONTEST,   (FULFILLED, CLOSED),              REFERRED,   AT_SUPERVISOR,  (CALLER,),            (Clock.DISPATCH,),       WORDS, (g.reached_in_a_call, g.contest_window_is_open, g.contested_before)),
    Step(Act.LAPSE,     (FULFILLED,),                     CLOSED,     NOBODY,         (SYSTEM,),            (Clock.CONTEST_WINDOW,), ACT,   (g.holder_is_late,)),
    Step(Act.DECLINE,   (FILED, ACCEPTED),                DECLINED,   NOBODY,         (BRANCH,),            (Clock.APPEAL_WINDOW,),  WORDS),
    Step(Act.DECLINE,   (FILED, ACCEPTED, REFERRED),      DECLINED,   NOBODY,         (DISPATCHER,),        (Clock.APPEAL_WINDOW,),  WORDS, (g.not_held_by_supervisor,)),
    Step(Act.DECLINE,   (FILED, ACCEPTED, REFERRED),      DECLINED,   NOBODY,         (SUPERVISOR,),        (Clock.APPEAL_WINDOW,),  WORDS, (g.it_is_the_supervisors_turn,)),
    Step(Act.APPEAL,    (DECLINED,),                      REFERRED,   AT_SUPERVISOR,  (RESIDENT,),          (Clock.DISPATCH,),       WORDS, (g.appeal_window_is_open, g.never_appealed)),
    Step(Act.WITHDRAW,  (FILED, ACCEPTED, REFERRED,
                         DISPATCHED),                     WITHDRAWN,  NOBODY,         (RESIDENT,),          (),                      WORDS),
    Step(Act.PARK,      (ACCEPTED, REFERRED, IN_HAND),    PARKED,     AT_SUPERVISOR,  (SUPERVISOR,),        (Clock.REVIEW,),         WORDS),
    Step(Act.UNPARK,    (PARKED,),                        REFERRED,   AT_COMMUNITY,   (SUPERVISOR,),        (Clock.DISPATCH,),       WORDS),
    Step(Act.UNPARK,    (PARKED,),                        REFERRED,   AT_SUPERVISOR,  (SYSTEM,),            (Clock.DISPATCH,),       ACT,   (g.holder_is_late,)),
    Step(Act.MERGE,     WORKED_ON,                        MERGED,     NOBODY,         (BRANCH, DISPATCHER), (),                      ACT,   (g.not_held_by_supervisor, g.nothing_is_merged_into_it)),
    Step(Act.MERGE,     WORKED_ON,                        MERGED,     NOBODY,         (SUPERVISOR,),        (),                      ACT,   (g.it_is_the_supervisors_turn, g.nothing_is_merged_into_it)),
    Step(Act.UNMERGE,   (MERGED,),                        BACK,       BACK,           (BRANCH, DISPATCHER,
                                                                                       SUPERVISOR),         (),                      ACT),
    # Whoever files what is reported already may ask for it to go on with that; and undo it, as every filing.
    Step(Act.MERGE,     (FILED,),                         MERGED,     NOBODY,         (SYSTEM,),            (),                      ACT,   (g.filed_to_join,)),
    Step(Act.WITHDRAW,  (MERGED,),                        WITHDRAWN,  NOBODY,         (RESIDENT,),          (),                      WORDS, (g.joined_just_now,)),
    # What becomes of the parent becomes of every case merged into it, as a step of its own.
    Step(Act.UNMERGE,   (MERGED,),                        BACK,       BACK,           (SYSTEM,),            (),                      ACT,   (g.the_parent_ended_undone,)),
    Step(Act.FULFIL,    (MERGED,),                        FULFILLED,  AT_RESIDENT,    (SYSTEM,),            (Clock.ANSWER,),         WORDS, (g.the_parent_is_done,)),
    Step(Act.TELL,      (MERGED,),                        None,       None,           (SYSTEM,),            (),                      WORDS, (g.the_parent_was_told,)),
    # Acts that leave the status alone and put the ball into other hands: time that does not count.
    Step(Act.ASK,       (ACCEPTED,),                      None,       AT_RESIDENT,    (BRANCH,),            (Clock.ANSWER,),         WORDS, (g.nobody_is_asked,)),
    Step(Act.ASK,       (REFERRED,),                      None,       AT_RESIDENT,    (DISPATCHER,),        (Clock.ANSWER,),         WORDS, (g.nobody_is_asked, g.held_by_community)),
    Step(Act.ASK,       (IN_HAND,),                       None,       AT_RESIDENT,    (LEAD,),              (Clock.ANSWER,),         WORDS, (g.nobody_is_asked,)),
    Step(Act.ANSWER,    (ACCEPTED, REFERRED, IN_HAND),    None,       BACK,           (RESIDENT,),          (),                      WORDS, (g.the_resident_is_asked,)),
    Step(Act.RESUME,    (ACCEPTED,),                      None,       BACK,           (BRANCH,),            (),                      WORDS, (g.the_resident_is_asked,)),
    Step(Act.RESUME,    (REFERRED,),                      None,       BACK,           (DISPATCHER,),        (),                      WORDS, (g.the_resident_is_asked,)),
    Step(Act.RESUME,    (IN_HAND,),                       None,       BACK,           (LEAD,),              (),                      WORDS, (g.the_resident_is_asked,)),
    Step(Act.RESUME,    (ACCEPTED, REFERRED, IN_HAND),    None,       BACK,           (SYSTEM,),            (),                      ACT,   (g.the_resident_is_asked, g.holder_is_late)),
    # Acts that leave the status alone.
    Step(Act.MORE_TIME, (ACCEPTED,),                      None,       None,           (BRANCH,),            (),                      ACT,   (g.nobody_is_asked, g.there_is_time_left, g.never_extended)),
    Step(Act.MORE_TIME, (IN_HAND,),                       None,       None,           (LEAD,),              (),                      ACT,   (g.nobody_is_asked, g.there_is_time_left, g.never_extended)),
    Step(Act.GRANT,     (ACCEPTED, IN_HAND),              None,       None,           (SUPERVISOR,),        (),                      WORDS, (g.more_time_is_asked_for,)),
    Step(Act.REFUSE,    (ACCEPTED, IN_HAND),              None,       None,           (SUPERVISOR,),        (),                      ACT,   (g.more_time_is_asked_for,)),
    Step(Act.URGE,      WORKED_ON,                        None,       None,           (RESIDENT,),          (),                      WORDS, (g.nobody_is_asked, g.may_be_urged_again)),
    # Of a merged request: whoever has the one it goes on with is told.
    Step(Act.URGE,      (MERGED,),                        None,       None,           (RESIDENT,),          (),                      WORDS, (g.units_have_the_parent, g.may_be_urged_again)),
    Step(Act.URGE,      WORKED_ON,                        None,       None,           (SYSTEM,),            (),                      HIDDEN, (g.a_merged_one_urges,)),
    Step(Act.ADD,       (*WORKED_ON, PARKED),             None,       None,           (RESIDENT,),          (),                      WORDS, (g.nobody_is_asked,)),
    Step(Act.SUPERVISE, WORKED_ON,                        None,       None,           (SUPERVISOR,),        (Clock.SUPERVISION,),    ACT,   (g.held_by_others_than_supervisor, g.not_supervised)),
    Step(Act.REPLY,     (FILED, ACCEPTED),                None,       None,           (BRANCH,),            (),                      HIDDEN, (g.is_supervised,)),
    Step(Act.REPLY,     (REFERRED, RETURNED),             None,       None,           (DISPATCHER,),        (),                      HIDDEN, (g.is_supervised,)),
    Step(Act.REPLY,     (DISPATCHED, IN_HAND),            None,       None,           (LEAD,),              (),                      HIDDEN, (g.is_supervised,)),
    Step(Act.RECOMPUTE, ANY,                              None,       None,           (SYSTEM,),            (),                      ACT,   (g.the_calendar_moves_a_clock,)),
    Step(Act.ALARM,     WORKED_ON,                        None,       None,           (SYSTEM,),            (),                      HIDDEN, (g.alarm_is_due,)),
    Step(Act.ASSIST,    (DISPATCHED, IN_HAND),            None,       None,           (ASSISTANT,),         (),                      ACT),
    Step(Act.WAIVE,     (DISPATCHED, IN_HAND),            None,       None,           (DISPATCHER,
                                                                                       SUPERVISOR),         (),                      HIDDEN, (g.an_assistant_is_waiting,)),
    Step(Act.TELL,      OPEN_STATUSES,                    None,       None,           (BRANCH, DISPATCHER,
                                                                                       LEAD, SUPERVISOR),   (),                      WORDS),
    Step(Act.NOTE,      ANY,                              None,       None,           DESKS,                (),                      HIDDEN),
    Step(Act.REVEAL,    ANY,                              None,       None,           DESKS,                (),                      WORDS, (g.has_a_phone, g.contact_is_not_kept)),
    Step(Act.CALL,      (FULFILLED, CLOSED),              None,       None,           (CALLER,),            (),                      ACT,   (g.a_call_is_due, g.people_are_up, g.another_time_of_day)),
    Step(Act.CONCEAL,   ANY,                              None,       None,           (BRANCH, DISPATCHER,
                                                                                       SUPERVISOR),         (),                      ACT,   (g.more_can_be_concealed,)),
    Step(Act.DISCLOSE,  ANY,                              None,       None,           (BRANCH, DISPATCHER,
                                                                                       SUPERVISOR),         (),                      WORDS, (g.is_concealed,)),
    Step(Act.RELEASE,   (FULFILLED, CLOSED),              None,       None,           (DISPATCHER,
                                                                                       SUPERVISOR),         (),                      HIDDEN, (g.category_is_public, g.not_confidential)),
    Step(Act.UNRELEASE, ANY,                              None,       None,           (DISPATCHER,
                                                                                       SUPERVISOR),         (),                      HIDDEN, (g.is_released,)),
)
# fmt: on

# What filing starts; it has no source, so it is no row of the table.
FILING_CLOCKS = (Clock.ACCEPT,)

# Clocks that go on through a step that ends the others.
KEPT_CLOCKS = {Act.SIGN: (Clock.RETURN_WINDOW,), Act.LAPSE: (Clock.FOLLOW_UP,)}
# A supervision order runs on while anybody works on the case.
KEPT_WHILE_WORKED_ON = (Clock.SUPERVISION,)
# Clocks that an act ends although the status stays.
ENDED_CLOCKS = {
    Act.TELL: (Clock.FIRST_CONTACT,),
    Act.ASK: (Clock.FIRST_CONTACT,),
    Act.ANSWER: (Clock.ANSWER,),
    Act.RESUME: (Clock.ANSWER,),
    Act.REPLY: (Clock.SUPERVISION,),
    Act.CALL: (Clock.FOLLOW_UP,),
}
EXTENDABLE_CLOCKS = (Clock.SETTLE, Clock.FULFIL, Clock.REDO)

# Acts that say nothing without words.
NEEDS_NOTE = frozenset(
    {
        Act.SETTLE,
        Act.REFER,
        Act.RETURN,
        Act.OVERRULE,
        Act.REASSIGN,
        Act.ASSIST,
        Act.FULFIL,
        Act.CONTEST,
        Act.TELL,
        Act.NOTE,
        Act.REVEAL,
        Act.ASK,
        Act.ANSWER,
        Act.ADD,
        Act.MORE_TIME,
        Act.GRANT,
        Act.REFUSE,
        Act.SUPERVISE,
        Act.REPLY,
        Act.PARK,
        Act.UNPARK,
        Act.DISCLOSE,
    }
)
# Acts that pictures say as well as words.
PHOTOS_SAY_IT = frozenset({Act.ADD})


def needs_note(act, case):
    """True where ``act`` on ``case`` says nothing without words; letting the first receiver go is such an act."""
    return act in NEEDS_NOTE or (act == Act.UPHOLD and case.lead_locked)
