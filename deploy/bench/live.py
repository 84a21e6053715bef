"""What pages that follow the record cost beside as many streams, in the window's processor time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from random import random
from typing import Any, Final

import asyncpg

from deploy.bench.figures import Figures
from deploy.bench.ground import PORT, Ground
from deploy.bench.visitors import Hall, Visitor, hall, open_orders
from services.kernel.identifiers import new_id
from services.platform.bell import EVENTS

PAGES: Final = 20
EVENTS_PER_S: Final = 5
_LASTS_S: Final = 20.0
_PAGE: Final = "/portal/"
# As portal.js has it where changes do not end.
SELDOM_S: Final = 10.0
_ORDERS: Final = 20
"""On the desk of each."""
_HAPPENS: Final = """
    SELECT append_event(case_id, 'ins', 'InspectionOrdered', 'bench ' || gen_random_uuid(),
        '{"role":"platform","party":"platform:bench"}', jsonb_build_object('lot_id', case_id,
            'port', port, 'lane', 'RED', 'perishable', false, 'method', 'OUTER')::text, now())
    FROM cases WHERE kind = 'ins' AND port = $1 AND ended_at IS NULL LIMIT 1
"""


def live_vs_streams(ground: Ground, figures: Figures, rounds: int) -> None:
    """Twenty open pages at five events a second ÷ the same twenty streams by the interface."""
    asyncio.run(_live_vs_streams(ground, figures, rounds))


async def _live_vs_streams(ground: Ground, figures: Figures, rounds: int) -> None:
    officers = [new_id("ofc") for _ in range(PAGES)]
    for one, other in zip(officers[::2], officers[1::2], strict=True):
        await open_orders(ground, _ORDERS, (one, other))
    sql = await asyncpg.connect(ground.endpoints.database_url)
    async with hall(ground) as of:
        people = [of.visitor("officer", f"officer:{one}", port=PORT) for one in officers]
        for _ in range(rounds):
            nobody = await _cpu_s(of, sql, [])
            streams = await _cpu_s(of, sql, [_heard(one.stream()) for one in people]) - nobody
            pages = await _cpu_s(of, sql, [_followed(one) for one in people]) - nobody
            figures.ratio("live_vs_streams", pages / streams)
            figures.absolute("live_pages_cpu_ms_per_s", pages / _LASTS_S * 1000)
    await sql.close()


async def _cpu_s(
    of: Hall, sql: asyncpg.Connection, readers: Sequence[Coroutine[Any, Any, None]]
) -> float:
    """Processor time of this process while events happen and these read of them."""
    reading = [asyncio.ensure_future(reader) for reader in readers]
    await asyncio.sleep(1.0)  # all have begun
    began, until = time.process_time(), time.monotonic() + _LASTS_S
    while time.monotonic() < until:
        await sql.execute(_HAPPENS, PORT)
        of.assembly.bell.ring(EVENTS)
        await asyncio.sleep(1 / EVENTS_PER_S)
    took = time.process_time() - began
    for reader in reading:
        reader.cancel()
        with suppress(asyncio.CancelledError):
            await reader
    return took


async def _heard(stream: AsyncIterator[bytes]) -> None:
    async for _ in stream:
        pass


async def _followed(person: Visitor) -> None:
    """A page in a browser: it reads itself anew when it is told that something has changed."""
    await person.opens(_PAGE)
    told = asyncio.Event()
    await asyncio.gather(_told(person.live(), told), _reads_anew(person.opens, told))


async def _told(live: AsyncIterator[bytes], told: asyncio.Event) -> None:
    async for piece in live:
        if b"event: changed" in piece:
            told.set()


async def _reads_anew(opens: Callable[[str], Awaitable[object]], told: asyncio.Event) -> None:
    # They were not opened at one moment.
    await asyncio.sleep(random() * SELDOM_S)  # noqa: S311 - when a page looks is no secret
    while True:
        await told.wait()
        told.clear()
        await opens(_PAGE)
        await asyncio.sleep(SELDOM_S)
