"""What a settlement reserves in the ledger, leg by leg; its bank's word posts or voids it."""

from __future__ import annotations

from datetime import date

from services.kernel.money import Money
from services.kernel.rule import rule
from services.kernel.rules.ledger import Layer, Leg
from services.settlement.domain.model import Conversion


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
