"""How many of something, as people type it."""

from __future__ import annotations

from typing import Final

_DIGITS_MAX: Final = 18


def counted(text: str) -> int | str:
    """A number of whole things; what is none, or is longer than any that there is, stays as it was
    typed, for the interface to refuse."""
    is_count = text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX
    return int(text) if is_count else text
