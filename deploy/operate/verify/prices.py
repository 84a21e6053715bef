"""What is compared of prices: what banks quote, and what is made of it."""

from __future__ import annotations

from typing import Final

from deploy.operate.verify.kept import (
    Column,
    Kept,
    becomes,
    figure,
    figures,
    instant,
    plain,
    sealed,
    shown,
    when,
)
from services.market.domain.quoted import DEALT


def _tiers() -> tuple[Column, ...]:
    return (
        figures("tier_volumes", "tiers", "up_to", 2),
        figures("tier_bids", "tiers", "bid"),
        figures("tier_asks", "tiers", "ask"),
    )


_QUOTES: Final = Kept(
    "bank_quotes",
    "v_bank_quotes",
    "quote_id",
    "qte",
    {
        "BankQuotePosted": (
            *map(plain, ("bank_bic", "pair")),
            figure("mid"),
            figure("volume", 2),
            shown("valid_until"),
            sealed("dealt", *DEALT),
            *_tiers(),
            when("quoted_at"),
            becomes("withdrawn_at", False, by="pair"),
        ),
        "BankQuoteWithdrawn": (becomes("withdrawn_at", True, by="pair"),),
    },
)
_POOLED: Final = Kept(
    "pooled_prices",
    "v_pooled_prices",
    "price_id",
    "prc",
    {
        "PooledPricePublished": (
            *map(plain, ("pair", "version", "used", "dropped")),
            *map(figure, ("mid", "bid", "ask")),
            figure("volume", 2),
            shown("valid_until"),
            *map(instant, ("valid_from", "quoted_since")),
            *_tiers(),
        )
    },
)
PRICES: Final = (_QUOTES, _POOLED)
"""When a price ended, what follows it says too (``verify/derived.py``)."""
