"""A small drawing kit for the demo's pictures: flat shapes, soft shadows and light, on a scene of 960 × 720."""

import random
from functools import cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 960, 720
SCALE = 1.5  # drawn larger and made smaller, so that edges are smooth
LIGHT = ImageChops.invert(Image.radial_gradient("L"))  # bright in the middle


def mix(one, other, share):
    """The colour ``share`` of the way from ``one`` to ``other``."""
    return tuple(round(a + (b - a) * share) for a, b in zip(rgb(one), rgb(other), strict=True))


def rgb(colour):
    """(r, g, b) of "#rrggbb" or of a tuple."""
    return tuple(bytes.fromhex(colour[1:])) if isinstance(colour, str) else tuple(colour[:3])


class Canvas:
    """A picture in the making. Coordinates are those of the scene; colours "#rrggbb" or (r, g, b)."""

    def __init__(self, top, bottom):
        self.image = Image.linear_gradient("L").resize((round(WIDTH * SCALE), round(HEIGHT * SCALE)))
        self.image = Image.composite(
            Image.new("RGB", self.image.size, rgb(bottom)), Image.new("RGB", self.image.size, rgb(top)), self.image
        )
        self._draw = ImageDraw.Draw(self.image, "RGBA")

    def rect(self, x, y, wide, high, fill, *, r=0, alpha=255, edge=None, line=2):
        box = [x * SCALE, y * SCALE, (x + wide) * SCALE - 1, (y + high) * SCALE - 1]
        outline = rgb(edge) if edge else None
        self._draw.rounded_rectangle(box, r * SCALE, (*rgb(fill), alpha), outline, round(line * SCALE) if edge else 0)

    def oval(self, x, y, rx, ry, fill, *, alpha=255, edge=None, line=2):
        """An ellipse around (x, y)."""
        box = [(x - rx) * SCALE, (y - ry) * SCALE, (x + rx) * SCALE, (y + ry) * SCALE]
        outline = rgb(edge) if edge else None
        self._draw.ellipse(box, (*rgb(fill), alpha) if fill else None, outline, round(line * SCALE) if edge else 0)

    def shape(self, points, fill, *, alpha=255):
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], (*rgb(fill), alpha))

    def shape_at(self, x, y, size, points, fill, *, alpha=255):
        """A shape given around (0, 0), drawn ``size`` times as large around (x, y)."""
        self.shape([(x + dx * size, y + dy * size) for dx, dy in points], fill, alpha=alpha)

    def line(self, points, colour, wide, *, alpha=255, joint="curve"):
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self._draw.line(scaled, (*rgb(colour), alpha), round(wide * SCALE), joint)
        if wide >= 4:
            for x, y in (points[0], points[-1]):
                self.oval(x, y, wide / 2, wide / 2, colour, alpha=alpha)

    def arc(self, x, y, rx, ry, start, end, colour, wide):
        box = [(x - rx) * SCALE, (y - ry) * SCALE, (x + rx) * SCALE, (y + ry) * SCALE]
        self._draw.arc(box, start, end, rgb(colour), round(wide * SCALE))

    def blob(self, x, y, rx, ry, fill, dice, *, alpha=255, bumps=7):
        """A soft heap: an ellipse with ellipses around its edge."""
        self.oval(x, y, rx * 0.86, ry * 0.86, fill, alpha=alpha)
        for bump in range(bumps):
            offset = bump / max(bumps - 1, 1) * 2 - 1
            size = dice.uniform(0.24, 0.4)
            self.oval(
                x + offset * rx * 0.72,
                y - (1 - offset * offset) * ry * 0.5,
                rx * size,
                ry * size * 1.25,
                fill,
                alpha=alpha,
            )

    def shadow(self, x, y, rx, ry, *, alpha=70):
        """A soft dark spot on the ground."""
        self.glow(x, y, rx * 1.25, ry * 1.25, "#1b2430", alpha)

    def glow(self, x, y, rx, ry, colour, alpha=160):
        """Light (or shadow) that fades out from (x, y)."""
        size = (round(rx * 2 * SCALE), round(ry * 2 * SCALE))
        mask = LIGHT.resize(size, Image.Resampling.BILINEAR).point(lambda level: max(0, level - 74) * alpha // 181)
        self.image.paste(rgb(colour), (round((x - rx) * SCALE), round((y - ry) * SCALE)), mask)
        self._draw = ImageDraw.Draw(self.image, "RGBA")

    def tint(self, colour, alpha):
        """Lay a colour over everything: night, cold, warmth."""
        self.rect(0, 0, WIDTH, HEIGHT, colour, alpha=alpha)

    def taken(self, dice):
        """The finished photo: as if held by hand, with a little grain and darker corners."""
        picture = self.image.resize((WIDTH, HEIGHT), Image.Resampling.HAMMING)
        picture = picture.rotate(dice.uniform(-2.2, 2.2), Image.Resampling.BILINEAR)
        left, top = dice.randint(22, 46), dice.randint(20, 36)
        edge = dice.randint(24, 44)
        picture = picture.crop((left, top, WIDTH - edge, HEIGHT - edge + 6))
        picture = picture.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        picture = ImageChops.soft_light(picture, _grain())
        return ImageChops.multiply(picture, _corners())


@cache
def _grain():
    """A little noise around the middle grey; the same for every picture."""
    size = (WIDTH // 2, HEIGHT // 2)
    noise = Image.frombytes("L", size, random.Random("grain").randbytes(size[0] * size[1]))
    return noise.point(lambda level: 116 + level // 11).resize((WIDTH, HEIGHT)).convert("RGB")


@cache
def _corners():
    """White, a little darker towards the corners."""
    mask = LIGHT.resize((WIDTH, HEIGHT)).point(lambda level: 255 if level > 90 else 195 + level * 2 // 3)
    return mask.filter(ImageFilter.GaussianBlur(60)).convert("RGB")
