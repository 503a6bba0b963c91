"""The demo cases as told in seeds/demo/stories-*.json."""

import json
from dataclasses import dataclass, field

from requests_app.demo.people import FOLDER


@dataclass(frozen=True)
class Deed:
    """One act of a story: what is written with it, further facts, and how long after the one before it comes.

    ``after`` is in working hours, for residents in days, in an urgent case in minutes; None leaves it to the plan.
    """

    act: str
    note: str = ""
    facts: dict = field(default_factory=dict)
    after: float | None = None


@dataclass(frozen=True)
class Story:
    """One demo case. ``who`` is a resident or a household of people.json; ``name`` somebody without an account.

    ``rest`` says how long ago the last deed was, in the same units as a deed's ``after``; None leaves it to the plan.
    ``scene`` names the pictures, ``shots`` how many come with the filing.
    """

    number: int
    estate: str
    category: str
    text: str
    deeds: tuple[Deed, ...]
    who: str = ""
    name: str = ""
    party: str = ""
    building: str = ""
    spot: str = ""
    room: str = ""
    answers: dict = field(default_factory=dict)
    scene: str = ""
    shots: int = 1
    confidential: bool = False
    rest: float | None = None


def load():
    """All stories, numbered in the order of their files."""
    told = [one for path in sorted(FOLDER.glob("stories-*.json")) for one in json.loads(path.read_text("utf-8"))]
    return [_story(number, one) for number, one in enumerate(told)]


def _story(number, one):
    deeds = tuple(_deed(*line) for line in one.pop("deeds", ()))
    return Story(number=number, deeds=deeds, **one)


def _deed(act, *rest):
    """``[act]``, ``[act, note]``, ``[act, facts]`` or ``[act, note, facts]``."""
    note = next((part for part in rest if isinstance(part, str)), "")
    facts = dict(next((part for part in rest if isinstance(part, dict)), {}))
    return Deed(act, note, facts, facts.pop("after", None))
