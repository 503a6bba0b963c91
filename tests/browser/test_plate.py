"""From a scanned plate to the receipt, counted in taps and typed characters; what else filing learnt, at 360 px."""

from django.utils import timezone

from requests_app.models import ServiceRequest
from requests_app.views.receipts import TAKEN_BACK
from services.models import Category
from tests import town as towns
from tests.town import DAY

WORDS = "电梯停在五楼，门关不上，老人下不来"


class Thumb:
    """Counts what a thumb does on the pages of ``visitor``; the camera's own shutter is not among it."""

    def __init__(self, visitor):
        self.visitor, self.page = visitor, visitor.page
        self.taps = self.typed = 0

    def tap(self, locator):
        self.taps += 1
        locator.tap()

    def press(self, text):
        self.tap(self.page.locator("main").get_by_role("button", name=self.visitor.words(text), exact=True).first)

    def type(self, name, text):
        self.tap(self.page.locator(f"main [name={name}]"))
        self.typed += len(text)
        self.page.keyboard.insert_text(text)

    def photograph(self, path):
        self.taps += 1
        camera = self.page.locator("main [name=photos_camera]")
        assert camera.is_visible()
        assert camera.get_attribute("capture") == "environment"
        camera.set_input_files(path)


def test_from_scan_to_receipt_takes_five_taps_and_without_an_account_eight(enter, town, photo_file):
    phone = {"has_touch": True, "is_mobile": True}
    Category.objects.filter(pk__in=[town.lamp.pk, town.rubbish.pk]).update(offered_first=1)
    for user, category, taps, typed in ((town.resident, town.lamp, 5, 25), (None, town.rubbish, 8, 40)):
        visitor = enter(user, **phone)
        thumb = Thumb(visitor)
        visitor.open("/p/HSY06D1/")
        visitor.shot(f"plate-{'resident' if user else 'stranger'}")
        thumb.tap(thumb.page.locator(f"main button[value='{category.pk}']").first)
        thumb.type("text", WORDS)
        thumb.photograph(photo_file("灯.jpg", "black"))
        visitor.shot(f"plate-words-{'resident' if user else 'stranger'}")
        thumb.press("Next")
        if not user:
            thumb.type("contact_name", "小吴")
            thumb.type("contact_phone", "19900000066")
            visitor.shot("plate-contact")
            thumb.press("Next")
        visitor.reads(WORDS)
        visitor.shot(f"plate-check-{'resident' if user else 'stranger'}")
        thumb.press("Send it")
        visitor.page.locator(".receipt").wait_for()
        visitor.shot(f"plate-receipt-{'resident' if user else 'stranger'}")
        assert thumb.taps <= taps
        assert thumb.typed <= typed
        case = ServiceRequest.objects.latest("pk")
        assert (case.building, case.spot, case.photos.count()) == (town.building, "1单元电梯", 1)


def test_joining_and_taking_back_without_scripts(enter, town):
    towns.neighbours(town, timezone.now() - DAY)
    visitor = enter(town.resident, scripts=False)
    visitor.open("/p/HSY06/")
    visitor.page.locator("main summary").first.click()
    visitor.page.locator(f"main button[value='{town.lamp.pk}']").first.click()
    visitor.reads(visitor.words("Somebody has reported this"))
    visitor.shot("same")
    visitor.page.locator("main [name=same]").first.click()
    visitor.shot("same-check")
    visitor.press("Send it")
    visitor.page.locator(".receipt").wait_for()
    visitor.shot("same-receipt")
    visitor.press("Take it back and change it")
    visitor.reads(visitor.words(TAKEN_BACK))
    visitor.shot("undone")
