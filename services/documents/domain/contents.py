"""What a file really is, by its content, and what of it is kept.

A picture is read whole and written anew: what does not show (where it was taken, by which phone,
whatever hangs behind it) is not kept, and so is in nobody's hands. A paper is kept as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Final

import puremagic
from PIL import Image, ImageOps
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from services.documents.domain import refusals
from services.kernel.refusal import Refused

PDF: Final = "application/pdf"
SMALL: Final = 320
"""Pixels of the longer side of a small picture."""
_PICTURES: Final[dict[str, type[ImageFile]]] = {
    "image/jpeg": JpegImageFile,
    "image/png": PngImageFile,
    "image/webp": WebPImageFile,
}
TAKEN: Final = (*_PICTURES, PDF)
"""The kinds of file that are taken, by what their content is."""
SUFFIXES: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", PDF: "pdf"}
_ORIENTATION: Final = 0x0112
_PDF_ENDS: Final = 1024


@dataclass(frozen=True, slots=True)
class Content:
    """What is kept of a file that was handed in."""

    media_type: str
    content: bytes


def as_kept(sent: bytes, *, pixels_max: int) -> Content:
    """What of a file is kept. ``pixels_max``: of a picture, width by height.

    Raises Refused DOCUMENT_TYPE_NOT_TAKEN, DOCUMENT_DAMAGED, PICTURE_TOO_LARGE.
    """
    media_type = media_type_of(sent)
    if media_type == PDF:
        if b"%%EOF" not in sent[-_PDF_ENDS:]:
            raise Refused(refusals.DAMAGED.at())
        return Content(PDF, sent)
    if media_type not in _PICTURES:
        raise Refused(refusals.TYPE_NOT_TAKEN.at())
    return Content(media_type, _without_what_does_not_show(sent, media_type, pixels_max))


def media_type_of(sent: bytes) -> str:
    """What a file is by its content, '' when nobody knows."""
    try:
        return puremagic.from_string(sent, mime=True)
    except (puremagic.PureError, ValueError):
        return ""


def small_picture(kept: bytes, media_type: str) -> bytes:
    """A picture that was kept, as a JPEG of SMALL pixels. Raises Refused NO_PICTURE."""
    if media_type not in _PICTURES:
        raise Refused(refusals.NO_PICTURE.at())
    with _PICTURES[media_type](BytesIO(kept)) as picture:
        # A JPEG is read at an eighth where that is enough.
        picture.draft("RGB", (SMALL, SMALL))
        # Smaller first: turned, it would stand in memory twice.
        picture.thumbnail((SMALL, SMALL))
        upright = ImageOps.exif_transpose(picture)
        plain = Image.new("RGB", upright.size, "white")
        seen = upright.convert("RGBA")
        plain.paste(seen, mask=seen)
    return _written(plain, "JPEG", quality=80)


def _without_what_does_not_show(sent: bytes, media_type: str, pixels_max: int) -> bytes:
    try:
        with _PICTURES[media_type](BytesIO(sent)) as picture:
            pixels = picture.width * picture.height
            if pixels > pixels_max:
                raise Refused(refusals.PICTURE_TOO_LARGE.at(pixels=pixels, most=pixels_max))
            picture.load()
            return _anew(picture)
    except Refused:
        raise
    except Exception as error:
        # What a decoder raises of hostile bytes is listed nowhere.
        raise Refused(refusals.DAMAGED.at()) from error


def _anew(picture: ImageFile) -> bytes:
    """The same picture with its colours and the right way up, and nothing else."""
    colours = picture.info.get("icc_profile")
    if isinstance(picture, JpegImageFile):
        turned = Image.Exif()
        if (orientation := picture.getexif().get(_ORIENTATION)) in range(2, 9):
            turned[_ORIENTATION] = orientation
        # By the tables that it came with, so that it loses nothing that the eye sees.
        how = {"quality": "keep", "exif": turned, "comment": b"", "xmp": b""}
        return _written(picture, "JPEG", icc_profile=colours, **how)
    # What stands upright is not copied.
    ImageOps.exif_transpose(picture, in_place=True)
    if isinstance(picture, PngImageFile):
        return _written(picture, "PNG", icc_profile=colours, exif=b"")
    return _written(picture, "WEBP", icc_profile=colours, quality=90, exif=b"", xmp=b"")


def _written(picture: Image.Image, form: str, **how: object) -> bytes:
    written = BytesIO()
    picture.save(written, form, **how)
    return written.getvalue()
