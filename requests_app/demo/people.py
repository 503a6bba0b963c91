"""The demo people: who they are, and how the sign-in page finds them."""

import json
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import count
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from django.utils.translation import gettext as _

from requests_app.models import Consent
from services.models import Membership, PrivacyNotice, Role, Unit, User

FOLDER = Path(settings.BASE_DIR) / "seeds" / "demo"
# Longer than any demo case is old, so that nobody acts before they belonged to their unit.
SERVED = timedelta(days=400)
FIRST_PHONE = 19900000001
SHOWN = 3  # people of one role on the sign-in page


def is_present():
    """True once demo people exist; then demo cases do too, because both are written in one transaction."""
    return User.objects.filter(is_demo=True).exists()


def described():
    """What the file says of the demo people."""
    return json.loads((FOLDER / "people.json").read_text(encoding="utf-8"))


@dataclass
class Cast:
    """The demo people at hand while cases are walked."""

    residents: dict[str, User] = field(default_factory=dict)
    homes: dict[str, dict] = field(default_factory=dict)
    posts: dict[tuple[str, str], User] = field(default_factory=dict)

    def at(self, role, unit):
        """Whoever holds ``role`` at ``unit``, or at the nearest unit above it."""
        for length in range(len(unit.code), 5, -1):
            person = self.posts.get((role, unit.code[:length]))
            if person:
                return person
        raise LookupError(f"nobody is {role} at {unit}: run manage.py seed, then manage.py demo")


def make_cast(on, branches):
    """Write the demo people; they serve since long before the date ``on``.

    The people of the file come first. Every other one of ``branches``, their communities, their streets and all
    departments gets somebody with a made-up name.
    """
    said = described()
    cast, posts = Cast(), []
    residents = [_person(number, one) for number, one in enumerate(said["residents"])]
    staff = [_person(len(residents) + number, one) for number, one in enumerate(said["staff"])]
    admin = _person(len(residents) + len(staff), said["admin"], is_staff=True, is_superuser=True)
    units = {unit.code: unit for unit in Unit.objects.active()}
    for person, one in zip(staff, said["staff"], strict=True):
        posts += [(person, role, units[code]) for role, code in one["posts"]]
    named = {(role, unit.code) for _person_, role, unit in posts}
    vacant = [post for post in _posts(branches, units.values()) if (post[0], post[1].code) not in named]
    names = _names(said, {person.name for person in [*residents, *staff]})
    more = [
        _person(len(residents) + len(staff) + 1 + number, {"key": f"{role}-{unit.code}", "name": next(names)})
        for number, (role, unit) in enumerate(vacant)
    ]
    posts += [(person, role, unit) for person, (role, unit) in zip(more, vacant, strict=True)]
    User.objects.bulk_create([*residents, *staff, admin, *more])
    Membership.objects.bulk_create(
        Membership(user=person, role=role, unit=unit, since=on - SERVED) for person, role, unit in posts
    )
    _agree([*residents, *staff, *more], on)
    cast.residents = {one["key"]: person for one, person in zip(said["residents"], residents, strict=True)}
    cast.homes = {one["key"]: one for one in said["residents"]}
    for person, role, unit in posts:
        cast.posts.setdefault((role, unit.code), person)
    return cast


def _agree(people, on):
    """Demo people have read the privacy notice, where there is one; whoever looks at the demo is not asked by it."""
    at = timezone.make_aware(datetime.combine(on - SERVED, time(9)))
    notice = PrivacyNotice.objects.first()
    if notice:
        Consent.objects.bulk_create(Consent(notice=notice, user=person, at=at) for person in people)


def _person(number, one, **fields):
    return User(
        username=f"demo-{one['key']}",
        name=one["name"],
        phone=str(FIRST_PHONE + number),
        password=make_password(None),
        is_demo=True,
        **fields,
    )


def _posts(branches, units):
    """The posts that the demo's journeys need filled, as (role, unit)."""
    communities = {branch.parent.code: branch.parent for branch in branches}
    streets = {community.parent.code: community.parent for community in communities.values()}
    yield from ((Role.BRANCH, branch) for branch in branches)
    yield from ((Role.DISPATCHER, communities[code]) for code in sorted(communities))
    yield from ((Role.SUPERVISOR, streets[code]) for code in sorted(streets))
    yield from ((Role.OFFICER, unit) for unit in units if unit.kind == Unit.Kind.DEPARTMENT)


def _names(said, taken):
    """Made-up names without end, none of them ``taken`` and none twice."""
    families, given = said["family_names"], said["given_names"]
    for number in count():
        name = families[number * 7 % len(families)] + given[number * 5 % len(given)]
        if name not in taken:
            taken.add(name)
            yield name


def demo_people():
    """The demo people for the sign-in page: [{"label", "people": [{"person", "unit"}]}], the main ones first.

    ``unit`` is a Unit, or for residents the name of their estate as text; empty for the administrator.
    """
    memberships = Membership.objects.filter(user__is_demo=True, user__is_active=True).select_related("user", "unit")
    posts = {}
    for membership in memberships.order_by("user"):
        posts.setdefault(membership.user, []).append(membership)
    alone = [held[0] for held in posts.values() if len(held) == 1]
    groups = [(_("Residents"), _residents())]
    for role in Role:
        groups.append((role.label, [(held.user, held.unit) for held in alone if held.role == role]))
    groups.append((_("Two roles in one person"), [(user, held[0].unit) for user, held in posts.items() if held[1:]]))
    admins = User.objects.filter(is_demo=True, is_active=True, is_superuser=True)
    groups.append((_("Administrator"), [(admin, "") for admin in admins]))
    return [
        {"label": label, "people": [{"person": person, "unit": unit} for person, unit in people[:SHOWN]]}
        for label, people in groups
        if people
    ]


def _residents():
    """(person, estate's name) of those who serve nowhere."""
    homes = {f"demo-{one['key']}": one for one in described()["residents"]}
    people = User.objects.filter(username__in=homes, is_demo=True, is_active=True).order_by("pk")[:SHOWN]
    return [(person, homes[person.username].get("home", "")) for person in people]
