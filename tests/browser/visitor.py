"""Somebody in front of a browser window, and the watch kept over what the window does."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import capfirst

from tests.town import PASSWORD

SCREENSHOTS = os.environ.get("SCREENSHOTS")


class Watch:
    """Collects what no page may do: ask another host, log an error, load something broken, fail on the server."""

    def __init__(self, url):
        self.host = urlsplit(url).netloc
        self.faults = []
        self.allowed = set()
        self.forgiven = ()

    def expect(self, *statuses):
        """Let pages answer with these from here on; a refusal is an answer some tests are after."""
        self.allowed.update(statuses)

    def forgive(self, *texts):
        """Let pass what is logged with one of ``texts`` in it: the test's own doing, not the page's."""
        self.forgiven += texts

    def over(self, context):
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("requestfailed", self._failed)
        context.on("console", self._logged)
        context.on("weberror", lambda error: self.faults.append(f"script error: {error.error}"))

    def _asked(self, request):
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.host:
            self.faults.append(f"another host was asked: {request.url}")

    def _answered(self, response):
        if response.status >= 400 and response.status not in self.allowed:
            self.faults.append(f"{response.status} for {response.request.method} {response.url}")

    def _failed(self, request):
        # Leaving a page ends what it was still loading.
        if request.failure != "net::ERR_ABORTED" and request.failure not in self.forgiven:
            self.faults.append(f"{request.failure}: {request.url}")

    def _logged(self, message):
        # A status of its own is told in _answered, with what it belongs to.
        passes = message.text.startswith("Failed to load resource") or any(t in message.text for t in self.forgiven)
        if message.type == "error" and not passes:
            self.faults.append(f"console: {message.text} ({message.location.get('url')})")


class Visitor:
    """One person's window; ``page`` is Playwright's."""

    def __init__(self, context, watch):
        self.context, self.watch = context, watch
        self.page = context.new_page()

    def speak(self, language):
        self.language = language
        self._keep(settings.LANGUAGE_COOKIE_NAME, language)

    def carry_session_of(self, user):
        """Be signed in without the sign-in page."""
        client = Client()
        client.force_login(user)
        self._keep(settings.SESSION_COOKIE_NAME, client.session.session_key)

    def carry(self, facts):
        """Have a session that holds ``facts``, without an account."""
        session = Client().session
        session.update(facts)
        session.save()
        self._keep(settings.SESSION_COOKIE_NAME, session.session_key)

    def _keep(self, name, value):
        self.context.add_cookies([{"name": name, "value": value, "url": f"http://{self.watch.host}"}])

    def open(self, path):
        return self.page.goto(path)

    def sign_in(self, username):
        """As anyone does: from the first page, with name and password."""
        self.open("/")
        self.press("Sign in", within="header")
        self.page.locator(".door__summary").click()
        self.fill("username", username)
        self.fill("password", PASSWORD)
        self.press("Sign in with the password")
        self.page.locator("header .menu").wait_for()

    def sign_out(self):
        self.page.locator("header .menu summary").click()
        self.press("Sign out", within="header")
        self.page.locator("header").get_by_role("link", name=self.words("Sign in")).wait_for()

    def words(self, text, context=None):
        """What the interface says for ``text``, a msgid or something lazy, in this window's language."""
        with translation.override(self.language):
            if isinstance(text, Promise):
                return capfirst(str(text))
            return capfirst(translation.pgettext(context, text) if context else translation.gettext(text))

    def press(self, text, within="main"):
        """Press the button, or follow the link, that is called ``text`` in the interface."""
        area, name = self.page.locator(within), self.words(text)
        wanted = area.get_by_role("button", name=name, exact=True).or_(area.get_by_role("link", name=name, exact=True))
        wanted.first.click()
        # A form that a script sends leads on once it is answered.
        self.page.locator("form[aria-busy]").wait_for(state="detached")

    def follow(self, text, within="main"):
        """Follow the link in whose words ``text`` stands, as data such as a name or a category."""
        self.page.locator(within).get_by_role("link").filter(has_text=text).first.click()

    def unfold(self, text):
        self.page.locator("main summary").filter(has_text=text).first.click()

    def choose(self, text):
        """Choose the radio button or box with ``text`` in its label, by its label as a finger would."""
        self.page.locator("main label").filter(has_text=text).first.click()

    def fill(self, name, text):
        self.page.locator(f"main [name={name}]:visible").fill(text)

    def attach(self, *paths):
        self.page.locator("main [name=photos]").set_input_files(paths)

    def reads(self, text):
        """Wait until the page shows ``text``."""
        self.page.get_by_text(text).first.wait_for()

    def shot(self, name):
        """A picture of the whole page, where the environment names a folder for pictures."""
        if SCREENSHOTS:
            self.page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=True)
