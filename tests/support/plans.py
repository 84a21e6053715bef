"""How the database goes about a statement once a table has thousands of rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import TextClause, text

from services.platform.database import Tx
from tests.support.asleep import Asleep


@asynccontextmanager
async def filled(place: Asleep, table: str, load: str) -> AsyncIterator[Tx]:
    """Thousands of rows more in a table while the block lasts."""
    async with place.sql.acquire() as connection:
        held = connection.transaction()
        await held.start()
        await connection.execute(load)
        await connection.execute(f"ANALYZE {table}")
        yield Tx(connection, [])
        await held.rollback()


async def plan_of(tx: Tx, statement: TextClause, values: Mapping[str, Any]) -> str:
    """How the database would go about a statement."""
    lines = await tx.execute(text(f"EXPLAIN {statement.text}"), values)
    return "\n".join(lines.scalars())
