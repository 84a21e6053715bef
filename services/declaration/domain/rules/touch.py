"""When a yes takes the touch of a bound phone."""

from __future__ import annotations

from datetime import date
from typing import Final

from services.declaration.domain import refusals
from services.kernel.refusal import Refusal
from services.kernel.rule import rule

TOUCH_DEMANDED: Final = "hushi.touch_demanded"
_NOT: Final = "NO"


@rule("HUSHI-TOUCH", source="operator-order", in_force=date(1996, 4, 1))
def touch_is_given(demanded: str, *, touched: bool, port: str) -> Refusal | None:
    """Where its port demands it, a resident's own yes and own declaration are given by passkey.

    A clerk's yes by mandate is not: that is how a resident without a phone consents, on paper. Nor
    is a no, which is owed nothing.
    """
    if touched or demanded == _NOT:
        return None
    return refusals.TOUCH_DEMANDED.at(port=port)
