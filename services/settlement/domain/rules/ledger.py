"""Two-phase double entry: what a settlement reserves, posts or voids, leg by leg.

Every posting lies in a layer: PENDING while reserved, POSTED once the bank has paid. A
reservation writes pending legs; posting writes their reversal and the same legs as posted;
voiding writes the reversal alone. So nothing is ever changed, and every transaction sums to
zero per layer and currency.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.kernel.money import Money
from services.kernel.rule import rule
from services.settlement.domain.model import Conversion


class Layer(StrEnum):
    """Whether money is only promised or has moved."""

    PENDING = "PENDING"
    POSTED = "POSTED"


class Kind(StrEnum):
    """What a ledger transaction does."""

    RESERVE = "RESERVE"
    POST = "POST"
    VOID = "VOID"
    CORRECT = "CORRECT"


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting: an account (``kind:owner``), a signed sum, what it is for."""

    account: str
    money: Money
    layer: Layer
    purpose: str


def buyer_account(party: str) -> str:
    """The clearing account of who pays: the bank collects from it when it executes."""
    return f"buyer:{party}"


def seller_account(seller: str) -> str:
    """The account of who is paid."""
    return f"seller:{seller}"


def liquidity_account(bic: str) -> str:
    """The bank's exchange position: both legs of an exchange meet there."""
    return f"liquidity:{bic}"


def spread_account(bic: str) -> str:
    """The bank's margin on exchanges, kept apart so that rate and fee stay readable."""
    return f"spread:{bic}"


@rule("SET-17", source="double-entry", in_force=date(2014, 4, 1))
def reserve_legs(
    *, buyer: str, seller: str, bank_bic: str, paid: Money, exchange: Conversion | None
) -> tuple[Leg, ...]:
    """A reservation takes the buyer's sum and promises the seller theirs, through the bank."""
    if exchange is None:
        legs = [
            (buyer_account(buyer), Money(-paid.minor, paid.currency), "payment"),
            (seller_account(seller), paid, "payment"),
        ]
    else:
        gives, gets, at_mid = exchange.gives, exchange.gets, exchange.at_mid
        legs = [
            (buyer_account(buyer), Money(-gives.minor, gives.currency), "payment"),
            (liquidity_account(bank_bic), gives, "exchange"),
            (liquidity_account(bank_bic), Money(-at_mid.minor, at_mid.currency), "exchange"),
            (seller_account(seller), gets, "payment"),
            (spread_account(bank_bic), exchange.spread, "spread"),
        ]
    return tuple(Leg(a, m, Layer.PENDING, p) for a, m, p in legs if m.minor != 0)


def _reversed(leg: Leg) -> Leg:
    return Leg(leg.account, Money(-leg.money.minor, leg.money.currency), Layer.PENDING, leg.purpose)


def void_legs(reserved: Iterable[Leg]) -> tuple[Leg, ...]:
    """The reservation taken back; nothing was paid."""
    return tuple(_reversed(leg) for leg in reserved)


def post_legs(reserved: Iterable[Leg]) -> tuple[Leg, ...]:
    """The reservation taken back and the same sums posted: the bank has paid."""
    legs = tuple(reserved)
    posted = tuple(Leg(leg.account, leg.money, Layer.POSTED, leg.purpose) for leg in legs)
    return (*void_legs(legs), *posted)


@rule("SET-18", source="double-entry", in_force=date(2014, 4, 1))
def balanced(legs: Iterable[Leg]) -> bool:
    """A transaction sums to zero in every layer and currency."""
    sums: Counter[tuple[str, str]] = Counter()
    for leg in legs:
        sums[leg.layer, leg.money.currency] += leg.money.minor
    return all(total == 0 for total in sums.values())
