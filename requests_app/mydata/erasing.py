"""Taking a person out of what is kept: their account, and whatever says that a case was theirs.

A case stays, with its events, its place and what was done; see docs/decisions/0091-what-becomes-of-my-data.md.
"""

from collections import Counter
from datetime import timedelta
from urllib.parse import unquote_plus

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from requests_app import quotas, search
from requests_app.journey import attempts
from requests_app.models import (
    Backing,
    Consent,
    DataRecord,
    Delivery,
    Draft,
    Event,
    Export,
    KeptAnswer,
    Notice,
    NoticeChoice,
    Photo,
    Precedent,
    Presence,
    Release,
    SavedView,
    ServiceRequest,
)
from requests_app.models.case import PERSONAL
from requests_app.models.event import Party
from requests_app.models.export import UNDER_WAY
from requests_app.mydata.words import Known, facts_without, without
from requests_app.photos import discard_files
from services.encryption import with_hashes
from services.models import Household, Residence, SignInCode, User
from services.models.users import new_username

WORDS = ["text", "spot", "answers"]
LINKS = ["resident", "filing_key", "is_tallied", "anonymised_at"]


# What somebody writes by pressing a button in one window while they delete everything in another.
LEFT = ((Draft, "user"), (NoticeChoice, "user"), (KeptAnswer, "user"), (Residence, "user"), (Backing, "person"))
LATELY = timedelta(days=2)


class Serves(Exception):
    """Whoever holds an office keeps their account: what they did there is on record under it."""


@transaction.atomic
def erase_person(user, at):
    """Delete what is kept of ``user``; the DataRecord that says how much. Raises Serves.

    Their cases stay, without them; so does an empty account that nobody can use, which events of an office they once
    held name.
    """
    # Two windows at once: the second finds an empty account.
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.serves(timezone.localdate(at)):
        raise Serves
    choice = NoticeChoice.objects.filter(user=user).first()
    # Whoever filed for them without an account of theirs left the same number.
    wanted = Q(resident=user) | (Q(contact_phone_hash=user.phone_hash) if user.phone else Q(pk__in=[]))
    cases = list(ServiceRequest.objects.filter(wanted).select_related("resident"))
    known = Known.of(user, cases, at, address=choice.address or choice.new_address if choice else "")
    rows = Counter(requests=0)
    for case in sorted(cases, key=lock_order):
        rows += erase_case(case.pk, known, at, keep=case.resident if case.resident_id not in (None, user.pk) else None)
    rows += _erase_account(user, known, at)
    return DataRecord.objects.create(kind=DataRecord.Kind.DELETION, person=user, rows=dict(+rows), at=at)


def left_over(at):
    """The accounts deleted lately for which something was on its way just then and arrived afterwards."""
    deleted = DataRecord.objects.filter(kind=DataRecord.Kind.DELETION, at__gte=at - LATELY).values("person")
    anything = Q(pk__in=[])
    for model, name in LEFT:
        anything |= Exists(model.objects.filter(**{name: OuterRef("pk")}))
    return User.objects.filter(anything, pk__in=deleted)


def lock_order(case):
    """In which order many cases are locked: a parent always before what is merged into it."""
    return case.parent_id is not None, case.pk


def erase_case(pk, known, at, keep=None):
    """Take whoever is ``known`` out of the case; how many rows of each kind changed or went, as a Counter.

    With ``keep``, its resident stays, who gave the contact of somebody else. Call it in a transaction in which a
    DataRecord of this very moment is written: the chain of events asks for it.
    """
    ServiceRequest.objects.select_for_update().only("pk").get(pk=pk)
    case = ServiceRequest.objects.select_related("category", "resident", "branch__parent").get(pk=pk)
    rows = Counter(requests=1)
    rows += _erase_events(case, known, at, keep)
    for model, names in ((Release, ("text", "outcome")), (Precedent, ("words",))):
        for row in model.objects.filter(case=case):
            cut = {name: without(getattr(row, name), known, case) for name in names}
            rows["wordings"] += model.objects.filter(pk=row.pk).update(**cut)
    if keep is None:
        rows += _erase_photos(case)
        _end_calls(case, at)
        rows["messages"] += Delivery.objects.filter(case=case).delete()[1].get("requests_app.Delivery", 0)
        Notice.objects.filter(event__case=case, reader=None).delete()
        rows += _erase_drafts(Draft.objects.filter(case=case, user=case.resident))
    _empty_case(case, known, at, keep)
    return rows


def _empty_case(case, known, at, keep):
    """Write the case without contact, without what its words say of people, and without its resident."""
    case.text, case.spot = without(case.text, known, case), without(case.spot, known, case)
    case.answers = [{**answer, "value": without(answer["value"], known, case)} for answer in case.answers]
    if keep is None:
        case.resident = case.filing_key = None
        case.anonymised_at = at
    case.is_tallied = False
    for name in PERSONAL:
        setattr(case, name, "")
    case.save(update_fields=with_hashes(ServiceRequest, [*PERSONAL, *WORDS, *LINKS]))
    search.index(ServiceRequest.objects.filter(pk=case.pk))
    # What the admin remembers of a correction reads like the case.
    _entries_about(case).update(object_repr=str(case)[:200])


def _erase_events(case, known, at, keep):
    """Take the resident out of the events that they wrote, and out of the words of all."""
    rows = Counter()
    for event in case.events.select_related("actor"):
        note, facts = without(event.note, known, case), facts_without(event.facts, known, case)
        is_theirs = keep is None and event.party == Party.RESIDENT and event.actor_id is not None
        if is_theirs or (note, facts) != (event.note, event.facts):
            Event.objects.erase(event, at, actor=None if is_theirs else event.actor, note=note, facts=facts)
            rows["events"] += 1
    return rows


def _erase_photos(case):
    """Delete the photos that the resident sent; those that a person checked for the public stay, without a sender."""
    theirs = case.photos.filter(Q(event__party=Party.RESIDENT) | Q(event=None))
    theirs.filter(is_released=True).update(uploaded_by=None)
    return _delete_photos(theirs.filter(is_released=False))


def _delete_photos(photos):
    gone = list(photos)
    Photo.objects.filter(pk__in=[photo.pk for photo in gone]).delete()
    # Cases that were merged may show the same file.
    shared = set(Photo.objects.filter(large__in=[photo.large.name for photo in gone]).values_list("large", flat=True))
    files = [photo for photo in gone if photo.large.name not in shared]
    transaction.on_commit(lambda: discard_files(files))
    return Counter(photos=len(gone))


def _erase_drafts(drafts):
    rows = Counter(drafts=0)
    for draft in drafts:
        rows += _delete_photos(draft.photos.all())
        draft.delete()
        rows["drafts"] += 1
    return rows


def _end_calls(case, at):
    """Nobody can be called about it any more."""
    task = attempts.open_task(case)
    if task:
        attempts.end_missed(task, at)


def _erase_account(user, known, at):
    """Empty the account of ``user`` and delete what hangs on it."""
    rows = _erase_drafts(Draft.objects.filter(user=user))
    own = {
        "messages": Delivery.objects.filter(reader=user),
        "notices": Notice.objects.filter(reader=user),
        "choices": NoticeChoice.objects.filter(user=user),
        "voices": Backing.objects.filter(person=user),
        "homes": Residence.objects.filter(user=user),
        "answers kept": KeptAnswer.objects.filter(pk__in=_answers_with(user, known)),
        "views": SavedView.objects.filter(user=user),
        "tokens": user.api_tokens.all(),
        "second factors": Authenticator.objects.filter(user=user),
        "addresses": EmailAddress.objects.filter(user=user),
        "codes": SignInCode.objects.filter(pk__in=_codes_for(known)),
        "wrong passwords": AccessAttempt.objects.filter(username__in=_counted_as(user)),
    }
    for name, found in own.items():
        model = found.model._meta.label
        rows[name] += found.delete()[1].get(model, 0)
    # A door that nobody spoke for and that has no slip is nothing to remember.
    Household.objects.filter(residents=None, backings=None, slip_digest=None).delete()
    Presence.objects.filter(user=user).delete()
    rows["sessions"] += user.open_sessions.all().end()
    rows["consents withdrawn"] += Consent.objects.standing().filter(user=user).update(withdrawn_at=at)
    rows["files"] += _delete_exports(user)
    _forget_searches(known)
    _empty(user)
    return rows


def _empty(user):
    """An account without anything in it, under another name, that opens for nobody."""
    user.username, user.name, user.phone, user.email = new_username(), "", None, ""
    user.text_size = user.last_login = None
    user.is_active = False
    user.set_unusable_password()
    user.save()
    _entries_about(user).update(object_repr=user.username)


def _delete_exports(user):
    """Delete files of lists that they took away while they served; the record stays, without what they searched for."""
    files = list(Export.objects.filter(owner=user, state=Export.State.READY).values_list("file", flat=True))
    ready = Export.objects.filter(owner=user, state=Export.State.READY)
    ready.update(state=Export.State.EXPIRED, file="", expires_at=None)
    Export.objects.filter(owner=user, state__in=UNDER_WAY).update(
        state=Export.State.FAILED, failure=Export.Failure.LEFT, claim=None, beat_at=None
    )
    Export.objects.filter(owner=user).update(query="")
    transaction.on_commit(lambda: [default_storage.delete(name) for name in files])
    return len(files)


def _forget_searches(known):
    """Take what we know out of the lists that staff took away after searching for it."""
    written = Export.objects.exclude(query="").exclude(state__in=UNDER_WAY)
    for pk, query in written.values_list("pk", "query").iterator(chunk_size=500):
        if known.cut_from(unquote_plus(query)) != unquote_plus(query):
            Export.objects.filter(pk=pk).update(query="")


def _entries_about(row):
    """The admin's entries about ``row``."""
    return LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk))


def _answers_with(user, known):
    """The keys of answers of the last days to ``user``, and of those to anybody that name whom we know."""
    # A room's number alone stands in many.
    known, kept = Known(known.names, known.phones), KeptAnswer.objects.iterator(chunk_size=500)
    return [row.pk for row in kept if row.user_id == user.pk or str(row.body) != known.cut_from(str(row.body))]


def _codes_for(known):
    """The keys of codes on their way to a number that is known; there are those of ten minutes."""
    return [code.pk for code in SignInCode.objects.all() if code.phone in known.phones]


def _counted_as(user):
    """The names under which wrong passwords of ``user`` are counted."""
    typed = filter(None, (user.username, user.phone))
    return [quotas.axes_name(None, {"username": name}) for name in typed]
