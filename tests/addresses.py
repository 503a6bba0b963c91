"""Every address of the site and what each role gets there: the one list that visibility, axe and language tests walk.

``test_visibility`` compares it with the resolver, so a new URL that is not written here fails.
"""

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from django.core import signing
from django.core.files.base import ContentFile
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone
from PIL import Image

from requests_app.figures import weeks
from requests_app.journey import workflow
from requests_app.meetings import backing, remedies
from requests_app.models import (
    Act,
    Consent,
    DataRecord,
    Delivery,
    Draft,
    Export,
    Handling,
    Notice,
    NoticeChoice,
    Paper,
    Photo,
    Signal,
    SignalWord,
    Told,
)
from requests_app.papers import issuing
from requests_app.photos import clean_photo, store_photos
from requests_app.views.notice_choices import SALT
from requests_app.views.photos import DRAFTS
from requests_app.views.shared import TRACKED
from services.encryption import lookup_hash
from services.models import (
    ApiToken,
    CallSlot,
    Household,
    Membership,
    PrivacyNotice,
    ReplyTemplate,
    Retention,
    SignalDefinition,
    User,
)  # fmt: skip
from services.slips import print_slips
from tests import town as towns
from tests.table import world_of_meetings

# A stranger; somebody without an account who proved a tracking code and has begun a filing; then one person of each
# kind before one case. ``assistant`` is an officer of an assisting unit.
ROLES = (
    "anonymous",
    "tracker",
    "resident",
    "household",
    "clerk",
    "dispatcher",
    "officer",
    "assistant",
    "supervisor",
    "caller",
    "auditor",
    "admin",
)
# Those who are offered most: what they see, few others see otherwise.
WIDEST = ("resident", "dispatcher", "supervisor")
NOT_SIGNED_IN = ("anonymous", "tracker")
# Who sees a case from the beginning, and once departments are named. The admin serves nowhere and sees no case.
FROM_THE_START = ("tracker", "resident", "clerk", "dispatcher", "supervisor", "caller", "auditor")
SEEING = (*FROM_THE_START, "officer", "assistant", "household")
SERVING = ("clerk", "dispatcher", "supervisor", "caller", "auditor", "officer", "assistant")

# Who serves on the case that everybody worked on.
STAFF = ("clerk", "dispatcher", "officer", "assistant", "supervisor", "caller", "auditor")

SIGN_IN = "the sign-in page"
OK, FOUND, INCOMPLETE, NO_KEY, FORBIDDEN, MISSING, WRONG_METHOD, MOVED_ON, GONE = (
    200,
    302,
    400,
    401,
    403,
    404,
    405,
    409,
    410,
)


def each(status, strangers=None, **others):
    """A column for each role: ``status`` but for those named; ``strangers`` is for those not signed in."""
    return {**dict.fromkeys(ROLES, status), **dict.fromkeys(NOT_SIGNED_IN, strangers or status), **others}


def only(*roles, strangers=SIGN_IN):
    """200 for ``roles``, 404 for everybody else who is signed in."""
    return {**each(MISSING, strangers), **dict.fromkeys(roles, OK)}


SIGNED_IN = each(OK, SIGN_IN)
WITH_KEY = each(OK, NO_KEY)


@dataclass(frozen=True)
class Address:
    """What GET and an empty POST answer to each role on its own object.

    ``fill`` turns (world, role) into the URL's arguments, ``foreign`` (world) into those of an object that is nobody's
    of these roles; it is 404 for them, and for a stranger what a stranger gets anyway. ``pages`` are queries that make
    pages of their own.
    """

    get: dict
    post: dict
    fill: Callable = lambda world, role: ()
    foreign: Callable | None = None
    is_html: bool = True
    pages: tuple[str, ...] = ("",)

    def elsewhere(self, answers):
        """What ``answers`` (get or post) become on the foreign object."""
        strangers = answers["anonymous"]
        return {role: strangers if role in NOT_SIGNED_IN else MISSING for role in ROLES}


def page(get, post=None, **more):
    """A page to read; a POST is refused with 405, to strangers after the question who they are."""
    refused = {role: status if status in (SIGN_IN, NO_KEY) else WRONG_METHOD for role, status in get.items()}
    return Address(get, post or refused, **more)


def case_of(role, world):
    """The case that is the role's own; strangers and the admin have none and ask for the resident's."""
    return world.own.get(role, world.ours)


def of_a_case(address):
    return replace(
        address,
        fill=lambda world, role: (case_of(role, world).pk,),
        foreign=lambda world: (world.foreign.pk,),
    )


def of_a_deadline(address):
    def arguments(case):
        return case.pk, case.deadlines.latest("pk").pk

    return replace(
        address,
        fill=lambda world, role: arguments(case_of(role, world)),
        foreign=lambda world: arguments(world.foreign),
    )


def of_a_photo(address, size):
    return replace(
        address,
        fill=lambda world, role: (case_of(role, world).photos.earliest("pk").token, size),
        foreign=lambda world: (world.foreign.photos.earliest("pk").token, size),
    )


def of_an_export(address):
    return replace(
        address,
        fill=lambda world, role: (world.export.pk,),
        foreign=lambda world: (world.foreign_export.pk,),
    )


def of_a_meeting(address, name):
    """A page of the world's meeting ``name``."""
    return replace(
        address,
        fill=lambda world, role: (getattr(world, name).pk,),
        foreign=lambda world: (world.foreign_meeting.pk,),
    )


def found_by(*roles):
    """A form that leads ``roles`` on; 404 for everybody else who is signed in."""
    return {**only(*roles), **dict.fromkeys(roles, FOUND)}


DESK_TABS = {
    "branch": ("accept", "in_hand", "elsewhere", "answered", "all"),
    "community": ("dispatch", "returned", "in_hand", "asked", "late", "answered", "all"),
    "department": ("sign", "in_hand", "assisting", "returned", "done", "all"),
    "supervisor": ("rulings", "appeals", "more_time", "late", "listed", "parked", "meeting", "open", "all"),
    "calls": ("to_call", "later", "not_reached", "done"),
    "audit": ("all", "open", "late"),
}
DESKS = {
    "branch": ("clerk",),
    "community": ("dispatcher",),
    "department": ("officer", "assistant"),
    "supervisor": ("supervisor",),
    "calls": ("caller",),
    "audit": ("auditor",),
}


# Who sees the meetings of the estate: the branch, whoever stands above it, and a department that is invited.
AT_THE_TABLE = ("clerk", "dispatcher", "supervisor", "auditor", "assistant")
# And those of the community.
AT_THE_WIDE_TABLE = ("dispatcher", "supervisor", "auditor")
# Who reads what comes back in the estate: who serves there or above, and the department that promised a remedy.
READ_RECURRENCES = ("clerk", "dispatcher", "supervisor", "auditor", "officer")
# Who looks ahead for the places below their unit.
LOOKING_AHEAD = ("clerk", "dispatcher", "supervisor", "auditor")
# Who has a book of official papers.
PAPERS = ("clerk", "dispatcher", "officer", "assistant", "supervisor", "auditor")
# Who reads the precedent book.
READERS = ("dispatcher", "officer", "assistant", "supervisor", "auditor")


# Who reads figures, and whose: of the community, and of the department that works.
FIGURES = ("clerk", "dispatcher", "officer", "assistant", "supervisor", "auditor")
READ_FIGURES_OF = {"community": ("dispatcher", "supervisor", "auditor"), "department": ("officer",)}


def figures(kind, *arguments):
    """A page of the figures of the world's community, or of the department that works on its case."""

    def unit(world):
        return world.community if kind == "community" else world.sanitation

    return page(
        only(*READ_FIGURES_OF[kind]),
        fill=lambda world, role: (unit(world).code, *arguments),
        foreign=lambda world: (world.other_community.code, *arguments),
    )


def signal(unit, *readers):
    """The signal of one of the world's units. Its forms say which they are, so an empty one is none."""
    return Address(
        only(*readers),
        {**only(), **dict.fromkeys(readers, MISSING)},
        fill=lambda world, role: (world.signals[unit].pk,),
        foreign=lambda world: (world.signals["firm"].pk,),
    )


def desk(slug):
    tabs = tuple(f"?tab={tab}" for tab in DESK_TABS[slug])
    return page(only(*DESKS[slug]), fill=lambda world, role: (slug,), pages=(*tabs, "?tab=all&words=无&late=yes"))


def bulk(slug):
    """Nothing is ticked in an empty form: back to the queue."""
    answers = {role: FOUND if status == OK else status for role, status in only(*DESKS[slug]).items()}
    refused = {role: status if status == SIGN_IN else WRONG_METHOD for role, status in answers.items()}
    return Address(refused, answers, fill=lambda world, role: (slug,))


def sheets(slug):
    """The page of a list on paper; without a ticked row a POST says that there is nothing to print."""
    sitting = only(*DESKS[slug])
    return Address(sitting, sitting, fill=lambda world, role: (slug,), pages=("?tab=all",))


def filing(step, answer=OK, pages=("",)):
    """A page of a filing under way; whoever began it goes on, for everybody else it does not exist."""
    return Address(
        each(OK, anonymous=MISSING),
        each(answer, anonymous=MISSING),
        fill=lambda world, role: (world.drafts.get(role, world.drafts["tracker"]).pk, step),
        foreign=lambda world: (world.foreign_draft.pk, step),
        pages=pages,
    )


def api(get=WITH_KEY, post=None, fill=lambda world, role: (), foreign=None):
    return page(get, post or each(WRONG_METHOD, NO_KEY), fill=fill, foreign=foreign, is_html=False)


# A tracking code opens pages and photos; the interface asks for an account.
SEEN_BY_API = {**only(*SEEING), **dict.fromkeys(NOT_SIGNED_IN, NO_KEY)}
SEEN_BY_STAFF = {**SEEN_BY_API, "resident": MISSING, "household": MISSING}
TAKEN_BY_API = {role: INCOMPLETE if status == OK else status for role, status in SEEN_BY_API.items()}
SEEN_PHOTO = page(only(*SEEING, strangers=MISSING), post=each(WRONG_METHOD), is_html=False)

# Whoever serves, the admin among them; residents have no second factor.
FOR_STAFF = each(OK, SIGN_IN, resident=MISSING)
FOR_STAFF_FOUND = each(FOUND, SIGN_IN, resident=MISSING)

NOT_NOW = {**only(*SEEING), **dict.fromkeys(SEEING, MOVED_ON)}

ADDRESSES = {
    "home": (page(each(OK)),),
    "manifest": (page(each(OK), is_html=False, post=each(WRONG_METHOD)),),
    "service-worker": (page(each(OK), is_html=False, post=each(WRONG_METHOD)),),
    "offline": (page(each(OK)),),
    "sign-in": (Address(each(FOUND, OK), each(OK)),),
    # Nobody has asked for a code: back to the number.
    "sign-in-code": (Address(each(FOUND, SIGN_IN), each(FOUND, SIGN_IN)),),
    "sign-in-name": (Address(SIGNED_IN, SIGNED_IN),),
    # Nobody has set one up yet: to the page that does, and for the rest first to the page that asks for it.
    "second-factor": (Address(FOR_STAFF_FOUND, FOR_STAFF_FOUND),),
    "second-factor-set-up": (Address(FOR_STAFF, FOR_STAFF),),
    "recovery-codes": (Address(FOR_STAFF_FOUND, FOR_STAFF_FOUND),),
    # Everybody here has a password.
    "new-password": (Address(FOR_STAFF_FOUND, FOR_STAFF_FOUND),),
    "demo-sign-in": (Address(each(WRONG_METHOD), each(MISSING)),),
    "sign-out": (Address(each(WRONG_METHOD), each(FOUND)),),
    "account": (page(SIGNED_IN, post=SIGNED_IN),),
    # The admin has no door of its own: strangers go to the site's, others have none.
    "admin/login/": (Address(each(FORBIDDEN, SIGN_IN), each(FORBIDDEN, SIGN_IN)),),
    "look": (Address(each(WRONG_METHOD), each(FOUND)),),
    "set_language": (Address(each(FOUND), each(FOUND)),),
    "requests:file": (Address(each(OK), each(OK), pages=("", "?q=槐树", "?q=无", "?street=140213001")),),
    "requests:file-step": (
        filing("where"),
        # Nothing is compulsory there: a whole estate may be meant.
        filing("place", FOUND),
        filing("what", pages=("", "?q=灯", "?q=无", "?from=check")),
        filing("calm"),
        filing("same"),
        filing("words"),
        filing("contact"),
        filing("check", FOUND),
        replace(filing("nothing"), get=each(MISSING), post=each(MISSING)),
    ),
    "requests:receipt": (
        page(
            only("tracker", "resident", "household", strangers=MISSING),
            post=each(WRONG_METHOD),
            fill=lambda world, role: (case_of(role, world).filing_key,),
            foreign=lambda world: (world.foreign.filing_key,),
        ),
    ),
    "requests:plate": (
        *(
            Address(each(OK), each(OK), fill=lambda world, role, code=code: (code,))
            for code in ("HSY", "HSY06", "HSY06D1")
        ),
        replace(page(each(MISSING), post=each(MISSING)), fill=lambda world, role: ("NOWHERE",)),
    ),
    "requests:my-estates": (page(only("clerk", "dispatcher", "admin")),),
    "requests:plates": (
        page(
            only("clerk", "dispatcher", "admin"),
            fill=lambda world, role: (world.estate.code,),
            pages=("", "?size=big", "?only=HSY06"),
        ),
    ),
    "requests:slips": (
        Address(
            only("clerk", "dispatcher", "admin"),
            only("clerk", "dispatcher", "admin"),
            fill=lambda world, role: (world.estate.code,),
        ),
    ),
    "requests:slip": (
        Address(each(OK), each(FOUND), fill=lambda world, role: (world.slip.code,)),
        Address(each(MISSING), each(MISSING), fill=lambda world, role: ("NOWHERE",)),
    ),
    "requests:our-estate": (page(each(OK), post=each(WRONG_METHOD)),),
    "requests:our-estate-home": (Address(SIGNED_IN, SIGNED_IN, pages=("", "?q=槐", "?q=无", "?estate=HSY")),),
    "requests:voice": (
        # Only whose household is known has a voice.
        Address(each(OK), each(OK, resident=FOUND), fill=lambda world, role: (world.matter.pk,)),
        Address(each(MISSING), each(MISSING, resident=FOUND), fill=lambda world, role: (world.released.pk,)),
    ),
    # Two hours ago is too late to take it back.
    "requests:undo": (
        Address(
            {**each(WRONG_METHOD), "anonymous": SIGN_IN},
            {**only(*SEEING), **dict.fromkeys(SEEING, MOVED_ON)},
            fill=lambda world, role: (case_of(role, world).pk,),
        ),
    ),
    "requests:file-all": (Address(each(OK), each(OK)),),
    "requests:file-all-again": (
        Address(
            each(OK, anonymous=MISSING),
            each(OK, anonymous=MISSING),
            fill=lambda world, role: (world.drafts.get(role, world.drafts["tracker"]).pk,),
            foreign=lambda world: (world.foreign_draft.pk,),
        ),
    ),
    "requests:mine": (page(SIGNED_IN, pages=("", "?show=closed")),),
    "requests:household": (page(only("household"), pages=("", "?show=closed")),),
    "requests:track": (Address(each(OK), each(OK)),),
    "requests:public": (page(each(OK), pages=("", "?category=999", "?area=1", "?estate=HSY")),),
    "requests:public-case": (
        page(each(OK), fill=lambda world, role: (world.released.pk,)),
        # Finished, and not released by anybody.
        page(each(MISSING), post=each(WRONG_METHOD), fill=lambda world, role: (world.ours.pk,)),
    ),
    "requests:public-draws": (page(each(OK), pages=("", "?seed=1&request=1&entry=x")),),
    "requests:draws-file": (
        # The month has not passed yet.
        page(each(MISSING, SIGN_IN), fill=lambda world, role: ("2025-03",), is_html=False),
    ),
    "requests:public-places": (page(each(OK), pages=("", "?street=140213001", "?q=槐树", "?q=无")),),
    "requests:public-community": (
        page(each(OK), fill=lambda world, role: (world.community.code,)),
        page(each(MISSING), post=each(WRONG_METHOD), fill=lambda world, role: (world.street.code,)),
    ),
    "requests:public-feed": (
        page(each(OK), post=each(WRONG_METHOD), fill=lambda world, role: (world.community.code,), is_html=False),
    ),
    "requests:public-community-card": (
        page(each(OK), post=each(WRONG_METHOD), fill=lambda world, role: (world.community.code,), is_html=False),
    ),
    "requests:public-estate-card": (
        page(each(OK), post=each(WRONG_METHOD), fill=lambda world, role: (world.estate.code,), is_html=False),
    ),
    "requests:public-case-card": (
        page(each(OK), post=each(WRONG_METHOD), fill=lambda world, role: (world.released.pk,), is_html=False),
        page(each(MISSING), post=each(WRONG_METHOD), fill=lambda world, role: (world.ours.pk,), is_html=False),
    ),
    "requests:public-estate": (
        page(each(OK), fill=lambda world, role: (world.estate.code,)),
        page(each(MISSING), post=each(WRONG_METHOD), fill=lambda world, role: ("NOWHERE",)),
    ),
    "requests:inbox": (page(SIGNED_IN, post=each(FOUND, SIGN_IN)),),
    "requests:notice": (
        page(
            each(FOUND, SIGN_IN),
            fill=lambda world, role: (world.notices.get(role, world.foreign_notice).pk,),
            foreign=lambda world: (world.foreign_notice.pk,),
        ),
    ),
    "requests:notice-choices": (page(SIGNED_IN, post=SIGNED_IN),),
    "requests:confirm-address": (
        Address(each(OK), each(FOUND), fill=lambda world, role: (world.address_token,)),
        Address(each(GONE), each(GONE), fill=lambda world, role: ("nothing",)),
    ),
    "requests:exports": (page(SIGNED_IN, post=each(MISSING, SIGN_IN)),),
    "requests:export": (of_an_export(page(only("clerk"))),),
    "requests:export-file": (of_an_export(page(only("clerk"), is_html=False)),),
    "requests:my-data": (page(SIGNED_IN),),
    "requests:my-data-copy": (Address({**each(WRONG_METHOD), **dict.fromkeys(NOT_SIGNED_IN, SIGN_IN)}, SIGNED_IN),),
    # Whoever serves keeps their account.
    "requests:delete-my-data": (Address(SIGNED_IN, {**each(FORBIDDEN, SIGN_IN), "resident": OK}),),
    "requests:data-log": (page(only("auditor", "admin")),),
    # There is nothing to agree to: on to the first page.
    "requests:agree": (Address(each(FOUND, SIGN_IN), each(FOUND, SIGN_IN)),),
    "requests:privacy": (page(each(OK)),),
    # For those who serve on it; a resident sees the case, not the sheet.
    "requests:sheet": (of_a_case(page(only(*SERVING))),),
    "requests:sheets": (*map(sheets, DESKS), Address(only(), only(), fill=lambda world, role: ("nothing",))),
    "requests:case": (of_a_case(page(only(*SEEING))),),
    "requests:deadline": (of_a_deadline(page(only(*SEEING))),),
    "requests:presence": (
        of_a_case(
            replace(
                page({**only(*STAFF), "tracker": MISSING}, post=each(WRONG_METHOD, SIGN_IN, tracker=WRONG_METHOD)),
                is_html=False,
            )
        ),
    ),
    # Nobody is to be called about it.
    "requests:call": (of_a_case(Address(NOT_NOW, NOT_NOW)),),
    "requests:desk": (*map(desk, DESKS), page(only(), fill=lambda world, role: ("nothing",))),
    # For those who serve on the case; a paper for those whose unit issued it or was sent it.
    "requests:case-papers": (of_a_case(page(only(*SERVING))),),
    "requests:papers": (page(only(*PAPERS), pages=("", "?kind=dispatch", "?kind=minutes")),),
    "requests:paper": (
        page(
            only("dispatcher", "officer", "supervisor", "auditor"),
            fill=lambda world, role: (world.paper.pk,),
            foreign=lambda world: (world.foreign_paper.pk,),
        ),
    ),
    "requests:recurrences": (page(only(*STAFF), pages=("", "?show=promised", "?show=watched", "?show=closed")),),
    "requests:recurrence": (
        Address(
            only(*READ_RECURRENCES),
            # Whoever only reads along says nothing.
            {**each(MISSING, SIGN_IN), **dict.fromkeys(("clerk", "dispatcher", "supervisor"), OK)},
            fill=lambda world, role: (world.recurrence.pk,),
            foreign=lambda world: (world.foreign_recurrence.pk,),
        ),
    ),
    "requests:foresight": (page(only(*LOOKING_AHEAD), pages=("", "?estate=HSY")),),
    # Nothing in an empty form names an estate.
    "requests:prevent": (
        Address({**each(WRONG_METHOD), **dict.fromkeys(NOT_SIGNED_IN, SIGN_IN)}, each(MISSING, SIGN_IN)),
    ),
    "requests:paper-issue": (Address(each(WRONG_METHOD, SIGN_IN), each(MISSING, SIGN_IN)),),
    "requests:precedents": (page(only(*READERS), pages=("", "?words=灯&outcome=upheld", "?words=无")),),
    "requests:meetings": (Address(only(*STAFF), found_by(*STAFF)),),
    "requests:meeting": (
        of_a_meeting(Address(only(*AT_THE_TABLE), found_by("clerk")), "planned_meeting"),
        of_a_meeting(Address(only(*AT_THE_TABLE), found_by("clerk")), "held_meeting"),
    ),
    "requests:meeting-when": (of_a_meeting(Address(only("clerk"), only("clerk")), "planned_meeting"),),
    "requests:meeting-pack": (of_a_meeting(page(only(*AT_THE_TABLE)), "planned_meeting"),),
    "requests:meeting-invitation": (of_a_meeting(page(only(*AT_THE_TABLE)), "planned_meeting"),),
    "requests:meeting-calendar": (of_a_meeting(page(only(*AT_THE_TABLE), is_html=False), "planned_meeting"),),
    "requests:session": (
        of_a_meeting(Address(only(*AT_THE_TABLE), found_by("clerk")), "held_meeting"),
        of_a_meeting(Address(only(*AT_THE_WIDE_TABLE), found_by("dispatcher")), "sitting"),
        # It has not begun.
        of_a_meeting(Address(only(), found_by("clerk")), "planned_meeting"),
    ),
    "requests:meeting-item": (
        Address(
            only(*AT_THE_WIDE_TABLE),
            found_by("dispatcher"),
            fill=lambda world, role: (world.sitting.pk, world.item.pk),
            foreign=lambda world: (world.foreign_meeting.pk, world.foreign_item.pk),
        ),
    ),
    "requests:minutes": (of_a_meeting(Address(only(*AT_THE_TABLE), found_by("clerk")), "held_meeting"),),
    "requests:public-meetings": (page(each(OK), pages=("", "?area=140213001", "?area=1")),),
    "requests:public-minutes": (
        page(each(OK), fill=lambda world, role: (world.held_meeting.pk,)),
        # Nothing of it is published.
        page(each(MISSING), post=each(WRONG_METHOD), fill=lambda world, role: (world.sitting.pk,)),
    ),
    "requests:public-promises": (page(each(OK), fill=lambda world, role: (world.estate.code,)),),
    "requests:promises": (page(only(*STAFF), pages=("", "?show=late", "?show=settled", "?show=all")),),
    "requests:my-promises": (page(each(FOUND, SIGN_IN)),),
    "requests:promise": (
        Address(
            only(*AT_THE_TABLE),
            found_by(*AT_THE_TABLE),
            fill=lambda world, role: (world.promise.pk,),
            foreign=lambda world: (world.foreign_promise.pk,),
        ),
    ),
    "requests:promise-new": (Address(only("clerk"), only("clerk"), fill=lambda world, role: ("hsy",)),),
    "requests:term": (
        page(
            only("clerk", "dispatcher", "supervisor", "caller", "auditor"),
            fill=lambda world, role: (world.term.pk,),
            foreign=lambda world: (world.foreign_term.pk,),
        ),
    ),
    "requests:bulk": tuple(map(bulk, DESKS)),
    "requests:desk-views": (
        *(
            Address(only(*roles), only(*roles), fill=lambda world, role, slug=slug: (slug,))
            for slug, roles in DESKS.items()
        ),
    ),
    "requests:desk-units": (page(only("supervisor")),),
    "requests:undelivered": (Address(only("supervisor"), only("supervisor")),),
    "requests:desk-held": (page(only("supervisor"), pages=("", "?month=2025-03")),),
    "requests:figures": (page(only(*FIGURES), pages=("", "?month=2025-03")),),
    "requests:figures-done": (page(only(*FIGURES), fill=lambda world, role: ("sign",)),),
    "requests:figures-board": (figures("community"), figures("department")),
    "requests:figures-wall": (figures("community"),),
    "requests:figures-versions": (figures("community"),),
    "requests:figures-file": (replace(figures("community"), is_html=False),),
    "requests:signals": (page(only(*FIGURES), pages=("", "?month=2025-03", "?state=open")),),
    "requests:unit-signals": (figures("community"), figures("department")),
    "requests:signal": (signal("sanitation", "officer"), signal("branch", *READ_FIGURES_OF["community"], "clerk")),
    # Months of streets are closed by their supervisors, of communities by nobody.
    "requests:figures-close": (
        Address(
            {**each(WRONG_METHOD), **dict.fromkeys(NOT_SIGNED_IN, SIGN_IN)},
            {**only("supervisor"), "supervisor": FOUND},
            fill=lambda world, role: (world.street.code,),
        ),
    ),
    "requests:figures-cases": (
        figures("community", "on_time", "all"),
        figures("community", "satisfied", "good"),
        figures("department", "returned", "all"),
    ),
    "requests:search": (page(SIGNED_IN, pages=("", "?q=灯", "?q=无")),),
    "requests:photo": (
        of_a_photo(SEEN_PHOTO, "large"),
        of_a_photo(SEEN_PHOTO, "small"),
        page(each(MISSING), post=each(WRONG_METHOD), fill=lambda world, role: ("nothing", "large")),
    ),
    "api:schema": (page(each(OK), is_html=False),),
    "api:docs": (page(each(OK)),),
    "api:token": (api(each(WRONG_METHOD), post=each(INCOMPLETE)),),
    "api:me": (api(),),
    "api:my-copy": (api(each(WRONG_METHOD, NO_KEY), post=WITH_KEY),),
    # Nobody has published one here.
    "api:privacy-notice": (api(each(MISSING), post=each(WRONG_METHOD)),),
    "api:cases": (api(post=each(INCOMPLETE, NO_KEY)),),
    "api:case": (of_a_case(api(SEEN_BY_API)),),
    "api:deadlines": (of_a_case(api(SEEN_BY_API)),),
    "api:proposals": (of_a_case(api(SEEN_BY_STAFF)),),
    "api:precedents": (api(),),
    "api:events": (of_a_case(api(SEEN_BY_API, post=TAKEN_BY_API)),),
    "api:follow-ups": (api(),),
    "api:follow-up": (
        api(
            {**each(MISSING, NO_KEY), **dict.fromkeys(("supervisor", "caller", "auditor"), OK)},
            fill=lambda world, role: (world.task.pk,),
        ),
    ),
    "api:photo": (of_a_photo(api(SEEN_BY_API), "large"),),
    "api:our-estate": (api(),),
    "api:voice": (
        api(
            each(WRONG_METHOD, NO_KEY),
            post=each(INCOMPLETE, NO_KEY),
            fill=lambda world, role: (world.matter.pk,),
        ),
    ),
    "api:recurrences": (api(),),
    "api:recurrence": (
        api(
            {**only(*READ_RECURRENCES), **dict.fromkeys(NOT_SIGNED_IN, NO_KEY)},
            fill=lambda world, role: (world.recurrence.pk,),
            foreign=lambda world: (world.foreign_recurrence.pk,),
        ),
    ),
    "api:foresight": (
        api(
            {**only(*LOOKING_AHEAD), "clerk": MISSING, **dict.fromkeys(NOT_SIGNED_IN, NO_KEY)},
            fill=lambda world, role: (world.community.code,),
            foreign=lambda world: (world.other_community.code,),
        ),
    ),
    "api:figures": (
        api(
            {**only(*READ_FIGURES_OF["community"]), **dict.fromkeys(NOT_SIGNED_IN, NO_KEY)},
            fill=lambda world, role: (world.community.code,),
            foreign=lambda world: (world.other_community.code,),
        ),
    ),
    "api:signals": (
        api(
            {**only(*READ_FIGURES_OF["community"]), **dict.fromkeys(NOT_SIGNED_IN, NO_KEY)},
            fill=lambda world, role: (world.community.code,),
            foreign=lambda world: (world.other_community.code,),
        ),
    ),
    "api:meetings": (api(),),
    # The one that was held has published minutes; of the one that is planned only those at the table know.
    "api:meeting": (
        api(fill=lambda world, role: (world.held_meeting.pk,)),
        api(
            {**only(*AT_THE_TABLE), **dict.fromkeys(NOT_SIGNED_IN, NO_KEY)},
            fill=lambda world, role: (world.planned_meeting.pk,),
        ),
    ),
    "api:promises": (api(),),
    "api:promise": (api(fill=lambda world, role: (world.promise.pk,)),),
    "api:units": (api(),),
    "api:unit": (api(fill=lambda world, role: (world.branch.code,)),),
    "api:estates": (api(),),
    "api:estate": (api(fill=lambda world, role: (world.estate.code,)),),
    "api:categories": (api(),),
    "api:category": (api(fill=lambda world, role: (world.lamp.code,)),),
    "api:reasons": (api(),),
    "api:nowhere": (api(each(MISSING), post=each(MISSING)),),
}


def assisted(t, at):
    return towns.dispatched(t, at, assist=[t.housing])


def released(t, at):
    return workflow.take(towns.rated(t, at), Act.RELEASE, by=t.dispatcher, text="灯坏了", outcome="换了灯", at=at)


def asked_by_the_branch(t, at):
    case = towns.accepted(t, at)
    return workflow.take(case, Act.ASK, by=t.clerk, reason=t.unclear_place, note="哪个单元？", at=at)


def more_time_asked_for(t, at):
    return workflow.take(towns.accepted(t, at), Act.MORE_TIME, by=t.clerk, amount=1, note="等配件", at=at)


def supervised(t, at):
    return workflow.take(towns.filed(t, at), Act.SUPERVISE, by=t.supervisor, note="今天去现场", at=at)


def parked(t, at):
    review_on = (at + timedelta(days=30)).date()
    facts = {"reason": t.no_money, "condition": "资金到位", "leader": t.housing, "review_on": review_on}
    return workflow.take(towns.accepted(t, at), Act.PARK, by=t.supervisor, note="列入计划", at=at, **facts)


def confidential(t, at):
    return towns.filed(t, at, is_confidential=True)


# For each act a situation, who may take it there, and who else sees the case then. Everybody else: 404.
STEPS = {
    "accept": (towns.filed, "clerk"),
    "settle": (towns.accepted, "clerk"),
    "refer": (towns.accepted, "clerk"),
    "decline": (towns.filed, "clerk dispatcher"),
    "withdraw": (towns.filed, "resident"),
    "note": (towns.filed, "clerk dispatcher supervisor caller"),
    "tell": (towns.filed, "clerk dispatcher supervisor"),
    "reveal": (towns.filed, "clerk dispatcher supervisor caller"),
    "dispatch": (towns.referred, "dispatcher"),
    "sign": (towns.dispatched, "officer"),
    "return": (towns.dispatched, "officer"),
    "reassign": (towns.dispatched, "dispatcher supervisor"),
    "uphold": (towns.returned, "dispatcher"),
    "overrule": (towns.returned, "dispatcher"),
    "assist": (assisted, "assistant"),
    "waive": (assisted, "dispatcher supervisor"),
    "fulfil": (towns.signed, "officer"),
    "rate": (towns.fulfilled, "resident"),
    "contest": (towns.fulfilled, "resident"),
    "call": (towns.to_call, "caller"),
    "appeal": (towns.declined, "resident"),
    "release": (towns.rated, "dispatcher supervisor"),
    "unrelease": (released, "dispatcher supervisor"),
    "ask": (towns.accepted, "clerk"),
    "answer": (asked_by_the_branch, "resident"),
    "resume": (asked_by_the_branch, "clerk"),
    "more_time": (towns.accepted, "clerk"),
    "grant": (more_time_asked_for, "supervisor"),
    "refuse": (more_time_asked_for, "supervisor"),
    "urge": (towns.filed, "resident"),
    "add": (towns.filed, "resident"),
    "supervise": (towns.filed, "supervisor"),
    "reply": (supervised, "clerk"),
    "merge": (towns.filed, "clerk dispatcher"),
    "unmerge": (towns.merged, "clerk dispatcher supervisor"),
    "park": (towns.accepted, "supervisor"),
    "unpark": (parked, "supervisor"),
    "conceal": (towns.filed, "clerk dispatcher supervisor"),
    "disclose": (confidential, "clerk dispatcher supervisor"),
}
BEFORE_DISPATCH = (
    *(towns.filed, towns.accepted, towns.referred, towns.declined, towns.merged),
    *(asked_by_the_branch, more_time_asked_for, supervised, parked, confidential),
)


def seeing(make):
    """Who sees the case that ``make`` gives."""
    if make in BEFORE_DISPATCH:
        return set(FROM_THE_START)
    return {*FROM_THE_START, "officer"} | ({"assistant"} if make is assisted else set())


def takers_of(act):
    """Whoever proved the code stands as the resident."""
    takers = STEPS[act][1].split()
    return [*takers, "tracker"] if "resident" in takers else takers


def add_photo(case, by):
    out = io.BytesIO()
    Image.new("RGB", (80, 60), "teal").save(out, "JPEG")
    out.seek(0)
    event = case.events.earliest("serial")
    store_photos([clean_photo(out, "灯.jpg")], case=case, event=event, stage=Photo.Stage.BEFORE, uploaded_by=by)


def world(at):
    """The town with a case of each role's own and one foreign to all of them, begun two hours before ``at``.

    Besides the town's names it has ``at``, ``by_role`` (a user, or None), ``session`` (what the tracker's session
    holds), ``ours``, ``own``, ``foreign``, ``released``, ``step_cases`` and the drafts and notices of each role.
    """
    t = towns.town()
    # Whatever the hour is at which the tests run, somebody may be called.
    CallSlot.objects.all().delete()
    # A district's auditor would find no case foreign.
    Membership.objects.filter(user=t.auditor).update(unit=t.street)
    t.at, t.begun = at, at - timedelta(hours=2)
    t.by_role = {role: getattr(t, role, None) for role in ROLES} | {"assistant": t.warden}
    _cases(t)
    _drafts(t)
    _notices(t)
    world_of_meetings(t, t.begun)
    _support(t)
    _recurrences(t)
    t.paper = paper_about(t.ours, t.dispatcher, t.at)
    t.foreign_paper = paper_about(towns.elsewhere(t, t.begun), t.other_dispatcher, t.at)
    ApiToken.objects.issue(t.admin, t.begun)
    # It does not hold yet, so nobody is asked to agree.
    notice = PrivacyNotice.objects.create(version=1, text="说明", published_at=at + timedelta(days=365))
    Consent.objects.create(notice=notice, user=t.resident, at=t.begun)
    DataRecord.objects.create(kind=DataRecord.Kind.RETENTION, rows={"requests": 1}, at=t.begun)
    Retention.objects.create(months=24)
    ReplyTemplate.objects.bulk_create(
        ReplyTemplate(act=act, title="照例", text="{place}的事") for act in ReplyTemplate.For
    )
    t.task = towns.to_call(t, t.begun).follow_ups.get()
    t.export, t.foreign_export = _export(t.clerk, t.branch, t.at), _export(t.other_clerk, t.other_branch, t.at)
    t.signals = {name: _signal(getattr(t, name), t.at, t.ours, t.foreign) for name in ("sanitation", "branch", "firm")}
    t.step_cases = {make: make(t, t.begun) for make, _takers in STEPS.values()}
    tracked = [t.ours.pk, *(case.pk for case in t.step_cases.values())]
    t.session = {TRACKED: tracked, DRAFTS: [str(t.drafts["tracker"].pk), str(t.ours.filing_key)]}
    return t


def _support(t):
    """A matter of the estate, the resident's household with a voice for it, and the slip of another household."""
    t.matter = towns.neighbours(t, t.begun)
    household = Household.objects.at(t.building, "1-302")
    backing.move_in(t.resident, household, t.begun)
    backing.speak(t.matter.pk, backing.Speaker(household, t.resident, by_slip=False), t.begun)
    (t.slip,) = print_slips(t.building, ["3-402"], t.begun)


def _recurrences(t):
    """The lamp that was mended came back; the department promised new wires. One elsewhere, by the resident's word."""
    case = towns.neighbours(t, t.begun, text="一单元的灯又坏了", spot="1单元", again=True)
    owner, due_on = t.sanitation, (t.begun + timedelta(days=30)).date()
    words = {"cause": "线老化", "text": "换整条线", "owner": owner, "due_on": due_on}
    t.recurrence = remedies.remedy(case.in_recurrence.recurrence, t.clerk, t.begun, **words)
    place = {"estate": t.other_estate, "building": t.other_building}
    weeks.fold(t.at)
    week = weeks.monday_of(t.at)
    for years in (1, 2):
        weeks.carry_over(week - years * weeks.YEAR * weeks.WEEK, {(t.estate, t.lamp): 3})
    t.foreign_recurrence = towns.filed(t, t.begun, again=True, **place).in_recurrence.recurrence


def world_now():
    """``world``, begun two hours before this moment."""
    return world(timezone.now())


def paper_about(case, by, at):
    """The order that dispatched ``case``, on paper."""
    return issuing.issue(Paper.Kind.DISPATCH, case.events.get(act=Act.DISPATCH), by, at)


def _cases(t):
    """One that everybody worked on, one filed for a neighbour, one elsewhere, and a public one."""
    case = towns.filed(t, t.begun, room="302", filing_key=uuid.uuid4())
    add_photo(case, t.resident)
    steps = (
        (Act.REFER, t.clerk, {"note": "线路老化，院里修不了"}),
        (Act.DISPATCH, t.dispatcher, {"lead": t.sanitation, "assist": [t.housing], "note": "请尽快"}),
        (Act.ASSIST, t.warden, {"note": "送了灯管"}),
        (Act.SIGN, t.officer, {}),
        (Act.REVEAL, t.officer, {"note": "约上门时间"}),
        (Act.FULFIL, t.officer, {"note": "换了线路和灯"}),
    )
    for act, by, facts in steps:
        case = workflow.take(case, act, by=by, at=t.begun, **facts)
    for_a_neighbour = {"source": "household", "party": "household", "consent": True}
    neighbours = towns.filed(t, t.begun, by=t.household, filing_key=uuid.uuid4(), **for_a_neighbour)
    place = {"estate": t.other_estate, "building": t.other_building}
    t.foreign = towns.filed(t, t.begun, by=t.other_household, filing_key=uuid.uuid4(), **for_a_neighbour, **place)
    t.ours, t.own = case, {"household": neighbours}
    add_photo(neighbours, t.household)
    add_photo(t.foreign, t.other_household)
    t.released = released(t, t.begun)
    workflow.take(towns.returned(t, t.begun), Act.OVERRULE, by=t.dispatcher, note="路灯归环卫", at=t.begun)


def _signal(unit, at, case, twin):
    """A unit that often said the same."""
    definition = SignalDefinition.objects.get(key="same_reply")
    numbers = {"number": 1, "total": 2, "is_lit": True, "formula": definition.in_words}
    signal = Signal.objects.create(
        definition=definition, unit=unit, month=timezone.localdate(at).replace(day=1), counted_at=at, **numbers
    )
    by, kind = User.objects.get(username="officer"), SignalWord.Kind.ANSWER
    SignalWord.objects.create(signal=signal, kind=kind, text="同一趟修的", unit=unit, by=by, number=1, at=at)
    signal.opened.create(case=case, twin=twin)
    return signal


def _drafts(t):
    """A filing under way for each role but the stranger, every page of it answered; and one of somebody else's."""
    t.burst.questions = [
        {"key": "since", "label": "多久了", "kind": "text"},
        {"key": "water", "label": "水阀关了吗", "kind": "yes_no"},
        {"key": "where", "label": "漏在哪里", "kind": "choice", "choices": ["屋里", "楼道"]},
    ]
    t.burst.is_public = True
    t.burst.save(update_fields=["questions", "is_public"])
    # Somebody else has reported it already.
    towns.filed(t, t.begun, by=None, category=t.burst)
    pages = {
        "where": {"estate": t.estate.pk},
        "place": {"building": t.building.pk, "spot_kind": "stairs", "spot_words": "二楼", "room": "302"},
        "what": {"category": t.burst.pk},
        "calm": {"calm": t.burst.pk},
        "same": {"same": "no"},
        "words": {"text": "水管爆了", "q_since": "一小时", "q_water": "yes", "q_where": "楼道"},
        "contact": {"contact_name": "周大娘", "contact_phone": "19900000001"},
    }
    data = {"party": "resident", "pages": pages}
    owners = {role: user for role, user in t.by_role.items() if role != "anonymous"}
    t.drafts = {role: Draft.objects.create(user=user, data=data) for role, user in owners.items()}
    t.foreign_draft = Draft.objects.create(user=t.neighbour, data=data)


def _notices(t):
    event = t.ours.events.earliest("serial")
    readers = {role: user for role, user in t.by_role.items() if user}
    t.notices = {role: _notice(event, user, t.at) for role, user in readers.items()}
    t.foreign_notice = _notice(event, t.neighbour, t.at)
    _messages(t)


def _messages(t):
    """A message of each kind that reached nobody, and an address that waits for its owner's word."""
    failed = {"state": "failed", "failure": "down", "tries": 6, "made_at": t.begun, "ended_at": t.at}
    for channel, to in (("sms", {"reader": t.resident}), ("email", {"reader": t.clerk}), ("sms", {"case": t.ours})):
        notice = t.notices["resident"] if "case" not in to else t.foreign_notice
        delivery = Delivery.objects.create(channel=channel, recipient="somebody", **to, **failed)
        Told.objects.create(delivery=delivery, notice=notice, channel=channel)
    Handling.objects.create(delivery=delivery, decision="retry", reason="网关修好了", by=t.supervisor, at=t.at)
    NoticeChoice.objects.create(user=t.resident, new_address="zhou@example.org")
    t.address_token = signing.dumps([t.resident.pk, lookup_hash("zhou@example.org")], salt=SALT)


def _export(owner, unit, at):
    """The queue of ``owner`` as a finished file."""
    fields = {"desk": "branch", "what": "小区接单 · 全部", "language": "zh-hans", "total": 1, "done": 1}
    kept = {"state": "ready", "file": ContentFile(b"rows", name="rows.xlsx"), "expires_at": at + timedelta(days=7)}
    export = Export.objects.create(owner=owner, asked_at=at, **fields, **kept)
    export.units.add(unit)
    return export


def _notice(event, reader, at):
    return Notice.objects.get_or_create(event=event, reader=reader, defaults={"kind": "news", "at": at})[0]


def patterns(resolver=None, prefix=""):
    """The name, with its namespace, of every URL pattern; its route where it has no name."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from patterns(pattern, inner)
        else:
            yield f"{prefix}{pattern.name or pattern.pattern}"


def url_of(name, arguments=()):
    return f"/{name}" if name.endswith("/") else reverse(name, args=arguments)


# These answer everybody who is signed in, yet are made for those who serve or who write programs.
FOR_OTHERS = ("/api/", "/exports/", "/search/", "/precedents/", "/desk/")


def residents_pages_of(role, world):
    """The pages of ``role`` that are made for residents."""
    return [url for url in pages_of(role, world) if not url.startswith(FOR_OTHERS)]


def pages_of(role, world):
    """Every URL that answers ``role`` with a page of its own, the queries and the open steps among them."""
    for name, addresses in ADDRESSES.items():
        for address in addresses:
            if address.is_html and address.get[role] == OK:
                url = url_of(name, address.fill(world, role))
                yield from (f"{url}{query}" for query in address.pages)
    for act, (make, _takers) in STEPS.items():
        if role in takers_of(act):
            yield reverse("requests:step", args=[world.step_cases[make].pk, act])
