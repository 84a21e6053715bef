"""Salted digests: how an event vouches for what it does not tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from services.kernel.events import canonical_json

_ONE_OF_MANY: Final = 16
"""So many hex digits tell one thing from the few others of its case."""


def as_text(value: Any) -> Any:
    """Values of a row and of a body in one form: decimals without trailing zeros."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        return f"{Decimal(value).normalize():f}"
    if isinstance(value, list | tuple):
        return [as_text(one) for one in value]
    if isinstance(value, dict):
        return {name: as_text(one) for name, one in value.items()}
    return str(value)


def salted_digest(case: str, *said: Any) -> str:
    """SHA-256 (hex) over values, salted by the identifier of what they are said of."""
    return sha256(f"{case}\x1e{canonical_json(as_text(said))}".encode()).hexdigest()


def rows_digest(case: str, rows: Iterable[Sequence[Any]]) -> str:
    """The same over all rows of a case, in whatever order they come."""
    return salted_digest(case, *sorted(canonical_json(as_text(row)) for row in rows))


def key_digest(case: str, key: str) -> str:
    """Of one key of several, short; the database computes the same (``verify/derived.py``)."""
    return sha256(f"{case}\x1e{key}".encode()).hexdigest()[:_ONE_OF_MANY]
