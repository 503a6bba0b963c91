"""Where the points and bars of a chart lie; templates draw them, with the same numbers in a table below."""

WIDTH, HEIGHT = 600, 180  # of a chart, in its own units
SPARK_WIDTH, SPARK_HEIGHT = 120, 32
MARGIN = 4


def points(values, highest=None, width=WIDTH, height=HEIGHT):
    """The line through ``values`` as the ``points`` of polylines, a new one after each gap (None)."""
    known = [value for value in values if value is not None]
    top = highest or max(known, default=0) or 1
    step = (width - 2 * MARGIN) / max(len(values) - 1, 1)
    lines, line = [], []
    for place, value in enumerate([*values, None]):
        if value is None:
            lines += [line] if line else []
            line = []
        else:
            line.append(f"{MARGIN + place * step:.1f},{height - MARGIN - (height - 2 * MARGIN) * value / top:.1f}")
    return [" ".join(line) for line in lines]


def dots(values, highest=None, width=WIDTH, height=HEIGHT):
    """Where each of ``values`` lies: (x, y) of those that are known."""
    return [tuple(pair.split(",")) for line in points(values, highest, width, height) for pair in line.split()]


def spark(values, highest=None):
    return points(values, highest, SPARK_WIDTH, SPARK_HEIGHT)


def ladder(legs):
    """``legs`` (holder, seconds) as bars that follow each other: (holder, seconds, begin, length), in thousandths."""
    total, passed, bars = sum(seconds for _holder, seconds in legs), 0, []
    for holder, seconds in legs:
        begin, passed = round(1000 * passed / total), passed + seconds
        bars.append((holder, seconds, begin, round(1000 * passed / total) - begin))
    return bars


def share(value, highest):
    """The length of a bar in thousandths."""
    return round(1000 * (value or 0) / highest) if highest else 0
