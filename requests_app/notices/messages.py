"""The words of what leaves the site: short, with the number of the request and a link, and nobody's name."""

from dataclasses import dataclass
from math import ceil

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from requests_app.models import Act, Notice, Status
from requests_app.models.export import State
from requests_app.wording import notice_sentence

ONE_TEXT, PART = 70, 67  # characters: a text by itself, and each part of a longer one
USUAL_LANGUAGE = "zh-hans"

# What happened, as a resident reads it on the lock screen of a phone.
BRIEFLY = {
    Act.FILE: pgettext_lazy("text message", "filed"),
    Act.ACCEPT: gettext_lazy("the estate has accepted it"),
    Act.SETTLE: gettext_lazy("done, please say whether it is solved"),
    Act.REFER: gettext_lazy("passed on to the community"),
    Act.DISPATCH: gettext_lazy("sent to a department"),
    Act.SIGN: gettext_lazy("a department works on it"),
    Act.FULFIL: gettext_lazy("done, please say whether it is solved"),
    Act.ASK: gettext_lazy("a question to you"),
    Act.DECLINE: gettext_lazy("declined, read why and where to turn"),
    Act.GRANT: gettext_lazy("the promised day has moved"),
    Act.LAPSE: pgettext_lazy("text message", "closed"),
    Act.PARK: gettext_lazy("has to wait, read what for"),
    Act.TELL: gettext_lazy("news of how far it is"),
}
SOMETHING = gettext_lazy("something new")


@dataclass(frozen=True)
class Message:
    """What is handed to a channel; ``subject`` is for letters."""

    subject: str
    text: str

    @property
    def segments(self):
        return segments(self.text)


def segments(text):
    """How many text messages ``text`` counts as, where it holds a single Chinese character."""
    length = len(text.encode("utf-16-le")) // 2
    return 1 if length <= ONE_TEXT else ceil(length / PART)


def text_message(notices, reader, language=USUAL_LANGUAGE):
    """The text about ``notices``, the newest first: what they say as far as one text holds it, and a link."""
    with translation.override(language):
        link = link_for(notices, reader)
        lines = list(dict.fromkeys(brief(notice, reader) for notice in notices))
        for shown in range(len(lines), 0, -1):
            text = _summary(lines, shown, link)
            if segments(text) == 1:
                break
    return Message("", text)


def _summary(lines, shown, link):
    said = _("; ").join(lines[:shown])
    more = len(lines) - shown
    if more:
        said = ngettext("%(said)s and %(more)s more", "%(said)s and %(more)s more", more) % {"said": said, "more": more}
    return _("Duidan: %(said)s. %(link)s") % {"said": said, "link": link}


def letter(notices, reader, language=USUAL_LANGUAGE, is_urgent=False):
    """The e-mail about ``notices``: a line and a link for each, and where to choose what is sent."""
    with translation.override(language):
        lines = [_("Hello,"), ""]
        for notice in notices:
            when = f"{timezone.localtime(notice.at):%m-%d %H:%M}"
            lines += [_about(notice), f"  {when} {notice_sentence(notice)}", f"  {_link(notice)}", ""]
        lines += [_("Choose what you are sent, and when:"), f"  {url('requests:notice-choices')}"]
        return Message(_subject(notices, is_urgent), "\n".join(lines) + "\n")


def _subject(notices, is_urgent):
    if len(notices) == 1:
        said = _about(notices[0])
        return _("Duidan, urgent: %(what)s") % {"what": said} if is_urgent else _("Duidan: %(what)s") % {"what": said}
    number = len({notice.event.case_id if notice.event else str(notice.subject) for notice in notices})
    return ngettext("Duidan: news of %(number)s matter", "Duidan: news of %(number)s matters", number) % {
        "number": number
    }


def _about(notice):
    """The request, by number, matter and place; or the export, the meeting, the promise."""
    case = notice.event and notice.event.case
    return f"#{case.pk} {case.category} · {case.place}" if case else str(notice.subject)


def brief(notice, reader):
    """A notice in a few words, the request's number first."""
    if notice.meeting or notice.promise:
        return notice_sentence(notice)
    if notice.event is None:
        return _("your export is ready") if notice.export.state == State.READY else _("your export failed")
    event = notice.event
    is_theirs = reader is None or event.case.resident_id == reader.pk
    if notice.kind == Notice.Kind.TURN and not is_theirs:
        said = Status(event.target).label
        return _("#%(number)s %(matter)s, %(said)s") % {
            "number": event.case_id,
            "matter": event.case.category,
            "said": said,
        }
    return _("#%(number)s %(said)s") % {"number": event.case_id, "said": BRIEFLY.get(event.act, SOMETHING)}


def link_for(notices, reader):
    """Where ``notices`` are read: in the inbox, where opening them marks them as read; without an account, by code."""
    if reader is None:
        return url("requests:track")
    return _link(notices[0]) if len(notices) == 1 else url("requests:inbox")


def _link(notice):
    return url("requests:notice", notice.pk)


def url(name, *arguments):
    return f"{settings.SITE_URL}{reverse(name, args=arguments)}"


def confirmation(link, language=USUAL_LANGUAGE):
    """The letter to an address that somebody says is theirs."""
    with translation.override(language):
        lines = [
            _("Hello,"),
            "",
            _("Somebody who has an account with Duidan wants to get messages at this address. If it was you, open:"),
            f"  {link}",
            "",
            _("The link works for two days. If it was not you, do nothing: nothing more is sent here."),
        ]
        return Message(_("Duidan: is this your address?"), "\n".join(lines) + "\n")
