#!/usr/bin/env python3
"""How long a resident's phone works from the scanned plate to the receipt, and until each page can be used.

    bench/stopwatch.py [--photo 4000x3000]

A phone of 360 × 780 with a quarter of this machine's speed on a slow mobile network, as Lighthouse has them, before
the site as it runs in production on a throw-away SQLite file. Needs Chromium; leaves nothing behind. Ends with 1 when
filing takes a minute or more, or a page more than 2.5 s.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from bench import run  # noqa: E402

FILING_WITHIN, PAGE_WITHIN = 60, 2.5  # seconds
# Lighthouse's slow 4G, as its throttling of requests has it: milliseconds, bytes a second.
NETWORK = {"offline": False, "latency": 562.5, "downloadThroughput": 1_474_560 / 8, "uploadThroughput": 675_000 / 8}
SLOWER = 4
PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True, "is_mobile": True, "locale": "zh-CN"}
# A page can be used once its scripts are there and nothing has kept the phone busy for 50 ms on end since.
USABLE = """() => new Promise(answer => {
  let end = performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd;
  new PerformanceObserver(list => list.getEntries().forEach(task => {
    end = Math.max(end, task.startTime + task.duration);
  })).observe({type: "longtask", buffered: true});
  setTimeout(() => answer(end / 1000), 300);
})"""
WORDS = "电梯停在五楼，门关不上，老人下不来"


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photo", default="4000x3000", help="the size of the photo in pixels (4000x3000)")
    return parser.parse_args()


class Phone:
    """A browser of its own for each page, so that nothing is there already; its clock does not run while typing.

    To be closed: a page that is slowed down keeps a core busy, even when it does nothing.
    """

    def __init__(self, chromium, address, session=None):
        self.context = chromium.new_context(base_url="http://{}:{}".format(*address), **PHONE)
        if session:
            self.context.add_cookies([{"name": "sessionid", "value": session, "url": self.context_url(address)}])
        self.page = self.context.new_page()
        self.page.set_default_timeout(FILING_WITHIN * 1000)
        tools = self.context.new_cdp_session(self.page)
        tools.send("Network.enable")
        tools.send("Network.emulateNetworkConditions", NETWORK)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})

    def __enter__(self):
        return self

    def __exit__(self, *trouble):
        self.context.close()

    @staticmethod
    def context_url(address):
        return "http://{}:{}".format(*address)

    def usable_after(self, path):
        """Seconds from asking for ``path`` until the page can be used."""
        answer = self.page.goto(path, wait_until="load")
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
        return self.page.evaluate(USABLE)


def file_by_plate(phone, category, photo):
    """Seconds from the plate to the receipt; the words are there at once."""
    page, begin = phone.page, time.monotonic()
    page.goto("/p/HSY06D1/")
    page.locator(f"main button[value='{category.pk}']").first.tap()
    page.locator("main [name=text]").tap()
    page.keyboard.insert_text(WORDS)
    page.locator("main [name=photos_camera]").set_input_files(photo)
    page.locator("main form button.btn--primary").first.tap()
    page.get_by_text(WORDS).wait_for()
    page.locator("main form button.btn--primary").first.tap()
    page.locator(".receipt").wait_for()
    return time.monotonic() - begin


def photograph(folder, size):
    """A photo with as much in it as a camera's has."""
    from PIL import Image

    width, height = map(int, size.split("x"))
    small = Image.effect_noise((width // 4, height // 4), 60).resize((width, height))
    path = folder / "photo.jpg"
    Image.merge("RGB", (small, small.rotate(180), small)).save(path, quality=90)
    return path


def main():
    arguments = read_arguments()
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not program:
        raise SystemExit("Chromium is missing: apt-get install chromium fonts-noto-cjk")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run.configure(folder, None)
        from django.core.management import call_command
        from django.test import Client
        from playwright.sync_api import sync_playwright

        from services.models import Category
        from tests import town as towns

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        town = towns.town()
        Category.objects.filter(pk=town.lamp.pk).update(offered_first=1)
        case = towns.fulfilled(town)
        client = Client()
        client.force_login(town.resident)
        session, photo = client.session.session_key, photograph(folder, arguments.photo)
        pages = ("/", "/file/", "/p/HSY06D1/", "/track/", "/public/", "/public/places/", "/public/estates/HSY/")
        own = ("/", "/file/", "/mine/", case.get_absolute_url(), "/inbox/", "/account/")
        with run.server(folder) as address, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            slow = False
            # The first looks load what server and browser keep, and do not count.
            for _time in range(2 * run.WORKERS):
                with Phone(chromium, address, session) as phone:
                    phone.usable_after("/")
            for who, key, paths in (("a stranger", None, pages), ("a resident", session, own)):
                for path in paths:
                    with Phone(chromium, address, key) as phone:
                        took = phone.usable_after(path)
                    slow |= took > PAGE_WITHIN
                    print(f"{path} for {who}: {took:.1f} s", flush=True)
            with Phone(chromium, address, session) as phone:
                took = file_by_plate(phone, town.lamp, photo)
            size = photo.stat().st_size / 1024 / 1024
            print(f"from the plate to the receipt with a photo of {size:.1f} MB: {took:.1f} s")
            chromium.close()
    sys.exit(int(slow or took >= FILING_WITHIN))


if __name__ == "__main__":
    main()
