"""What sealing adds to a submit: the head of every lot stands in a seal within the hour."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import asyncpg

from deploy.bench.cost import spent_by
from deploy.bench.figures import Figures
from deploy.bench.ground import Ground
from deploy.bench.intake import submits
from deploy.bench.processes import intake_process
from deploy.operate.data_directory import LocalError
from deploy.operate.sealing import seal
from deploy.operate.settings import settings_of
from services.platform.database import Database
from services.platform.settings import role_of

_WARM_UP: Final = 400
_SUBMITS: Final = 2000
# Seals are made every hour and changed by nobody; here the hour is over at once.
_DUE: Final = (
    "SET LOCAL session_replication_role = replica",
    "UPDATE seals SET cut_short = true",
)
_SEALED: Final = "SELECT count(*) FROM sealed_heads"


def sealing_vs_submit(ground: Ground, figures: Figures, rounds: int) -> None:
    """Processor time of sealing a lot's head ÷ of submitting it; PostgreSQL's part is in both.

    Lots of one ticket through the declaration service's process, then the seals that take them,
    made in this process as the relay makes them.
    """
    with intake_process(ground.stack) as process:
        asyncio.run(_compare(ground, figures, rounds, process.port, process.pid))


async def _compare(ground: Ground, figures: Figures, rounds: int, port: int, pid: int) -> None:
    role, settings = role_of("relay"), settings_of(ground.home)
    relay = Database(settings.database_url_for(role), role=role, pool_size=1)
    key, postgres = settings.key("seal_key"), ground.stack.processes["database"]
    sql = await asyncpg.connect(ground.endpoints.database_url)
    await submits(ground, [port], _WARM_UP)
    await _seals(relay, key)
    for _ in range(rounds):
        before = spent_by(pid) + spent_by(postgres)
        await submits(ground, [port], _SUBMITS)
        submitting = (spent_by(pid) + spent_by(postgres) - before) / _SUBMITS
        async with sql.transaction():
            for statement in _DUE:
                await sql.execute(statement)
        sealed, began = await sql.fetchval(_SEALED), time.perf_counter()
        before = time.process_time() + spent_by(postgres)
        await _seals(relay, key)
        spent = time.process_time() + spent_by(postgres) - before
        took = time.perf_counter() - began
        if await sql.fetchval(_SEALED) - sealed != _SUBMITS:
            raise LocalError("The seals of the bench have not taken what was submitted.")
        figures.ratio("sealing_vs_submit", spent / _SUBMITS / submitting)
        figures.absolute("submit_cpu_ms", submitting * 1000)
        figures.absolute("seal_of_a_head_cpu_ms", spent / _SUBMITS * 1000)
        figures.absolute("seal_of_2000_heads_s", took)
    await sql.close()
    await relay.close()


async def _seals(relay: Database, key: bytes) -> None:
    """Whatever is due, as the relay does it at the end of an hour."""
    while await seal(relay, key) is not None:
        pass
