"""Consent to the privacy notice: asked for once a version, at the moment it is needed."""

from requests_app.models import Consent
from services.models import PrivacyNotice


def asked_of(user, at, agreed=None):
    """The notice that ``user`` has yet to agree to at ``at``; None where there is nothing to ask.

    Somebody without an account agreed where ``agreed`` is the version that holds. Nothing is asked of those who serve:
    they keep records because it is their office.
    """
    notice = PrivacyNotice.objects.current(at)
    if notice is None or notice.version == agreed:
        return None
    if not user.is_authenticated:
        return notice
    is_given = user.consents.standing().filter(notice=notice).exists()
    return None if is_given else notice


def give(notice, at, *, user=None, case=None):
    """Write down, once, that ``user`` agreed to ``notice``, or whoever filed ``case`` without an account."""
    row = Consent(notice=notice, at=at, user=user, case=case)
    Consent.objects.bulk_create([row], ignore_conflicts=True)
