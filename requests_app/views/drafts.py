"""A filing under way: the draft that keeps it, what its pages said, and who may open it."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.http import Http404
from django.utils import timezone, translation
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from requests_app.forms.filing import PAGES
from requests_app.journey.joining import reported
from requests_app.journey.workflow import FILER_ROLES
from requests_app.models import Draft, ServiceRequest
from requests_app.models.event import Party
from requests_app.quotas import address_of, hashed, spend
from requests_app.views.photos import DRAFTS
from services.models import Estate

DRAFTS_AT_MOST = 20  # keys remembered in one session
# Without an account; generous, because a whole neighbourhood may share one address.
DRAFTS_PER_ADDRESS = 200
ADDRESS_WINDOW = timedelta(hours=1)
TYPED_AT_MOST = 10_000  # characters of one field that a draft keeps, right or wrong
# The pages in their order; "calm" stands only where the category asks for it, "same" where it is reported already.
ORDER = ("where", "place", "what", "calm", "same", "words", "contact")
CHECK = "check"
# Pages that the line of progress counts as another.
UNCOUNTED = {"calm": "what", "same": "what"}
# What somebody says who joins another's request without a word of their own.
SAME_HERE = _("We have the same trouble.")
# What must be asked once a page is answered anew.
ASKED_ANEW = {"where": ("where", "place")}


def plain(text):
    """``text`` without the one character that PostgreSQL cannot hold."""
    return text.replace("\0", "")


class Filing:
    """What somebody is about to file. Every page is read back from the draft through its form."""

    def __init__(self, draft, user):
        self.draft = draft
        self.user = user
        self._read, self._reported = {}, None

    @property
    def is_new(self):
        """True until the first page is answered; then the draft is in the database."""
        return self.draft._state.adding

    @property
    def party(self):
        return Party(self.draft.data.get("party", Party.RESIDENT))

    @property
    def is_preventive(self):
        """True where those who serve file before anybody asked."""
        return bool(self.draft.data.get("preventive")) and self.party in (Party.BRANCH, Party.DISPATCHER)

    @cached_property
    def parties(self):
        """As what this person may file: for others first, as their memberships allow, then for themselves."""
        return [*self._units, Party.RESIDENT]

    @property
    def unit(self):
        """The unit on whose behalf it is filed; None for somebody's own request."""
        units = self._units.get(self.party)
        return units[0] if units else None

    @cached_property
    def _units(self):
        """The units this person may file for, by party."""
        found = {}
        if self.user.is_authenticated:
            for held in self.user.current_memberships(timezone.localdate()):
                for party, role in FILER_ROLES.items():
                    if held.role == role:
                        found.setdefault(party, []).append(held.unit)
        return found

    def estates(self):
        """The estates it may be filed for; none where the person may not file as the draft says."""
        estates = Estate.objects.active().select_related("branch__parent__parent")
        if self.party == Party.RESIDENT:
            return estates
        allowed = Estate.objects.none()
        for unit in self._units.get(self.party, []):
            allowed = allowed | estates.under(unit)
        return allowed

    @property
    def pages(self):
        """The pages this filing has, in order."""
        category = self.chosen("what", "category")
        left_out = set() if category and category.emergency_notice else {"calm"}
        left_out |= set() if self.reported else {"same"}
        return [page for page in ORDER if page not in left_out]

    @property
    def reported(self):
        """The open cases about the same matter, also this person's own."""
        if self._reported is None:
            estate, category = self.chosen("where", "estate"), self.chosen("what", "category")
            known = estate and category and self.read("place").is_valid()
            place = (estate, self.chosen("place", "building"), category)
            cases = reported(*place, timezone.now()) if known else ServiceRequest.objects.none()
            self._reported = cases.exclude(filing_key=self.draft.key)
        return self._reported

    @property
    def joinable(self):
        """Those of ``reported`` that this one may join; nobody joins their own."""
        return [case for case in self.reported if case.resident_id is None or case.resident_id != self.user.pk]

    @property
    def joins(self):
        """The case that this one goes on with, or None."""
        chosen = self.chosen("same", "same") if self.reported else None
        return next((case for case in self.joinable if str(case.pk) == chosen), None)

    @property
    def asked(self):
        """The pages to go through; what a plate or the account says already is not asked again, only shown."""
        known = [*self.draft.data.get("known", []), *(["words"] if self.joins else [])]
        return [page for page in self.pages if page not in known]

    def place_of(self, page):
        """(number of ``page``, number of all) as the line of progress says it; some pages have none of their own."""
        counted = [one for one in [*self.asked, CHECK] if one not in UNCOUNTED]
        page = UNCOUNTED.get(page, page)
        return counted.index(page) + 1 if page in counted else 1, len(counted)

    def typed(self, page):
        """What stands in the draft for ``page``, as it was typed."""
        return self.draft.data.get("pages", {}).get(page, {})

    def read(self, page):
        """The form of ``page`` bound to what was typed there, checked; kept, because many ask."""
        if page not in self._read:
            form = PAGES[page](self.typed(page), filing=self)
            form.is_valid()
            self._read[page] = form
        return self._read[page]

    def chosen(self, page, field):
        """One cleaned answer, or None where it is missing or wrong."""
        return self.read(page).cleaned_data.get(field)

    def first_open(self, before=None):
        """The first page that still lacks something (before the page ``before``), or None."""
        for page in self.pages:
            if page == before:
                return None
            if not self.read(page).is_valid():
                return page
        return None

    def keep(self, page, posted):
        """Remember what was typed on ``page``, whether it is right or not."""
        names = [name for name in PAGES[page](filing=self).fields if name != "photos"]
        typed = {name: plain(posted[name])[:TYPED_AT_MOST] for name in names if name in posted}
        self._write({**self.draft.data.get("pages", {}), page: typed}, without=ASKED_ANEW.get(page, (page,)))

    def keep_together(self, pages):
        """Remember what was typed for several ``pages`` at once (page → what its form would send)."""
        kept = {
            page: {name: plain(str(value))[:TYPED_AT_MOST] for name, value in typed.items()}
            for page, typed in pages.items()
        }
        self._write({**self.draft.data.get("pages", {}), **kept}, without=tuple(kept))

    def start(self, known, **typed):
        """Begin with ``known`` (page → what its form would send), which is not asked again, and with what was typed."""
        self.draft.data = {**self.draft.data, "known": list(known)}
        self._write({**known, **typed})

    def know(self, page, typed):
        """Let ``page`` be answered by ``typed``, where that is whole and nothing stands there; it is not asked then."""
        if typed and all(typed.values()) and not self.typed(page):
            self.draft.data = {**self.draft.data, "known": [*self.draft.data.get("known", []), page]}
            self._write({**self.draft.data["pages"], page: typed})

    def _write(self, pages, without=()):
        known = [page for page in self.draft.data.get("known", []) if page not in without]
        self.draft.data = {**self.draft.data, "pages": pages, "known": known}
        self._read, self._reported = {}, None
        if self.is_new:
            # A resend may arrive while the first is still being written.
            Draft.objects.bulk_create([self.draft], ignore_conflicts=True)
        else:
            # Never brings back a draft that was sent a moment ago.
            Draft.objects.filter(pk=self.draft.pk).update(data=self.draft.data, updated_at=timezone.now())

    def after(self, page):
        """The page after ``page``."""
        pages = self._way_past(page)
        return pages[pages.index(page) + 1]

    def before(self, page):
        """The page before ``page``, None before the first."""
        # Before the first that is asked lies what was known already, and can be corrected.
        pages = self._way_past(page) if self.asked[:1] != [page] else self.pages
        place = pages.index(page)
        return pages[place - 1] if place else None

    def _way_past(self, page):
        pages = self.asked if page in self.asked or page == CHECK else self.pages
        return [*pages, CHECK]

    def facts(self):
        """Everything the pages say, as ``workflow.file`` takes it."""
        facts = {}
        for page in self.pages:
            if page not in UNCOUNTED:
                facts |= self.read(page).cleaned_data
        facts.pop("photos", None)
        if self.joins:
            with translation.override(settings.LANGUAGE_CODE):
                # Everybody who works on it reads the language of the house.
                facts |= {"joins": self.joins, "text": facts["text"] or str(SAME_HERE)}
        return facts


def new_filing(request, party):
    """A filing that nothing has been typed into; its draft is not saved yet.

    The first page carries the draft's key, so that one whose answer was lost goes on with the draft it had begun.
    """
    user = request.user if request.user.is_authenticated else None
    draft, key = Draft(user=user, data={"party": party}), _uuid(request.POST.get("key", ""))
    begun = key and Draft.objects.filings().filter(key=key).first()
    if begun and _is_of(request, begun):
        draft = begun
    elif key and not begun and not ServiceRequest.objects.filter(filing_key=key).exists():
        draft.key = key
    return Filing(draft, request.user)


def _uuid(text):
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _is_of(request, draft):
    """True where this session or this person began ``draft``."""
    in_session = str(draft.key) in request.session.get(DRAFTS, [])
    return draft.user_id in (None, request.user.pk) and bool(in_session or draft.user_id)


def open_filing(request, key):
    """The filing of that draft, or None where it is sent already; 404 where it is not this visitor's."""
    draft = Draft.objects.filings().filter(key=key).first()
    if draft is None:
        if filed_case(request, key) is None:
            raise Http404
        return None
    if not _is_of(request, draft):
        raise Http404
    if draft.user_id is None and request.user.is_authenticated:
        # Begun before signing in.
        draft.user = request.user
        draft.save(update_fields=["user"])
    remember(request, draft)
    return Filing(draft, request.user)


def remember(request, draft):
    """Let this session open ``draft`` and see its photos."""
    keys = request.session.get(DRAFTS, [])
    if str(draft.key) not in keys:
        request.session[DRAFTS] = [*keys, str(draft.key)][-DRAFTS_AT_MOST:]


def limit_drafts(request):
    """Count a draft that somebody without an account begins; TooManyTries where their network began too many."""
    if not request.user.is_authenticated:
        spend(hashed("draft-address", address_of(request)), DRAFTS_PER_ADDRESS, ADDRESS_WINDOW, timezone.now())


def filed_case(request, key):
    """The case that the draft ``key`` became, where this visitor filed it; otherwise None."""
    case = ServiceRequest.objects.filter(filing_key=key).for_page().prefetch_related("deadlines").first()
    return case if case and is_filer(request, case) else None


def is_filer(request, case):
    """True where this visitor filed ``case``: by the account, or in this very session."""
    if request.user.is_authenticated and request.user.pk in (case.resident_id, case.filed_by_id):
        return True
    return str(case.filing_key) in request.session.get(DRAFTS, [])


def open_drafts(request):
    """This visitor's drafts that are not sent yet, the newest first."""
    drafts = Draft.objects.filings().filter(key__in=request.session.get(DRAFTS, []), user=None)
    if request.user.is_authenticated:
        drafts = drafts | Draft.objects.filings().filter(user=request.user)
    return drafts.order_by("-updated_at")
