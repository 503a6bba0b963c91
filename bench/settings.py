"""The site's own settings, and beside its pages the bare views it is measured against."""

from config.settings import *  # noqa: F403
from config.settings import BASE_DIR, TEMPLATES

ROOT_URLCONF = "bench.urls"
TEMPLATES[0]["DIRS"].append(BASE_DIR / "bench" / "templates")
# The generated people have no phones to prove it with.
SECOND_FACTOR_REQUIRED = False
