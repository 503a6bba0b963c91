"""Photos of a step that is not taken yet: kept between two tries, so that nobody has to choose them again."""

from django.db import transaction

from requests_app.models import Draft
from requests_app.photos import PHOTOS_AT_MOST, discard_photos, not_yet_kept, store_photos
from requests_app.quotas import TooManyTries
from requests_app.views.drafts import limit_drafts, plain, remember
from requests_app.views.photos import DRAFTS, kept_photos

REMOVE = "remove"  # the button that takes a kept photo away; its value is the photo's token


def draft_of(request, case, act):
    """The draft that the form names, where this session began it for this very step; otherwise None."""
    key = request.POST.get("draft")
    if not key or key not in request.session.get(DRAFTS, []):
        return None
    draft = Draft.objects.filter(key=key, case=case, act=act).first()
    return draft if draft and draft.user_id in (None, request.user.pk) else None


def make_room(form, draft):
    """Let ``form`` take only as many photos as fit beside the kept ones."""
    if "photos" in form.fields:
        kept = draft.photos.count()
        form.has_kept = kept > 0
        form.fields["photos"].at_most = max(PHOTOS_AT_MOST - kept, 0)


def blame_nothing(form):
    """Say nothing of what ``form`` still misses: the person is not done. What is wrong with photos is said."""
    for name in set(form.errors) - {"photos"}:
        del form.errors[name]


def keep(request, form, draft):
    """Take a photo away or keep the good ones of a step that was not taken; ``form`` then shows what is kept."""
    if REMOVE in request.POST and draft:
        discard_photos(list(draft.photos.filter(token=plain(request.POST[REMOVE]))))
    good = form.fields["photos"].good
    draft = draft or _new_draft(request, form, good)
    if draft:
        _add(request, draft, good)
        make_room(form, draft)
        form.draft, form.kept = draft, kept_photos(draft)


def _new_draft(request, form, good):
    """A draft for this step; None where there is nothing to keep or a network without an account began too many."""
    if not good:
        return None
    try:
        limit_drafts(request)
    except TooManyTries:
        return None
    user = request.user if request.user.is_authenticated else None
    draft = Draft.objects.create(user=user, case=form.case, act=form.act)
    remember(request, draft)
    return draft


def _add(request, draft, photos):
    person = request.user if request.user.is_authenticated else None
    with transaction.atomic():
        # Two uploads at once must not bring more photos together than a step may have.
        draft = Draft.objects.select_for_update().filter(pk=draft.pk).first()
        room = max(PHOTOS_AT_MOST - draft.photos.count(), 0) if draft else 0
        store_photos(not_yet_kept(photos, draft)[:room], draft=draft, uploaded_by=person)


def forget(request, draft):
    """The step is taken: the session need not know ``draft`` any more."""
    if draft:
        request.session[DRAFTS] = [key for key in request.session.get(DRAFTS, []) if key != str(draft.key)]
