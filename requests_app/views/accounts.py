"""Signing out, and what people may see and change about their account: name, password, where they are signed in."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from services import second_factor
from services.forms import NameForm, PasswordForm
from services.models import OpenSession, User


@login_not_required
@require_POST
def sign_out(request):
    logout(request)
    messages.success(request, _("You are signed out."))
    return redirect(settings.LOGOUT_REDIRECT_URL)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def account(request):
    """One's own name and password, and where one is signed in; forms told apart by their button."""
    changes, at = request.POST.get("change"), timezone.now()
    user = User.objects.get(pk=request.user.pk)
    name_form = NameForm(request.POST if changes == "name" else None, instance=user)
    password_form = PasswordForm(user, request.POST if changes == "password" else None, label_suffix="")
    if name_form.is_bound and name_form.is_valid():
        name_form.save()
        messages.success(request, _("Your name is changed."))
        return redirect("account")
    if password_form.is_bound and password_form.is_valid():
        _change_password(request, user, password_form, at)
        messages.success(request, _("Your password is changed."))
        return redirect("account")
    if "end" in request.POST:
        return _end(request, user, request.POST["end"], at)
    serves = user.serves(timezone.localdate(at))
    context = {
        "name_form": name_form,
        "password_form": password_form if user.has_usable_password() else None,
        "windows": _windows(request, user, at),
        "serves": serves,
        "factor": second_factor.of(user) if serves else None,
    }
    return render(request, "services/account.html", context)


def _change_password(request, user, form, at):
    """Write the new password down and end what the old one opened: other sessions, and programs' tokens."""
    former = request.session.session_key
    form.save()
    update_session_auth_hash(request, user)
    OpenSession.objects.moved(former, request.session.session_key)
    user.open_sessions.exclude(session_key=request.session.session_key).end()
    # Whoever learned the old password may have taken a token with it.
    user.api_tokens.all().delete()


def _windows(request, user, at):
    """Where ``user`` is signed in: {"session", "is_this"} of each, this one first."""
    key = request.session.session_key
    found = OpenSession.objects.going_on(user, at)
    rows = [{"session": one, "is_this": one.session_key == key} for one in found]
    return sorted(rows, key=lambda row: not row["is_this"])


def _end(request, user, which, at):
    """Sign ``user`` out in one other browser, by its row's number, or in all the others."""
    others = user.open_sessions.exclude(session_key=request.session.session_key)
    if which != "all":
        others = others.filter(pk=which if which.isdecimal() else None)
    if others.end():
        messages.success(request, _("You are signed out there."))
    return redirect("account")


@login_not_required
@never_cache
def admin_sign_in(request):
    """The admin has no door of its own, so its guesses are counted with all others."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
