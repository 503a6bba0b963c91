"""axe-core's findings on the page that is open."""

from functools import cache
from pathlib import Path

AXE = Path(__file__).resolve().parent.parent / "vendor/axe-core/axe.min.js"
TAGS = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# A colour on its way from one scheme to the other is no colour of the page: what moves comes to its end first.
RUN = """async rules => {
  await new Promise(requestAnimationFrame);
  document.getAnimations().forEach(animation => { try { animation.finish(); } catch { animation.cancel(); } });
  const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"],
    preload: {assets: ["media"]}});  // no rule of these reads style sheets
  return found.violations.flatMap(rule => rule.nodes.map(node =>
    `${rule.id} at ${node.target.join(" ")}: ${node.failureSummary.split("\\n").slice(1).join(";").trim()}`));
}"""


@cache
def source():
    return AXE.read_text(encoding="utf-8")


def findings(page, rules=TAGS):
    """One line for each element that breaks a rule: of WCAG 2.2 A and AA, or of ``COLOURS`` alone."""
    # Evaluated from outside the page, so its Content-Security-Policy stays as it is.
    if not page.evaluate("() => typeof axe === 'object'"):
        page.evaluate(source())
    return page.evaluate(RUN, rules)
