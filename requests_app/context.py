"""What every page knows about its reader: the desks they sit at, and how many messages wait."""

from django.db.models import Count
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from requests_app.models import Notice, ServiceRequest
from requests_app.views.desks import any_of, desks_of


def reader(request):
    """``desks`` (url, label, count of what waits there) and ``unread_count``; a query each, once a page asks."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"desks": [], "unread_count": 0}
    return {
        "desks": SimpleLazyObject(lambda: desk_links(user, request.path)),
        "unread_count": SimpleLazyObject(lambda: Notice.objects.for_reader(user).unread().count()),
    }


def desk_links(user, path):
    """The desks of ``user`` as links with counts."""
    desks = desks_of(user, timezone.now())
    owed = {desk.slug: desk.owed_q(scope) for desk, scope in desks if desk.owed}
    waiting = {}
    if owed:
        cases = ServiceRequest.objects.filter(any_of(owed.values())).order_by()
        waiting = cases.aggregate(**{slug: Count("pk", filter=condition) for slug, condition in owed.items()})
    return [
        {
            "url": desk.get_absolute_url(),
            "label": desk.label,
            "count": waiting.get(desk.slug, 0),
            "current": path.startswith(desk.get_absolute_url()),
        }
        for desk, _scope in desks
    ]
