"""Signing in and out, opening an account, and what people may change about theirs.

Stands here and not in ``services`` because tries are counted in rows of this app.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from requests_app import quotas
from requests_app.demo.people import demo_people
from requests_app.quotas import TooManyTries
from requests_app.views.shared import TRACKED, next_page
from services.forms import NameForm, PasswordForm, SignInForm, SignUpForm
from services.models import User
from services.models.users import new_username

BACKEND = settings.AUTHENTICATION_BACKENDS[0]
SIGN_UPS_PER_ADDRESS = 20
SIGN_UP_WINDOW = timedelta(hours=1)


def next_url(request):
    """Where to go afterwards: the page of this site that was asked for, otherwise the first page."""
    return next_page(request) or resolve_url(settings.LOGIN_REDIRECT_URL)


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request):
    """With a phone number or a user name; a wrong name and a wrong password have the same answer."""
    if request.user.is_authenticated and request.method != "POST":
        return redirect(next_url(request))
    form, status = SignInForm(request.POST or None), 200
    if form.is_valid():
        try:
            user = quotas.sign_in(request, **form.cleaned_data, at=timezone.now())
        except TooManyTries as refusal:
            form.add_error(None, _too_many(refusal))
            status = 429
        else:
            if user:
                _let_in(request, user)
                return redirect(next_url(request))
            form.add_error(None, _("The name or the password is not right. Please try again."))
    context = {"form": form, "next": next_url(request), "demo_groups": demo_people() if settings.DEMO else []}
    return render(request, "services/sign_in.html", context, status=status)


def _let_in(request, user):
    """Sign ``user`` in; what somebody else followed by its code in this browser is shut again."""
    login(request, user, backend=BACKEND)
    request.session.pop(TRACKED, None)


def _too_many(refusal):
    return _("There were too many tries. Please try again in %(minutes)s minutes.") % {"minutes": refusal.minutes}


@login_not_required
@require_POST
def demo_sign_in(request):
    """Sign in as a demo person with one click; outside the demo there is no such page."""
    if not settings.DEMO:
        raise Http404
    key = request.POST.get("person", "")
    person = get_object_or_404(User, pk=key if key.isdecimal() else None, is_demo=True, is_active=True)
    _let_in(request, person)
    return redirect(next_url(request))


@login_not_required
@require_POST
def sign_out(request):
    logout(request)
    messages.success(request, _("You are signed out."))
    return redirect(settings.LOGOUT_REDIRECT_URL)


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request):
    """An account for a resident. Tries are counted, because the answer tells whether a number has an account."""
    if request.user.is_authenticated:
        return redirect(next_url(request))
    form, status = SignUpForm(request.POST or None), 200
    if request.method == "POST":
        try:
            key = quotas.hashed("sign-up-address", quotas.address_of(request))
            quotas.spend(key, SIGN_UPS_PER_ADDRESS, SIGN_UP_WINDOW, timezone.now())
        except TooManyTries as refusal:
            form.add_error(None, _too_many(refusal))
            status = 429
    if form.is_valid():
        user = _new_user(form)
        if user:
            login(request, user, backend=BACKEND)
            messages.success(request, _("Your account is ready."))
            return redirect(next_url(request))
    return render(request, "services/sign_up.html", {"form": form, "next": next_url(request)}, status=status)


def _new_user(form):
    """The user that was made, or None where the number was taken a moment ago."""
    user = form.save(commit=False)
    user.username = new_username()
    user.set_password(form.cleaned_data["password"])
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        form.add_error("phone", _("This number cannot be used for a new account."))
        return None
    return user


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def account(request):
    """One's own name and password; two forms, told apart by their button."""
    changes = request.POST.get("change")
    user = User.objects.get(pk=request.user.pk)
    name_form = NameForm(request.POST if changes == "name" else None, instance=user)
    password_form = PasswordForm(user, request.POST if changes == "password" else None, label_suffix="")
    if name_form.is_bound and name_form.is_valid():
        name_form.save()
        messages.success(request, _("Your name is changed."))
        return redirect("account")
    if password_form.is_bound and password_form.is_valid():
        password_form.save()
        update_session_auth_hash(request, user)
        # Whoever learned the old password may have taken a token with it.
        user.api_tokens.all().delete()
        messages.success(request, _("Your password is changed."))
        return redirect("account")
    return render(request, "services/account.html", {"name_form": name_form, "password_form": password_form})


@login_not_required
@never_cache
def admin_sign_in(request):
    """The admin has no door of its own, so its guesses are counted with all others."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
