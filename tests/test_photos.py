"""Photos: what is let in, what is left of it, and who may look at it."""

import io
import os
import struct
import time
import zlib
from datetime import timedelta

import pillow_heif
import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from PIL import Image, ImageCms, ImageDraw

from requests_app import photos
from requests_app.forms.photos import PhotosField
from requests_app.journey import workflow
from requests_app.models import Act, Draft, Photo
from requests_app.photos import PhotoRefused, clean_photo, discard_photos, discard_strays, store_photos
from tests import town as world

pytestmark = pytest.mark.once

pillow_heif.register_heif_opener()
SCRIPT = b"<script>alert(1)</script>"


def picture(size=(64, 64), form="JPEG", mode="RGB", image=None, **options):
    """The bytes of an image file."""
    out = io.BytesIO()
    image = image or Image.effect_noise(size, 60).convert(mode)
    image.save(out, form, **options)
    return out.getvalue()


def two_colours(size=(60, 40)):
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, "red")
    ImageDraw.Draw(image).rectangle([size[0] // 2, 0, size[0], size[1]], fill="blue")
    return image


def exif(orientation=1):
    tags = Image.Exif()
    tags[0x010E] = SCRIPT.decode()
    tags[0x0112] = orientation
    place = tags.get_ifd(0x8825)
    place[1], place[2] = "N", (40.0, 5.0, 27.0)
    return tags.tobytes()


def flat_png(width, height):
    """A small file that claims, and holds, very many black pixels of one bit."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data) & 0xFFFFFFFF)

    press = zlib.compressobj(9)
    row = b"\0" + b"\0" * ((width + 7) // 8)
    data = b"".join(press.compress(row) for _ in range(height)) + press.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def cleaned(data, name="灯.jpg"):
    return clean_photo(io.BytesIO(data), name)


def opened(data):
    return Image.open(io.BytesIO(data))


def colour_at(image, x, y):
    """The nearest plain colour's name at a point."""
    red, green, blue = image.convert("RGB").getpixel((x, y))
    return {0: "red", 1: "green", 2: "blue"}[max(range(3), key=(red, green, blue).__getitem__)]


GIF = Image.new("P", (16, 16))
HUGE_BMP = b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 60000, 60000, 1, 24, 0, 0, 0, 0, 0, 0)

REFUSED = {
    "jpeg truncated": (lambda: picture((800, 800))[:20000], "damaged"),
    "png truncated": (lambda: picture((300, 300), "PNG")[:9000], "damaged"),
    "webp truncated": (lambda: picture((300, 300), "WEBP")[:3000], "damaged"),
    "heic truncated": (lambda: picture((300, 300), "HEIF")[:3000], "damaged"),
    "gif with a script": (lambda: b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)//", "not_a_photo"),
    "gif of many frames": (
        lambda: picture(image=GIF, form="GIF", save_all=True, append_images=[GIF] * 200),
        "not_a_photo",
    ),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "not_a_photo"),
    "page named as a photo": (lambda: b"<html><script>1</script>", "not_a_photo"),
    "program named as a photo": (lambda: b"\xff\xd8\xff\xe0<?php system($_GET[0]);", "damaged"),
    "png of 900 megapixels": (lambda: flat_png(30000, 30000), "too_many_pixels"),
    "png of 144 megapixels": (lambda: flat_png(12000, 12000), "too_many_pixels"),
    "png of 51 megapixels": (lambda: flat_png(51000, 1000), "too_many_pixels"),
    "bmp that claims 3600 megapixels": (lambda: HUGE_BMP, "not_a_photo"),
    "tiff": (lambda: picture(form="TIFF"), "not_a_photo"),
    "eps": (
        lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\nshowpage",
        "not_a_photo",
    ),
    "pdf": (lambda: b"%PDF-1.4\n", "not_a_photo"),
    "random bytes": (lambda: os.urandom(5000), "not_a_photo"),
    "nothing": (lambda: b"", "empty"),
    "16 MB": (lambda: picture() + b"\0" * (16 * 2**20), "too_big"),
}


@pytest.mark.parametrize(("make", "why"), REFUSED.values(), ids=REFUSED)
def test_a_bad_file_is_refused_quickly_and_by_name(make, why):
    data = make()
    start = time.process_time()  # not the clock on the wall: other tests run beside this one
    with pytest.raises(PhotoRefused) as refusal:
        cleaned(data, "我家的灯.jpg")
    assert time.process_time() - start < 1  # second; most take a few milliseconds
    assert refusal.value.code == why
    assert "我家的灯.jpg" in refusal.value.messages[0]


HIDDEN = {
    "script and place in EXIF": lambda: picture(exif=exif()),
    "script in the comment": lambda: picture(comment=SCRIPT),
    "script in XMP": lambda: picture(xmp=SCRIPT),
    "script behind the picture": lambda: picture() + b"<html>" + SCRIPT,
    "archive behind the picture": lambda: picture() + b"PK\x03\x04" + b"A" * 200,
    "script in a PNG's EXIF": lambda: picture(form="PNG", exif=exif()),
    "script in a WebP's EXIF and XMP": lambda: picture(form="WEBP", exif=exif(), xmp=SCRIPT),
    "script in a HEIC's EXIF": lambda: picture((640, 480), "HEIF", exif=exif()),
    "broken EXIF": lambda: picture(exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + SCRIPT),
    "broken colour profile": lambda: picture(icc_profile=SCRIPT * 20),
}


@pytest.mark.parametrize("make", HIDDEN.values(), ids=HIDDEN)
def test_nothing_but_the_picture_is_kept(make):
    photo = cleaned(make())
    for data in (photo.large, photo.small):
        assert b"script" not in data.lower()
        assert b"PK\x03\x04" not in data
        assert b"Exif" not in data
        image = opened(data)
        assert image.format == "JPEG"
        assert not image.getexif()
        assert not set(image.info) & {"exif", "comment", "xmp", "icc_profile"}


def test_a_text_chunk_of_a_png_is_dropped_or_the_file_refused():
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", SCRIPT.decode())
    assert b"script" not in cleaned(picture(form="PNG", pnginfo=info)).large
    info = PngInfo()
    info.add_text("Comment", "A" * 20_000_000, zip=True)  # a bomb of text: 20 kB as a file
    with pytest.raises(PhotoRefused):
        cleaned(picture(form="PNG", pnginfo=info))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1", "CMYK", "LA", "I;16"])
def test_every_accepted_kind_becomes_two_jpeg_files(form, mode):
    try:
        data = picture((300, 200), form, image=Image.effect_noise((300, 200), 60).convert("RGB").convert(mode))
    except (OSError, ValueError):
        return  # this kind of file has no such pixels
    photo = cleaned(data)
    assert opened(photo.large).size == (300, 200)
    assert opened(photo.large).mode == "RGB"


def test_large_and_small_have_their_longest_sides():
    photo = cleaned(picture((3000, 1000)))
    assert opened(photo.large).size == (2048, 683)
    assert opened(photo.small).size == (480, 160)
    assert opened(cleaned(picture((30, 20))).large).size == (30, 20)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stands_upright_however_the_phone_was_held(orientation):
    upright = two_colours((64, 48))
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    turned = upright if undo is None else upright.transpose(undo)
    image = opened(cleaned(picture(image=turned, exif=exif(orientation))).large)
    assert image.size == (64, 48)
    assert (colour_at(image, 8, 24), colour_at(image, 56, 24)) == ("red", "blue")


def test_the_first_picture_of_several_is_taken():
    frames = [Image.new("RGB", (20, 20), name) for name in ("red", "blue")]
    for form in ("WEBP", "PNG"):
        data = picture(image=frames[0], form=form, save_all=True, append_images=frames[1:], duration=100)
        assert colour_at(opened(cleaned(data).large), 5, 5) == "red"


def test_what_is_transparent_becomes_white():
    glass = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    assert min(opened(cleaned(picture(image=glass, form="PNG")).large).getpixel((5, 5))) > 250


def test_the_colours_of_another_profile_are_converted():
    """A profile that exchanges red and blue, made from sRGB's own by exchanging the two columns."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exchanged = profile.replace(b"rXYZ", b"#XYZ").replace(b"bXYZ", b"rXYZ").replace(b"#XYZ", b"bXYZ")
    assert colour_at(opened(cleaned(picture(image=two_colours(), icc_profile=profile)).large), 5, 5) == "red"
    assert colour_at(opened(cleaned(picture(image=two_colours(), icc_profile=exchanged)).large), 5, 5) == "blue"


def test_a_file_name_is_shown_on_one_line_and_not_in_full_length():
    with pytest.raises(PhotoRefused) as refusal:
        cleaned(b"no photo", "a\u202e\n" * 100 + ".jpg")
    shown = refusal.value.messages[0]
    assert "\n" not in shown
    assert "\u202e" not in shown
    assert "a" * 61 not in shown


def test_a_phone_photo_is_cleaned_in_a_moment():
    data = picture((4000, 3000), quality=80)
    start = time.process_time()
    cleaned(data)
    assert time.process_time() - start < 3  # seconds; about 0.3 on an idle machine


class UploadForm(forms.Form):
    text = forms.CharField()
    photos = PhotosField()


def upload(*files, text="灯不亮"):
    uploads = [SimpleUploadedFile(name, data) for name, data in files]
    return UploadForm({"text": text}, MultiValueDict({"photos": uploads}))


def test_a_bad_file_spoils_neither_the_good_ones_nor_the_rest_of_the_form():
    form = upload(("好.jpg", picture()), ("坏.jpg", b"no photo"), ("空.jpg", b""), ("也好.png", picture(form="PNG")))
    assert not form.is_valid()
    assert form.cleaned_data["text"] == "灯不亮"
    assert [photo.name for photo in form.fields["photos"].good] == ["好.jpg", "也好.png"]
    errors = form.errors["photos"]
    assert len(errors) == 2
    assert "坏.jpg" in errors[0]
    assert "空.jpg" in errors[1]


def test_the_seventh_photo_is_left_out_by_name():
    form = upload(*((f"{number}.jpg", picture()) for number in range(1, 8)))
    assert not form.is_valid()
    assert len(form.fields["photos"].good) == photos.PHOTOS_AT_MOST
    assert "7.jpg" in form.errors["photos"][0]


def test_good_photos_are_the_cleaned_value_and_none_are_needed():
    form = upload(("好.jpg", picture()))
    assert form.is_valid()
    assert [photo.name for photo in form.cleaned_data["photos"]] == ["好.jpg"]
    form = upload()
    assert form.is_valid()
    assert form.cleaned_data["photos"] == []
    with pytest.raises(ValidationError):
        PhotosField(required=True).clean([])


class WhoSeesAPhoto(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.town = world.town()
        cls.case = world.filed(cls.town, photos=[cleaned(picture())])
        cls.photo = cls.case.photos.get()

    def answer(self, user=None, photo=None, size="large"):
        self.client.logout()
        if user:
            self.client.force_login(user)
        return self.client.get(reverse("requests:photo", args=[(photo or self.photo).token, size]))

    def test_a_photo_is_there_for_those_who_see_the_case_and_for_nobody_else(self):
        seeing = {"resident", "clerk", "dispatcher", "supervisor", "caller", "auditor"}
        for name, person in self.town.people.items():
            with self.subTest(name):
                self.assertEqual(self.answer(person).status_code, 200 if name in seeing else 404)
        self.assertEqual(self.answer().status_code, 404)

    def test_a_photo_comes_as_a_picture_that_stays_with_its_reader(self):
        for size in ("large", "small"):
            answer = self.answer(self.town.resident, size=size)
            self.assertEqual(answer.headers["Content-Type"], "image/jpeg")
            self.assertIn("private", answer.headers["Cache-Control"])
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
            self.assertTrue(answer.headers["Content-Disposition"].startswith("inline"))
            self.assertEqual(opened(b"".join(answer.streaming_content)).format, "JPEG")

    def test_odd_addresses_find_nothing(self):
        self.client.force_login(self.town.resident)
        for address in ("x/large", f"{self.photo.token}/token", f"{self.photo.token}/raw", "a%00b/large"):
            self.assertEqual(self.client.get(f"/photos/{address}.jpg").status_code, 404, address)
        self.assertEqual(self.client.post(self.photo.get_absolute_url()).status_code, 405)

    def test_a_photo_whose_file_is_gone_is_not_found(self):
        photo = store_photos([cleaned(picture())], case=self.case)[0]
        photo.large.storage.delete(photo.large.name)
        self.assertEqual(self.answer(self.town.resident, photo).status_code, 404)

    def test_files_that_no_row_speaks_of_are_deleted_a_day_later(self):
        kept, stray = store_photos([cleaned(picture()), cleaned(picture())], case=self.case)
        Photo.objects.filter(pk=stray.pk).delete()
        there = stray.large.storage.exists
        self.assertEqual(discard_strays(timezone.now()), 0)
        discard_strays(timezone.now() + timedelta(days=2))
        self.assertEqual([there(name) for name in (stray.large.name, stray.small.name)], [False, False])
        self.assertEqual([there(name) for name in (kept.large.name, kept.small.name)], [True, True])

    def test_the_proved_tracking_code_opens_the_photos_too(self):
        session = self.client.session
        session["tracked"] = [self.case.pk]
        session.save()
        self.assertEqual(self.client.get(self.photo.get_absolute_url()).status_code, 200)

    def test_a_photo_of_a_draft_is_there_in_the_session_that_began_it_only(self):
        draft = Draft.objects.create()
        photo = store_photos([cleaned(picture())], draft=draft)[0]
        self.assertEqual(self.answer(self.town.resident, photo).status_code, 404)
        session = self.client.session
        session["drafts"] = [str(draft.key)]
        session.save()
        self.assertEqual(self.client.get(photo.get_absolute_url()).status_code, 200)

    def test_a_photo_beside_an_internal_note_is_internal(self):
        workflow.take(self.case, Act.NOTE, by=self.town.clerk, note="看现场", photos=[cleaned(picture())])
        photo = self.case.photos.latest("pk")
        self.assertEqual(self.answer(self.town.resident, photo).status_code, 404)
        self.assertEqual(self.answer(self.town.dispatcher, photo).status_code, 200)

    def test_a_released_photo_is_for_everybody_until_it_is_taken_back(self):
        case = world.fulfilled(self.town)
        photo = store_photos([cleaned(picture())], case=case, stage=Photo.Stage.AFTER)[0]
        self.assertEqual(self.answer(None, photo).status_code, 404)
        wording = {"text": "灯坏了", "outcome": "换了灯", "photos_shown": [photo]}
        workflow.take(case, Act.RELEASE, by=self.town.dispatcher, at=world.MONDAY, **wording)
        self.assertEqual(self.answer(None, photo).status_code, 200)
        workflow.take(case, Act.UNRELEASE, by=self.town.dispatcher, at=world.MONDAY)
        self.assertEqual(self.answer(None, photo).status_code, 404)

    def test_a_discarded_photo_leaves_no_file(self):
        photo = store_photos([cleaned(picture())], draft=Draft.objects.create())[0]
        files = [photo.large.path, photo.small.path]
        self.assertTrue(all(map(os.path.exists, files)))
        discard_photos([photo])
        self.assertFalse(any(map(os.path.exists, files)))
        self.assertFalse(Photo.objects.filter(token=photo.token).exists())
