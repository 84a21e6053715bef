"""Waiting for the officers that an order's case draws."""

from __future__ import annotations

import asyncio

import asyncpg

from services.kernel.identifiers import uuid_of
from tests.support.patience import LOOKS


async def drawn_for(sql: asyncpg.Pool, order_id: str) -> None:
    """Until the case of an order has drawn for it, or found too few, for the first time."""
    asked = "SELECT attempts > 0 FROM inspection_orders WHERE order_id = $1"
    for _ in range(LOOKS):
        if await sql.fetchval(asked, uuid_of(order_id, "ins")):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"nobody was drawn for {order_id}")
