"""Passwords that guessers try first here, beside those Django's own list knows."""

import re
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LIST = Path(__file__).parent / "data" / "usual_passwords.txt"
# Digits, years and signs around a usual word, and the same few signs again and again.
AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
REPEATED = re.compile(r"^(.{1,6}?)\1+.{0,5}$")
ROWS = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn")
STEP = 4  # neighbours on a keyboard that make a row
# Characters looked at: trying all pieces takes the square of the length, so a longer one is judged by its beginning.
LONGEST = 64


@cache
def usual():
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def is_usual(password):
    """True for a listed password, one with digits and signs around it, several of them in a row, and rows of keys."""
    said = password.lower()[:LONGEST]
    return AROUND.sub("", said) in usual() or bool(REPEATED.match(said)) or not _without_usual_pieces(said)


def _without_usual_pieces(said):
    """What is left of a password that is written out of listed ones, rows of keys and digits."""
    rows = [row for line in ROWS for row in (line, line[::-1])]
    left, at = "", 0
    while at < len(said):
        length = max(
            (
                end - at
                for end in range(at + 1, len(said) + 1)
                if said[at:end] in usual() or (end - at >= STEP and any(said[at:end] in row for row in rows))
            ),
            default=0,
        )
        if not length and not said[at].isalpha():
            length = 1
        left += "" if length else said[at]
        at += length or 1
    return left


class NotAUsualOne:
    """A password validator of Django's kind."""

    def validate(self, password, user=None):
        if is_usual(password):
            raise ValidationError(
                _("This password is one of those that are guessed first. Please think of another."), code="usual"
            )

    def get_help_text(self):
        return _("Your password must not be one of those that are guessed first.")
