"""What a file is, its content says; what does not show is not kept; nothing hostile is taken."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from struct import pack

import pytest
from PIL import Image, PngImagePlugin

from services.documents.domain.contents import SMALL, Content, as_kept, small_picture
from services.kernel.refusal import Refused
from tests.services.documents.pictures import (
    PDF,
    PLACE,
    SVG,
    as_a_phone_writes,
    jpeg,
    large_photo,
    picture,
    written,
)

MOST = 60_000_000
SECRET = b"Nobody is to read this"


def kept(sent: bytes, pixels_max: int = MOST) -> Content:
    return as_kept(sent, pixels_max=pixels_max)


def refused(sent: bytes, pixels_max: int = MOST) -> str:
    with pytest.raises(Refused) as found:
        kept(sent, pixels_max)
    return found.value.codes[0]


def zipped() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("photo.jpg", "no photo")
    return file.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A picture that says it is so large, in a few bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + header + rows + chunk(b"IEND", b"")


def with_words() -> PngImagePlugin.PngInfo:
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", SECRET.decode())
    words.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    return words


PHOTOS = {
    "image/jpeg": lambda: jpeg(90, 60, exif=as_a_phone_writes(), comment=SECRET, xmp=SECRET),
    "image/png": lambda: written(
        picture(90, 60), "PNG", exif=as_a_phone_writes(), pnginfo=with_words()
    ),
    "image/webp": lambda: written(picture(90, 60), "WEBP", exif=as_a_phone_writes(), xmp=SECRET),
}


@pytest.mark.parametrize("media_type", PHOTOS)
def test_neither_place_nor_device_of_a_photo_is_kept(media_type: str) -> None:
    sent = PHOTOS[media_type]() + SECRET
    assert SECRET in sent
    assert b"PhoneMaker" in sent
    found = kept(sent)
    assert found.media_type == media_type
    assert SECRET not in found.content
    assert b"PhoneMaker" not in found.content
    with Image.open(BytesIO(found.content)) as shown:
        assert not dict(shown.getexif().get_ifd(PLACE))
        # It stands as it was taken: turned, or with the word that it is to be.
        assert (shown.size == (60, 90)) is (shown.getexif().get(0x0112) is None)


def test_a_photo_loses_nothing_that_the_eye_sees() -> None:
    sent = written(Image.radial_gradient("L").convert("RGB"), "JPEG", quality=70)
    with Image.open(BytesIO(sent)) as before, Image.open(BytesIO(kept(sent).content)) as after:
        pairs = zip(before.convert("L").tobytes(), after.convert("L").tobytes(), strict=True)
        assert max(abs(a - b) for a, b in pairs) <= 4


def test_the_same_photo_is_the_same_content() -> None:
    sent = PHOTOS["image/jpeg"]()
    assert kept(sent) == kept(sent)


def test_a_paper_is_kept_as_it_is() -> None:
    assert kept(PDF) == Content("application/pdf", PDF)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(zipped(), id="a zip called .jpg"),
        pytest.param(SVG, id="an SVG with a script"),
        pytest.param(b"<!doctype html><script>alert(1)</script>", id="a page"),
        pytest.param(b"GIF89a\1\0\1\0\0\0\0;", id="a GIF"),
        pytest.param(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100), id="a HEIC"),
        pytest.param(b"MZ" + bytes(200), id="a program"),
        pytest.param(b"x", id="one byte"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_neither_photo_nor_paper_is_not_taken(sent: bytes) -> None:
    assert refused(sent) == "DOCUMENT_TYPE_NOT_TAKEN"


@pytest.mark.parametrize("media_type", PHOTOS)
def test_a_photo_that_broke_off_is_said_to_be_damaged(media_type: str) -> None:
    whole = written(
        Image.effect_noise((300, 300), 90).convert("RGB"), media_type.rpartition("/")[2].upper()
    )
    assert kept(whole).media_type == media_type
    assert refused(whole[: len(whole) // 2]) == "DOCUMENT_DAMAGED"


def test_a_paper_that_broke_off_is_said_to_be_damaged() -> None:
    assert refused(PDF[:-8]) == "DOCUMENT_DAMAGED"


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    assert refused(png_of(60_000, 60_000)) == "PICTURE_TOO_LARGE"
    assert refused(jpeg(40, 30), pixels_max=1_199) == "PICTURE_TOO_LARGE"
    assert kept(jpeg(40, 30), pixels_max=1_200).media_type == "image/jpeg"


@pytest.mark.slow
def test_a_photo_of_twenty_megabytes_is_taken() -> None:
    sent = large_photo(20)
    assert len(sent) >= 20 * 1024 * 1024
    assert kept(sent).media_type == "image/jpeg"


@pytest.mark.parametrize("media_type", PHOTOS)
def test_a_small_picture_is_small_and_the_right_way_up(media_type: str) -> None:
    form = media_type.rpartition("/")[2].upper()
    sent = written(picture(1200, 800), form, exif=as_a_phone_writes())
    small = small_picture(kept(sent).content, media_type)
    with Image.open(BytesIO(small)) as shown:
        assert shown.format == "JPEG"
        assert shown.size == (SMALL * 2 // 3, SMALL)


def test_of_a_paper_there_is_no_small_picture() -> None:
    with pytest.raises(Refused, match="NO_PICTURE"):
        small_picture(PDF, "application/pdf")
