"""What one sum is worth in the other currency, at a price that the market stands behind (W26)."""

from __future__ import annotations

from datetime import date

from services.kernel.money import Money
from services.kernel.pairs import Pair
from services.kernel.rule import rule
from services.settlement.domain.model import Conversion, Price


@rule("SET-03", source="pooled-pricing", in_force=date(2014, 4, 1))
def converted(gives: Money, pair: Pair, price: Price) -> Conversion:
    """Who gives the base gets the bid for it; who gives the quoted currency pays the ask."""
    if gives.currency == pair.base:
        gets = Money.rounded(gives.decimal * price.bid, pair.quoted)
        at_mid = Money.rounded(gives.decimal * price.mid, pair.quoted)
        return Conversion(gives, gets, at_mid, price.bid)
    gets = Money.rounded(gives.decimal / price.ask, pair.base)
    at_mid = Money.rounded(gives.decimal / price.mid, pair.base)
    return Conversion(gives, gets, at_mid, price.ask)
