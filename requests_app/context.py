"""What every page knows about its reader: the desks they sit at, how many messages wait, and where the page stands."""

from django.utils.functional import SimpleLazyObject

from requests_app.views.desks import UNREAD, Waiting
from requests_app.views.look import SIZES, text_size_of
from requests_app.views.shared import PANE, asks_for


def reader(request):
    """``desks`` (url, label, count of what waits there) and ``unread_count``; one query for both, once a page asks.

    ``shell`` is the template round a staff page: the whole page, or the pane of a desk that asked for it. ``text_size``
    is that of the elders' edition in px, 0 in the standard one; ``text_may_grow`` and ``text_may_shrink`` go with it.
    """
    user = getattr(request, "user", None)
    shell = "base_pane.html" if asks_for(request, PANE) else "base.html"
    if user is None or not user.is_authenticated or getattr(request, "is_halfway", False):
        return {"desks": [], "unread_count": 0, "shell": shell, **text_of(request)}
    waiting = getattr(request, "waiting", None) or SimpleLazyObject(lambda: Waiting(user))
    return {
        "shell": shell,
        **text_of(request),
        "desks": SimpleLazyObject(lambda: waiting.desks(request.path)),
        "unread_count": SimpleLazyObject(lambda: waiting.counts[UNREAD]),
    }


def text_of(request):
    size = text_size_of(request)
    return {"text_size": size, "text_may_grow": size < SIZES[-1], "text_may_shrink": size > SIZES[0]}
