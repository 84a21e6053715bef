"""What banks pass on unharmed: the characters of correspondent banking (CBPR+, set X, extras)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_UNSAFE: Final = re.compile(r"[^0-9A-Za-z/\-?:().,'+ ]")


def _unmarked(text: str) -> str:
    """The text without its marks: Hải Phòng is Hai Phong."""
    text = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in text if not unicodedata.combining(c))


def passes(text: str) -> bool:
    """Whether banks pass on every character as it stands."""
    return _UNSAFE.search(text) is None


def passes_unmarked(text: str) -> bool:
    """Whether nothing but marks is lost when banks pass it on."""
    return passes(_unmarked(text))


def plain(name: str, length: int) -> str:
    """A name in the characters that banks pass on: marks dropped, others as dots."""
    return _UNSAFE.sub(".", _unmarked(name))[:length].strip() or "."
