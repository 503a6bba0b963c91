"""Pictures for a link that somebody passes on: a place or a finished request in a few large words.

Drawn from words alone, so nothing of a photo is in them. They need a font with Chinese letters on the machine.
"""

import io
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 630  # pixels, as og:image is usually shown
MARGIN = 72
# A square around the middle is what chat programs cut out; what matters stands in it.
GREEN, DEEP, LIGHT, WHITE = "#17604f", "#0d4237", "#d5e8e0", "#ffffff"
# Where distributions put fonts with Chinese letters; the number is that of the face for simplified ones.
USUAL_FONTS = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 2),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc", 2),
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Bold.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
)
COLOURS = 48  # of the palette; more is weight without difference


def font_file():
    """(path, face) of the font that cards are drawn with, or None where the machine has none."""
    wanted = ((settings.CARD_FONT, 0),) if settings.CARD_FONT else USUAL_FONTS
    return next(((path, face) for path, face in wanted if Path(path).is_file()), None)


@lru_cache(maxsize=16)
def _font(path, face, size):
    return ImageFont.truetype(path, size, index=face)


# What is asked for lately is not drawn again.
@lru_cache(maxsize=256)
def draw(title, above, lines, foot):
    """The card as the bytes of a PNG file, or None without a font: large ``title``, smaller ``lines`` below it."""
    found = font_file()
    if found is None:
        return None
    image = Image.new("RGB", (WIDTH, HEIGHT), GREEN)
    pen = ImageDraw.Draw(image)
    pen.rectangle([0, HEIGHT - 110, WIDTH, HEIGHT], DEEP)

    def write(words, size, y, colour):
        font = _font(*found, size)
        words = _fitting(words, font, WIDTH - 2 * MARGIN)
        pen.text((WIDTH / 2, y), words, colour, font, anchor="mm")

    write(above, 38, 90, LIGHT)
    write(title, 92 if len(title) <= 10 else 64, 190, WHITE)
    for number, line in enumerate(lines[:3]):
        write(line, 52, 320 + 80 * number, WHITE)
    write(foot, 38, HEIGHT - 55, LIGHT)
    out = io.BytesIO()
    image.quantize(COLOURS).save(out, "PNG", optimize=True)
    return out.getvalue()


def _fitting(words, font, width):
    """``words`` cut off so that they are no wider than ``width`` pixels."""
    if font.getlength(words) <= width:
        return words
    while words and font.getlength(f"{words}…") > width:
        words = words[:-1]
    return f"{words}…"
