"""Signing in: with a mobile number and the code sent to it, or, for those who serve, with a password.

Stands here and not in ``services`` because tries are counted in rows of this app.
"""

import math
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from requests_app import quotas
from requests_app.demo.people import demo_people
from requests_app.forms.sign_in import CodeForm, PhoneForm
from requests_app.notices.channels import ChannelDown, ChannelRefused, sms
from requests_app.notices.codes import TO_SIGN_IN, send_code
from requests_app.quotas import TooManyTries
from requests_app.views.privacy_notice import by_way_of_consent
from requests_app.views.shared import TRACKED, next_page
from services.forms import NameForm, SignInForm
from services.models import OpenSession, SignInCode, User
from services.models.users import new_username

BACKEND = "services.auth.PhoneOrUsernameBackend"
# The code this session asked for; in the demo, where no text is sent, its digits too.
ASKED, SHOWN = "sign_in_code", "sign_in_digits"


def next_url(request):
    """Where to go afterwards: the page of this site that was asked for, otherwise the first page."""
    return next_page(request) or resolve_url(settings.LOGIN_REDIRECT_URL)


def onward(name, request):
    """The page ``name`` of signing in, which goes on to where this one would."""
    return f"{reverse(name)}?{urlencode({'next': next_url(request)})}"


def let_in(request, user):
    """Sign ``user`` in; what somebody else followed by its code in this browser is shut again."""
    login(request, user, backend=BACKEND)
    for key in (TRACKED, ASKED, SHOWN):
        request.session.pop(key, None)
    OpenSession.objects.note(request, timezone.now())


def too_many(refusal):
    return _("There were too many tries. Please try again in %(wait)s.") % {"wait": in_words(refusal.wait)}


def in_words(wait):
    """How long ``wait`` is, as people say it; never too short."""
    seconds = max(1, math.ceil(wait.total_seconds()))
    if seconds <= 90:
        return ngettext("%(count)s second", "%(count)s seconds", seconds) % {"count": seconds}
    minutes = -(-seconds // 60)
    if minutes <= 90:
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    hours = -(-minutes // 60)
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request):
    """The number, and beside it the staff's door: two forms, told apart by their fields."""
    if request.user.is_authenticated and request.method != "POST":
        return redirect(next_url(request))
    with_password = "username" in request.POST
    phone_form = PhoneForm(None if with_password else request.POST or None)
    password_form, status = SignInForm(request.POST if with_password else None), 200
    if password_form.is_valid():
        user, status = _by_password(request, password_form)
        if user:
            let_in(request, user)
            return redirect(next_url(request))
    if phone_form.is_valid():
        problem, status = ask(request, phone_form.cleaned_data["phone"])
        if not problem:
            return redirect(onward("sign-in-code", request))
        phone_form.add_error(None, problem)
    context = {
        "phone_form": phone_form,
        "password_form": password_form,
        "has_codes": sms.is_on(),
        "next": next_url(request),
        "demo_groups": demo_people() if settings.DEMO else [],
    }
    return render(request, "services/sign_in.html", context, status=status)


def _by_password(request, form):
    """Who that is, or None, and the status of the page that says so."""
    try:
        user = quotas.sign_in(request, **form.cleaned_data, at=timezone.now())
    except TooManyTries as refusal:
        form.add_error(None, too_many(refusal))
        return None, 429
    if user is None:
        form.add_error(None, _("The name or the password is not right. Please try again."))
    return user, 200


def ask(request, phone, words=TO_SIGN_IN):
    """Have a code sent to ``phone`` and remember which: what hindered it, in words, and the status to say so with."""
    try:
        code, digits = send_code(phone, quotas.address_of(request), timezone.now(), words)
    except TooManyTries as refusal:
        sentence = _("A code was asked for a short while ago. Please ask again in %(wait)s.")
        return sentence % {"wait": in_words(refusal.wait)}, 429
    except ChannelDown:
        return _("The text message cannot be sent just now. Please try again in a few minutes."), 503
    except ChannelRefused:
        return _("No text message can be sent to this number. Please look at it again."), 503
    request.session[ASKED] = str(code.key)
    if sms.is_shown_on_page():
        request.session[SHOWN] = digits
    return "", 200


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def code(request):
    """The code, and a button that sends another one. A session that asked for none begins with the number."""
    if request.user.is_authenticated:
        return redirect(next_url(request))
    asked = SignInCode.objects.filter(pk=request.session.get(ASKED)).first()
    if asked is None:
        return redirect(onward("sign-in", request))
    at, again, problem, status = timezone.now(), "again" in request.POST, "", 200
    form = CodeForm(None if again else request.POST or None)
    if again:
        problem, status = ask(request, asked.phone)
        if not problem:
            return redirect(onward("sign-in-code", request))
    elif form.is_valid():
        proved = SignInCode.objects.redeem(asked.pk, form.cleaned_data["code"], at)
        if proved:
            return _enter(request, proved.phone)
        asked.refresh_from_db()
        form.add_error("code", wrong(asked))
    context = {
        "form": form,
        "phone": asked.phone,
        "is_open": asked.is_open(at),
        "problem": problem,
        "next": next_url(request),
        "shown": request.session.get(SHOWN),
    }
    return render(request, "services/sign_in_code.html", context, status=status)


def wrong(asked):
    sentence = ngettext(
        "This is not the code. You have %(count)s more try.",
        "This is not the code. You have %(count)s more tries.",
        asked.tries_left,
    )
    return sentence % {"count": asked.tries_left}


def _enter(request, phone):
    """Whoever proved to hold ``phone`` goes on: to where they were going, or first to their name."""
    user, is_new = _person_with(phone)
    if not user.is_active:
        return render(request, "services/sign_in_closed.html", status=403)
    if settings.SECOND_FACTOR_REQUIRED and user.has_usable_password() and user.serves(timezone.localdate()):
        # A phone alone, or whoever reads its texts, must not open a desk.
        return render(request, "services/sign_in_staff.html", {"next": next_url(request)}, status=403)
    let_in(request, user)
    goes_on = onward("sign-in-name", request) if is_new else next_url(request)
    return redirect(by_way_of_consent(request, user, goes_on))


def _person_with(phone):
    """Whose number it is, and whether the account was opened just now."""
    known = User.objects.with_phone(phone)
    user = known.first()
    if user:
        return user, False
    user = User(username=new_username(), phone=phone)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        # Two codes of one number at the same moment: the database lets one account be opened.
        return known.get(), False
    return user, True


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def name(request):
    """What a new person is called; nobody has to say."""
    user = User.objects.get(pk=request.user.pk)
    form = NameForm(request.POST or None, instance=user)
    if form.is_valid():
        form.save()
        return redirect(next_url(request))
    return render(request, "services/sign_in_name.html", {"form": form, "next": next_url(request)})


@login_not_required
@require_POST
def demo_sign_in(request):
    """Sign in as a demo person with one click; outside the demo there is no such page."""
    if not settings.DEMO:
        raise Http404
    key = request.POST.get("person", "")
    person = get_object_or_404(User, pk=key if key.isdecimal() else None, is_demo=True, is_active=True)
    let_in(request, person)
    return redirect(next_url(request))
