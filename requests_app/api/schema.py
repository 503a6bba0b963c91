"""The OpenAPI description: what drf-spectacular cannot see by itself, above all which problems may be answered."""

from http import HTTPStatus

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import PolymorphicProxySerializer

from requests_app.api import inputs
from requests_app.api.problems import MEDIA_TYPE, Problem
from requests_app.photos import PHOTOS_AT_MOST

STEP = PolymorphicProxySerializer(
    component_name="Step",
    serializers={act.value: serializer for act, serializer in inputs.STEP_INPUTS.items()},
    resource_type_field_name="act",
)


def with_photos(component):
    """The schema of a form: the fields of ``component`` and photos as files."""
    file = {"type": "string", "format": "binary"}
    photos = {"type": "array", "items": file, "maxItems": PHOTOS_AT_MOST}
    return {
        "allOf": [
            {"$ref": f"#/components/schemas/{component}"},
            {"type": "object", "properties": {"photos": photos}},
        ]
    }


FILING_WITH_PHOTOS = with_photos("FilingInputRequest")
STEP_WITH_PHOTOS = with_photos("StepRequest")


class ProblemSchema(AutoSchema):
    """Adds the problem details each operation may answer.

    A view names those that its input alone does not imply in ``problems``, a dict of method to statuses.
    """

    def get_description(self):
        # Docstrings speak to who reads the code; an operation has a summary, and a description where it needs one.
        return ""

    def _get_request_body(self, direction="request"):
        body = super()._get_request_body(direction)
        if body:
            body["required"] = True
        return body

    def _get_response_bodies(self, direction="response"):
        bodies = super()._get_response_bodies(direction)
        for status in self._problem_statuses():
            bodies[str(status)] = self._get_response_for_code(Problem, str(status), [MEDIA_TYPE], direction)
        for status, body in bodies.items():
            body["description"] = body["description"] or HTTPStatus(int(status)).phrase
        return bodies

    def _problem_statuses(self):
        statuses = {406, *getattr(self.view, "problems", {}).get(self.method, ())}
        if self.view.get_authenticators():
            statuses.add(401)
        if self.method == "POST":
            # 403: a session's request without its CSRF token
            statuses |= {400, 413, 415, 403} if self.view.get_authenticators() else {400, 413, 415}
        if self._is_list_view():
            statuses |= {400, 404}
        if "{" in self.path:
            statuses.add(404)
        return sorted(statuses)
