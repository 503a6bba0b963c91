"""What people want to be sent: how much by which way, at which hour, and to which confirmed address."""

from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from requests_app import quotas
from requests_app.forms.notice_choices import AddressForm, ChoiceForm
from requests_app.models import Channel, NoticeChoice
from requests_app.notices.channels import ChannelDown, ChannelRefused, email, sms
from requests_app.notices.messages import confirmation
from requests_app.notices.planning import level_of, staff_among
from services.encryption import lookup_hash
from services.masking import mask_email, mask_phone

LINK_LASTS = timedelta(days=2)
LINKS_PER_PERSON, LINKS_PER_ADDRESS, WINDOW = 10, 5, timedelta(days=1)
SALT = "notice-address"
GONE = 410


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notice_choices(request):
    """One's own choices; the forms are told apart by their button."""
    choice = NoticeChoice.objects.filter(user=request.user).first() or NoticeChoice(user=request.user)
    change = request.POST.get("change")
    form = _choice_form(request, choice, request.POST if change == "choice" else None)
    address_form = AddressForm(request.POST if change == "address" else None)
    if form.is_bound and form.is_valid():
        _keep(choice, **form.cleaned_data)
        messages.success(request, _("Your choice is kept."))
        return redirect("requests:notice-choices")
    if change == "no-address":
        _keep(choice, address="", new_address="")
        messages.success(request, _("No more e-mail is sent to you."))
        return redirect("requests:notice-choices")
    if address_form.is_bound and address_form.is_valid() and _sent_link(request, choice, address_form):
        return redirect("requests:notice-choices")
    context = {
        "form": form,
        "address_form": address_form,
        "address": mask_email(choice.address),
        "new_address": mask_email(choice.new_address),
        "has_mail": email.is_on(),
        "has_sms": sms.is_on(),
        "phone": mask_phone(request.user.phone or ""),
    }
    return render(request, "requests/notice_choices.html", context)


def _choice_form(request, choice, data):
    is_staff = bool(staff_among([request.user.pk], timezone.now()))
    levels = {channel.value: level_of(channel, choice, is_staff) for channel in Channel}
    open_ones = [Channel.SMS] if sms.is_on() and request.user.phone else []
    open_ones += [Channel.EMAIL] if email.is_on() and choice.address else []
    return ChoiceForm(data, instance=choice, channels=open_ones, levels=levels)


def _keep(choice, **fields):
    """Write ``fields`` of the choice and the language its owner reads just now; a click elsewhere keeps the others."""
    fields["language"] = translation.get_language()
    NoticeChoice.objects.update_or_create(user=choice.user, defaults=fields)


def _sent_link(request, choice, form):
    """True where the link is on its way; otherwise the form says why not."""
    address, at = form.cleaned_data["address"], timezone.now()
    try:
        quotas.spend(f"mail-link-person:{request.user.pk}", LINKS_PER_PERSON, WINDOW, at)
        quotas.spend(quotas.hashed("mail-link-address", address.casefold()), LINKS_PER_ADDRESS, WINDOW, at)
    except quotas.TooManyTries as refusal:
        hours = refusal.minutes // 60 + 1
        form.add_error(
            None,
            ngettext(
                "Too many links were sent. Try again in %(hours)s hour.",
                "Too many links were sent. Try again in %(hours)s hours.",
                hours,
            )
            % {"hours": hours},
        )
        return False
    token = signing.dumps([request.user.pk, lookup_hash(address)], salt=SALT)
    link = f"{settings.SITE_URL}{reverse('requests:confirm-address', args=[token])}"
    letter = confirmation(link, translation.get_language())
    try:
        email.send(address, letter.subject, letter.text, f"link-{uuid4()}")
    except ChannelRefused:
        form.add_error("address", _("No mail can be sent to this address. Please look at it again."))
        return False
    except ChannelDown:
        form.add_error(None, _("No mail can be sent just now. Please try again in a few minutes."))
        return False
    _keep(choice, new_address=address)
    messages.success(request, _("The link is on its way. Open it within two days."))
    return True


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request, token):
    """The page a link leads to, in whatever browser it is opened; only its button confirms, as mail programs look at
    links by themselves.
    """
    choice = _asked_for(token)
    if choice is None:
        return render(request, "requests/confirm_address.html", {"address": ""}, status=GONE)
    if request.method == "POST":
        NoticeChoice.objects.filter(pk=choice.pk).update(address=choice.new_address, new_address="")
        messages.success(request, _("The address is confirmed. Messages are sent there from now on."))
        return redirect("requests:notice-choices" if request.user.pk == choice.pk else "home")
    return render(request, "requests/confirm_address.html", {"address": mask_email(choice.new_address)})


def _asked_for(token):
    """The choice that ``token`` confirms an address of, None where it is wrong, over, used or about another address."""
    try:
        pk, digest = signing.loads(token, salt=SALT, max_age=LINK_LASTS)
    except (signing.BadSignature, ValueError):
        return None
    choice = NoticeChoice.objects.filter(pk=pk).exclude(new_address="").first()
    return choice if choice and lookup_hash(choice.new_address) == digest else None
