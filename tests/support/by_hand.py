"""A hand in the database that no service has: whoever has the database's own password."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from deploy.local.stack import Endpoints


@pytest.fixture
async def by_hand(stack: Endpoints) -> AsyncIterator[AsyncConnection]:
    """As whoever has the database's own password works in it; undone in the end."""
    url = stack.database_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        await connection.rollback()
    await engine.dispose()
