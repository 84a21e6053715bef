"""Keyset pages over UUIDv7 identifiers: stable under inserts, one index range each."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Query

from services.kernel.mistakes import CURSOR_FOREIGN
from services.kernel.refusal import Refused

R = TypeVar("R")

Limit = Annotated[int, Query(ge=1, le=200, description="Rows per page.")]
Cursor = Annotated[
    str | None, Query(max_length=64, description="next_cursor of the page before this one.")
]


def encode_cursor(last: UUID) -> str:
    """The opaque cursor that continues after a row."""
    return base64.urlsafe_b64encode(last.bytes).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> UUID | None:
    """The row after which a page starts. Raises Refused REQUEST_INVALID on anything else."""
    if cursor is None:
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=="))
    except (ValueError, binascii.Error):
        raise Refused(CURSOR_FOREIGN.at("/query/cursor")) from None


def page(
    rows: Sequence[R], *, limit: int, key: Callable[[R], UUID], show: Callable[[R], Any]
) -> dict[str, Any]:
    """A page of at most ``limit`` items from ``limit + 1`` fetched rows."""
    more = len(rows) > limit
    kept = rows[:limit]
    return {
        "items": [show(row) for row in kept],
        "next_cursor": encode_cursor(key(kept[-1])) if more else None,
    }
