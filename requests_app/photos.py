"""Pictures from residents and crews: cleaned before anything keeps them.

What is kept is drawn anew from the pixels, so nothing else of the file that was sent survives: no place, no camera,
no comment, no bytes behind the picture.
"""

import io
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pillow_heif
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from requests_app.models import Photo
from requests_app.models.photo import FOLDER, TOKEN_LENGTH

pillow_heif.register_heif_opener()

PHOTOS_AT_MOST = 6  # in one filing, one draft or one step
DAY = timedelta(days=1)
MAX_MEGABYTES = 15  # of one file as it is sent
MAX_MEGAPIXELS = 50  # of one picture before it is made smaller
LARGE_SIDE = 2048  # pixels of the longer side
SMALL_SIDE = 480  # pixels of the longer side
QUALITY = 82  # of the JPEG that is kept; beyond this, files grow faster than what the eye gains
# Nothing else reaches a decoder. HEIF is what iPhones call HEIC.
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
# Pictures whose patches differ by less in brightness (of 256), or of which fewer bits say anything, are not compared.
FLAT = 24
FEWEST_BITS = 6
NO_LIKENESS = "-"
SHOWN_NAME = 60  # characters of a file's name in a message
SRGB = ImageCms.createProfile("sRGB")
SENTENCES = {
    "empty": _("“%(name)s” is empty. Please choose the photo again."),
    "too_big": _("“%(name)s” is larger than %(megabytes)s MB. Please send a smaller photo or a screenshot of it."),
    "too_many_pixels": _(
        "“%(name)s” has more than %(megapixels)s megapixels. Please send a smaller photo or a screenshot of it."
    ),
    "not_a_photo": _(
        "“%(name)s” cannot be read here. Please send a photo taken with a phone or camera (JPEG, PNG, WebP or HEIC)."
    ),
    "damaged": _("“%(name)s” is damaged and cannot be opened. Please take the photo again or choose another one."),
}


class PhotoRefused(ValidationError):
    """A file that cannot be taken; the message names it and says what to do. ``code`` says why in one word."""


@dataclass(frozen=True)
class CleanPhoto:
    """A picture in two sizes, as the bytes of two JPEG files without metadata."""

    name: str
    large: bytes
    small: bytes

    def store(self, **fields):
        """The Photo row with ``fields``, its files written."""
        # The stored names come from the token; what the sender called the file is not kept.
        files = {size: ContentFile(getattr(self, size), name=size) for size in ("large", "small")}
        photo = Photo(**files, likeness=likeness_of(self.small), **fields)
        photo.save(force_insert=True)
        return photo


@dataclass(frozen=True)
class SharedPhoto:
    """A picture that one case has already, for another: a row of its own, under a name of its own, the same files."""

    photo: Photo

    def store(self, **fields):
        """The Photo row with ``fields``."""
        files = {size: getattr(self.photo, size).name for size in ("large", "small")}
        of_photo = {name: getattr(self.photo, name) for name in ("width", "height", "likeness")}
        shared = Photo(**files, **of_photo, **fields)
        shared.save(force_insert=True)
        return shared


def store_photos(photos, **fields):
    """Keep cleaned pictures as Photo rows with ``fields``; the rows."""
    return [photo.store(**fields) for photo in photos]


def not_yet_kept(photos, draft):
    """Those of the cleaned ``photos`` that ``draft`` (or None) lacks: a form sent again brings the same ones."""
    kept = list(draft.photos.all()) if draft else []
    return [photo for photo in photos if not any(_holds(one.large, photo.large) for one in kept)]


def _holds(file, data):
    with suppress(FileNotFoundError):
        if file.size == len(data):
            with file.open("rb") as stored:
                return stored.read() == data
    return False


def copy_photos(photos, **fields):
    """Further rows with files of their own: whoever keeps the copies may throw them away."""
    for photo in photos:
        with photo.large.open("rb") as large, photo.small.open("rb") as small:
            CleanPhoto("", large.read(), small.read()).store(**fields)


def discard_photos(photos):
    """Delete Photo rows and their files; call it when the transaction that decided so is sure to stand."""
    for photo in photos:
        photo.delete()
    discard_files(photos)


def discard_files(photos):
    """Delete the files of ``photos``, whose rows are gone."""
    for photo in photos:
        photo.large.delete(save=False)
        photo.small.delete(save=False)


def discard_strays(at):
    """Delete the files of photos that no row speaks of; how many there were.

    The process ended between a deletion and the files of it, or what a file was stored for came to nothing. Files of
    the last day are left: their rows may still be on their way.
    """
    storage, count = Photo._meta.get_field("large").storage, 0
    for folder in storage.listdir(FOLDER)[0] if storage.exists(FOLDER) else ():
        names = storage.listdir(f"{FOLDER}/{folder}")[1]
        tokens = {name[:TOKEN_LENGTH] for name in names}
        known = set(Photo.objects.filter(token__in=tokens).values_list("token", flat=True))
        strays = [f"{FOLDER}/{folder}/{name}" for name in names if name[:TOKEN_LENGTH] not in known]
        for name in strays:
            # Another run may have been here just now.
            with suppress(FileNotFoundError):
                if storage.get_modified_time(name) < at - DAY:
                    storage.delete(name)
                    count += 1
    return count


def clean_photo(file, name=None):
    """The picture in ``file`` (anything with ``read()``) as a CleanPhoto, or PhotoRefused.

    ``name`` is what messages call the file; without it the file's own name. Of a file with several pictures the
    first is taken.
    """
    name = _shown(name or getattr(file, "name", "") or "")
    data = file.read(MAX_MEGABYTES * 2**20 + 1)
    if not data:
        raise _refused("empty", name)
    if len(data) > MAX_MEGABYTES * 2**20:
        raise _refused("too_big", name)
    try:
        image = _opened(data, name)
        image.draft("RGB", (LARGE_SIDE, LARGE_SIDE))  # a JPEG is decoded at a fraction of its size
        image.load()
        large = _redrawn(image)
    except PhotoRefused:
        raise
    except Exception as error:  # decoders raise all sorts of things on broken files
        raise _refused("damaged", name) from error
    small = large.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return CleanPhoto(name, _jpeg(large), _jpeg(small))


def likeness_of(data):
    """What the picture in ``data`` looks like, as 16 hex digits; ``NO_LIKENESS`` for one all of a tone.

    A difference hash: 64 bits that say where it becomes brighter from left to right, on nine by eight patches. Photos
    of the same view differ in few bits, whatever their size and quality; two views in about half of them.
    """
    with Image.open(io.BytesIO(data)) as image:
        patches = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes()
    rises = [patches[place] < patches[place + 1] for row in range(0, len(patches), 9) for place in range(row, row + 8)]
    # A black or white picture is like every other such; so is one in which nothing but the light changes.
    if max(patches) - min(patches) < FLAT or not FEWEST_BITS <= sum(rises) <= len(rises) - FEWEST_BITS:
        return NO_LIKENESS
    return f"{int(''.join(str(int(rise)) for rise in rises), 2):016x}"


def _opened(data, name):
    """The image with its header read and nothing decoded yet."""
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise _refused("not_a_photo", name) from error
    except Image.DecompressionBombError as error:
        raise _refused("too_many_pixels", name) from error
    if image.width * image.height > MAX_MEGAPIXELS * 1_000_000:
        raise _refused("too_many_pixels", name)
    return image


def _redrawn(image):
    """Upright, in sRGB, on white, at most LARGE_SIDE long, and nothing but pixels."""
    profile = image.info.get("icc_profile")
    # A photo with a broken note about its orientation or colours is still a photo.
    with suppress(Exception):
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        image = image.point(lambda level: level / 256).convert("L")
    elif image.mode in ("P", "1") or "transparency" in image.info:
        image = image.convert("RGBA")
    image.thumbnail((LARGE_SIDE, LARGE_SIDE))
    with suppress(Exception):
        if profile:
            mode = "RGBA" if image.mode == "RGBA" else "RGB"
            image = ImageCms.profileToProfile(image, io.BytesIO(profile), SRGB, outputMode=mode)
    if "A" in image.getbands():
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    image = image.convert("RGB")
    # Pillow would write a JPEG's comment into the new file again, a script in it included.
    image.info.clear()
    return image


def _jpeg(image):
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()


def _shown(name):
    """A file's name as a message may show it: one line, not too long, without invisible characters."""
    name = "".join(sign for sign in name if unicodedata.category(sign)[0] != "C").strip()
    return name if len(name) <= SHOWN_NAME else name[: SHOWN_NAME - 1] + "…"


def _refused(why, name):
    facts = {"name": name or _("photo"), "megabytes": MAX_MEGABYTES, "megapixels": MAX_MEGAPIXELS}
    return PhotoRefused(SENTENCES[why], code=why, params=facts)
