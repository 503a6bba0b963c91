"""The first page."""

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from requests_app.views.drafts import open_drafts
from requests_app.views.public import public_case, released_cases
from requests_app.views.resident import card, for_cards
from requests_app.views.shared import own_cases
from requests_app.views.sharing import Share, for_everybody
from services.models import Role

OWN_AT_MOST = 3  # open cases on the first page
PUBLIC_AT_MOST = 3  # finished cases on the first page
WHAT_IT_IS = gettext_lazy(
    "Say what is wrong at home or in the street. The estate takes it, the community passes it on, the department does "
    "it, and you have the last word."
)


@for_everybody
@never_cache
def home(request):
    """One big button, one's own open cases, and how it works."""
    at = timezone.now()
    context = {
        "begun": open_drafts(request).first(),
        "cards": [card(case, at) for case in for_cards(own_cases(request).under_way())[:OWN_AT_MOST]],
        "finished": [public_case(case) for case in released_cases()[:PUBLIC_AT_MOST]],
        "is_household": _is_household(request.user, at),
        "share": Share(_("Residents' requests, Pingcheng District"), WHAT_IT_IS, reverse("home")),
    }
    return render(request, "requests/home.html", context)


def _is_household(user, at):
    if not user.is_authenticated:
        return False
    return any(held.role == Role.HOUSEHOLD for held in user.current_memberships(timezone.localdate(at)))
