"""A pair of hands on the keyboard, and eyes that look where the focus is."""

STOPS = 120  # presses of Tab after which something counts as out of reach
# An outline round what has the focus, round the label that stands for it, or round the card whose link it is.
SHOWS_FOCUS = """() => {
  const element = document.activeElement;
  if (element === document.body) return true;
  const outlined = style => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const label = element.matches("input") && element.nextElementSibling;
  const box = element.getBoundingClientRect();
  const isOnScreen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return isOnScreen && (outlined(getComputedStyle(element)) || outlined(getComputedStyle(element, "::after"))
    || Boolean(label) && outlined(getComputedStyle(label)));
}"""
FOCUSED = "document.activeElement.outerHTML.slice(0, 200)"


class Keys:
    """Somebody's hands on the keyboard of one window."""

    def __init__(self, visitor):
        self.visitor, self.page = visitor, visitor.page

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text):
        self.page.keyboard.type(text)

    def tab_to(self, selector):
        """Press Tab until what ``selector`` names has the focus, seeing at each stop where the focus is."""
        wanted = self.page.locator(selector).first
        wanted.wait_for(state="attached")
        for _stop in range(STOPS):
            self.press("Tab")
            assert self.page.evaluate(SHOWS_FOCUS), f"no focus to be seen on {self.page.evaluate(FOCUSED)}"
            if wanted.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"{selector} cannot be reached on {self.page.url}")

    def turn_to(self, selector):
        """Within a group of radio buttons: press the arrow until ``selector`` is chosen."""
        wanted = self.page.locator(selector).first
        for _stop in range(STOPS):
            if wanted.is_checked():
                return
            self.press("ArrowDown")
        raise AssertionError(f"{selector} cannot be chosen on {self.page.url}")

    def goes_on(self, key="Enter"):
        """Press ``key`` and wait for the page it leads to."""
        with self.page.expect_navigation():
            self.press(key)
