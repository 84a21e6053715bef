"""The banks' prices: they end after a while, and are said anew as long as the world is shown."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from decimal import Decimal
from typing import Final

import httpx2

from deploy.sandbox.parties import Unexpected
from deploy.sandbox.world import cast
from deploy.sandbox.world.stage import Stage

_EVERY_S: Final = 120.0
"""One bank says its prices anew, then the next; a price holds for half an hour."""
_MOVES: Final = 0.0008
"""By this share of it at most a price moves."""


async def quoted(stage: Stage) -> None:
    """Every bank says what it takes a yuan for, in dong and in kyat."""
    for bank in cast.BANKS:
        await _say(stage, bank)


async def kept_alive(stage: Stage) -> None:
    """The banks say their prices again and again, a little moved, until cancelled."""
    while True:
        for bank in cast.BANKS:
            await asyncio.sleep(_EVERY_S)
            # A window that is being started again has no use for it: the next turn will do.
            with contextlib.suppress(httpx2.HTTPError, Unexpected):
                await _say(stage, bank)


async def _say(stage: Stage, bank: cast.Bank) -> None:
    moved = 1 + Decimal(random.uniform(-_MOVES, _MOVES))  # noqa: S311 - a sample, not a secret
    for pair, mid in (("CNY/VND", bank.vnd), ("CNY/MMK", bank.mmk)):
        price = (Decimal(mid) * moved).quantize(Decimal("0.01"))
        quote = {"pair": pair, "mid": str(price), "volume": f"{bank.millions}000000.00"}
        answer = await stage.bank(bank.bic).post(
            "/market/v1/quotes", json.dumps(quote).encode(), "application/json"
        )
        if answer.status_code >= 400:
            raise Unexpected(f"{bank.bic}'s quote: {answer.status_code} {answer.text[:400]}")
