"""Keyset pages by identifier, code or line: stable under inserts, one index range each.

A cursor belongs to the list that gave it: another list, which would begin somewhere in its middle
and leave out what comes before, takes it for none of ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from services.kernel.base64url import base64url, from_base64url
from services.kernel.fields import WholeAsked
from services.kernel.mistakes import CURSOR_FOREIGN
from services.kernel.refusal import Refused

R = TypeVar("R")
P = TypeVar("P", bound=BaseModel)

Limit = Annotated[int, WholeAsked(least=1, most=200), Query(description="Rows per page.")]
Cursor = Annotated[
    str | None, Query(max_length=256, description="next_cursor of the page before this one.")
]


class Page(BaseModel, Generic[P]):
    """A page of a list; ``next_cursor`` continues it."""

    items: list[P]
    next_cursor: str | None


Key = UUID | str | int
"""By what a list is ordered: an identifier, a code, or the number of a line."""


_ADDRESS: ContextVar[str] = ContextVar("address", default="")
_TAG_BYTES: Final = 4


def read_at(address: str) -> None:
    """From which address the list is asked for that this request reads."""
    _ADDRESS.set(address)


def _tag() -> bytes:
    """What marks a cursor of this list; codes in an address are one in whichever case."""
    return hashlib.sha256(_ADDRESS.get().casefold().encode()).digest()[:_TAG_BYTES]


def _untagged(cursor: str) -> bytes:
    """The key in a cursor of this list. Raises ValueError for any other."""
    raw = from_base64url(cursor)
    if raw[:_TAG_BYTES] != _tag():
        raise ValueError(cursor)
    return raw[_TAG_BYTES:]


def encode_cursor(last: Key) -> str:
    """The opaque cursor that continues after a row."""
    key = last.bytes if isinstance(last, UUID) else str(last).encode()
    return base64url(_tag() + key)


def decode_cursor(cursor: str | None) -> UUID | None:
    """The identifier after which a page starts. Raises Refused REQUEST_INVALID on anything else."""
    if cursor is None:
        return None
    try:
        return UUID(bytes=_untagged(cursor))
    except ValueError:
        raise Refused(_NOT_OURS) from None


def key_of(cursor: str | None) -> str:
    """The code after which a page starts, '' for the first. Raises Refused REQUEST_INVALID."""
    if cursor is None:
        return ""
    try:
        key = _untagged(cursor).decode()
    except ValueError:
        key = "\0"
    if "\0" in key:
        raise Refused(_NOT_OURS)
    return key


def line_of(cursor: str | None) -> int:
    """The line after which a page starts, 0 for the first. Raises Refused REQUEST_INVALID."""
    key = key_of(cursor) or "0"
    if not (key.isascii() and key.isdigit() and len(key) < _LINE_DIGITS):
        raise Refused(_NOT_OURS)
    return int(key)


_LINE_DIGITS: Final = 10
_NOT_OURS: Final = CURSOR_FOREIGN.at("/query/cursor")


def page(
    rows: Sequence[R], *, limit: int, key: Callable[[R], Key], show: Callable[[R], Any]
) -> dict[str, Any]:
    """A page of at most ``limit`` items from ``limit + 1`` fetched rows."""
    more = len(rows) > limit
    kept = rows[:limit]
    return {
        "items": [show(row) for row in kept],
        "next_cursor": encode_cursor(key(kept[-1])) if more else None,
    }
