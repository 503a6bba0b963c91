"""What every page knows about its reader: the desks they sit at, how many messages wait, and where the page stands."""

from django.utils.functional import SimpleLazyObject

from requests_app.views.desks import UNREAD, Waiting
from requests_app.views.shared import PANE, asks_for


def reader(request):
    """``desks`` (url, label, count of what waits there) and ``unread_count``; one query for both, once a page asks.

    ``shell`` is the template round a staff page: the whole page, or the pane of a desk that asked for it.
    """
    user = getattr(request, "user", None)
    shell = "base_pane.html" if asks_for(request, PANE) else "base.html"
    if user is None or not user.is_authenticated:
        return {"desks": [], "unread_count": 0, "shell": shell}
    waiting = getattr(request, "waiting", None) or SimpleLazyObject(lambda: Waiting(user))
    return {
        "shell": shell,
        "desks": SimpleLazyObject(lambda: waiting.desks(request.path)),
        "unread_count": SimpleLazyObject(lambda: waiting.counts[UNREAD]),
    }
