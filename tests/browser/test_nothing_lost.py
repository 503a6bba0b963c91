"""Bad reception: the network is cut wherever it can be; one case arrives, photos too, and nothing is typed twice."""

from playwright.sync_api import expect

from requests_app.models import Draft, ServiceRequest

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


def cut_off_and_back(visitor, button="Next"):
    """Press the button without a network, close the page, come back, lose the answer once, and let it arrive."""
    address = visitor.page.url
    visitor.context.set_offline(True)
    visitor.press(button)
    visitor.reads(visitor.words(WAITING))
    visitor.page.close()
    lose_the_answer(visitor)
    visitor.context.set_offline(False)
    visitor.page = visitor.context.new_page()
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
    visitor.page.close()
    visitor.context.set_offline(False)
    visitor.page = visitor.context.new_page()
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
