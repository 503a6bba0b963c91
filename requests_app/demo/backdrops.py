"""Places that the demo's pictures show, and things that stand in them."""

from requests_app.demo.canvas import HEIGHT, WIDTH, mix

WALLS = ("#e9dcc5", "#d9c7ae", "#cfd8d4", "#e6cfc0", "#d5cfe0", "#e8e2d2")
DADOS = ("#7fa88f", "#6f9bb3", "#c3a46b", "#8aa37a", "#b98f86")
BRICKS = ("#c98f6d", "#bf7f5f", "#d6a878", "#a9917c", "#c7a68f")
SKIES = (("#9cc7e8", "#e6f1f6"), ("#b9cfdd", "#eef0ea"), ("#8fbbe0", "#f4e9d8"))
EBIKE = ((-104, -66), (-50, -84), (-28, -48), (34, -48), (58, -118), (84, -112), (60, -32), (-66, -32))
BLOSSOMS = ("#e2685f", "#f0b64a", "#f4f0e6", "#d77fa1")
CARS = ("#c9504a", "#3f6fa8", "#e8e8e6", "#5c646e", "#d8a13c", "#4f8a6b")


def facade(c, dice, *, left=0, wide=WIDTH, base=470, lit=False, brick=None):
    """The front of an old six-storey building, its foot at ``base``."""
    wall = brick or dice.choice(BRICKS)
    c.rect(left, 0, wide, base, wall)
    for row in range(0, base, 22):
        c.rect(left, row, wide, 2, mix(wall, "#ffffff", 0.12))
    columns = max(2, round(wide / 190))
    for column in range(columns):
        for floor in range(2):
            x = left + (column + 0.5) * wide / columns - 52
            window(c, x, 46 + floor * 190, dice, lit=lit and dice.random() < 0.6)
    c.rect(left, base - 26, wide, 26, mix(wall, "#000000", 0.35))


def window(c, x, y, dice, *, lit=False, wide=104, high=118):
    glass = "#ffe2a0" if lit else dice.choice(("#8fb4c9", "#7fa6bd", "#a3c1cf"))
    c.rect(x - 6, y - 6, wide + 12, high + 12, "#f4f1ea", r=3)
    c.rect(x, y, wide, high, glass)
    c.shape([(x, y + high * 0.6), (x + wide * 0.55, y), (x + wide * 0.8, y), (x, y + high * 0.9)], "#ffffff", alpha=46)
    c.rect(x + wide / 2 - 3, y, 6, high, "#f4f1ea")
    c.rect(x - 10, y + high + 6, wide + 20, 9, "#d9d4c8", r=3)
    if dice.random() < 0.4:
        c.rect(x + 8, y + high - 16, 26, 22, "#b5694b", r=3)
        c.oval(x + 21, y + high - 22, 20, 15, "#6d9e5a")


def ground(c, colour, top=470):
    """Paving in perspective from ``top`` down."""
    c.rect(0, top, WIDTH, HEIGHT - top, colour)
    for number in range(1, 7):
        y = top + (HEIGHT - top) * (number / 6.5) ** 1.7
        c.rect(0, y, WIDTH, 2, mix(colour, "#000000", 0.12))
    for number in range(-7, 8):
        c.line([(WIDTH / 2 + number * 62, top), (WIDTH / 2 + number * 178, HEIGHT)], mix(colour, "#000000", 0.1), 2)


def yard(c, dice, *, paving="#c4bdb0", lit=False):
    """A courtyard before a building."""
    facade(c, dice, lit=lit)
    c.rect(0, 462, WIDTH, 20, "#9aa58c")
    ground(c, paving, 480)


def street(c, dice, *, asphalt="#6f757c"):
    """A road that runs away from the viewer between pavements; trees and houses far behind."""
    for number in range(6):
        high = dice.randint(120, 250)
        c.rect(number * 170 - 30, 330 - high, 150, high, mix(dice.choice(BRICKS), "#dfe8ee", 0.45))
        for row in range(3):
            c.rect(number * 170 - 12, 346 - high + row * 44, 112, 16, "#ffffff", alpha=90)
    for number in range(7):
        bush(c, number * 160 + dice.randint(-20, 20), 322, 62, dice)
    c.rect(0, 330, WIDTH, HEIGHT, "#bdb7ab")
    c.shape([(330, 330), (630, 330), (1120, HEIGHT), (-160, HEIGHT)], asphalt)
    c.line([(330, 330), (-160, HEIGHT)], "#e9e6dd", 8)
    c.line([(630, 330), (1120, HEIGHT)], "#e9e6dd", 8)
    for near in (0.06, 0.2, 0.42, 0.74):
        y, long = 330 + 390 * near, 24 + 80 * near
        top, foot = 2 + 4 * near, 6 + 14 * near
        c.shape([(480 - top, y), (480 + top, y), (480 + foot, y + long), (480 - foot, y + long)], "#f3efe3")


def bush(c, x, y, size, dice, colour="#7ea06a"):
    for offset in (-0.6, 0, 0.6):
        leaves = mix(colour, "#2f5a3a", dice.random() * 0.3)
        c.oval(x + offset * size, y - dice.uniform(0, 0.25) * size, size * 0.62, size * 0.56, leaves)


def stairwell(c, dice, *, door=True):
    """The landing of an old stairwell: painted dado, flight of stairs, a neighbour's door."""
    wall, dado = dice.choice(WALLS), dice.choice(DADOS)
    c.rect(0, 0, WIDTH, 600, wall)
    c.rect(0, 330, WIDTH, 270, dado)
    c.rect(0, 326, WIDTH, 6, mix(dado, "#000000", 0.25))
    c.shape([(0, 600), (WIDTH, 600), (WIDTH, HEIGHT), (0, HEIGHT)], "#b9b1a4")
    for number in range(7):
        x, y = 470 + number * 62, 560 - number * 52
        c.rect(x, y, WIDTH - x, 54, mix("#cfc8bb", "#8c8577", number / 10))
        c.rect(x, y, WIDTH - x, 9, "#e3ddd2")
    for number in range(8):
        x = 478 + number * 62
        c.line([(x, 560 - number * 52), (x, 430 - number * 52)], "#5d6a70", 6)
    c.line([(452, 446), (940, 36)], "#8c5b3c", 15)
    if door:
        front_door(c, 96, 178, dice)


def front_door(c, x, y, dice):
    c.rect(x - 10, y - 10, 200, 432, "#8d8478", r=4)
    c.rect(x, y, 180, 422, dice.choice(("#7a4f3a", "#5d6b78", "#8a3f37", "#4f6657")), r=4)
    for row in (40, 230):
        c.rect(x + 24, y + row, 132, 150, "#ffffff", r=4, alpha=24)
    c.shape([(x + 90, y + 62), (x + 138, y + 110), (x + 90, y + 158), (x + 42, y + 110)], "#d23b30")
    c.shape([(x + 90, y + 82), (x + 118, y + 110), (x + 90, y + 138), (x + 62, y + 110)], "#f0b64a")
    c.oval(x + 158, y + 226, 8, 8, "#d8c27a")


def room(c, dice):
    """The corner of a living room; its wallpaper's colour."""
    wall = dice.choice(WALLS)
    c.rect(0, 0, WIDTH, 560, wall)
    c.rect(0, 536, WIDTH, 24, mix(wall, "#6b4c35", 0.5))
    c.rect(0, 560, WIDTH, 160, "#b98a5e")
    for number in range(9):
        c.line([(number * 130 - 60, 560), (number * 170 - 210, HEIGHT)], "#a1764e", 3)
    return wall


def bag(c, x, y, size, dice):
    """A tied rubbish bag standing on ``y``."""
    colour = dice.choice(("#3b3f45", "#55707e", "#8f5f5a", "#4d5a4a", "#cfcabf"))
    c.oval(x, y - size * 0.46, size * 0.56, size * 0.5, colour)
    c.shape([(x - size * 0.2, y - size * 0.86), (x + size * 0.2, y - size * 0.86), (x, y - size * 1.12)], colour)
    c.oval(x - size * 0.18, y - size * 0.6, size * 0.13, size * 0.2, "#ffffff", alpha=45)


def litter(c, dice, area, count):
    """Paper and peel lying about in ``area`` (left, top, right, bottom)."""
    left, top, right, bottom = area
    for _number in range(count):
        x, y, size = dice.uniform(left, right), dice.uniform(top, bottom), dice.uniform(9, 20)
        colour = dice.choice(("#f2efe6", "#d9b36a", "#b85c4a", "#8fae6a", "#7f9fb5"))
        c.shape_at(x, y, size, ((0, 0), (1, -0.5), (1.3, 0.2), (0.3, 0.5)), colour)


def cat(c, x, y, size, colour="#d99a55"):
    """A cat sitting on ``y``."""
    c.oval(x, y - size * 0.4, size * 0.34, size * 0.42, colour)
    c.oval(x, y - size * 0.92, size * 0.26, size * 0.23, colour)
    for side in (-1, 1):
        c.shape_at(x, y, size, ((side * 0.24, -1), (side * 0.2, -1.28), (side * 0.04, -1.1)), colour)
        c.oval(x + side * size * 0.1, y - size * 0.94, size * 0.035, size * 0.05, "#2b2b2b")
    tail = ((0.3, -0.06), (0.62, -0.1), (0.66, -0.34))
    c.line([(x + size * dx, y + size * dy) for dx, dy in tail], colour, size * 0.11)


def ebike(c, x, y, dice, size=1.0, colour=None):
    """An electric bicycle with its wheels on ``y``, ``x`` between them."""
    colour = colour or dice.choice(CARS)
    c.shadow(x, y + 2, 120 * size, 16 * size)
    for wheel in (-78, 78):
        c.oval(x + wheel * size, y - 34 * size, 34 * size, 34 * size, "#2e3338")
        c.oval(x + wheel * size, y - 34 * size, 21 * size, 21 * size, "#b9bec2")
        c.oval(x + wheel * size, y - 34 * size, 7 * size, 7 * size, "#4a4f55")
    c.shape_at(x, y, size, EBIKE, colour)
    c.rect(x - 92 * size, y - 102 * size, 84 * size, 22 * size, "#33383d", r=10 * size)
    c.line([(x + dx * size, y + dy * size) for dx, dy in ((66, -110), (50, -150), (26, -154))], "#4a4f55", 8 * size)
    c.oval(x + 80 * size, y - 116 * size, 13 * size, 11 * size, "#fff1b8")


def car(c, x, y, dice, size=1.0):
    """A car seen from behind, standing on ``y``."""
    colour = dice.choice(CARS)
    c.shadow(x, y, 150 * size, 22 * size, alpha=110)
    for side in (-1, 1):
        c.rect(x + side * 92 * size - 20 * size, y - 40 * size, 40 * size, 44 * size, "#24282c", r=8 * size)
    c.rect(x - 124 * size, y - 116 * size, 248 * size, 92 * size, colour, r=26 * size)
    c.shape_at(x, y, size, ((-96, -108), (-70, -184), (70, -184), (96, -108)), colour)
    c.shape_at(x, y, size, ((-78, -112), (-58, -170), (58, -170), (78, -112)), "#35495a")
    for side in (-1, 1):
        c.rect(x + side * 96 * size - 22 * size, y - 92 * size, 44 * size, 18 * size, "#e2483d", r=7 * size)
    c.rect(x - 44 * size, y - 62 * size, 88 * size, 22 * size, "#dfe4e8", r=4 * size)


def cone(c, x, y, size=1.0):
    c.shadow(x, y, 44 * size, 12 * size)
    c.rect(x - 40 * size, y - 10 * size, 80 * size, 13 * size, "#c8502b", r=4 * size)
    c.shape_at(x, y, size, ((-28, -8), (-7, -104), (7, -104), (28, -8)), "#e8652f")
    c.shape_at(x, y, size, ((-20, -42), (-14, -70), (14, -70), (20, -42)), "#fbf7ee")


def flower_pot(c, x, y, dice, size=1.0):
    for number in range(5):
        angle = (number - 2) * 18 * size
        c.line([(x, y - 40 * size), (x + angle, y - 92 * size)], "#5f8a4d", 5 * size)
        c.oval(x + angle, y - 98 * size, 15 * size, 14 * size, dice.choice(BLOSSOMS))
    c.shape_at(x, y, size, ((-34, -48), (34, -48), (24, 0), (-24, 0)), "#b5694b")
    c.rect(x - 38 * size, y - 56 * size, 76 * size, 14 * size, "#c57a58", r=4 * size)


def sparkle(c, x, y, size):
    """A small four-pointed glint: something is clean."""
    points = ((0, -1), (0.2, -0.2), (1, 0), (0.2, 0.2), (0, 1), (-0.2, 0.2), (-1, 0), (-0.2, -0.2))
    c.shape_at(x, y, size, points, "#ffffff", alpha=225)
