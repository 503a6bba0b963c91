"""Draw the app's icons anew from static/icons/favicon.svg: python tools/icons.py

Chromium draws them, as the tests use it. A maskable icon fills its square: phones cut their own shape out of it.
"""

import re
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

ICONS = Path(__file__).resolve().parent.parent / "static/icons"
# Name → (side in pixels, whether it fills the square).
WANTED = {
    "icon-180": (180, True),  # iOS rounds it itself
    "icon-192": (192, False),
    "icon-512": (512, False),
    "icon-maskable-512": (512, True),
}
SAFE = 0.8  # of the side: what no phone cuts off


def filled(svg):
    """``svg`` with its ground to the edges and its drawing within the safe part."""
    svg = re.sub(r' rx="\d+"', "", svg)
    place = f"translate(16 16) scale({SAFE}) translate(-12 -12)"
    return svg.replace('transform="translate(4 4)"', f'transform="{place}"')


def main():
    svg = (ICONS / "favicon.svg").read_text(encoding="utf-8")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for name, (side, fills) in WANTED.items():
            page = browser.new_page(viewport={"width": side, "height": side})
            drawing = (filled(svg) if fills else svg).replace("<svg ", f'<svg width="{side}" height="{side}" ', 1)
            page.set_content(f'<body style="margin:0">{drawing}</body>')
            page.screenshot(path=ICONS / f"{name}.png", omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
