"""The elders' edition in a real window: what is written, what can be pressed, and that nothing is cut off."""

import pytest
from django.urls import reverse

from tests import addresses
from tests.browser import axe
from tests.browser.test_axe import KINDS_OF_A_PAGE, OF_AXE, shape_of, with_something_new
from tests.support import only

SIZES = (18, 30)  # px of the text, the smallest and the largest
WIDTHS = (320, 360, 768, 1280)
# What is wrong with the text and the targets of the open page, one line each. Radios and boxes are pressed by their
# labels; the skip link is there for keyboards. A link whose whole card is its target counts by that card.
MEASURE = """least => {
  const faults = new Set();
  for (const part of document.querySelectorAll("details")) part.open = true;
  const box = element => element.getBoundingClientRect();
  const shown = element => {
    const {width, height} = box(element);
    return width > 1 && height > 1 && getComputedStyle(element).visibility === "visible"
      && !element.closest(".visually-hidden, .skip-link, [aria-hidden=true]");
  };
  const name = element =>
    `${element.tagName.toLowerCase()}.${element.className} “${(element.innerText || "").trim().slice(0, 20)}”`;
  const written = element => {
    const {fontSize, lineHeight} = getComputedStyle(element);
    const size = parseFloat(fontSize);
    if (size < least - 0.1) faults.add(`text of ${size} px: ${name(element)}`);
    // “normal” is what the font says; that of the systems' own Chinese fonts differs.
    if (!(parseFloat(lineHeight) >= 1.3 * size - 0.1)) faults.add(`line height ${lineHeight}: ${name(element)}`);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const parent = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || ["SCRIPT", "STYLE", "OPTION", "OPTGROUP"].includes(parent.tagName)) continue;
    if (shown(parent)) written(parent);
  }
  const FIELDS = "input:not([type=hidden]):not([type=radio]):not([type=checkbox]), select, textarea";
  const MAIN = `button, summary, .choice label, .face label, .btn, .btn-hero, .tool, .nav__link, .menu__item,
    .tabs__link, .link-card, .back, .footer a, ${FIELDS}`;
  for (const field of document.querySelectorAll(FIELDS)) if (shown(field)) written(field);
  for (const target of document.querySelectorAll(`a, ${MAIN}`)) {
    if (!shown(target)) continue;
    const side = target.matches(MAIN) ? 60 : 44;
    const whole = target.matches(".case-card a, .letter__title a") ? target.closest(".case-card, .letter") : target;
    const {width, height} = box(whole);
    if (Math.min(width, height) < side - 0.1) faults.add(`target ${width} × ${height}: ${name(target)}`);
  }
  return [...faults];
}"""
# WCAG lets large text have less contrast; here all of it has what small text needs.
STRICT = """() => axe.configure({checks: [{id: "color-contrast", options: {contrastRatio: {
  normal: {expected: 4.5}, large: {expected: 4.5}}}}]})"""
# A page spoiled on purpose, for what holds the measuring up.
SPOIL = """() => {
  document.querySelector("main").insertAdjacentHTML("afterbegin",
    '<p class="pale">hardly to be seen</p><p class="spoiled">hardly to be read</p><button>x</button>');
  const sheet = document.styleSheets[0];
  sheet.insertRule(".pale { padding: 20px; color: #777; background: #aaa; }");
  sheet.insertRule(".spoiled { width: 400px; font-size: 10px; line-height: 1.2; }");
}"""
WIDER = """() => [...document.querySelectorAll("body *")]
  .filter(element => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest(".skip-link"))
  .slice(0, 3).map(element => element.outerHTML.slice(0, 80)).join(" | ")"""


@pytest.fixture
def town(site):
    return only(addresses.world_now)


def measure(page, url, known):
    """What is wrong with the open page in the smallest and the largest text, and for axe in four widths.

    A page whose main part was measured already, which ``known`` holds, is not measured again. Axe looks only at pages
    with a kind of element that is not in it.
    """
    shape = shape_of(page)
    if shape in known:
        return
    known.add(shape)
    for size in SIZES:
        page.evaluate("size => { document.documentElement.dataset.text = size; }", str(size))
        page.set_viewport_size({"width": 320 if size == 30 else 360, "height": 640})
        yield from (f"{url} at {size} px: {line}" for line in page.evaluate(MEASURE, size))
        width = page.evaluate("document.scrollingElement.scrollWidth")
        if width > page.viewport_size["width"]:
            yield f"{url} at {size} px scrolls sideways, {width} px wide: {page.evaluate(WIDER)}"
    kinds = set(page.evaluate(KINDS_OF_A_PAGE))
    if kinds <= known:
        return
    known |= kinds
    page.evaluate(axe.source())
    page.evaluate(STRICT)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 780})
        yield from (f"{url} at {width} px: {line}" for line in axe.findings(page))
    page.emulate_media(color_scheme="dark")
    yield from (f"{url}, dark: {line}" for line in axe.findings(page, axe.COLOURS))
    page.emulate_media(color_scheme="light")


def test_every_text_and_every_button_of_every_page_of_a_resident_is_large(enter, town):
    found, known = [], set()
    for role in ("anonymous", "resident"):
        visitor = enter(town.by_role[role])
        visitor.watch.forgive(*OF_AXE)
        visitor.open("/")
        visitor.press("Large print", within="header")
        # The page for no network comes without a session, so it knows nobody's choice.
        urls = [url for url in addresses.residents_pages_of(role, town) if url != reverse("offline")]
        for url in with_something_new(visitor, urls):
            visitor.open(url)
            assert visitor.page.locator("html[data-mode=elder]").count(), url
            found += measure(visitor.page, url, known)
    assert not found, "\n".join(sorted(set(found)))
    visitor.page.evaluate(SPOIL)
    spoiled = "\n".join(measure(visitor.page, "a spoiled page", known))
    for fault in ("text of 10 px", "line height 12px", "target", "scrolls sideways", "contrast", "dark: "):
        assert fault in spoiled, fault


VOICE = """window.said = [];
Object.defineProperty(window, "speechSynthesis", {value: {
  getVoices: () => [{lang: "en-US"}, {lang: "zh_CN"}],
  speak: one => said.push(one), cancel: () => said.push("stopped"), addEventListener: () => {},
}});
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };"""


def test_a_case_is_read_aloud_where_the_browser_has_a_voice(enter, town):
    case = town.ours
    mute = enter(town.resident)
    mute.open(case.get_absolute_url())
    mute.press("Large print", within="header")
    assert mute.page.locator("[data-read-aloud]").is_hidden()
    visitor = enter(town.resident)
    visitor.context.add_init_script(VOICE)
    visitor.open(case.get_absolute_url())
    visitor.press("Read it to me")
    said = visitor.page.evaluate("said.slice(1).map(one => [one.text, one.lang, one.voice.lang])")
    words = "".join(text for text, _language, _voice in said)
    assert case.category.name in words
    assert case.text in words
    assert {(language, voice) for _text, language, voice in said} == {("zh-CN", "zh_CN")}
    visitor.press("Stop reading")
    assert visitor.page.evaluate("said[said.length - 1]") == "stopped"
    visitor.page.get_by_role("button", name=visitor.words("Read it to me")).wait_for()


def test_without_scripts_the_switch_and_the_sizes_work(enter, town):
    visitor = enter(scripts=False)
    visitor.open(reverse("requests:track"))
    visitor.press("Large print", within="header")
    assert visitor.page.url.endswith(reverse("requests:track"))
    for button in ("larger", "larger"):
        visitor.page.locator(f"header button[value={button}]").click()
    assert visitor.page.locator("html[data-text='30']").count()
    assert visitor.page.locator("header button[value=larger]").is_disabled()
    visitor.press("Standard print", within="header")
    assert not visitor.page.locator("html[data-mode]").count()
