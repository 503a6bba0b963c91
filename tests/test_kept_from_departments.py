"""Who asked is kept from departments on every page and in every answer there is, not only on the case's own."""

import pytest
from django.test import Client
from django.utils import timezone

from requests_app.models import ServiceRequest
from tests import addresses
from tests.addresses import ADDRESSES, OK, url_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]
# Names and numbers of residents, whole or masked.
SECRETS = ("周大娘", "周**", "吴师傅", "吴**", "1990000000", "199 0000 000", "199****000")


def said_in(answer):
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode(errors="replace")


def test_a_department_meets_nobodys_name_or_number_anywhere_while_all_is_confidential():
    world, client, opened = addresses.world(timezone.now()), Client(), set()
    ServiceRequest.objects.update(is_confidential=True)
    client.force_login(world.by_role["officer"])
    for name, of_this_name in ADDRESSES.items():
        for address in of_this_name:
            # A filing of one's own holds what one typed.
            if address.get["officer"] != OK or name.startswith("requests:file"):
                continue
            for query in address.pages:
                url = f"{url_of(name, address.fill(world, 'officer'))}{query}"
                said = said_in(client.get(url))
                assert [secret for secret in SECRETS if secret in said] == [], url
                opened.add(name)
    assert opened >= {"requests:case", "requests:sheet", "requests:search", "requests:desk", "api:case", "api:events"}
    assert len(opened) > 40
