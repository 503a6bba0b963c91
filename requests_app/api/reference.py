"""The API described: as OpenAPI for machines, and as one page for people made from the same description."""

import functools
import json

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

REF = "#/components/schemas/"


@login_not_required
@require_safe
def schema(request):
    """The OpenAPI 3.1 description, in the reader's language."""
    return HttpResponse(description(get_language()), content_type="application/json")


@login_not_required
@require_safe
def docs(request):
    """The description as a page: no script, no other host."""
    return render(request, "api/docs.html", page(get_language()))


@functools.cache
def description(language):
    """The OpenAPI description as JSON; ``language`` is the active one, and names the cached copy."""
    return OpenApiJsonRenderer().render(SchemaGenerator().get_schema(request=None, public=True))


@functools.cache
def page(language):
    """What the page shows, in plain lists: ``groups`` of operations, and the ``shapes`` they take and answer."""
    known = json.loads(description(language))
    groups = {}
    for path, methods in known["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    shapes = [_shape(name, schema) for name, schema in known["components"]["schemas"].items()]
    return {"version": known["info"]["version"], "groups": list(groups.items()), "shapes": shapes}


def _operation(path, method, operation):
    answers = [
        {"status": status, "words": answer["description"], "type": _content(answer)}
        for status, answer in sorted(operation["responses"].items())
    ]
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "description": operation.get("description", ""),
        "parameters": [_field(p["name"], p["schema"], p.get("description", ""), p.get("required"), p["in"])
                       for p in operation.get("parameters", [])],
        "bodies": [{"media": media, "type": _type(body["schema"])}
                   for media, body in operation.get("requestBody", {}).get("content", {}).items()],
        "answers": answers,
    }  # fmt: skip


def _content(answer):
    """The type of an answer's first content, None where it has none."""
    contents = list(answer.get("content", {}).values())
    return _type(contents[0]["schema"]) if contents else None


def _shape(name, schema):
    required = schema.get("required", ())
    fields = schema.get("properties", {}).items()
    return {
        "name": name,
        "values": _values(schema) if "enum" in schema else [],
        "choices": [_type(part) for part in schema.get("oneOf", ())],
        "fields": [_field(key, part, part.get("description", ""), key in required) for key, part in fields],
    }


def _field(name, schema, words, required, place=""):
    # A list of values after the words is shown on its own.
    sentence = words.split("\n* `")[0].strip()
    listed = schema.get("items", schema)
    values = _values({**listed, "description": words}) if "enum" in listed else []
    return {"name": name, "type": _type(schema), "words": sentence, "required": required, "in": place, "values": values}


def _values(schema):
    """The values of an enum, each with its label where the description gives one."""
    lines = [line[3:].split("` - ", 1) for line in schema.get("description", "").splitlines() if line.startswith("* `")]
    labels = dict(line for line in lines if len(line) == 2)
    return [(value, labels.get(value, "")) for value in schema["enum"] if value not in ("", None)]


def _type(schema):
    """A type for people: ``words``, and ``shape`` where it leads to one of the page's own."""
    parts = schema.get("allOf") or [part for part in schema.get("oneOf", ()) if part != {"type": "null"}]
    if parts and "$ref" not in schema:
        return _type(parts[0])
    if "$ref" in schema:
        return {"words": schema["$ref"].removeprefix(REF), "shape": schema["$ref"].removeprefix(REF)}
    kind = schema.get("type", "object")
    kind = " | ".join(kind) if isinstance(kind, list) else kind
    if kind == "array":
        item = _type(schema["items"])
        return {"words": f"{item['words']}[]", "shape": item["shape"]}
    if "const" in schema:
        return {"words": f"“{schema['const']}”", "shape": None}
    limits = [str(schema[key]) for key in ("format", "pattern") if key in schema]
    if "maxLength" in schema:
        limits.append(f"≤ {schema['maxLength']}")
    return {"words": f"{kind} ({', '.join(limits)})" if limits else kind, "shape": None}
