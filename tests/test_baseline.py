"""Styles and scripts hold to what Chrome 80 and iOS 13.4 know: tests/baseline.json lists what came later."""

import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
STYLES = sorted((ROOT / "static/css").glob("*.css"))
SCRIPTS = sorted((ROOT / "static/js").glob("*.js"))
VENDORED = ROOT / "static/js/vendor/compressorjs/compressor.min.js"
BASELINE = json.loads((ROOT / "tests/baseline.json").read_text(encoding="utf-8"))


def rules(text, within=()):
    """(rules around it, selector or at-rule, declarations) of each rule in a style sheet."""
    place = 0
    while (brace := text.find("{", place)) >= 0:
        # A statement without a block, such as @import, ends at its semicolon.
        head = text[place:brace].rpartition(";")[2].strip()
        end, depth = brace + 1, 1
        while depth and end < len(text):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        inside = text[brace + 1 : end - 1]
        yield within, head, inside if "{" not in inside else inside.partition("{")[0].rpartition(";")[0]
        if "{" in inside:
            yield from rules(inside, (*within, head))
        place = end


def later(kind, text):
    """What of ``kind`` in ``text`` came after the baseline and matters."""
    if any(re.search(pattern, text) for _name, pattern, _why in BASELINE["harmless"]):
        return []
    return [name for name, pattern, *_since in BASELINE[kind] if re.search(pattern, text)]


def faults_of_style(text):
    """What a style sheet uses that came later and is not under @supports, each with where it stands."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    found = []
    for within, head, body in rules(text):
        if any(around.startswith("@supports") for around in within) or head.startswith("@supports"):
            continue
        nested = [around for around in within if not around.startswith("@")]
        found += [f"nesting: {head}"] if nested else []
        found += [f"{name}: {head}" for name in later("at-rules" if head.startswith("@") else "selectors", head)]
        is_grid = re.search(r"display\s*:\s*(inline-)?grid|grid-template|\bcolumns\s*:", body)
        for declaration in (part.strip() for part in body.split(";")):
            names = later("declarations", declaration)
            if is_grid:
                names = [name for name in names if name != "gap outside a grid"]
            found += [f"{name}: {head} {{ {declaration} }}" for name in names]
    return found


def faults_of_script(text):
    """What a script uses that came later, and what it uses without asking whether it is there."""
    text = re.sub(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", "", text, flags=re.DOTALL)
    bare = re.sub(r"\"(\\.|[^\"\\\n])*\"|'(\\.|[^'\\\n])*'", '""', text)
    found = [name for name, pattern, *_ in BASELINE["scripts"] if re.search(pattern, bare, re.MULTILINE)]
    asked = BASELINE["only where asked for"]
    return found + [name for name, use, ask, *_ in asked if re.search(use, bare) and not re.search(ask, bare)]


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_a_style_sheet_holds_to_the_baseline(path):
    assert faults_of_style(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", [*SCRIPTS, VENDORED], ids=lambda path: path.name)
def test_a_script_holds_to_the_baseline(path):
    assert faults_of_script(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (".a { display: flex; gap: 1rem; }", "gap outside a grid"),
        (".a { display: grid; gap: 1rem; }", None),
        ("@media (min-width: 4em) { .a { height: 100dvh; } }", "small and dynamic viewport units"),
        ("@supports selector(:has(*)) { .a:has(b) { color: red; } }", None),
        (".a:has(b) { color: red; }", ":has()"),
        (".a { color: red; .b { color: blue; } }", "nesting"),
        (".a { position: absolute; inset: 0; }", "inset"),
        (".a { box-shadow: inset 0 0 0 1px red; }", None),
        ("@layer base { .a { color: red; } }", "@layer"),
        (".a { accent-color: red; }", None),
    ],
)
def test_the_linter_of_styles_sees_what_it_should(text, found):
    names = [fault.partition(": ")[0] for fault in faults_of_style(text)]
    assert names == ([found] if found else [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x ??= 1;", "logical assignment"),
        ("const y = x?.z ?? 1;", None),
        ("list.at(-1);", "at()"),
        ("// list.at(-1)\nsay('x.at(1)');", None),
        ("class A {\n  #x = 1;\n}", "private members of classes"),
        ("document.querySelector('#main');", None),
        ("await go();", "await outside a function"),
        ("form.requestSubmit();", "requestSubmit()"),
        ("if (form.requestSubmit) form.requestSubmit();", None),
        ("matchMedia('(x)').addEventListener('change', f);", "events of a media query"),
    ],
)
def test_the_linter_of_scripts_sees_what_it_should(text, found):
    assert faults_of_script(text) == ([found] if found else [])
