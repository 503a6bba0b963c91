"""Why something about a meeting or a promise was refused, in words for whoever tried."""

from django.utils.translation import gettext_lazy as _

MOVED_ON = _("Somebody has gone on with it meanwhile. Look at how it stands now.")
NOT_PLANNED = _("The meeting has begun or is over; its agenda stands.")
NOT_OPEN = _("The meeting is not in session.")
PLANNED_ALREADY = _("The next meeting of this series is planned already.")
ON_IT_ALREADY = _("It is on the agenda already.")
CONFIDENTIAL = _("A confidential request is not talked about in a meeting.")
REASON_MISSING = _("Say why.")
SPOKE = _("They have spoken; their name stays.")
CHAIR_CONFIRMS = _("Whoever chaired the meeting confirms its minutes.")
FROZEN = _("Confirmed minutes are not changed. Write an addendum.")
NOT_CONFIRMED = _("Only confirmed minutes are published or added to.")
SETTLED = _("This promise is settled already.")
NOT_TO_BACK = _("Nobody can support this one any more: it is done, or it is no matter of the whole estate.")
OTHER_ESTATE = _("You support what concerns your own estate. This one is of another.")
OWN_CASE = _("This one is yours: your request counts by itself, and does not need your household's voice too.")
SPOKEN = _("Somebody of your household supports it already. One voice counts for each household.")
NOT_YOUR_VOICE = _("Somebody else of your household gave this voice. They take it back, or whoever has the slip.")
REMEDY_STANDS = _("A remedy is promised already. Say first what became of it.")
LATER_DAY = _("Choose a day after today.")


class Refused(Exception):
    """Nothing was written; ``sentence`` says why."""

    def __init__(self, sentence):
        super().__init__(str(sentence))
        self.sentence = sentence
