"""E-mail: to the console of a developer and of the demo, or to the district's mail server."""

from email.utils import parseaddr
from smtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from django.conf import settings
from django.core.mail import EmailMessage

from requests_app.notices.channels import ChannelDown, ChannelRefused

NEVER = 500  # from this answer on a mail server means it


def is_on():
    """False where no mail server is set up."""
    return settings.EMAIL_CHANNEL != "off"


def send(address, subject, text, key):
    """Hand a letter to the mail server; its Message-ID. Raises ChannelDown or ChannelRefused.

    ``key`` becomes the Message-ID: a letter sent again after ChannelDown bears the same, and whoever has both sees one.
    """
    if not is_on():
        raise ChannelRefused("no mail server is set up")
    name = f"<{key}@{_domain()}>"
    letter = EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [address], headers={"Message-ID": name})
    try:
        letter.send()
    except SMTPRecipientsRefused as refusal:
        codes = [code for code, _words in refusal.recipients.values()]
        raise _outcome(max(codes, default=0), codes) from None
    except (SMTPAuthenticationError, SMTPSenderRefused) as error:
        # They blame the settings, and those get mended.
        raise ChannelDown(f"the mail server answered {error.smtp_code}") from None
    except SMTPResponseException as error:
        raise _outcome(error.smtp_code, [error.smtp_code]) from None
    except (SMTPException, OSError) as error:
        raise ChannelDown(f"the mail server cannot be reached: {type(error).__name__}") from None
    return name


def _outcome(code, codes):
    said = f"the mail server answered {', '.join(map(str, codes))}"
    return ChannelRefused(said) if code >= NEVER else ChannelDown(said)


def _domain():
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
