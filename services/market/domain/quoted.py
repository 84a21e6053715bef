"""The digest by which the log vouches for what a bank deals at that its event does not tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.kernel.salted import salted_digest

DEALT: Final = (
    *("bid", "ask", "rota_mid", "rota_bid", "rota_ask", "rota_bids", "rota_asks"),
    *("last_mid", "moved_bp", "max_bp"),
)
"""Of a quote at what its bank alone deals on its day of duty, and how far that moves a price."""


def dealt_digest(case: str, row: Mapping[str, Any]) -> str:
    """Of these columns as they are kept, salted by the quote's own id."""
    return salted_digest(case, *(row[name] for name in DEALT))
