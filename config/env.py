"""Reads settings from the environment. A value that cannot be understood is refused by name, never guessed."""

import base64
import ipaddress
import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

YES = frozenset({"1", "true", "yes", "on"})
KEY_BYTES = 32
MAKE_A_KEY = "python3 -c 'import base64, secrets; print(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())'"
NO = frozenset({"", "0", "false", "no", "off"})


def text(name: str, default: str | None = "") -> str | None:
    """The variable without surrounding blanks; ``default`` when it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    """True or false; any other word raises ImproperlyConfigured."""
    if name not in os.environ:
        return default
    word = os.environ[name].strip().lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not “{os.environ[name]}”.")


def number(name: str, default: int) -> int:
    """A whole number from nought up; anything else raises ImproperlyConfigured."""
    word = text(name)
    if not word:
        return default
    # str.isdigit() alone would let through digits that int() reads differently, such as superscripts.
    if word.isascii() and word.isdigit():
        return int(word)
    raise ImproperlyConfigured(f"{name} must be a whole number, not “{word}”.")


def words(name: str) -> list[str]:
    """The comma-separated entries of the variable; an empty list when it is unset."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def fernet_keys(name: str) -> list[str]:
    """The comma-separated keys of the variable; one that is no key raises ImproperlyConfigured, without naming it."""
    keys = words(name)
    for number, key in enumerate(keys, 1):
        try:
            is_key = len(base64.urlsafe_b64decode(key)) == KEY_BYTES
        except ValueError:
            is_key = False
        if not is_key:
            raise ImproperlyConfigured(f"Key {number} of {name} is not one: make one with: {MAKE_A_KEY}")
    return keys


def path(name: str, default: Path) -> Path:
    """The variable as a path; a relative one starts at the working directory."""
    return Path(text(name) or default).expanduser()


def is_safe_url(address: str) -> bool:
    """True where ``address`` is a URL whose contents nobody reads on the way: https, or http to this machine."""
    try:
        url = urlsplit(address)
        _port = url.port
    except ValueError:
        return False
    return bool(url.hostname) and (url.scheme == "https" or (url.scheme == "http" and _is_loopback(url.hostname)))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
