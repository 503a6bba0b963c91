"""Why the one door stays shut."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class StepRefused(Exception):
    """The table has no such step for this person on this case now; answered with 409.

    ``reason`` is a sentence for people; ``case`` is the case as it stands.
    """

    def __init__(self, act, case, reason):
        super().__init__(f"{act} from {case.status}: {reason}")
        self.act = act
        self.case = case
        self.reason = reason


class StepIncomplete(ValidationError):
    """The step is open, but what came with it does not suffice; ``field`` names what to mend."""

    def __init__(self, field, message):
        super().__init__({field: [message]})
        self.field = field


NO_SUCH_STEP = _("This step is not open to you now.")
MOVED_ON = _("Somebody else has worked on this request since you opened it.")
WORDS_MISSING = _("Please write a few words.")
OTHER_LEAD = _("Choose another department than the one that returned it.")
ASSISTS_ITSELF = _("The lead department cannot assist itself.")
NOT_A_DEPARTMENT = _("Choose a department that is in service.")
ALREADY_REPORTED = _("Your department has already reported.")
NOTHING_TO_WAIVE = _("This department is not being waited for.")
PAUSES_SPENT = _("Questions have held this request up for as long as they may. Go on with what you know.")
MORE_TIME_THAN_THE_LIMIT = _("More time can be at most as long as the limit itself: %(amount)s.")
REVIEW_TOO_FAR = _("Choose a day at least two and at most %(days)s days ahead.")
MERGED_INTO_ITSELF = _("A request cannot be merged into itself.")
OTHER_COMMUNITY = _("That one is of another community; only requests of the same community go on together.")
PARENT_IS_MERGED = _("That one is merged itself. Choose the one it goes on with, No. %(number)s.")
NO_LONGER_WORKED_ON = _("Nobody works on that one any more. Choose one that is under way.")
NO_SUCH_PARENT = _("There is no request under way with this number in your area.")
OTHERS_READ_IT = _("Residents of merged requests read these words too. Please leave out: %(found)s")
NOT_IN_PUBLIC = _("This must not be shown in public: %(found)s")
LOOK_AT_IT = _("This may name somebody: %(found)s. Change it; if it names nobody, press the button once more.")
REASON_UNKNOWN = _("Choose a reason from the list.")
NOBODY_PROPOSED = _("No department is proposed. Choose one for all, or dispatch this one by itself.")
FAILED = _("Something went wrong with this one; nothing was changed. Please try it again or open it.")
SAID_ALREADY = _("You have just recorded this. There is no need to send it again.")
ACCOUNT_DELETED = _("This account was deleted a moment ago, so nothing is kept of it any more.")
OTHER_ESTATE = _("This building belongs to another estate; choose it again.")
NOT_YOUR_ESTATE = _("You may file only for the estates of your own unit.")
OUTCOME_UNKNOWN = _("Say how the call went.")
ANSWER_MISSING = _("Choose what the resident answered.")
TRY_AGAIN_FIRST = _("Try again first, at another time of the day.")
