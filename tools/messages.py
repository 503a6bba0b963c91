#!/usr/bin/env python3
"""Gather the texts of code and templates into locale/, compile them, and name those without a Chinese translation.

    tools/messages.py           needs gettext's xgettext (apt-get install gettext)
    tools/messages.py --compile only writes the .mo file anew

Ends with 1 when a text is untranslated or doubtful.
"""

import os
import subprocess
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"
NOT_SHOWN_TO_ANYONE = (".venv", "tests", "bench", "tools")
# Headers that change with every run or name a person.
RESTLESS = ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team", "Report-Msgid-Bugs-To")


def gather():
    ignored = [word for folder in NOT_SHOWN_TO_ANYONE for word in ("--ignore", folder)]
    command = ["manage.py", "makemessages", "--locale", "zh_Hans", "--no-location", "--no-obsolete", *ignored]
    subprocess.run([sys.executable, *command], cwd=ROOT, env={**os.environ, "DEBUG": "true"}, check=True)


def main(arguments: list[str]) -> int:
    if "--compile" not in arguments:
        gather()
    catalogue = polib.pofile(str(CATALOGUE))
    for name in RESTLESS:
        catalogue.metadata.pop(name, None)
    catalogue.save()
    catalogue.save_as_mofile(str(CATALOGUE.with_suffix(".mo")))
    missing = [
        entry.msgid for entry in catalogue if not entry.obsolete and ("fuzzy" in entry.flags or not entry.translated())
    ]
    for msgid in missing:
        print(f"untranslated: {msgid!r}")
    print(f"{len(catalogue)} texts, {len(missing)} untranslated")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
