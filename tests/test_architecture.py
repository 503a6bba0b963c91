"""The shape of the code: directions of import, one door, no hidden work, short functions."""

import ast
import re
from pathlib import Path

import pytest

from requests_app.api.serializers import CaseDetailSerializer

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
APPS = ("services", "requests_app")
# From the top down; a module imports only what stands below it.
LAYERS = [
    {"urls", "admin", "middleware", "context", "management"},
    {"api"},
    {"exports"},
    {"views"},
    {"forms", "filters", "templatetags", "demo"},
    {"meetings", "figures", "papers", "lamp", "mydata"},
    {"journey"},
    {"notices"},
    {"search", "similar", "photos", "privacy", "personal", "cards", "wording", "quotas"},
    {"models"},
]
LONGEST = 40  # lines of a function
WRITERS = {"update", "create", "update_or_create", "get_or_create", "bulk_update", "bulk_create"}


def modules(app):
    for path in sorted((ROOT / app).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def layer_of(part):
    return next((number for number, layer in enumerate(LAYERS) if part in layer), None)


def writes_status(node):
    """``x.status = …`` or ``x.update(status=…)`` and its kin."""
    if isinstance(node, ast.Assign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [part for target in targets for part in ast.walk(target)]
        return any(getattr(name, "attr", "") == "status" for name in names)
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in WRITERS:
        return any(keyword.arg == "status" for keyword in node.keywords)
    return False


def test_services_knows_nothing_of_requests():
    for path, tree in modules("services"):
        assert [name for name in imported(tree) if name.startswith("requests_app")] == [], path


def test_every_module_of_requests_app_stands_in_a_layer():
    known = set().union(*LAYERS) | {"apps", "__init__"}
    found = {path.relative_to("requests_app").parts[0].removesuffix(".py") for path, _tree in modules("requests_app")}
    assert found <= known


def test_requests_app_imports_only_downward():
    for path, tree in modules("requests_app"):
        here = layer_of(path.relative_to("requests_app").parts[0].removesuffix(".py"))
        if here is None:
            continue
        for name in imported(tree):
            parts = name.split(".")
            there = layer_of(parts[1]) if parts[0] == "requests_app" and len(parts) > 1 else None
            assert there is None or there >= here, f"{path} imports {name}, which stands above it"


@pytest.mark.parametrize("app", APPS)
def test_every_import_stands_at_the_top(app):
    for path, tree in modules(app):
        scopes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        nested = [node.lineno for scope in scopes for node in ast.walk(scope) if isinstance(node, ast.Import)]
        nested += [node.lineno for scope in scopes for node in ast.walk(scope) if isinstance(node, ast.ImportFrom)]
        assert nested == [], path


def test_only_the_workflow_writes_status():
    for app in APPS:
        for path, tree in modules(app):
            if path != Path("requests_app/journey/workflow.py"):
                lines = [node.lineno for node in ast.walk(tree) if writes_status(node)]
                assert lines == [], f"{path} writes status past the one door"


@pytest.mark.parametrize("app", APPS)
def test_functions_stay_short(app):
    for path, tree in modules(app):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                length = node.end_lineno - node.lineno + 1
                assert length <= LONGEST, f"{path}: {node.name} has {length} lines"


@pytest.mark.parametrize("app", APPS)
def test_no_signal_and_no_work_in_save(app):
    for path, tree in modules(app):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                decorators = [ast.unparse(decorator).split("(")[0] for decorator in node.decorator_list]
                assert not any(name.endswith("receiver") for name in decorators), f"{path}: {node.name}"
                assert not ("models" in path.parts and node.name == "save"), f"{path} works in save()"


@pytest.mark.parametrize("app", APPS)
def test_the_clock_is_read_at_the_door_not_in_the_journeys_parts(app):
    """Time is an argument: below the door nobody asks what time it is."""
    doors = {"workflow.py"}
    for path, tree in modules(app):
        if "journey" in path.parts and path.name not in doors:
            calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
            assert not {"timezone.now", "datetime.now", "date.today"} & set(calls), path


# Name, phone and room of a case: where they are taken in, kept, corrected or told in a story, nobody reads them.
CONTACT = ("contact_name", "contact_phone")
TAKES_IN = {"admin.py", "api/inputs.py", "demo/walk.py", "forms/filing.py", "models/case.py", "views/filing.py"}
# Whoever shows them asks privacy.contact_of; these two compare and show nothing.
COMPARES = {"personal.py", "views/tracking.py"}


def test_nobody_reads_name_phone_and_room_past_the_one_function():
    for path, tree in modules("requests_app"):
        name = str(path.relative_to("requests_app"))
        if name in {"privacy.py", *COMPARES}:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                of_a_case = ast.unparse(node.value).split(".")[-1] == "case"
                assert node.attr not in CONTACT, f"{path}:{node.lineno} asks past contact_of"
                assert not (of_a_case and node.attr == "room"), f"{path}:{node.lineno} asks past contact_of"
            elif isinstance(node, ast.Constant) and node.value in CONTACT and name != "api/serializers.py":
                assert name in TAKES_IN, f"{path}:{node.lineno} asks past contact_of"


def test_the_interface_takes_them_from_the_one_function_too():
    fields = CaseDetailSerializer().fields
    sources = {fields[name].source for name in (*CONTACT, "room", "is_contact_kept")}
    assert sources == {"contact.name", "contact.phone", "contact.room", "contact.is_kept"}


def test_no_template_reads_them_from_a_case():
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        found = re.findall(r"case\.(?:contact_\w+|room|resident|filed_by)\b", text)
        assert not found, f"{path.relative_to(ROOT)}: {found}"
        assert set(re.findall(r"(\w+)\.contact_(?:name|phone)", text)) <= {"facts", "form"}, path


def test_templates_hold_no_inline_script_or_style():
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for forbidden in (" style=", "<style", " onclick=", " onchange=", " onsubmit=", "javascript:"):
            assert forbidden not in text, f"{path.relative_to(ROOT)}: {forbidden.strip()}"
        for script in text.split("<script")[1:]:
            assert "src=" in script.split(">")[0], f"{path.relative_to(ROOT)} has an inline script"


def test_no_page_names_another_host():
    allowed = ("http://www.w3.org/", "https://www.w3.org/")
    for folder, kinds in (("templates", ("html", "txt")), ("static", ("css", "js", "svg", "webmanifest"))):
        for path in (path for kind in kinds for path in (ROOT / folder).rglob(f"*.{kind}")):
            # A released file names its author in the comment at its head.
            text = re.sub(r"^/\*!.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
            for scheme in ("http://", "https://"):
                for rest in text.split(scheme)[1:]:
                    assert (scheme + rest).startswith(allowed), f"{path.relative_to(ROOT)}: {scheme}{rest[:40]}"


def test_every_style_sheet_closes_what_it_opens():
    """A rule that is left open swallows those below it, and no browser says so."""
    for path in sorted((ROOT / "static").glob("css/*.css")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        nested = re.findall(r"^[^\s}@][^{}]*\{[^{}]*\{", text, flags=re.MULTILINE)
        assert text.count("{") == text.count("}"), path.name
        assert not nested, (path.name, nested)
