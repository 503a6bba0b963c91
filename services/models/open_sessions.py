"""Where people are signed in: what the account page lists, and what it can end."""

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Seeing somebody again is written down this often and no oftener: most requests write nothing.
SEEN_EVERY = timedelta(hours=1)
SEEN = "seen"  # when it was written last, in the session itself: seconds since 1970

# What a browser says of itself, the more particular before what others say too; each with its word.
BROWSERS = (
    ("micromessenger", "wechat", gettext_lazy("WeChat")),
    ("alipayclient", "alipay", gettext_lazy("Alipay")),
    ("edg", "edge", "Edge"),
    ("firefox", "firefox", "Firefox"),
    ("huaweibrowser", "huawei", gettext_lazy("Huawei browser")),
    ("chrome", "chrome", "Chrome"),
    ("safari", "safari", "Safari"),
)
SYSTEMS = (
    ("harmony", "harmony", gettext_lazy("HarmonyOS phone")),
    ("openharmony", "harmony", gettext_lazy("HarmonyOS phone")),
    ("android", "android", gettext_lazy("Android phone")),
    ("iphone", "iphone", gettext_lazy("iPhone")),
    ("ipad", "ipad", gettext_lazy("iPad")),
    ("windows", "windows", gettext_lazy("Windows computer")),
    ("macintosh", "mac", gettext_lazy("Mac computer")),
    ("linux", "linux", gettext_lazy("Linux computer")),
)
WORDS = {name: word for _sign, name, word in (*BROWSERS, *SYSTEMS)}


def device_of(user_agent):
    """The kind of system and browser, as ``android/wechat``; parts that are not known stay empty.

    Nothing else is kept of what the browser says: it would tell one person's phone from another's.
    """
    said = user_agent.lower()
    found = [next((name for sign, name, _word in kinds if sign in said), "") for kinds in (SYSTEMS, BROWSERS)]
    return "/".join(found)


class OpenSessionQuerySet(models.QuerySet):
    def note(self, request, at):
        """Write down that ``request.user`` signed in just now."""
        if not request.session.session_key:
            request.session.create()
        device = device_of(request.headers.get("User-Agent", ""))
        facts = {"user": request.user, "device": device, "signed_in_at": at, "last_seen_at": at}
        request.session[SEEN] = at.timestamp()
        self.update_or_create(session_key=request.session.session_key, defaults=facts)

    def moved(self, former, key):
        """The session goes on under a new key."""
        self.filter(session_key=former).update(session_key=key)

    def going_on(self, user, at):
        """Those in which ``user`` is still signed in, the one seen last at the top."""
        alive = Session.objects.filter(expire_date__gt=at).values("session_key")
        return self.filter(user=user, session_key__in=alive).order_by("-last_seen_at", "-pk")

    @transaction.atomic
    def end(self):
        """Sign out in all of these; how many there were."""
        keys = list(self.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        return self.model.objects.filter(session_key__in=keys).delete()[0]

    def over(self, at):
        """Those whose session has run out or was ended elsewhere."""
        return self.exclude(session_key__in=Session.objects.filter(expire_date__gt=at).values("session_key"))


class OpenSession(models.Model):
    """One browser in which ``user`` signed in."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="open_sessions")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    device = models.CharField(max_length=40, blank=True)
    signed_in_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    objects = OpenSessionQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("open session")
        verbose_name_plural = gettext_lazy("open sessions")
        indexes = [
            # The account page, the one seen last first.
            models.Index(fields=["user", "-last_seen_at"], name="open_session_of"),
        ]

    def __str__(self):
        return f"{self.user}: {self.device}"

    @property
    def device_in_words(self):
        """Such as “Android phone, WeChat”."""
        words = [str(WORDS[name]) for name in self.device.split("/") if name in WORDS]
        return _(", ").join(words) or _("A device that does not say what it is")
