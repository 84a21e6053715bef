"""Credit downgrade by violations (W21) and what else makes a party dishonest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from services.accreditation.domain import refusals
from services.kernel.credit_level import CreditLevel
from services.kernel.money import Money
from services.kernel.refusal import Refusal
from services.kernel.rule import rule


class Grounds(StrEnum):
    """Why a party's credit level is decided (认定依据)."""

    VIOLATIONS = "VIOLATIONS"
    """Rate of violations and sum of fines within a year, both over the limit."""
    SMUGGLING = "SMUGGLING"
    ARREARS = "ARREARS"
    """Tax overdue for more than three months."""
    REPAIRED = "REPAIRED"
    """Credit repaired: back to ordinary."""


@dataclass(frozen=True, slots=True)
class Violations:
    """A party's year: violations punished, documents of the year before, fines together."""

    count: int
    documents: int
    fines: Money
    is_broker: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """What must be exceeded, both, for dishonesty: violations per document and fines."""

    rate: Decimal
    fines: Money


@rule("CREDIT-RATE", source="order-251", in_force=date(2021, 11, 1))
def is_dishonest(year: Violations, limits: Limits) -> bool:
    """A party is dishonest when its violation rate and its fines both exceed their limits.

    Exactly at a limit is not over it. Violations without any document a year earlier exceed
    every rate.
    """
    over_rate = Decimal(year.count) > limits.rate * year.documents
    return over_rate and limits.fines < year.fines


@rule("CREDIT-GROUNDS", source="order-251", in_force=date(2021, 11, 1))
def grounds_support_level(
    level: CreditLevel, grounds: Grounds, year: Violations | None, limits: Limits | None
) -> Refusal | None:
    """A party is declared dishonest only on grounds that the law names and the facts bear out."""
    downgrade = level in (CreditLevel.DISHONEST, CreditLevel.SERIOUSLY_DISHONEST)
    if downgrade == (grounds is Grounds.REPAIRED):
        return refusals.GROUNDS_DIFFER.at("/grounds", grounds=grounds, level=level)
    if grounds is not Grounds.VIOLATIONS:
        return None
    if year is not None and limits is not None and is_dishonest(year, limits):
        return None
    return refusals.GROUNDS_INSUFFICIENT.at("/violations")
