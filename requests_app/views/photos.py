"""Hands out photos, to those who may see the case."""

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from requests_app.models import Photo
from requests_app.privacy import reads_internals
from requests_app.views.shared import visible_cases

# Session key: the keys (as text) of the drafts begun in this browser session.
DRAFTS = "drafts"
SIZES = ("large", "small")
KEPT = 60 * 60  # seconds a browser keeps a photo; not longer, because a case may be closed to its reader


@login_not_required
@require_safe
def photo(request, token, size):
    """One photo as a JPEG file, or 404, also when it exists but is not this visitor's to see."""
    photo = get_object_or_404(Photo.objects.select_related("case", "event"), token=token)
    if size not in SIZES or not may_see(request, photo):
        raise Http404
    try:
        file = getattr(photo, size).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(
        file,
        filename=f"{size}.jpg",
        content_type="image/jpeg",
        headers={
            "Cache-Control": f"private, max-age={KEPT}",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )


def kept_photos(draft):
    """The photos of ``draft`` as the form shows them."""
    return [
        {"url": photo.small_url, "name": _("Photo %(number)s") % {"number": number}, "token": photo.token}
        for number, photo in enumerate(draft.photos.all(), 1)
    ]


def may_see(request, photo):
    """True where the visitor sees the photo's case, began its draft, or the photo was released to everybody."""
    if photo.case_id is None:
        return str(photo.draft_id) in request.session.get(DRAFTS, [])
    if Photo.objects.released().filter(pk=photo.pk).exists():
        return True
    if not visible_cases(request).filter(pk=photo.case_id).exists():
        return False
    # A photo beside an internal note is as internal as the note.
    return not photo.is_internal or reads_internals(request.user, photo.case)
