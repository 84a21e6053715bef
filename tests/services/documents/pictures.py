"""Files as phones and offices make them, and as nobody should."""

from __future__ import annotations

import random
from functools import cache
from io import BytesIO
from typing import Any, Final

from PIL import Image

PDF: Final = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
PLACE: Final = 0x8825
"""The directory of EXIF that says where a photo was taken."""
SVG: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.cookie)</script></svg>'
)


def picture(width: int, height: int) -> Image.Image:
    """A picture that is another each time."""
    colour = (random.randrange(256), random.randrange(256), random.randrange(256))
    made = Image.new("RGB", (width, height), colour)
    made.putpixel((0, 0), (random.randrange(256), random.randrange(256), random.randrange(256)))
    return made


def written(made: Image.Image, form: str, **how: Any) -> bytes:
    """A picture as a file."""
    file = BytesIO()
    made.save(file, form, **how)
    return file.getvalue()


def jpeg(width: int, height: int, **how: Any) -> bytes:
    """A photo."""
    return written(picture(width, height), "JPEG", **how)


def as_a_phone_writes() -> Image.Exif:
    """What a phone writes beside a photo: which phone, where, which way up."""
    beside = Image.Exif()
    beside[0x010F], beside[0x0110], beside[0x0112] = "PhoneMaker", "Model 7", 6
    beside.get_ifd(PLACE)[2] = (21.0, 32.0, 11.0)
    return beside


def large_photo(megabytes: int) -> bytes:
    """A photo of so many megabytes, as a good phone makes it."""
    found = _noisy()
    return found + b"\0" * max(0, megabytes * 1024 * 1024 - len(found))


@cache
def _noisy() -> bytes:
    noise = Image.effect_noise((4096, 3072), 120).convert("RGB")
    return written(noise, "JPEG", quality=100, subsampling=0)
