"""Two-phase double entry: what is promised, then moves or is taken back, leg by leg.

Every posting lies in a layer: PENDING while reserved, POSTED once the money has moved. A
reservation writes pending legs; posting writes their reversal and the same legs as posted;
voiding writes the reversal alone. What was posted and came back after all is reversed in its own
layer. So nothing is ever changed, and every transaction sums to zero per layer and currency.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.kernel.money import Money
from services.kernel.rule import rule


class Layer(StrEnum):
    """Whether money is only promised or has moved."""

    PENDING = "PENDING"
    POSTED = "POSTED"


class Kind(StrEnum):
    """What a ledger transaction does."""

    RESERVE = "RESERVE"
    POST = "POST"
    VOID = "VOID"
    RETURN = "RETURN"


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting: an account (``kind:owner``), a signed sum, what it is for."""

    account: str
    money: Money
    layer: Layer
    purpose: str


def _reversed(leg: Leg, layer: Layer = Layer.PENDING) -> Leg:
    return Leg(leg.account, Money(-leg.money.minor, leg.money.currency), layer, leg.purpose)


def void_legs(reserved: Iterable[Leg]) -> tuple[Leg, ...]:
    """The reservation taken back; nothing has moved."""
    return tuple(_reversed(leg) for leg in reserved)


def post_legs(reserved: Iterable[Leg]) -> tuple[Leg, ...]:
    """The reservation taken back and the same sums posted: the money has moved."""
    legs = tuple(reserved)
    posted = tuple(Leg(leg.account, leg.money, Layer.POSTED, leg.purpose) for leg in legs)
    return (*void_legs(legs), *posted)


def return_legs(posting: Iterable[Leg]) -> tuple[Leg, ...]:
    """What a posting moved, moved back: its posted legs reversed, at the rate of then."""
    return tuple(_reversed(leg, Layer.POSTED) for leg in posting if leg.layer is Layer.POSTED)


@rule("LED-01", source="double-entry", in_force=date(2014, 4, 1))
def balanced(legs: Iterable[Leg]) -> bool:
    """A transaction sums to zero in every layer and currency."""
    sums: Counter[tuple[str, str]] = Counter()
    for leg in legs:
        sums[leg.layer, leg.money.currency] += leg.money.minor
    return all(total == 0 for total in sums.values())
