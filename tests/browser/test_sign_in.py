"""A resident and a clerk come in through their doors, on a phone."""

import time

from allauth.mfa.totp.internal import auth as totp

from tests.browser import axe
from tests.town import PASSWORD


def test_a_new_resident_comes_in_with_a_code_and_no_script(enter, town, settings):
    settings.SMS_CHANNEL = "page"
    visitor = enter(scripts=False)
    visitor.open("/mine/")
    visitor.fill("phone", "199 0000 0077")
    visitor.press("Send me a code")
    visitor.page.wait_for_url("**/sign-in/code/*")
    visitor.reads("19900000077")
    visitor.shot("sign-in-code")
    said = visitor.page.locator("main .notice--info").inner_text()
    visitor.fill("code", "".join(filter(str.isdigit, said))[-6:])
    visitor.press("Sign in")
    visitor.fill("name", "冯大爷")
    visitor.press("Keep this name")
    visitor.page.wait_for_url("**/mine/")


def test_a_clerk_sets_up_the_second_step_before_anything_opens(enter, town, settings):
    settings.SMS_CHANNEL, settings.SECOND_FACTOR_REQUIRED = "page", True
    visitor = enter()
    visitor.open("/sign-in/code/")
    visitor.fill("phone", "19900000077")
    visitor.press("Send me a code")
    visitor.page.wait_for_url("**/sign-in/code/*")
    assert not axe.findings(visitor.page)
    visitor.open("/desk/branch/")
    visitor.page.locator(".door__summary").click()
    visitor.fill("username", "clerk")
    visitor.fill("password", PASSWORD)
    visitor.press("Sign in with the password")
    visitor.page.locator("main .door__summary").click()
    secret = "".join(visitor.page.locator(".key").inner_text().split())
    assert not axe.findings(visitor.page)
    step = int(time.time()) // 30
    visitor.fill("code", totp.format_hotp_value(totp.hotp_value(secret, step)))
    visitor.press("Set it up")
    visitor.page.locator(".codes .code").first.wait_for()
    assert not axe.findings(visitor.page)
    visitor.press("I have put them away")
    visitor.page.wait_for_url("**/desk/branch/")
    # At the next sign-in it is asked for.
    visitor.sign_out()
    visitor.open("/desk/branch/")
    visitor.page.locator(".door__summary").click()
    visitor.fill("username", "clerk")
    visitor.fill("password", PASSWORD)
    visitor.press("Sign in with the password")
    visitor.page.wait_for_url("**/sign-in/second/*")
    assert not axe.findings(visitor.page)
    visitor.fill("code", totp.format_hotp_value(totp.hotp_value(secret, step + 1)))
    visitor.press("Go on")
    visitor.page.wait_for_url("**/desk/branch/")
