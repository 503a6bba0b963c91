"""Photos for the demo cases, drawn here, cleaned like everybody's."""

import io
import random

from requests_app.demo.scenes import SCENES
from requests_app.photos import clean_photo


def photo(scene, stage, number, shot):
    """A CleanPhoto of ``scene`` for case ``number``: "before" or "after" the work, ``shot`` counts the angles."""
    # The place looks the same before and after; how the phone was held does not.
    place = random.Random(f"{scene} {number}")
    hand = random.Random(f"{scene} {number} {stage} {shot}")
    picture = SCENES[scene](place, stage == "after").taken(hand)
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=0)
    file.seek(0)
    return clean_photo(file, f"{scene}.png")
