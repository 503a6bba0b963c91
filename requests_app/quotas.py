"""How often a secret may be tried: exact counters in the database, the same for every door."""

import ipaddress
from datetime import timedelta

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import F

from requests_app.models import Quota
from services.encryption import lookup_hash

SIGN_IN_WINDOW = timedelta(minutes=15)
TRIES_PER_NAME = 10  # wrong passwords for one name in a window
TRIES_PER_ADDRESS = 100  # wrong passwords from one address in a window; a whole office may share one
# Six digits, three of which are good at any moment: so few that a stolen password must not buy many guesses.
SECOND_FACTOR_TRIES = ((5, timedelta(minutes=15)), (30, timedelta(days=1)))
# What the exact counters let through, counted by django-axes over hours: see config/settings.py.
LOCKED_FOR = timedelta(hours=1)


class TooManyTries(Exception):
    """A quota is spent; ``wait`` is the time until it begins anew."""

    def __init__(self, wait):
        super().__init__(f"wait {wait}")
        self.wait = wait

    @property
    def minutes(self):
        """The wait in whole minutes, as people are told it; never too few."""
        return int(self.wait.total_seconds() // 60) + 1


def sign_in(request, username, password, at):
    """The active user of that name (or phone number) and password, or None. Raises TooManyTries.

    Every try is counted before the password is looked at and given back when it is right, so that guesses made at
    the same moment are counted too and people who know their password never wait.
    """
    keys = {
        hashed("sign-in-name", username.strip().casefold()): TRIES_PER_NAME,
        hashed("sign-in-address", address_of(request)): TRIES_PER_ADDRESS,
    }
    for key, limit in keys.items():
        spend(key, limit, SIGN_IN_WINDOW, at)
    user = authenticate(request, username=username, password=password)
    if getattr(request, "axes_locked_out", False):
        raise TooManyTries(LOCKED_FOR)
    if user:
        for key in keys:
            give_back(key, SIGN_IN_WINDOW, at)
        AxesProxyHandler.reset_attempts(username=axes_name(request, {"username": username}))
    return user


def second_factor(user, at, is_right):
    """What ``is_right()`` says of a code that ``user`` typed. Raises TooManyTries; right ones are not counted."""
    key = hashed("second-factor", str(user.pk))
    spend_all([(key, limit, window) for limit, window in SECOND_FACTOR_TRIES], at)
    if not is_right():
        return False
    for _limit, window in SECOND_FACTOR_TRIES:
        give_back(key, window, at)
    return True


def axes_name(request, credentials):
    """Under which name django-axes counts: a hash, as what people type may be their number."""
    return hashed("axes", (credentials or {}).get("username", "").strip().casefold())


def axes_address(request):
    """Under which address django-axes counts: one that stands for the true one in a column made for addresses."""
    digest = bytes.fromhex(lookup_hash(f"axes-address:{address_of(request)}"))
    # fd00::/8 is for private networks: nobody takes it for an address of somebody.
    return str(ipaddress.IPv6Address(b"\xfd" + digest[:15]))


def axes_answer(request, response, credentials):
    """The page made for a lock-out is the one that people see; django-axes has nothing to add."""
    return response


def spend(key, limit, window, at):
    """Count one try under ``key``; TooManyTries when ``limit`` tries were made in the ``window`` that holds ``at``."""
    if not Quota.objects.spend(key, limit, window, at):
        seconds = window.total_seconds()
        raise TooManyTries(timedelta(seconds=seconds - at.timestamp() % seconds))


@transaction.atomic
def spend_all(counters, at):
    """Count one try under each (key, limit, window) of ``counters``, or under none: TooManyTries at the first spent."""
    for key, limit, window in counters:
        spend(key, limit, window, at)


def address_of(request):
    """Where a request comes from, as text: an IPv4 address, or the /64 network that one IPv6 subscriber holds."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        # The proxy appends the address it saw; what stands before it, anybody may have written.
        address = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or address
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else str(known)


def hashed(kind, text):
    """The key of ``text`` among the counters of one ``kind``."""
    # Hashed, because names, numbers and addresses are personal and of any length.
    return f"{kind}:{lookup_hash(text)}"


def give_back(key, window, at):
    """Take back one try that turned out to be right."""
    seconds = int(window.total_seconds())
    row = Quota.objects.filter(key=key, window=seconds, slot=int(at.timestamp()) // seconds, count__gt=0)
    row.update(count=F("count") - 1)
