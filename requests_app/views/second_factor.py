"""The second factor of those who serve: asked for at sign-in, set up once, its recovery codes."""

from functools import wraps

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from requests_app import quotas
from requests_app.forms.second_factor import FactorForm
from requests_app.quotas import TooManyTries
from requests_app.views.sheets import qr
from requests_app.views.sign_in import next_url, onward, too_many
from services import second_factor as factor
from services.encryption import decrypt, encrypt
from services.forms import NewPasswordForm
from services.models import OpenSession, User
from services.proved_sessions import is_fresh, remember_proof

# The secret that the page shows and no app has confirmed yet; encrypted, as sessions lie open in the database.
OFFERED = "second_factor_offered"


def for_those_who_serve(view):
    """404 for residents, who have no need of it: a code on their phone is what they sign in with."""

    @wraps(view)
    def page(request):
        if not request.user.serves(timezone.localdate()):
            raise Http404
        return view(request)

    return page


@for_those_who_serve
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request):
    """The code of the app, or a recovery code. Whoever has no app yet sets one up."""
    if factor.of(request.user) is None:
        return redirect(onward("second-factor-set-up", request))
    form, status = FactorForm(request.POST or None, with_recovery=True), 200
    if form.is_valid():
        status = _try(request, form, lambda code, at: factor.prove(request.user, code, at))
        if status == 302:
            return redirect(next_url(request))
    return render(request, "services/second_factor.html", {"form": form, "next": next_url(request)}, status=status)


@for_those_who_serve
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request):
    """Bind an app, by a code it shows. One that is bound is replaced only by whoever has just proved it."""
    user = request.user
    if not user.has_usable_password():
        return redirect(onward("new-password", request))
    if factor.of(user) and not is_fresh(request, timezone.now()):
        return redirect(onward("second-factor", request))
    secret = _offered(request)
    form, status = FactorForm(request.POST or None, with_recovery=False), 200
    if form.is_valid():
        status = _try(request, form, lambda code, at: factor.set_up(user, secret, code, at))
        if status == 302:
            del request.session[OFFERED]
            return redirect(onward("recovery-codes", request))
    address = factor.address_of(user, secret)
    groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    context = {"form": form, "address": address, "qr": qr(address), "groups": groups, "next": next_url(request)}
    return render(request, "services/second_factor_set_up.html", context, status=status)


def _offered(request):
    """The secret of this session's set-up, the same until an app has confirmed it."""
    if OFFERED not in request.session:
        request.session[OFFERED] = encrypt(factor.new_secret())
    return decrypt(request.session[OFFERED])


def _try(request, form, check):
    """302 where ``check`` takes the code of ``form``, and this session is proved from then on; else 200 or 429."""
    at = timezone.now()
    try:
        is_right = quotas.second_factor(request.user, at, lambda: check(form.cleaned_data["code"], at))
    except TooManyTries as refusal:
        form.add_error(None, too_many(refusal))
        return 429
    if not is_right:
        form.add_error("code", _("This code is not right, or was used already. Wait for the next one and try again."))
        return 200
    remember_proof(request, at)
    return 302


@for_those_who_serve
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def recovery_codes(request):
    """The recovery codes that are left; the button makes new ones. For whoever has just proved the second factor."""
    if factor.of(request.user) is None or not is_fresh(request, timezone.now()):
        return redirect(onward("second-factor", request))
    if request.method == "POST":
        factor.renew_recovery_codes(request.user)
        messages.success(request, _("These are new. The former recovery codes are good for nothing now."))
        return redirect(onward("recovery-codes", request))
    codes = [f"{code[:4]} {code[4:]}" for code in factor.recovery_codes(request.user)]
    return render(request, "services/recovery_codes.html", {"codes": codes, "next": next_url(request)})


@for_those_who_serve
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request):
    """The first password of somebody who came in with a code and now serves. Whoever has one changes it elsewhere."""
    if request.user.has_usable_password():
        return redirect("account")
    user = User.objects.get(pk=request.user.pk)
    form = NewPasswordForm(user, request.POST or None, label_suffix="")
    if form.is_valid():
        form.save()
        former = request.session.session_key
        update_session_auth_hash(request, user)
        OpenSession.objects.moved(former, request.session.session_key)
        return redirect(next_url(request))
    return render(request, "services/new_password.html", {"form": form, "next": next_url(request)})
