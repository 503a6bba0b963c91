"""Every address × every role × its own and a foreign object: what it answers stands in tests/addresses.py."""

import re

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from requests_app.forms.steps import STEP_FORMS
from requests_app.models import Event
from tests import addresses
from tests.addresses import (
    ADDRESSES,
    FORBIDDEN,
    FOUND,
    MISSING,
    MOVED_ON,
    NO_KEY,
    OK,
    ROLES,
    SIGN_IN,
    STEPS,
    WRONG_METHOD,
    url_of,
)

# What may be done in the admin to the rows of a model, beside looking at them.
ADMIN = {
    "auth.group": "add change delete",
    "requests_app.consent": "",
    "requests_app.datarecord": "",
    "requests_app.delivery": "",
    "requests_app.precedent": "",
    "requests_app.export": "",
    "requests_app.followup": "",
    "requests_app.sampleseed": "",
    "requests_app.servicerequest": "change",
    "services.agendarule": "add change delete",
    "services.apitoken": "delete",
    "services.backingthreshold": "add change delete",
    "services.branch": "add change",
    "services.calendarday": "add change delete",
    "services.calendaryear": "add change delete",
    "services.callslot": "add change delete",
    "services.category": "add change delete",
    "services.community": "add change",
    "services.department": "add change",
    "services.district": "add change",
    "services.estate": "add change delete",
    "services.facility": "add change delete",
    "services.figuredefinition": "add",
    "services.followuprule": "add change delete",
    "services.limit": "add change",  # the town's hold for all categories; one category's own may go
    "services.meetingseries": "add change",
    "services.membership": "add change delete",
    "services.privacynotice": "add",
    "services.reason": "add change delete",
    "services.recurrencerule": "add change delete",
    "services.replytemplate": "add change delete",
    "services.retention": "add change delete",
    "services.route": "add change delete",
    "services.servicearea": "add change delete",
    "services.signaldefinition": "change",
    "services.spot": "add change delete",
    "services.street": "add change",
    "services.term": "add change delete",
    "services.unit": "",
    "services.user": "add change",
    "services.workingblock": "add change delete",
}
# Pages of the admin that belong to no model, and what the superuser gets there.
ADMIN_PAGES = {
    "index": OK,
    "password_change": OK,
    "password_change_done": OK,
    "jsi18n": OK,
    "autocomplete": FORBIDDEN,  # it asks which field wants to know
}


class Visibility(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.world = addresses.world(timezone.now())

    def each_role(self):
        for role in ROLES:
            client = self.client_class()
            if self.world.by_role[role]:
                client.force_login(self.world.by_role[role])
            if role == "tracker":
                session = client.session
                session.update(self.world.session)
                session.save()
            yield role, client

    def answers(self, response, expected, *about):
        status = response.status_code
        if status == FOUND and response.url.startswith(f"{reverse('sign-in')}?next="):
            status = SIGN_IN
        self.assertEqual(status, expected, about)

    def posts_nothing(self, role, client, name, arguments, expected):
        """An empty POST, undone again; of the API an empty object."""
        url = url_of(name, arguments)
        kind = {"content_type": "application/json"} if name.startswith("api:") else {}
        with transaction.atomic():
            events = Event.objects.count()
            self.answers(client.post(url, {}, **kind), expected, "POST", url, role)
            if expected != FOUND:
                self.assertEqual(Event.objects.count(), events, (url, role))
            transaction.set_rollback(True)


class TheList(TestCase):
    def test_names_every_address_there_is(self):
        self.assertEqual(
            {name for name in addresses.patterns() if not name.startswith("admin:")}, {*ADDRESSES, "requests:step"}
        )

    def test_names_every_step_there_is(self):
        self.assertEqual(set(STEPS), {act.value for act in STEP_FORMS})


class Pages(Visibility):
    def each_address(self):
        for name, of_this_name in ADDRESSES.items():
            for address in of_this_name:
                yield name, address

    def test_each_role_on_its_own_object(self):
        for role, client in self.each_role():
            # Who may is decided before any database is asked; PostgreSQL sees the pages of those who see most.
            if connection.vendor == "postgresql" and role not in ("resident", "supervisor"):
                continue
            for name, address in self.each_address():
                url = url_of(name, address.fill(self.world, role))
                self.answers(client.get(url), address.get[role], "GET", url, role)

    @pytest.mark.once
    def test_each_role_on_a_foreign_object(self):
        for role, client in self.each_role():
            for name, address in self.each_address():
                if address.foreign:
                    url = url_of(name, address.foreign(self.world))
                    self.answers(client.get(url), address.elsewhere(address.get)[role], "GET", url, role)

    @pytest.mark.once
    def test_each_role_sends_an_empty_form(self):
        for role, client in self.each_role():
            for name, address in self.each_address():
                if name != "sign-out":
                    self.posts_nothing(role, client, name, address.fill(self.world, role), address.post[role])

    @pytest.mark.once
    def test_each_role_sends_an_empty_form_to_a_foreign_object(self):
        for role, client in self.each_role():
            for name, address in self.each_address():
                # Where nobody may send anything the method is refused before the object is looked at.
                if address.foreign and set(address.post.values()) - {SIGN_IN, NO_KEY, WRONG_METHOD}:
                    expected = address.elsewhere(address.post)[role]
                    self.posts_nothing(role, client, name, address.foreign(self.world), expected)

    def test_everybody_can_sign_out(self):
        for role, client in self.each_role():
            self.answers(client.post(reverse("sign-out")), FOUND, role)
            self.answers(client.get(reverse("account")), SIGN_IN, role)


@pytest.mark.once
class Steps(Visibility):
    """Each act where somebody may take it: open to them, 409 to others who see the case, 404 to those who do not."""

    def expected(self, role, act, make):
        if role == "anonymous":
            return SIGN_IN
        if role in addresses.takers_of(act):
            return OK
        return MOVED_ON if role in addresses.seeing(make) else MISSING

    def test_each_act_is_open_to_those_who_may_take_it_alone(self):
        for role, client in self.each_role():
            for act, (make, _takers) in STEPS.items():
                expected = self.expected(role, act, make)
                arguments = (self.world.step_cases[make].pk, act)
                if expected == OK:
                    self.answers(client.get(url_of("requests:step", arguments)), OK, "GET", act, role)
                else:
                    self.posts_nothing(role, client, "requests:step", arguments, expected)

    def test_nobody_takes_a_step_on_a_foreign_case(self):
        for role, client in self.each_role():
            expected = SIGN_IN if role in addresses.NOT_SIGNED_IN else MISSING
            self.answers(client.get(url_of("requests:step", (self.world.foreign.pk, "note"))), expected, "GET", role)
            for act in (*STEPS, "nothing"):
                arguments = (self.world.foreign.pk, act)
                self.posts_nothing(role, client, "requests:step", arguments, expected)

    def test_an_act_that_does_not_exist_is_not_found(self):
        for role, client in self.each_role():
            url = url_of("requests:step", (addresses.case_of(role, self.world).pk, "nothing"))
            self.answers(client.get(url), SIGN_IN if role == "anonymous" else MISSING, role)


@pytest.mark.once
class AdminPages(Visibility):
    """The superuser alone gets in, and there only to what may be corrected; staff of the desks have no way in."""

    def test_names_every_model_and_what_may_be_done_to_it(self):
        self.assertEqual({model._meta.label_lower for model in admin.site._registry}, set(ADMIN))

    def urls(self):
        """(URL, what the superuser gets) of every page of every model."""
        for model in admin.site._registry:
            may, row = ADMIN[model._meta.label_lower].split(), model._default_manager.first()
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            yield reverse(f"{name}_changelist"), OK
            yield reverse(f"{name}_add"), OK if "add" in may else FORBIDDEN
            if row is not None:
                yield reverse(f"{name}_change", args=[row.pk]), OK
                yield reverse(f"{name}_history", args=[row.pk]), OK
                yield reverse(f"{name}_delete", args=[row.pk]), OK if "delete" in may else FORBIDDEN
        for name, status in ADMIN_PAGES.items():
            yield reverse(f"admin:{name}"), status

    def test_only_the_superuser_gets_in(self):
        urls = list(self.urls())
        # One gate stands before all of them, so two people who serve try it everywhere, the others at the lists.
        lists = [(url, expected) for url, expected in urls if not re.search(r"\d|add/$", url)]
        doors = {f"{reverse(name)}?next=" for name in ("admin:login", "sign-in")}
        for role, client in self.each_role():
            for url, expected in urls if role in ("admin", "supervisor", "dispatcher") else lists:
                response = client.get(url)
                if role == "admin":
                    self.assertEqual(response.status_code, expected, url)
                else:
                    self.assertIn(response.headers.get("Location", "").removesuffix(url), doors, (url, role))

    def test_nothing_can_be_written_where_it_may_only_be_read(self):
        client = self.client_class()
        client.force_login(self.world.admin)
        for model in admin.site._registry:
            if "change" not in ADMIN[model._meta.label_lower]:
                row = model._default_manager.first()
                name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
                self.assertEqual(client.post(reverse(name, args=[row.pk])).status_code, FORBIDDEN, name)
