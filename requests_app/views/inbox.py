"""The in-app inbox: what happened to one's cases, newest first."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from requests_app.models import Notice
from requests_app.wording import notice_sentence

ROWS = 20  # notices on one page


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def inbox(request):
    """The reader's notices; a POST marks all of them read."""
    notices = Notice.objects.for_reader(request.user)
    if request.method == "POST":
        notices.unread().update(read_at=timezone.now())
        messages.success(request, _("All messages are marked as read."))
        return redirect("requests:inbox")
    page = Paginator(notices.for_list(), ROWS).get_page(request.GET.get("page"))
    rows = [{"notice": notice, "sentence": notice_sentence(notice)} for notice in page]
    return render(request, "requests/inbox.html", {"page": page, "rows": rows, "unread": notices.unread().count()})


@never_cache
@require_safe
def notice(request, pk):
    """Mark one notice read and go on to what it is about."""
    notice = get_object_or_404(
        Notice.objects.for_reader(request.user).select_related("event__case", "export", "meeting", "promise"), pk=pk
    )
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=timezone.now())
    return redirect(notice.subject)
