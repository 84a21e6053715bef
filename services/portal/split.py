"""A total split over so many shares."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation, Overflow
from typing import Final

_DIGITS_MAX: Final = 18
_NOT_BLAMED: Final = "1"


def evenly(total: str, places: int, parts: int) -> list[str]:
    """A decimal split into parts that sum to it, no two further apart than one last unit.

    What is no decimal with so many places, or is longer than any total, the interface refuses as
    the total that it is. No part is blamed for it: each is a one, and their sum is not that total.
    """
    try:
        units = Decimal(total).scaleb(places)
    except (InvalidOperation, Overflow):
        return [_NOT_BLAMED] * parts
    if not units.is_finite() or units != units.to_integral_value() or units < 0:
        return [_NOT_BLAMED] * parts
    if units.adjusted() >= _DIGITS_MAX:
        return [_NOT_BLAMED] * parts
    each, over = divmod(int(units), parts)
    return [f"{Decimal(each + (n < over)).scaleb(-places):f}" for n in range(parts)]
