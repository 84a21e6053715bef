"""What banks quote in the tests of prices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import asyncpg

from tests.support.bench import BICS, MARKET, Bench


async def post(bench: Bench, bank: int, mid: str, pair: str = "CNY/VND") -> dict[str, Any]:
    posted: dict[str, Any] = await (await bench.bank(BICS[bank])).quote(pair, mid, "1000000")
    return posted


async def agreed(bench: Bench, mid: str = "3560") -> dict[str, Any]:
    """The price of two banks, whose quotes then fall silent."""
    await post(bench, 0, mid)
    price = await post(bench, 1, mid)
    await bench.sql.execute("DELETE FROM bank_quotes")
    return price


async def published_before(
    sql: asyncpg.Pool, ago: timedelta, mid: str, pair: str = "CNY/VND"
) -> None:
    """A lone bank's price of some time ago."""
    began = datetime.now(UTC) - ago
    await sql.execute(
        "INSERT INTO pooled_prices SELECT $1, $2, coalesce(max(version), 0) + 1, $3::numeric,"
        " $3::numeric, $3::numeric, '{TSTACNBJ}', '{}', $4::timestamptz,"
        " $4::timestamptz + interval '30 minutes' FROM pooled_prices WHERE pair = $2",
        uuid4(),
        pair,
        Decimal(mid),
        began,
    )


async def price_ends(bench: Bench, end: datetime) -> None:
    """The price in force runs out then."""
    await bench.sql.execute(
        "UPDATE pooled_prices SET valid_until = $1 WHERE valid_from < $1 AND ended_at IS NULL", end
    )


async def run_out(bench: Bench, bank: int) -> None:
    """A bank's quotes run out, and with them the prices made of them."""
    bic, now = BICS[bank], datetime.now(UTC)
    await bench.sql.execute("UPDATE bank_quotes SET valid_until = $2 WHERE bank_bic = $1", bic, now)
    await bench.sql.execute(
        "UPDATE pooled_prices SET valid_until = $2"
        " WHERE $1 = ANY (used) AND valid_from < $2 AND ended_at IS NULL",
        bic,
        now,
    )


async def duty(bench: Bench) -> int:
    """Which of the banks is on duty today."""
    return BICS.index((await bench.call("GET", f"{MARKET}/rota")).json()["bank_bic"])
