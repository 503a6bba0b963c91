"""The whole journey at the size of a phone, by hand: every page opened from the one before, every button pressed."""

import pytest
from django.utils.translation import pgettext_lazy

from requests_app.journey import chain
from requests_app.models import Act, Photo, ServiceRequest, Status

IN_HAND = pgettext_lazy("tab", "In hand")
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])


@pytest.fixture
def signed_in(enter, scripts):
    """Call it with a user name: that person's window, signed in at the sign-in page."""

    def sign_in(username):
        visitor = enter(scripts=scripts)
        visitor.sign_in(username)
        return visitor

    return sign_in


def file_request(visitor, photo):
    """The stair lamp in 6栋, one question a page, with a photo."""
    visitor.open("/")
    visitor.press("New request")
    visitor.fill("q", "槐树")
    visitor.press("Search")
    visitor.choose("槐树院")
    visitor.press("Next")
    visitor.choose("6栋")
    visitor.choose(visitor.words("In the stairwell", "spot"))
    visitor.fill("room", "302")
    visitor.press("Next")
    visitor.unfold("照明")
    visitor.choose("楼道灯")
    visitor.press("Next")
    visitor.fill("text", "一单元二楼的灯坏了三天，晚上看不见台阶。")
    visitor.attach(photo)
    visitor.press("Next")
    visitor.press("Next")  # name and number are known
    visitor.reads("一单元二楼的灯坏了三天")
    visitor.press("Send it")
    case = ServiceRequest.objects.get()
    for digits in (case.code[:3], case.code[3:7], case.code[7:]):
        visitor.reads(digits)
    visitor.shot("receipt")
    return case


def open_from_desk(visitor, desk, tab=None):
    """From the first page to the desk, to a further tab of it, and to the case that waits there."""
    visitor.open("/")
    visitor.follow(visitor.words(desk))
    if tab:
        visitor.follow(visitor.words(tab))
    visitor.shot(f"desk-{desk}")
    visitor.follow("楼道灯")


def take(visitor, act, **fields):
    """Press the act's button on the case's page, fill in its form, and press the button there."""
    visitor.press(act.label)
    for name, text in fields.items():
        visitor.fill(name, text)
    visitor.press(act.label)


def refer(visitor):
    open_from_desk(visitor, "Estate desk")
    visitor.press(Act.ACCEPT.label)
    take(visitor, Act.REFER, note="线路老化，院里修不了")


def dispatch(visitor, department):
    open_from_desk(visitor, "Community desk")
    visitor.press(Act.DISPATCH.label)
    visitor.choose(department)
    visitor.press(Act.DISPATCH.label)


def fulfil(visitor, words, photo=None):
    visitor.press(Act.FULFIL.label)
    visitor.fill("note", words)
    if photo:
        visitor.attach(photo)
    visitor.press(Act.FULFIL.label)


def rate(visitor):
    """From the message in the inbox to the last word."""
    visitor.press("Say whether it is solved")
    visitor.page.locator("[name=solved][value=yes]").check()
    visitor.page.locator("[name=satisfaction][value=good]").check()
    visitor.page.locator("[name=contacted][value=yes]").check()
    visitor.fill("note", "修得很快")
    visitor.shot("rate")
    visitor.press(Act.RATE.label)


def open_newest_message(visitor):
    visitor.open("/")
    visitor.page.locator("header a.tool[href*=inbox]").click()
    visitor.page.locator("main .letter a").first.click()


def every_picture_is_loaded(visitor):
    """Scroll to each photo of the page; True where all of them show something."""
    pictures = visitor.page.locator("main img")
    for place in range(pictures.count()):
        pictures.nth(place).scroll_into_view_if_needed()
    visitor.page.wait_for_load_state("networkidle")
    return all(pictures.nth(n).evaluate("image => image.naturalWidth > 0") for n in range(pictures.count()))


def walked(case):
    return list(case.events.order_by("serial").values_list("act", flat=True))


@SCRIPTS
def test_a_request_with_a_photo_goes_through_five_pairs_of_hands(town, signed_in, photo_file):
    resident = signed_in("resident")
    case = file_request(resident, photo_file("灯.jpg", "black"))

    refer(signed_in("clerk"))
    dispatch(signed_in("dispatcher"), "房屋管理所")

    warden = signed_in("warden")
    open_from_desk(warden, "Department desk")
    warden.press(Act.SIGN.label)
    fulfil(warden, "换了灯和开关，晚上试过。", photo_file("修好.jpg", "gold"))

    open_newest_message(resident)
    resident.reads("换了灯和开关")
    rate(resident)

    case.refresh_from_db()
    assert case.status == Status.CLOSED
    resident.reads(resident.words(Status.CLOSED.label))
    assert every_picture_is_loaded(resident)
    resident.shot("case-closed")
    assert walked(case) == [Act.FILE, Act.ACCEPT, Act.REFER, Act.DISPATCH, Act.SIGN, Act.FULFIL, Act.RATE]
    assert sorted(case.photos.values_list("stage", flat=True)) == [Photo.Stage.AFTER, Photo.Stage.BEFORE]
    assert (case.building, case.room, case.lead) == (town.building, "302", town.housing)
    assert chain.verify().faults == []


@pytest.mark.parametrize(
    ("scripts", "ruling"),
    [(True, Act.OVERRULE), (False, Act.UPHOLD)],
    ids=["with JavaScript, overruled", "without JavaScript, upheld"],
)
def test_a_return_is_ruled_on_and_poor_work_is_redone(town, signed_in, photo_file, scripts, ruling):
    resident = signed_in("resident")
    case = file_request(resident, photo_file("灯.jpg", "black"))
    refer(signed_in("clerk"))
    dispatcher = signed_in("dispatcher")
    dispatch(dispatcher, "槐安物业")

    worker = signed_in("fitter")
    open_from_desk(worker, "Department desk")
    worker.press(Act.RETURN.label)
    worker.choose("不属于本单位职责")
    worker.fill("note", "公共线路归房管")
    worker.press(Act.RETURN.label)

    open_from_desk(dispatcher, "Community desk", "To rule on")
    if ruling == Act.OVERRULE:
        take(dispatcher, Act.OVERRULE, note="物业合同写明由你们维护")
        open_from_desk(worker, "Department desk", IN_HAND)
        follows = []
    else:
        dispatcher.press(Act.UPHOLD.label)
        dispatcher.choose("房屋管理所")
        dispatcher.press(Act.UPHOLD.label)
        worker = signed_in("warden")
        open_from_desk(worker, "Department desk")
        worker.press(Act.SIGN.label)
        follows = [Act.SIGN]
    fulfil(worker, "换了灯泡")

    open_newest_message(resident)
    resident.press("It is not solved, have it redone")
    resident.fill("note", "第二天又不亮了")
    resident.press(Act.CONTEST.label)

    open_from_desk(worker, "Department desk", IN_HAND)
    worker.reads("第二天又不亮了")
    fulfil(worker, "换了整段线路", photo_file("修好.jpg", "gold"))
    open_newest_message(resident)
    rate(resident)

    case.refresh_from_db()
    assert case.status == Status.CLOSED
    assert case.contest_count == case.return_count == 1
    done = [Act.FILE, Act.ACCEPT, Act.REFER, Act.DISPATCH, Act.RETURN, ruling, *follows]
    assert walked(case) == [*done, Act.FULFIL, Act.CONTEST, Act.FULFIL, Act.RATE]
    assert chain.verify().faults == []
