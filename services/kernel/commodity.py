"""Commodity codes (HS): 4 to 13 digits, compared by prefix."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

_CODE: Final = re.compile(r"[0-9]{4}|[0-9]{6}|[0-9]{8}|[0-9]{10}|[0-9]{13}")
LINE_DIGITS: Final = 8
"""Of a national line of the tariff."""
LINE_DIGITS_MAX: Final = 10
"""Of a part of one, where customs divide it."""
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


def is_line(code: str) -> bool:
    """Whether goods can be declared under the code: it has the 8 or 10 digits of a line."""
    return len(code) in (LINE_DIGITS, LINE_DIGITS_MAX) and is_hs_code(code)


def line_of(code: str, lines: Collection[str]) -> str | None:
    """The line under which goods of a code are filed: their own, or the one that is not divided.

    ``lines`` are those of the tariff that begin with the code's first eight digits. Where the
    tariff divides them into ten, a code says which part is meant: another one is no line.
    """
    if code in lines:
        return code
    whole = code[:LINE_DIGITS]
    return whole if whole != code and list(lines) == [whole] else None


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
