"""Commodity codes (HS): 4 to 13 digits, compared by prefix."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_CODE: Final = re.compile(r"[0-9]{4}|[0-9]{6}|[0-9]{8}|[0-9]{10}|[0-9]{13}")
_LAST_CHAPTER: Final = 97
_RESERVED_CHAPTER: Final = 77


def is_hs_code(code: str) -> bool:
    """Whether the text can be an HS heading, subheading or national line of goods.

    The Harmonized System has the chapters 01 to 97, of which 77 is reserved. What countries keep in
    98 and 99 for their own statistics is no description of goods.
    """
    if _CODE.fullmatch(code) is None:
        return False
    number = int(chapter(code))
    return 1 <= number <= _LAST_CHAPTER and number != _RESERVED_CHAPTER


def longest_prefix(code: str, prefixes: Iterable[str]) -> str | None:
    """The longest listed prefix that covers the code, or None."""
    return max((p for p in prefixes if code.startswith(p)), key=len, default=None)


def chapter(code: str) -> str:
    """First two digits."""
    return code[:2]


def heading(code: str) -> str:
    """First four digits."""
    return code[:4]


def subheading(code: str) -> str:
    """First six digits."""
    return code[:6]
