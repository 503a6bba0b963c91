"""Moments in few words."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from requests_app.templatetags.moments import moment

pytestmark = pytest.mark.once

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 21, 12, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (datetime(2026, 11, 21, 18, tzinfo=SHANGHAI), "今天 18:00"),
        (datetime(2026, 11, 22, 9, 5, tzinfo=SHANGHAI), "明天 09:05"),
        (datetime(2026, 11, 27, 18, tzinfo=SHANGHAI), "11月27日 18:00"),
        (datetime(2027, 1, 4, 18, tzinfo=SHANGHAI), "2027年1月4日 18:00"),
        # The last of several days counts to its end.
        (datetime(2026, 11, 29, 0, tzinfo=SHANGHAI), "11月28日 24:00"),
        (datetime(2026, 11, 22, 0, tzinfo=SHANGHAI), "今天 24:00"),
        (None, ""),
    ],
)
def test_a_moment_is_said_as_people_say_it(value, said):
    assert moment(value, NOON) == said
