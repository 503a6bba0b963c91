"""What every page knows about its reader: the desks they sit at, how many messages wait, and where the page stands."""

from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from requests_app.models import Notice
from requests_app.views.desks import count_each, desks_of
from requests_app.views.shared import PANE, asks_for

UNREAD = "unread"


def reader(request):
    """``desks`` (url, label, count of what waits there) and ``unread_count``; one query for both, once a page asks.

    ``shell`` is the template round a staff page: the whole page, or the pane of a desk that asked for it.
    """
    user = getattr(request, "user", None)
    shell = "base_pane.html" if asks_for(request, PANE) else "base.html"
    if user is None or not user.is_authenticated:
        return {"desks": [], "unread_count": 0, "shell": shell}
    waiting = SimpleLazyObject(lambda: Waiting(user))
    return {
        "shell": shell,
        "desks": SimpleLazyObject(lambda: waiting.desks(request.path)),
        "unread_count": SimpleLazyObject(lambda: waiting.counts[UNREAD]),
    }


class Waiting:
    """What waits for one reader: the counts of their desks' tabs and of messages not read."""

    def __init__(self, user):
        self.seats = desks_of(user, timezone.now())
        unread = Notice.objects.for_reader(user).unread()
        lists = {UNREAD: unread}
        for desk, scope in self.seats:
            lists |= desk.owes(scope)
        self.counts = count_each(lists, self.seats[0][1].units[0]) if self.seats else {UNREAD: unread.count()}

    def desks(self, path):
        """The desks as links with counts."""
        return [
            {
                "url": desk.get_absolute_url(),
                "label": desk.label,
                "count": sum(count for key, count in self.counts.items() if key.startswith(f"{desk.slug}_")),
                "current": path.startswith(desk.get_absolute_url()),
            }
            for desk, _scope in self.seats
        ]
