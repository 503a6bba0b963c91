"""The API's description: sound, complete, and readable for people without another host."""

import json
import re

import pytest
from django.test import TestCase
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from requests_app.api.inputs import NOT_TAKEN_HERE
from requests_app.api.urls import urlpatterns
from requests_app.models import Act

pytestmark = pytest.mark.once


class Description(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.schema = json.loads(cls.client_class().get("/api/schema/").content)

    def operations(self):
        for path, methods in self.schema["paths"].items():
            for method, operation in methods.items():
                yield f"{method} {path}", operation

    def test_it_is_valid_openapi_3_1_made_without_a_warning(self):
        self.assertTrue(self.schema["openapi"].startswith("3.1"))
        GENERATOR_STATS.reset()
        validate_schema(SchemaGenerator().get_schema(request=None, public=True))
        self.assertFalse(GENERATOR_STATS)

    def test_every_address_of_the_api_is_described(self):
        described = {re.sub(r"\{\w+\}", "*", path) for path in self.schema["paths"]}
        others = ("schema", "docs", "nowhere")
        known = {f"/api/{address.pattern}" for address in urlpatterns if address.name not in others}
        self.assertEqual(described, {re.sub(r"<\w+:\w+>", "*", path) for path in known})

    def test_every_operation_says_what_it_does_and_which_problems_it_answers(self):
        for name, operation in self.operations():
            with self.subTest(name):
                self.assertTrue(operation["summary"])
                self.assertIn("406", operation["responses"])
                public = name == "post /api/v1/token/"
                self.assertEqual("401" in operation["responses"], not public)
                for status, answer in operation["responses"].items():
                    if status >= "400":
                        self.assertEqual(list(answer["content"]), ["application/problem+json"])

    def test_every_step_a_person_may_take_is_described(self):
        mapping = self.schema["components"]["schemas"]["StepRequest"]["discriminator"]["mapping"]
        self.assertEqual(set(mapping), {act.value for act in Act if act not in NOT_TAKEN_HERE})

    def test_every_reference_leads_somewhere(self):
        shapes = self.schema["components"]["schemas"]
        for name in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(self.schema)):
            self.assertIn(name, shapes)


class Page(TestCase):
    def test_anybody_may_read_it_in_both_languages(self):
        for language in ("zh-hans", "en"):
            self.client.cookies["language"] = language
            answer = self.client.get("/api/docs/")
            self.assertContains(answer, f'<html lang="{language}">')
            self.assertContains(answer, "/api/v1/requests/{id}/events/")
        self.assertEqual(self.client.post("/api/docs/").status_code, 405)

    def test_it_needs_no_script_of_its_own_and_no_other_host(self):
        page = self.client.get("/api/docs/").content.decode()
        self.assertFalse(re.findall(r'(?:src|href)="(?:https?:)?//', page))
        self.assertNotIn("<style", page)
        self.assertNotIn(" style=", page)
        self.assertFalse(re.findall(r"<script(?! src=)", page))

    def test_every_link_within_it_leads_somewhere_and_names_are_used_once(self):
        page = self.client.get("/api/docs/").content.decode()
        names = re.findall(r' id="([^"]+)"', page)
        self.assertEqual(len(names), len(set(names)))
        self.assertLessEqual(set(re.findall(r'href="#([^"]+)"', page)), set(names))
