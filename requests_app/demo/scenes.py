"""What the demo's pictures show: each scene before and after the work, on a fresh canvas.

A scene takes the canvas-making function's dice and whether the work is done; the same dice draw the same place.
"""

from requests_app.demo.backdrops import (
    BRICKS,
    SKIES,
    WALLS,
    bag,
    bush,
    car,
    cat,
    cone,
    ebike,
    facade,
    flower_pot,
    front_door,
    ground,
    litter,
    room,
    sparkle,
    stairwell,
    street,
    window,
    yard,
)
from requests_app.demo.canvas import HEIGHT, WIDTH, Canvas, mix

NIGHT = "#0d1730"
LEAVES = ("#5d8f4e", "#6fa25a", "#4d7f47", "#86b568")


def lamp(dice, done):
    c = Canvas("#ffffff", "#dddddd")
    stairwell(c, dice)
    c.rect(384, 0, 12, 58, "#8b8b86")
    c.shape([(344, 78), (372, 52), (408, 52), (436, 78)], "#5d6a70")
    c.oval(390, 84, 34, 20, "#fff6d8" if done else "#9a978c")
    if done:
        c.glow(390, 96, 640, 520, "#ffdf94", 150)
        c.glow(390, 92, 130, 110, "#fffbe8", 235)
    else:
        c.tint(NIGHT, 178)
        x = dice.randint(260, 520)
        c.glow(x, 560, 250, 130, "#e8eef7", 120)
        c.glow(x, 600, 120, 60, "#ffffff", 110)
    return c


def yardlamp(dice, done):
    c = Canvas("#141d3a", "#3a4468")
    for _number in range(26):
        c.oval(dice.uniform(0, WIDTH), dice.uniform(0, 240), 2, 2, "#ffffff", alpha=dice.randint(80, 200))
    facade(c, dice, left=dice.randint(420, 520), wide=560, base=480, lit=True)
    ground(c, "#8f8a86", 480)
    bush(c, 90, 470, 120, dice)
    c.tint(NIGHT, 120)
    x = dice.randint(240, 340)
    c.line([(x, 640), (x, 190)], "#2a3038", 15)
    c.line([(x, 200), (x + 70, 176), (x + 118, 190)], "#2a3038", 11)
    c.rect(x + 84, 186, 74, 20, "#3a4149", r=8)
    if done:
        c.shape([(x + 94, 206), (x + 148, 206), (x + 330, 680), (x - 110, 680)], "#ffe6a6", alpha=52)
        c.glow(x + 120, 640, 330, 110, "#ffe1a0", 170)
        c.glow(x + 120, 210, 130, 120, "#fff3cf", 230)
        c.rect(x + 96, 202, 50, 9, "#fffbe8", r=4)
    return c


def bins(dice, done):
    c = Canvas(*dice.choice(SKIES))
    yard(c, dice)
    colours = ["#4f8a5b", "#3f6f9f", "#6b7077", "#8a5f4a"]
    for number in range(4):
        x = 120 + number * 190
        c.shadow(x + 64, 612, 100, 24)
        c.shape([(x, 430), (x + 128, 430), (x + 116, 606), (x + 12, 606)], colours[number])
        c.rect(x + 14, 470, 100, 12, "#ffffff", r=5, alpha=50)
        c.oval(x + 64, 534, 20, 20, "#ffffff", alpha=80)
        if done:
            c.rect(x - 8, 408, 144, 26, mix(colours[number], "#000000", 0.22), r=10)
        else:
            c.shape([(x + 2, 430), (x - 26, 340), (x - 12, 334), (x + 24, 430)], mix(colours[number], "#000000", 0.25))
            for heap in range(4):
                bag(c, x + 22 + heap * 28, 446 - (heap % 2) * 30, dice.uniform(58, 82), dice)
    if done:
        for x, y, size in ((200, 380, 20), (598, 372, 16), (806, 660, 18)):
            sparkle(c, x, y, size)
        c.oval(480, 668, 380, 22, "#ffffff", alpha=40)
    else:
        for number in range(9):
            bag(c, 70 + number * 104, dice.uniform(630, 690), dice.uniform(76, 112), dice)
        litter(c, dice, (40, 610, 900, 700), 20)
        cat(c, dice.randint(760, 860), 640, 90)
    return c


def snow(dice, done):
    c = Canvas("#b8c8d8", "#eef3f6")
    facade(c, dice, base=430)
    c.rect(360, 236, 240, 204, "#6d5a4c", r=6)
    c.rect(378, 254, 98, 186, "#48606e")
    c.rect(484, 254, 98, 186, "#48606e")
    c.rect(330, 206, 300, 34, "#f7fafc", r=14)
    c.rect(0, 426, WIDTH, 300, "#f1f5f9")
    for _number in range(14):
        c.oval(dice.uniform(0, WIDTH), dice.uniform(450, 710), dice.uniform(60, 150), dice.uniform(10, 26), "#dfe8f0")
    if done:
        c.shape([(390, 440), (570, 440), (760, HEIGHT), (200, HEIGHT)], "#a9a296")
        for number in range(6):
            y = 452 + number * number * 9
            c.line([(390 - (y - 440) * 0.68, y), (570 + (y - 440) * 0.68, y)], "#968f84", 3)
        for number in range(7):
            c.blob(330 - number * 34, 470 + number * 40, 74, 44, "#fdfeff", dice)
            c.blob(634 + number * 34, 470 + number * 40, 74, 44, "#fdfeff", dice)
        c.line([(662, 330), (712, 520)], "#a9744a", 9)
        c.shape([(690, 506), (742, 492), (756, 560), (706, 574)], "#d8493e")
    else:
        for number in range(9):
            x, y = 480 + (number % 2 * 2 - 1) * (14 + number * 4), 452 + number * 28
            c.oval(x, y, 8 + number, 5 + number * 0.6, "#c3d1de")
        c.oval(500, 604, 230, 46, "#cfe0ec")
        c.line([(330, 596), (470, 580)], "#ffffff", 5, alpha=190)
    for _number in range(0 if done else 70):
        size = dice.uniform(2, 5)
        c.oval(dice.uniform(0, WIDTH), dice.uniform(0, HEIGHT), size, size, "#ffffff", alpha=210)
    return c


def ebikes(dice, done):
    if not done:
        c = Canvas("#ffffff", "#dddddd")
        stairwell(c, dice)
        c.rect(316, 300, 44, 58, "#f2efe6", r=5, edge="#b9b3a6")
        for number in range(3):
            ebike(c, 190 + number * 196, 640 + number * 22, dice, 1.1)
            c.line([(338, 340), (310 + number * 60, 430), (170 + number * 196, 560)], "#e26a2f", 5)
        c.glow(338, 330, 60, 60, "#ffcf6b", 120)
        c.tint("#2a2118", 44)
        return c
    c = Canvas(*dice.choice(SKIES))
    yard(c, dice)
    c.rect(60, 250, 840, 24, "#3f6f9f", r=6)
    c.shape([(30, 250), (930, 250), (890, 206), (70, 206)], "#5b8fc0")
    for x in (84, 470, 860):
        c.rect(x, 270, 14, 330, "#7d8790")
    for number in range(4):
        x = 180 + number * 196
        c.rect(x - 22, 330, 44, 66, "#e9eef2", r=8, edge="#8b97a1")
        c.oval(x, 350, 9, 9, "#54b36a")
        c.line([(x, 396), (x + 10, 470), (x - 30, 500)], "#4a4f55", 4)
        ebike(c, x, 616, dice, 0.92)
        c.line([(x - 96, 622), (x - 96, 690)], "#ffffff", 5)
    return c


def tree(dice, done):
    c = Canvas(*dice.choice(SKIES))
    wall = dice.choice(BRICKS)
    c.rect(0, 0, WIDTH, HEIGHT, wall)
    for row in range(0, HEIGHT, 24):
        c.rect(0, row, WIDTH, 2, mix(wall, "#ffffff", 0.14))
    for column in range(2):
        for floor in range(2):
            window(c, 330 + column * 320, 70 + floor * 330, dice, wide=180, high=210)
    trunk = dice.randint(110, 170)
    c.shape([(trunk - 46, HEIGHT), (trunk - 26, 240), (trunk + 24, 240), (trunk + 52, HEIGHT)], "#6b5140")
    reach = (0, 1) if done else (0, 1, 2, 3, 4)
    for number in reach:
        x, y = trunk + 90 + number * 160, 190 + (number * 137) % 330
        c.line([(trunk, 300), ((trunk + x) / 2, y + 30), (x, y)], "#6b5140", 20 - number * 2)
        for _leaf in range(16 if not done else 9):
            size = dice.uniform(34, 74)
            leaf = dice.choice(LEAVES)
            c.oval(x + dice.uniform(-130, 110), y + dice.uniform(-90, 90), size, size * 0.72, leaf, alpha=238)
    if done:
        c.oval(trunk + 118, 470, 20, 20, "#d8b98c", edge="#8c6b4b")
        c.glow(620, 160, 420, 300, "#fff3c9", 90)
    else:
        c.tint("#1f3320", 40)
    return c


def drain(dice, done):
    c = Canvas(*dice.choice(SKIES))
    yard(c, dice)
    x = dice.randint(420, 540)
    if not done:
        for wide, high, colour in ((380, 112, "#5d5a44"), (320, 90, "#6e6a4e"), (210, 56, "#827c5a")):
            c.oval(x, 610, wide, high, colour, alpha=235)
        for _number in range(18):
            place = (x + dice.uniform(-280, 280), 610 + dice.uniform(-70, 70))
            c.oval(*place, dice.uniform(5, 15), dice.uniform(3, 8), "#a59f78")
        litter(c, dice, (x - 260, 560, x + 260, 660), 9)
    c.shadow(x, 606, 150, 46)
    c.oval(x, 600, 138, 44, "#4d5359" if done else "#3c3f38")
    c.oval(x, 596, 126, 38, "#6c747b" if done else "#4d5046")
    for number in range(-3, 4):
        c.rect(x + number * 30 - 5, 576, 10, 40, "#3c4248", r=4)
    if done:
        c.oval(x + 150, 664, 190, 18, "#ffffff", alpha=46)
        sparkle(c, x + 96, 566, 18)
        flower_pot(c, 130, 560, dice, 1.2)
    else:
        for number in range(7):
            size = dice.uniform(8, 20)
            c.oval(x - 90 + number * 30, 590 - size - number % 2 * 10, size, size * 0.8, "#8d875f", edge="#a59f78")
    return c


def flood(dice, done):
    c = Canvas("#aab7c2", "#dfe5e6") if not done else Canvas(*dice.choice(SKIES))
    yard(c, dice)
    if not done:
        c.oval(480, 630, 450, 106, "#7e97a8")
        c.oval(500, 636, 380, 78, "#96adbc")
        for number in range(5):
            c.rect(190 + number * 140, 590 + number % 2 * 30, 96, 6, "#e4edf2", r=3, alpha=170)
        for _number in range(44):
            x, y = dice.uniform(0, WIDTH), dice.uniform(0, 690)
            c.line([(x, y), (x - 8, y + 30)], "#f4f8fb", 2, alpha=150)
        for number in range(3):
            c.rect(640 - number * 90, 606 + number * 22, 62, 30, "#b4694c", r=4)
    else:
        c.rect(70, 606, 820, 44, "#4d5359", r=6)
        for number in range(27):
            c.rect(82 + number * 30, 612, 13, 32, "#2d3237", r=4)
        sparkle(c, 220, 560, 18)
        flower_pot(c, 820, 560, dice, 1.3)
    return c


def radiator(dice, done):
    c = Canvas("#ffffff", "#dddddd")
    room(c, dice)
    c.rect(300, 56, 380, 250, "#f6f2ea", r=6)
    c.rect(318, 74, 344, 214, "#b9d3e4" if not done else "#f2d9a8")
    c.rect(486, 74, 10, 214, "#f6f2ea")
    c.rect(282, 304, 416, 20, "#e8e0d2", r=6)
    if not done:
        for _number in range(24):
            x, y = dice.uniform(324, 650), dice.uniform(80, 280)
            c.line([(x - 9, y), (x + 9, y)], "#ffffff", 3, alpha=200)
            c.line([(x, y - 9), (x, y + 9)], "#ffffff", 3, alpha=200)
    for number in range(9):
        c.rect(292 + number * 44, 352, 36, 170, "#f4f3ef", r=15, edge="#c9c5bb")
    c.line([(276, 500), (296, 500)], "#c9c5bb", 12)
    c.rect(786, 180, 46, 220, "#fbfaf6", r=20, edge="#c9c5bb")
    level = 168 if done else 66
    c.rect(803, 380 - level, 12, level, "#d8493e", r=5)
    c.oval(809, 384, 15, 15, "#d8493e")
    if done:
        cat(c, 590, 308, 110)
        flower_pot(c, 380, 308, dice, 0.9)
        for number in range(3):
            x = 350 + number * 120
            c.line([(x, 346), (x + 9, 334), (x - 3, 322), (x + 9, 308)], "#ee8f4a", 6)
        c.glow(480, 430, 520, 360, "#ffc987", 110)
    else:
        c.oval(140, 470, 74, 96, "#7a8fb0")
        c.oval(140, 356, 46, 46, "#e9c7a6")
        c.rect(92, 388, 96, 26, "#c9504a", r=12)
        c.tint("#3a5a86", 58)
    return c


def lane(dice, done):
    c = Canvas(*dice.choice(SKIES))
    yard(c, dice, paving="#8f9398")
    c.shape([(330, 490), (640, 490), (860, HEIGHT), (110, HEIGHT)], "#7c8187")
    for left, right in (((330, 490), (110, HEIGHT)), ((640, 490), (860, HEIGHT))):
        c.line([left, right], "#f0b82e", 12)
    for number in range(6):
        y = 500 + number * number * 8 + number * 4
        c.line([(330 - (y - 490) * 0.95, y), (450 - (y - 490) * 0.2, y + 26)], "#f0b82e", 7)
        c.line([(640 + (y - 490) * 0.95, y), (520 + (y - 490) * 0.2, y + 26)], "#f0b82e", 7)
    if done:
        for x, y in ((250, 610), (720, 610), (310, 530), (664, 530)):
            c.rect(x - 9, y - 82, 18, 84, "#d8493e", r=8)
            c.rect(x - 9, y - 62, 18, 13, "#ffffff")
            c.rect(x - 9, y - 32, 18, 13, "#ffffff")
        sparkle(c, 486, 640, 20)
    else:
        car(c, 420, 560, dice, 0.8)
        car(c, 610, 600, dice, 0.95)
        car(c, 330, 690, dice, 1.25)
    return c


def pothole(dice, done):
    c = Canvas(*dice.choice(SKIES))
    street(c, dice)
    if done:
        patch = [(300, 540), (690, 540), (780, 690), (230, 690)]
        c.shape(patch, "#4b5056")
        c.line([*patch, patch[0]], "#3b4046", 5)
        cone(c, 190, 600, 0.9)
        cone(c, 800, 570, 0.8)
        return c
    for number in range(3):
        _hole(c, 400 + number * 150, 600 - number * 92, 190 - number * 46, dice)
    return c


def _hole(c, x, y, wide, dice):
    """A hole in the road with water in it, cracks around and stones before it."""
    c.oval(x, y, wide, wide * 0.34, "#565b61")
    c.oval(x + 4, y + 6, wide * 0.84, wide * 0.27, "#3f4247")
    c.oval(x + 6, y + 10, wide * 0.66, wide * 0.19, "#7f98a6")
    c.line([(x - wide * 0.3, y + 6), (x + wide * 0.1, y + 2)], "#dfe9ee", 4, alpha=170)
    for _crack in range(5):
        reach = dice.choice((-1, 1)) * wide
        bends = [(x + reach * 1.15, y + dice.uniform(-26, 26)), (x + reach * 1.35, y + dice.uniform(-40, 40))]
        c.line([(x + reach * 0.9, y), *bends], "#4b5056", 4)
    for _stone in range(8):
        place = (x + dice.uniform(-wide, wide), y + dice.uniform(wide * 0.25, wide * 0.42))
        c.oval(*place, dice.uniform(5, 11), dice.uniform(4, 8), "#a3a5a6")


def manhole(dice, done):
    c = Canvas(*dice.choice(SKIES))
    street(c, dice, asphalt="#7a7f85")
    x, y = dice.randint(420, 540), 570
    c.shadow(x, y + 8, 190, 70)
    c.oval(x, y, 176, 62, "#565c62")
    if done:
        c.oval(x, y - 5, 162, 54, "#757d85")
        for number in range(-4, 5):
            for row in range(-1, 2):
                c.oval(x + number * 33, y - 5 + row * 26, 11, 5, "#565c62")
        sparkle(c, x + 120, y - 50, 18)
    else:
        c.oval(x, y - 2, 160, 54, "#14171a")
        shard = ((-160, 0), (-96, -44), (10, -52), (-30, -6), (22, 20), (-60, 48), (-140, 26))
        c.shape_at(x, y, 1, shard, "#757d85")
        cone(c, x - 250, y + 40, 1.2)
        cone(c, x + 246, y + 50, 1.25)
        c.line([(x - 250, y - 60), (x, y - 26), (x + 246, y - 56)], "#d8493e", 7)
    return c


def lift(dice, done):
    c = Canvas("#ffffff", "#dddddd")
    wall = dice.choice(WALLS)
    c.rect(0, 0, WIDTH, 620, wall)
    c.rect(0, 620, WIDTH, 100, "#a89d90")
    c.rect(238, 76, 484, 552, "#8d949b", r=6)
    gap = 0 if done else dice.randint(50, 96)
    c.rect(262, 100, 436, 528, "#1d2329")
    c.rect(262, 100, 218 - gap, 528, "#c3cad0")
    c.rect(480 + gap // 3, 100 if done else 106, 218 - gap // 3, 528, "#b7bfc6")
    for x in (300, 350, 560, 620):
        c.rect(x, 100, 5, 528, "#ffffff", alpha=90)
    c.rect(408, 26, 144, 40, "#20262c", r=8)
    for number, on in enumerate((True, True, False) if done else (False, False, False)):
        c.oval(440 + number * 40, 46, 9, 9, "#58d07a" if on else "#7a3430")
    c.rect(770, 300, 76, 190, "#d5dade", r=10, edge="#9aa2a8")
    for row in range(2):
        c.oval(808, 350 + row * 84, 24, 24, "#ffd98a" if done else "#8f979d", edge="#6e767c")
    if done:
        flower_pot(c, 130, 640, dice, 1.5)
        c.glow(480, 120, 380, 200, "#fff7dd", 120)
        sparkle(c, 650, 180, 20)
    else:
        c.rect(318, 250, 150, 120, "#f6f0dc", r=4)
        for row in range(4):
            c.rect(334, 270 + row * 24, 118 - row % 2 * 36, 9, "#b85c4a", r=4)
        c.line([(770, 320), (742, 420), (758, 470)], "#d8493e", 4)
        c.tint("#20303c", 50)
    return c


def ramp(dice, done):
    c = Canvas(*dice.choice(SKIES))
    yard(c, dice)
    c.rect(350, 150, 250, 330, "#6d5a4c", r=6)
    c.rect(370, 172, 100, 300, "#4f6776")
    c.rect(480, 172, 100, 300, "#4f6776")
    c.rect(320, 120, 310, 34, "#c9c2b4", r=5)
    for number in range(4):
        c.rect(300 - number * 26, 470 + number * 36, 350 + number * 30, 38, mix("#d6d0c4", "#a39b8e", number / 4))
        c.rect(300 - number * 26, 470 + number * 36, 350 + number * 30, 8, "#ebe6dc")
    if done:
        c.shape([(640, 474), (700, 474), (930, 690), (760, 690)], "#d9d3c6")
        c.shape([(640, 474), (760, 690), (740, 690), (630, 490)], "#a39b8e")
        for share in (0, 0.5, 1):
            x, y = 706 + 214 * share, 476 + 200 * share
            c.line([(x, y), (x, y - 96)], "#7d8790", 9)
        c.line([(700, 384), (930, 590)], "#7d8790", 13)
        flower_pot(c, 160, 560, dice, 1.2)
    else:
        for x, y, size in ((310, 500, 60), (470, 560, 82), (600, 512, 54)):
            c.blob(x, y, size, size * 0.4, "#7c7468", dice, bumps=5)
        for _number in range(26):
            c.oval(dice.uniform(230, 680), dice.uniform(520, 680), dice.uniform(5, 14), dice.uniform(4, 10), "#8d8577")
    return c


def rubble(dice, done):
    c = Canvas(*dice.choice(SKIES))
    wall = dice.choice(BRICKS)
    bush(c, 180, 150, 130, dice)
    bush(c, 720, 150, 160, dice)
    c.rect(0, 170, WIDTH, 330, wall)
    for row in range(10):
        for column in range(13):
            brick = mix(wall, "#5a2f1d", dice.random() * 0.22)
            c.rect(column * 80 - (row % 2) * 40, 174 + row * 33, 76, 29, brick, r=2)
    ground(c, "#bdb5a6", 500)
    if done:
        for x in (170, 480, 790):
            flower_pot(c, x, 590, dice, 1.5)
        sparkle(c, 330, 640, 20)
        return c
    c.shadow(470, 650, 420, 60, alpha=100)
    for row in (3, 2, 1, 0):
        for number in range(7 - row):
            x = 140 + row * 52 + number * 108 + dice.randint(-14, 14)
            bag(c, x, 650 - row * 56 + dice.randint(-6, 10), dice.uniform(112, 142), dice)
    c.shape([(120, 650), (150, 420), (182, 424), (176, 650)], "#a9744a")
    c.shape([(700, 660), (860, 470), (884, 488), (740, 668)], "#c39a6b")
    for _number in range(22):
        brick = dice.choice(("#b4694c", "#c98f6d", "#d9d4c8"))
        c.rect(dice.uniform(60, 860), dice.uniform(626, 690), 44, 20, brick, r=3)
    return c


def clutter(dice, done):
    c = Canvas("#ffffff", "#dddddd")
    stairwell(c, dice, door=False)
    front_door(c, 60, 178, dice)
    if done:
        flower_pot(c, 330, 620, dice, 1.3)
        sparkle(c, 420, 560, 20)
        c.glow(430, 120, 420, 300, "#fff2cf", 120)
        return c
    c.shadow(420, 664, 380, 44, alpha=100)
    c.rect(250, 440, 380, 110, "#8a6f9a", r=22)
    c.rect(230, 520, 420, 110, "#9a7fab", r=22)
    c.rect(226, 490, 56, 140, "#7d638c", r=18)
    c.rect(602, 490, 56, 140, "#7d638c", r=18)
    for number in range(4):
        x, y, size = 300 + number * 84, 520 - number % 2 * 60, dice.randint(84, 112)
        c.rect(x, y - size, size, size, mix("#c99a62", "#8a6238", dice.random() * 0.5), r=4)
        c.rect(x + size * 0.42, y - size, size * 0.16, size, "#e6d3ac")
    for number in range(3):
        x = 130 + number * 66
        c.oval(x, 646, 40, 46, "#6b4a35")
        c.rect(x - 26, 590, 52, 20, "#8a6246", r=8)
    c.tint("#2a2118", 50)
    return c


def ceiling(dice, done):
    c = Canvas("#ffffff", "#eeeeee")
    wall = dice.choice(WALLS)
    c.shape([(0, 0), (WIDTH, 0), (WIDTH, 150), (560, 250), (0, 170)], "#f7f5f0")
    c.shape([(0, 170), (560, 250), (560, HEIGHT), (0, HEIGHT)], wall)
    c.shape([(560, 250), (WIDTH, 150), (WIDTH, HEIGHT), (560, HEIGHT)], mix(wall, "#6b5a4a", 0.16))
    c.line([(0, 170), (560, 250), (WIDTH, 150)], mix(wall, "#000000", 0.18), 5)
    c.line([(560, 250), (560, HEIGHT)], mix(wall, "#000000", 0.18), 4)
    c.rect(110, 360, 190, 230, "#b58b5f", r=5)
    c.rect(128, 378, 154, 194, "#dbe6df")
    c.blob(205, 540, 74, 60, "#7ea06a", dice)
    if done:
        c.glow(420, 220, 480, 300, "#fff6da", 130)
        sparkle(c, 620, 200, 22)
        return c
    for size, colour in ((1.0, "#cdb88f"), (0.78, "#b99e70"), (0.5, "#9a7f54")):
        c.blob(580, 220, 300 * size, 110 * size, colour, dice, alpha=190, bumps=9)
        c.blob(600, 330, 150 * size, 150 * size, colour, dice, alpha=150, bumps=6)
    for _number in range(30):
        size = dice.uniform(3, 11)
        c.oval(dice.uniform(430, 760), dice.uniform(220, 460), size, size * 0.8, "#4f4a3c", alpha=170)
    for number in range(3):
        x, y = 520 + number * 70, 440 + number * 66
        c.shape([(x, y - 26), (x + 10, y), (x - 10, y)], "#8fb4c9")
        c.oval(x, y + 2, 11, 12, "#8fb4c9")
    c.shape([(500, 620), (690, 620), (668, 716), (522, 716)], "#4f7fb0")
    return c


def adverts(dice, done):
    c = Canvas("#ffffff", "#dddddd")
    wall = dice.choice(WALLS)
    c.rect(0, 0, WIDTH, 610, wall)
    c.rect(0, 610, WIDTH, 110, "#b3aa9c")
    front_door(c, 706, 188, dice)
    if done:
        c.rect(130, 150, 430, 300, "#7a5a3f", r=8)
        c.rect(148, 168, 394, 264, "#f4efe2")
        for number in range(6):
            x, y = 176 + number % 3 * 122, 192 + number // 3 * 116
            c.rect(x, y, 98, 92, dice.choice(("#fbe3b5", "#d6e6d2", "#dbe4ef", "#f6d6cc")), r=5)
            c.oval(x + 49, y + 4, 6, 6, "#d8493e")
            for row in range(3):
                c.rect(x + 14, y + 26 + row * 18, 70 - row * 16, 7, "#8b857a", r=3)
        sparkle(c, 620, 150, 22)
        flower_pot(c, 110, 640, dice, 1.2)
        return c
    for _number in range(34):
        x, y = dice.uniform(20, 600), dice.uniform(30, 540)
        wide, high = dice.uniform(70, 150), dice.uniform(40, 92)
        colour = dice.choice(("#f3d34f", "#e2685f", "#f6f2e6", "#8fc0df", "#a7d08c", "#f0a35e"))
        lean = dice.uniform(-16, 16)
        c.shape([(x, y), (x + wide, y + lean), (x + wide - 6, y + high + lean), (x + 4, y + high)], colour)
        for row in range(2):
            high_up = y + 16 + row * 20
            c.line([(x + 12, high_up), (x + wide * 0.78, high_up + lean * 0.7)], "#5a5048", 5, alpha=170)
    litter(c, dice, (40, 620, 640, 700), 14)
    return c


def pipe(dice, done):
    c = Canvas("#ffffff", "#dddddd")
    wall = mix(dice.choice(WALLS), "#8b8b86", 0.2)
    c.rect(0, 0, WIDTH, 620, wall)
    c.rect(0, 620, WIDTH, 100, "#a39b8e")
    metal = "#5b8fc0" if done else "#8d7460"
    for x in (300, 470, 640):
        c.rect(x, 0, 56, 640, metal, r=4)
        c.rect(x + 10, 0, 10, 640, "#ffffff", alpha=70)
        for y in (120, 430):
            c.rect(x - 10, y, 76, 30, mix(metal, "#000000", 0.25), r=6)
    c.rect(470, 250, 226, 52, metal, r=10)
    c.oval(582, 276, 44, 44, mix(metal, "#000000", 0.18))
    c.oval(582, 276, 26, 26, "#d8493e" if done else "#7a3430")
    if done:
        c.rect(120, 190, 120, 160, "#eef2f4", r=8, edge="#9aa2a8")
        c.oval(180, 256, 38, 38, "#ffffff", edge="#5b8fc0", line=4)
        sparkle(c, 730, 200, 22)
        return c
    c.blob(500, 470, 230, 150, "#9a8a6e", dice, alpha=110)
    for _jet in range(16):
        reach = dice.uniform(60, 220)
        bend = (478 - reach * 0.6, 320 + reach * 0.3)
        c.line([(478, 300), bend, (470 - reach, 380 + reach)], "#cfe6f2", 4, alpha=200)
    c.oval(420, 664, 340, 44, "#8fb4c9")
    c.oval(450, 660, 250, 26, "#b4d0de")
    c.shape([(250, 540), (400, 540), (380, 668), (270, 668)], "#d8493e")
    c.oval(325, 542, 75, 15, "#8fb4c9", edge="#a8382f", line=4)
    return c


def door(dice, done):
    c = Canvas(*dice.choice(SKIES))
    yard(c, dice)
    c.rect(310, 96, 340, 394, "#55504a", r=5)
    c.rect(330, 116, 300, 374, "#22272b")
    colour = dice.choice(("#3f6f5a", "#6b4a3a", "#4b5f78"))
    if done:
        c.rect(330, 116, 300, 374, colour)
        c.rect(356, 146, 248, 130, "#a9c6d3", r=5)
        c.rect(476, 116, 7, 374, mix(colour, "#000000", 0.35))
        c.rect(500, 330, 12, 74, "#d8dde0", r=5)
        c.rect(680, 250, 66, 120, "#30363b", r=8)
        c.rect(692, 264, 42, 34, "#7fd0a0", r=4)
        for number in range(6):
            c.oval(700 + number % 3 * 14, 318 + number // 3 * 18, 5, 5, "#dfe4e8")
        sparkle(c, 590, 170, 20)
    else:
        c.shape([(330, 116), (470, 150), (462, 520), (330, 490)], colour)
        c.shape([(352, 150), (448, 172), (444, 300), (352, 280)], "#a9c6d3")
        c.line([(360, 170), (400, 220), (384, 262)], "#ffffff", 4)
        c.line([(470, 150), (520, 128), (546, 168)], "#9aa2a8", 8)
        for number in range(5):
            y = 190 + number * 64
            c.line([(560, y), (640, y + 16), (760, y - 6)], "#ffffff", 5, alpha=130)
        litter(c, dice, (360, 500, 720, 640), 12)
    c.rect(290, 482, 380, 30, "#cfc8ba", r=5)
    return c


def bench(dice, done):
    c = Canvas(*dice.choice(SKIES))
    for number in range(6):
        bush(c, number * 190 + dice.randint(-20, 20), 400, 130, dice)
    ground(c, "#c7b59a", 440)
    c.shadow(480, 646, 330, 36)
    for x in (250, 710):
        c.line([(x, 640), (x, 220)], "#e0a52e", 22)
    c.line([(250, 226), (710, 226)], "#3f7fb0", 24)
    for number, x in enumerate((350, 600)):
        broken = number == 1 and not done
        foot = (x + 66, 604) if broken else (x + 20, 590)
        c.line([(x, 234), foot], "#3f7fb0", 15)
        if broken:
            c.line([(x - 30, 652), (x + 90, 668)], "#50565c", 22)
        else:
            c.line([(foot[0] - 56, 596), (foot[0] + 56, 596)], "#50565c", 24)
    c.line([(420, 320), (560, 320)], "#e0a52e", 15)
    if done:
        sparkle(c, 690, 540, 22)
    else:
        c.shape([(640, 560), (676, 590), (650, 610), (626, 586)], "#d8893e")
        cone(c, 800, 660, 0.9)
    return c


SCENES = {
    "adverts": adverts,
    "bench": bench,
    "bin": bins,
    "ceiling": ceiling,
    "clutter": clutter,
    "door": door,
    "drain": drain,
    "ebike": ebikes,
    "flood": flood,
    "lamp": lamp,
    "lane": lane,
    "lift": lift,
    "manhole": manhole,
    "pipe": pipe,
    "pothole": pothole,
    "radiator": radiator,
    "ramp": ramp,
    "rubble": rubble,
    "snow": snow,
    "tree": tree,
    "yardlamp": yardlamp,
}
