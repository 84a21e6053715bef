"""A lot's released value: drawn while a payment is under way, paid when its bank has paid."""

from __future__ import annotations

from services.settlement.tables import RELEASED_VALUE


def value_drawn(minor: str) -> str:
    """SQL by which a payment draws on its lot's value, which the first one opens."""
    return RELEASED_VALUE.open_and_reserve(
        minor, limit="CAST(:released_minor AS bigint)", currency="CAST(:lot_currency AS text)"
    )
