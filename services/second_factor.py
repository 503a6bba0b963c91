"""The second factor of those who serve: codes from an app on their phone, and recovery codes for when it is gone.

allauth.mfa keeps both and does the arithmetic; pages, the count of tries and the once-only use of a code are ours, see
docs/decisions/0090-how-people-sign-in.md.
"""

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction

from services.encryption import decrypt, encrypt
from services.models import User

TOTP, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES
# Where each kind keeps what must not be read.
SECRETS = {TOTP: "secret", RECOVERY: "seed"}
LAST_STEP = "last_step"
ISSUER = "兑单"


class Adapter(DefaultMFAAdapter):
    """Keeps secrets encrypted like names and numbers, and says in the app which site and which account it is."""

    def encrypt(self, text):
        return encrypt(text)

    def decrypt(self, encrypted_text):
        return decrypt(encrypted_text)

    def get_totp_label(self, user):
        return user.get_username()

    def get_totp_issuer(self):
        return ISSUER


def new_secret():
    return totp.generate_totp_secret()


def address_of(user, secret):
    """What the app reads, from a QR code or as a link."""
    return get_adapter().build_totp_url(user, secret)


def of(user):
    """The app's half of the second factor of ``user``, or None."""
    return Authenticator.objects.filter(user=user, type=TOTP).first()


@transaction.atomic
def set_up(user, secret, code, at):
    """True where ``code`` shows that an app knows ``secret``: it is the second factor from now on, and the only one.

    New recovery codes come with it.
    """
    # Two windows at once would each delete what the other has not written yet.
    User.objects.select_for_update().get(pk=user.pk)
    former = list(Authenticator.objects.filter(user=user).values_list("pk", flat=True))
    Authenticator.objects.filter(pk__in=former).delete()
    app = totp.TOTP.activate(user, secret).instance
    if not _spend(app.pk, code, at):
        transaction.set_rollback(True)
        return False
    RecoveryCodes.activate(user)
    return True


def prove(user, code, at):
    """True where ``code`` is from the app of ``user`` or one of their recovery codes; no code is good twice."""
    for row in Authenticator.objects.filter(user=user, type__in=SECRETS).order_by("-type"):
        is_right = _spend(row.pk, code, at) if row.type == TOTP else row.wrap().validate_code(code)
        if is_right:
            return True
    return False


@transaction.atomic
def _spend(pk, code, at):
    """True where ``code`` is the app's, of a step after the last one used.

    allauth remembers used codes in the cache, which every process here has for itself; the row is everybody's.
    """
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return False
    secret, used = decrypt(row.data[SECRETS[TOTP]]), row.data.get(LAST_STEP, 0)
    for step in totp.yield_hotp_counters_from_time():
        expected = totp.format_hotp_value(totp.hotp_value(secret, step))
        if step > used and compare_user_code(actual=code, expected=expected):
            row.data[LAST_STEP], row.last_used_at = step, at
            row.save(update_fields=["data", "last_used_at"])
            return True
    return False


def recovery_codes(user):
    """Those that are still good, in their order."""
    row = Authenticator.objects.filter(user=user, type=RECOVERY).first()
    return row.wrap().get_unused_codes() if row else []


@transaction.atomic
def renew_recovery_codes(user):
    """New recovery codes; the former ones are good for nothing."""
    User.objects.select_for_update().get(pk=user.pk)
    Authenticator.objects.filter(user=user, type=RECOVERY).delete()
    RecoveryCodes.activate(user)


@transaction.atomic
def take_away(user, *, by, why):
    """Undo the second factor of ``user``, who sets up a new one at the next sign-in; the admin's history says who did.

    True where there was one. ``why`` is what the history says. Sessions are left to the caller.
    """
    found = Authenticator.objects.filter(user=user)
    if not found.exists():
        return False
    found.delete()
    LogEntry.objects.log_actions(by.pk, [user], CHANGE, change_message=why, single_object=True)
    return True
