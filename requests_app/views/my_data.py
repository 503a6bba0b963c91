"""What is kept of me: what I agreed to, a copy of it all, and having it deleted."""

from datetime import timedelta
from tempfile import TemporaryFile

from django.contrib import messages
from django.contrib.auth import logout
from django.core.paginator import Paginator
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from requests_app import quotas
from requests_app.forms.mydata import DeleteWithCodeForm, DeleteWithPasswordForm
from requests_app.models import DataRecord, ServiceRequest
from requests_app.mydata.copies import write_copy
from requests_app.mydata.erasing import erase_person
from requests_app.notices.channels import sms
from requests_app.notices.codes import TO_DELETE
from requests_app.quotas import TooManyTries
from requests_app.views.sign_in import ASKED, SHOWN, ask, too_many, wrong
from services.models import Role, SignInCode, User

COPIES, COPIES_WINDOW = 10, timedelta(days=1)  # of one person
ROWS = 30  # lines of the log on one page


@never_cache
@require_safe
def my_data(request):
    """What one may do with what is kept of one."""
    own = ServiceRequest.objects.filter(resident=request.user)
    context = {
        "consents": request.user.consents.standing().select_related("notice"),
        "requests": own.count(),
        "records": DataRecord.objects.filter(person=request.user)[:ROWS],
        "serves": request.user.serves(timezone.localdate()),
        "reads_the_log": reads_the_log(request.user),
    }
    return render(request, "requests/my_data.html", context)


@never_cache
@require_POST
def copy(request):
    """Everything that is kept of the person as one zip; it goes straight to them and lies nowhere on the server."""
    at, user = timezone.now(), User.objects.get(pk=request.user.pk)
    try:
        count_copy(user, at)
    except TooManyTries as refusal:
        messages.error(request, too_many(refusal))
        return redirect("requests:my-data")
    return answer_with_copy(user, at)


def count_copy(user, at):
    """Count one copy of ``user``; TooManyTries where they took too many."""
    quotas.spend(f"copy:{user.pk}", COPIES, COPIES_WINDOW, at)


def answer_with_copy(user, at):
    """The zip of ``user`` as the answer to their request, with a line in the log."""
    out = TemporaryFile()  # noqa: SIM115 - the answer closes it
    rows = write_copy(user, at, out)
    DataRecord.objects.create(kind=DataRecord.Kind.COPY, person=user, rows=dict(rows), at=at)
    out.seek(0)
    name = f"{_('My data')}-{timezone.localtime(at):%Y%m%d-%H%M}.zip"
    return FileResponse(out, as_attachment=True, filename=name, content_type="application/zip")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request):
    """What goes and what stays; then, once more proved who one is, all of it at once."""
    at, user = timezone.now(), User.objects.get(pk=request.user.pk)
    if user.serves(timezone.localdate(at)):
        return render(request, "requests/delete_serves.html", status=403 if request.method == "POST" else 200)
    problem, status = "", 200
    if "send" in request.POST and user.phone:
        problem, status = ask(request, user.phone, TO_DELETE)
        if not problem:
            return redirect("requests:delete-my-data")
    form = _form(request, user)
    if form.is_bound and form.is_valid():
        status = _prove(request, user, form, at)
        if form.is_valid():
            return _gone(request, user, at)
    own = ServiceRequest.objects.filter(resident=user)
    context = {
        "form": form,
        "asked": _asked(request, user),
        "by_password": isinstance(form, DeleteWithPasswordForm),
        "problem": problem,
        "shown": request.session.get(SHOWN) if sms.is_shown_on_page() else None,
        "requests": own.count(),
        "under_way": own.under_way().count(),
        "at": at,
    }
    return render(request, "requests/delete_my_data.html", context, status=status)


def _form(request, user):
    """Whoever has a password types it; everybody else the code sent to their number."""
    data = request.POST if "delete" in request.POST else None
    return DeleteWithPasswordForm(data) if user.has_usable_password() else DeleteWithCodeForm(data)


def _asked(request, user):
    """The code that was sent for this, or None."""
    code = SignInCode.objects.filter(pk=request.session.get(ASKED)).first()
    return code if code and code.phone == user.phone and code.is_open(timezone.now()) else None


def _prove(request, user, form, at):
    """Put down in ``form`` what is wrong with the password or code; the status of a page that says so."""
    if isinstance(form, DeleteWithPasswordForm):
        try:
            found = quotas.sign_in(request, user.username, form.cleaned_data["password"], at)
        except TooManyTries as refusal:
            form.add_error(None, too_many(refusal))
            return 429
        if found != user:
            form.add_error("password", _("The password is not right. Please try again."))
        return 200
    code = _asked(request, user)
    if code is None:
        form.add_error(None, _("Please have a code sent first."))
    elif not SignInCode.objects.redeem(code.pk, form.cleaned_data["code"], at):
        code.refresh_from_db()
        form.add_error("code", wrong(code))
    return 200


def _gone(request, user, at):
    erase_person(user, at)
    logout(request)
    messages.success(request, _("Everything that named you is deleted, and you are signed out."))
    return redirect("home")


def reads_the_log(user):
    """True for auditors and the administrator."""
    held = user.current_memberships(timezone.localdate())
    return user.is_superuser or any(one.role == Role.AUDITOR for one in held)


@never_cache
@require_safe
def log(request):
    """Every copy, deletion and anonymisation, newest first; it names nobody."""
    if not reads_the_log(request.user):
        raise Http404
    page = Paginator(DataRecord.objects.all(), ROWS).get_page(request.GET.get("page"))
    return render(request, "requests/data_log.html", {"page": page})
