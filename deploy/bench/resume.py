"""How long a lost engine takes to come back: every open case is started again from the record."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import asyncpg

from deploy.bench.acceptance import acceptances, statements_per_second
from deploy.bench.figures import Figures
from deploy.bench.ground import Ground
from deploy.operate.data_directory import LocalError
from deploy.operate.resume import everything
from deploy.operate.settings import settings_of
from services.platform.database import Database
from services.platform.settings import role_of
from services.platform.temporal import connect

CASES: Final = 10_000
_CONNECTIONS: Final = 8


def resume_all_10k(ground: Ground, figures: Figures, _: int) -> None:
    """``resume --all`` over 10,000 lots that the engine has never heard of; once.

    Their outbox is emptied, as a relay had done before the engine was lost. Nobody works on the
    runs meanwhile: what is measured is the asking and the starting.
    """
    asyncio.run(_resume_all(ground, figures))


async def _resume_all(ground: Ground, figures: Figures) -> None:
    url = ground.endpoints.database_url
    async with asyncpg.create_pool(url, min_size=_CONNECTIONS, max_size=_CONNECTIONS) as pool:
        await statements_per_second(pool, acceptances(ground.residents, CASES))
        await pool.execute("DELETE FROM outbox")
    role = role_of("relay")
    database = Database(settings_of(ground.home).database_url_for(role), role=role, pool_size=2)
    try:
        engine = ground.endpoints
        client = await connect(engine.temporal_address, engine.temporal_namespace)
        began = time.monotonic()
        done = await everything(database, client)
        figures.absolute("resume_all_10k_s", time.monotonic() - began)
    finally:
        await database.close()
    if done.started < CASES:
        raise LocalError(f"Of {CASES} lots only {done.started} were started again.")
