"""Sending somebody the code that proves their mobile number. The same is done for every number, known or not."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from requests_app.notices.channels import sms
from requests_app.quotas import hashed, spend_all
from services.models import SignInCode

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Texts to one number, and asked for from one address; a whole staircase may share one.
PER_PHONE = ((1, MINUTE), (5, HOUR), (10, DAY))
PER_ADDRESS = ((20, HOUR),)


def counters(phone, address):
    """What a text to ``phone`` that was asked for from ``address`` is counted under: (key, limit, window)."""
    # Everybody counts under the number first: two who ask at once wait for each other in one order.
    for kind, whose, quotas in (("code-phone", phone, PER_PHONE), ("code-address", address, PER_ADDRESS)):
        yield from ((hashed(kind, whose), limit, window) for limit, window in quotas)


TO_SIGN_IN = _(
    "Duidan: your code is %(code)s. It signs you in and holds for 10 minutes. Do not tell it to anybody; nobody "
    "from the community asks for it."
)
TO_DELETE = _(
    "Duidan: your code is %(code)s. It DELETES all your data and holds for 10 minutes. Do not tell it to anybody; if "
    "you do not want that, do nothing."
)


def send_code(phone, address, at, words=TO_SIGN_IN):
    """Send ``phone`` a new code; its row and its digits. Raises TooManyTries, ChannelDown or ChannelRefused.

    ``words`` say what it is for.

    A text that failed stays counted: nobody knows whether it was sent all the same.
    """
    spend_all(counters(phone, address), at)
    code, digits = SignInCode.objects.issue(phone, at)
    sms.send(phone, words % {"code": digits}, f"code-{code.key}")
    return code, digits
