"""What the lists kept as JSON must look like."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

QUESTION_KINDS = {"text", "choice", "yes_no"}
# A question's key becomes part of a form field's name.
QUESTION_KEY = re.compile(r"^[a-z][a-z_]{0,19}$")
HOURS = re.compile(r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")


def _is_text(value):
    return isinstance(value, str) and bool(value.strip())


def _is_question(question):
    if not isinstance(question, dict) or not set(question) <= {"key", "label", "kind", "choices"}:
        return False
    choices = question.get("choices")
    is_choice = question.get("kind") == "choice"
    return (
        QUESTION_KEY.match(str(question.get("key"))) is not None
        and _is_text(question.get("label"))
        and question.get("kind") in QUESTION_KINDS
        and is_choice == ("choices" in question)
        and (not is_choice or (isinstance(choices, list) and len(choices) > 1 and all(map(_is_text, choices))))
    )


def check_questions(questions):
    """A list of questions with different keys; ValidationError names the first that is not one."""
    if not isinstance(questions, list):
        raise ValidationError(_("Enter a list."))
    keys = []
    for number, question in enumerate(questions, 1):
        if not _is_question(question):
            raise ValidationError(
                _(
                    "Question %(number)s needs a key (small letters), a label, a kind (text, choice or yes_no) and, "
                    "for a choice only, at least two choices."
                )
                % {"number": number}
            )
        if question["key"] in keys:
            raise ValidationError(_("Two questions have the key “%(key)s”.") % {"key": question["key"]})
        keys.append(question["key"])


def check_roads(roads):
    """A list of at least one name."""
    if not isinstance(roads, list) or not roads or not all(map(_is_text, roads)):
        raise ValidationError(_("Enter a list of at least one road name."))


def check_hours(hours):
    """A list of times of day such as "07:00-10:00", each beginning before it ends; empty where they are not known."""
    is_whole = isinstance(hours, list) and all(isinstance(block, str) and HOURS.match(block) for block in hours)
    # Times written with two digits compare as text.
    if not is_whole or any(block[:5] >= block[6:] for block in hours):
        raise ValidationError(_("Enter a list of times of day, for example 07:00-10:00."))
