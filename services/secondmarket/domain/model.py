"""What callers ask of the second market, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """An order (采购需求): a commodity, how much of it, at which price per kilogram."""

    reference: str
    hs_code: str
    wanted_kg: Decimal
    unit_price: Decimal
    currency: str
