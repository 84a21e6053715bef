"""Commodity codes (HS): 4 to 10 digits, compared by prefix."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_CODE: Final = re.compile(r"[0-9]{4}|[0-9]{6}|[0-9]{8}|[0-9]{10}")


def is_hs_code(code: str) -> bool:
    """Whether the text has the shape of an HS heading, subheading or national line."""
    return _CODE.fullmatch(code) is not None


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
