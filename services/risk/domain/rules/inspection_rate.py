"""How often the goods of a party are inspected at random (W22)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from services.kernel.credit_level import CreditLevel
from services.kernel.policy import PolicyBook
from services.kernel.rule import rule
from services.risk.domain.model import Level

_CERTAIN: Final = Decimal(1)
_STRICTEST_FIRST: Final = (
    CreditLevel.SERIOUSLY_DISHONEST,
    CreditLevel.DISHONEST,
    CreditLevel.ORDINARY,
    CreditLevel.CERTIFIED,
    CreditLevel.ADVANCED,
)


@rule("INS-LEVEL", source="order-251", in_force=date(2021, 11, 1))
def level_that_counts(levels: Iterable[Level]) -> Level | None:
    """Of the levels that customs has given to parties of a lot, the strictest counts.

    Whoever has none does not take away another's; where nobody has one, the lot is ordinary.
    """
    return min(
        levels,
        key=lambda one: (
            _STRICTEST_FIRST.index(one.level),
            one.through.part,
            one.through.party or "",
        ),
        default=None,
    )


@rule("INS-RATE", source="order-251", in_force=date(2021, 11, 1))
def inspection_rate(level: CreditLevel, book: PolicyBook, *, on: date, port: str) -> Decimal:
    """A party's random inspection rate follows its credit level.

    Honest parties: base rate times the level's factor; for advanced ones times a margin as
    well, because the law wants the average *below* the limit. Dishonest parties: an absolute rate,
    never under the floor. Raises Refused POLICY_MISSING when a parameter is not in force.
    """
    if level is CreditLevel.SERIOUSLY_DISHONEST:
        return book.decimal("credit.rate_floor.seriously_dishonest", on=on)
    if level is CreditLevel.DISHONEST:
        floor = book.decimal("credit.rate_floor.dishonest", on=on)
        return max(book.decimal("credit.rate.dishonest", on=on), floor)
    base = book.decimal("inspection.base_rate", on=on, scope=port)
    rate = base * book.decimal(f"credit.rate_factor.{level.lower()}", on=on)
    if level is CreditLevel.ADVANCED:
        rate *= book.decimal("credit.rate_margin.advanced", on=on)
    return min(rate, _CERTAIN)
