"""What every page knows about its reader: the desks they sit at, how many messages wait, and where the page stands."""

from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from requests_app.models import Notice
from requests_app.views.desks import count_each, desks_of
from requests_app.views.shared import PANE, asks_for


def reader(request):
    """``desks`` (url, label, count of what waits there) and ``unread_count``; a query each, once a page asks.

    ``shell`` is the template round a staff page: the whole page, or the pane of a desk that asked for it.
    """
    user = getattr(request, "user", None)
    shell = "base_pane.html" if asks_for(request, PANE) else "base.html"
    if user is None or not user.is_authenticated:
        return {"desks": [], "unread_count": 0, "shell": shell}
    return {
        "shell": shell,
        "desks": SimpleLazyObject(lambda: desk_links(user, request.path)),
        "unread_count": SimpleLazyObject(lambda: Notice.objects.for_reader(user).unread().count()),
    }


def desk_links(user, path):
    """The desks of ``user`` as links with counts."""
    desks = desks_of(user, timezone.now())
    owed = {}
    for desk, scope in desks:
        owed |= desk.owes(scope)
    waiting = count_each(owed, desks[0][1].units[0]) if owed else {}
    return [
        {
            "url": desk.get_absolute_url(),
            "label": desk.label,
            "count": sum(count for key, count in waiting.items() if key.startswith(f"{desk.slug}_")),
            "current": path.startswith(desk.get_absolute_url()),
        }
        for desk, _scope in desks
    ]
