"""Bad reception: the network is cut wherever it can be; one case arrives, photos too, and nothing is typed twice."""

import pytest
from PIL import Image
from playwright.sync_api import expect

from requests_app.models import Draft, ServiceRequest
from tests.town import typed

OFFLINE, CUT = "net::ERR_INTERNET_DISCONNECTED", "net::ERR_FAILED"
WAITING = "Saved on this phone. It will be sent by itself as soon as there is a network."
ARRIVED = "It has arrived."
TEXT = "一单元二楼的灯坏了三天，晚上看不见台阶。"


def lose_the_answer(visitor):
    """From here on the server hears and does what it is asked, and its answers never arrive."""

    def lose(route):
        if route.request.method != "POST":
            return route.continue_()
        route.fetch(max_redirects=0)
        return route.abort()

    visitor.context.route("**/file/**", lose)


def walk_away(visitor):
    """Close the page and be back on the network, in a new one."""
    # While it closes a page is no longer held offline, and now and then sends what no network would have carried.
    visitor.page.evaluate("() => { window.fetch = () => Promise.reject(new Error('no network')); }")
    visitor.page.close()
    visitor.context.set_offline(False)
    visitor.page = visitor.context.new_page()


def cut_off_and_back(visitor, button="Next"):
    """Press the button without a network, close the page, come back, lose the answer once, and let it arrive."""
    address = visitor.page.url
    visitor.context.set_offline(True)
    visitor.press(button)
    visitor.reads(visitor.words(WAITING))
    lose_the_answer(visitor)
    walk_away(visitor)
    visitor.open(address)
    # By itself, from what the device had kept; the server does it and nobody hears so.
    visitor.reads(visitor.words(WAITING))
    visitor.context.unroute("**/file/**")
    visitor.press("Try now")


def test_the_network_is_cut_at_each_step_and_one_case_arrives(enter, town, photo_file):
    visitor = enter(town.resident)
    visitor.watch.forgive(OFFLINE, CUT)
    visitor.open("/file/?q=槐树")
    visitor.choose("槐树院")
    cut_off_and_back(visitor)
    visitor.choose("6栋")
    visitor.fill("room", "302")
    cut_off_and_back(visitor)
    visitor.unfold("照明")
    visitor.choose("楼道灯")
    cut_off_and_back(visitor)
    visitor.fill("text", TEXT)
    visitor.attach(photo_file("灯.jpg", "black"), photo_file("门.jpg", "gold"))
    expect(visitor.page.locator("main .thumbs img")).to_have_count(2)
    visitor.context.set_offline(True)
    visitor.press("Next")
    visitor.shot("saved-on-this-phone")
    # The battery is empty: whatever was on the page is gone with it.
    walk_away(visitor)
    visitor.open("/")
    visitor.reads(visitor.words(ARRIVED))
    visitor.press("Open it")
    visitor.press("Back")
    assert visitor.page.locator("main [name=text]").input_value() == TEXT
    cut_off_and_back(visitor)
    visitor.fill("contact_name", "周家大娘")
    cut_off_and_back(visitor)
    visitor.reads(TEXT)
    cut_off_and_back(visitor, "Send it")
    case = ServiceRequest.objects.get()
    visitor.reads(case.code[:3])
    assert (case.text, case.room, case.photos.count(), case.contact_name) == (TEXT, "302", 2, "周家大娘")
    assert not Draft.objects.exists()
    # Nothing of it stays on the device.
    assert "kept:" not in visitor.page.evaluate("JSON.stringify(localStorage)")
    assert visitor.page.evaluate(COUNT_PHOTOS) == 0


COUNT_PHOTOS = """() => new Promise(resolve => {
  indexedDB.open("kept", 1).onsuccess = ({target}) => {
    target.result.transaction("photos").objectStore("photos").count().onsuccess = found => resolve(found.target.result);
  };
})"""


@pytest.fixture
def sideways_photo(tmp_path):
    """A JPEG as a phone takes it: lying on its side, with a note that it is to be turned, and large."""
    path, turned = tmp_path / "门口.jpg", Image.Exif()
    turned[0x0112] = 6  # orientation: turn to the right
    Image.effect_noise((3200, 2400), 40).convert("RGB").save(path, "JPEG", exif=turned, quality=95)
    return path


def kept_on(page):
    """What the device keeps, as text."""
    return page.evaluate(
        "Object.keys(localStorage).map(key => key.startsWith('kept:') ? localStorage[key] : '').join('')"
    )


def test_two_windows_a_page_without_network_and_nothing_left_behind(enter, town, sideways_photo):
    visitor = enter(town.resident, service_workers="allow")
    visitor.watch.forgive(OFFLINE)
    draft, page = typed(town), visitor.page
    words = f"/file/{draft.key}/words/"
    visitor.open(words)
    page.evaluate("navigator.serviceWorker.ready.then(worker => true)")
    visitor.fill("text", "这边写的")
    other = visitor.context.new_page()
    other.goto(words)
    expect(other.locator("main [name=text]")).to_have_value("这边写的")
    other.locator("main [name=text]").fill("那边写的另一句话")
    # Told in words; what stands here stays until somebody says otherwise.
    visitor.reads("那边写的另一句话")
    visitor.shot("two-windows")
    assert page.locator("main [name=text]").input_value() == "这边写的"
    visitor.press("Take that")
    assert page.locator("main [name=text]").input_value() == "那边写的另一句话"
    other.close()

    visitor.attach(sideways_photo)
    expect(page.locator("main .thumbs img")).to_have_count(1)
    visitor.context.set_offline(True)
    visitor.open("/mine/")
    visitor.reads(visitor.words("There is no network"))
    expect(page.locator("[data-kept-list] li").first).to_be_visible()
    visitor.shot("no-network")
    visitor.context.set_offline(False)
    # By itself; it looks every few seconds.
    page.locator("header .menu").wait_for(timeout=30_000)
    visitor.open(words)
    visitor.reads(visitor.words("What you had typed here is back. It has not been sent yet."))
    visitor.shot("restored")
    visitor.press("Next")
    page.wait_for_url("**/contact/")
    photo = draft.photos.get()
    # Made smaller on the device, and upright.
    assert (photo.width, photo.height) == (1500, 2000)

    visitor.fill("contact_name", "周家大娘")
    assert page.evaluate("Object.keys(localStorage).some(key => key.includes('/contact'))")
    assert "那边写的另一句话" not in kept_on(page)
    visitor.sign_out()
    assert kept_on(page) == ""
