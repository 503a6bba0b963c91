"""Conditions of the table: each takes a case and a moment, and has a sentence for whoever is refused.

They read the case and what hangs on it; none changes anything.
"""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from requests_app.journey import attempts, joining
from requests_app.journey.recounting import would_move
from requests_app.models import WORKED_ON, Act, FollowUp, Holder, Status
from requests_app.models.case import DONE_STATUSES
from requests_app.privacy import is_kept_from
from services.models import Limit

Clock = Limit.Step
# So long after it was sent a filing can be undone by one tap.
UNDO_WITHIN = timedelta(minutes=10)


def says(sentence):
    """Give a guard the sentence that a refusal shows."""

    def give(guard):
        guard.sentence = sentence
        return guard

    return give


@says(_("It is not with the community now: a supervisor has it, or the resident is being asked."))
def held_by_community(case, at):
    return case.holder == Holder.COMMUNITY


@says(_("The deadline has not passed yet."))
def holder_is_late(case, at):
    return case.due_at is not None and case.due_at < at


@says(_("It has not come to the supervisor: whoever holds it still has time."))
def it_is_the_supervisors_turn(case, at):
    """A supervisor holds the case, or those who do have let their time pass."""
    return case.holder == Holder.SUPERVISOR or (holder_is_late(case, at) and not case.waits_for_answer)


@says(_("A supervisor holds this request now."))
def not_held_by_supervisor(case, at):
    return case.holder != Holder.SUPERVISOR


@says(_("The branch still has time; the community may step in once its deadline has passed."))
def branch_is_late(case, at):
    return case.holder == Holder.BRANCH and case.due_at < at


@says(_("The time for returning has passed; the department now does the work and reports."))
def return_window_is_open(case, at):
    return _is_open(case, Clock.RETURN_WINDOW, at)


@says(_("The first receiver stays responsible for this request."))
def lead_is_free(case, at):
    return not case.lead_locked


@says(_("It was returned before; the next ruling is the supervisor's."))
def never_returned(case, at):
    return case.return_count == 0


@says(_("It has not been returned before."))
def returned_before(case, at):
    return case.return_count > 0


@says(_("An assisting department has not reported yet; wait for it or ask the community to waive it."))
def assistants_are_done(case, at):
    return not any(assignment.is_waiting for assignment in case.parts)


@says(_("No assisting department is being waited for."))
def an_assistant_is_waiting(case, at):
    return any(assignment.is_waiting for assignment in case.parts)


@says(_("The time for asking again has passed. Please file a new request and mention this one."))
def contest_window_is_open(case, at):
    return case.is_open or _is_open(case, Clock.CONTEST_WINDOW, at)


@says(_("It was redone before; the supervisor takes it from here."))
def never_contested(case, at):
    return case.contest_count == 0


@says(_("It has not been redone before."))
def contested_before(case, at):
    return case.contest_count > 0


@says(_("The branch settled this one."))
def a_department_did_it(case, at):
    return case.lead_id is not None


@says(_("A department did this one."))
def the_branch_did_it(case, at):
    return case.lead_id is None


@says(_("The time for an appeal has passed. You may file a new request with what has changed."))
def appeal_window_is_open(case, at):
    return _is_open(case, Clock.APPEAL_WINDOW, at)


@says(_("A supervisor has already decided on an appeal."))
def never_appealed(case, at):
    return case.appeal_count == 0


@says(_("The resident has been asked already; wait for the answer, or go on without it."))
def nobody_is_asked(case, at):
    return not case.waits_for_answer


@says(_("The resident is not being asked anything."))
def the_resident_is_asked(case, at):
    return case.waits_for_answer


@says(_("The deadline has passed; more time can be asked for only before."))
def there_is_time_left(case, at):
    return at <= case.due_at


@says(_("More time has been asked for already; that is possible once."))
def never_extended(case, at):
    asked = {extension.deadline_id for extension in case.read_once("extensions")}
    return not any(deadline.ended_at is None and deadline.pk in asked for deadline in case.deadlines.all())


@says(_("Nobody asks for more time."))
def more_time_is_asked_for(case, at):
    return any(extension.state == extension.State.ASKED for extension in case.read_once("extensions"))


@says(_("You have urged today. Those who have it were told; you can urge again on the next working day."))
def may_be_urged_again(case, at):
    return case.urge_from is None or at >= case.urge_from


@says(_("The supervisor has it now; an order goes to others."))
def held_by_others_than_supervisor(case, at):
    return case.holder in (Holder.BRANCH, Holder.COMMUNITY, Holder.DEPARTMENT)


@says(_("A supervision order is running already."))
def not_supervised(case, at):
    return not is_supervised(case, at)


@says(_("There is no supervision order to answer."))
def is_supervised(case, at):
    return any(clock.step == Clock.SUPERVISION and clock.ended_at is None for clock in case.deadlines.all())


@says(_("No alarm is due."))
def alarm_is_due(case, at):
    return case.alarm_at is not None and case.alarm_at <= at


@says(_("The calendar as it is now gives the same dates."))
def the_calendar_moves_a_clock(case, at):
    return would_move(case, at)


@says(_("Other requests are merged into this one. Merge the other one into this instead, or take those apart first."))
def nothing_is_merged_into_it(case, at):
    return not case.has_merged


@says(_("Whoever filed it did not ask for it to go on with another."))
def filed_to_join(case, at):
    return case.event_count == 1 and joining.was_joined(case)


@says(_("It goes on together with another one. Only in the first ten minutes could it be undone."))
def joined_just_now(case, at):
    return at <= case.created_at + UNDO_WITHIN and joining.was_joined(case)


@says(_("The request it goes on with is still under way."))
def the_parent_is_done(case, at):
    return case.parent.status in DONE_STATUSES


@says(_("Nothing was said on the request it goes on with."))
def the_parent_was_told(case, at):
    return case.parent.events.latest("serial").act == Act.TELL


@says(_("The request it goes on with is still under way."))
def the_parent_ended_undone(case, at):
    return case.parent.status in (Status.DECLINED, Status.WITHDRAWN)


@says(_("Nobody can be urged now: the request it goes on with waits for an answer, is parked or is done."))
def units_have_the_parent(case, at):
    return case.parent.status in WORKED_ON and not case.parent.waits_for_answer


@says(_("Nobody of the merged requests has urged."))
def a_merged_one_urges(case, at):
    return any(one.events.latest("serial").act == Act.URGE for one in case.merged.all())


@says(_("No phone number was left."))
def has_a_phone(case, at):
    return bool(case.contact_phone_hash)


@says(_("Name and number are kept from your unit."))
def contact_is_not_kept(case, at, by):
    return not is_kept_from(case, by, at)


@says(_("It is kept confidential already."))
def more_can_be_concealed(case, at):
    return not case.is_confidential or case.against_id is None


@says(_("It is not confidential."))
def is_concealed(case, at):
    return case.is_confidential or case.against_id is not None


@says(_("It is confidential."))
def not_confidential(case, at):
    return not case.is_confidential


@says(_("Requests of this category are never shown in public."))
def category_is_public(case, at):
    return case.category.is_public


@says(_("It is not shown in public."))
def is_released(case, at):
    return hasattr(case, "release")


@says(_("No follow-up call is due on this request."))
def a_call_is_due(case, at):
    """It was drawn, nobody has answered yet, and what is said can still bring a redo about."""
    return attempts.open_task(case) is not None and contest_window_is_open(case, at)


@says(_("Nobody is rung up at this hour."))
def people_are_up(case, at):
    return attempts.slot_at(at) is not None


@says(_("It was tried at this time of the day already; try again at another."))
def another_time_of_day(case, at):
    task = attempts.open_task(case)
    return task is None or task.next_at is None or at >= task.next_at


@says(_("Call the resident first; what they say on the phone is put down there."))
def reached_in_a_call(case, at):
    """The resident said in a call how it was, and nothing was done since."""
    tasks = case.read_once("follow_ups")
    return any(task.state == FollowUp.State.REACHED and task.redos == case.contest_count for task in tasks)


def _is_open(case, clock, at):
    """True while a window of that kind runs on ``case``; it closes at its very end."""
    return any(
        deadline.step == clock and deadline.ended_at is None and at <= deadline.due_at
        for deadline in case.deadlines.all()
    )


# Guards that look at the person too; these take them as a third argument.
ASKS_WHO = frozenset({contact_is_not_kept})
