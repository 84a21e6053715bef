"""Whether reading the headers of cases takes longer when there are many: work list and streams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Final
from urllib.parse import urlsplit

import asyncpg

from deploy.bench.figures import Figures
from deploy.bench.ground import Ground
from deploy.local.stack import DATABASE
from deploy.operate.settings import settings_of
from services.kernel.messages import Actor
from services.manifests import case_kinds
from services.platform.database import Database, Tx
from services.platform.settings import role_of
from services.platform.tail import Position, read_after
from services.platform.visibility import Viewer
from services.window.domain.model import Desk
from services.window.queries.cases import kinds_of_visible
from services.window.queries.work import Wanted, work_counts, work_list

FEW: Final = 1_000
MANY: Final = 1_000_000
_BATCH: Final = 200
_PAGE: Final = 51
_CALLS: Final = 100
_CLERK: Final = Actor(subject="bench", party="group:SP-G001", role="clerk")

# Keys are in the order of time, as time makes them: the log ends with events of the newest cases.
# Every case is the clerk's to read and waits on the clerk's own desk: no list can be longer.
_LOAD: Final = (
    """
    CREATE TEMP TABLE stored AS
    SELECT n, uuidv7(-interval '20 days' * (1 - n / $1::float8)) AS case_id
    FROM generate_series(1, $1::bigint) AS n
    """,
    """
    INSERT INTO cases (case_id, kind, seq, head, xid, version, opened_at, state, holder, reference,
        port, lot_id, readers)
    SELECT case_id, 'lot', 1, sha256('x'), pg_current_xact_id(), 1, now(), 'RELEASED', 'carrier',
        'H-' || n, 'DONGXING', case_id, ARRAY['group:SP-G001', 'officers:DONGXING']
    FROM stored
    """,
    """
    INSERT INTO case_waits (case_id, code, desk, kind, since, due_at)
    SELECT case_id, 'SETTLEMENT', 'group:SP-G001', 'lot', now(), now() + interval '1 s' * n
    FROM stored
    """,
    """
    INSERT INTO events (case_id, seq, xid, type, step, actor, body, occurred_at, prev_hash, hash)
    SELECT case_id, 1, pg_current_xact_id(), 'LotReleased', 'release', '{"role":"system"}', '{}',
        now(), sha256('x'), sha256('x')
    FROM stored
    """,
    "VACUUM ANALYZE",
)
# Readers of streams are where the log ends, not where it began.
_END: Final = (
    "SELECT CAST(CAST(xid AS text) AS bigint) AS xid, position FROM events"
    " ORDER BY events.xid DESC, position DESC OFFSET $1 LIMIT 1"
)


def header_reads_1m_vs_1k(ground: Ground, figures: Figures, rounds: int) -> None:
    """A page of the work list, and a batch of a stream: two databases of one server take turns."""
    names = {cases: f"bench_cases_{cases}" for cases in (FEW, MANY)}
    for cases, name in names.items():
        ground.stack.sql(f'CREATE DATABASE "{name}" TEMPLATE "{DATABASE}"')
        asyncio.run(_store(_url(ground, name), cases))
    try:
        asyncio.run(_compare(ground, figures, names, rounds))
    finally:
        for name in names.values():
            ground.stack.sql(f'DROP DATABASE "{name}" WITH (FORCE)')


async def _store(url: str, cases: int) -> None:
    sql = await asyncpg.connect(url)
    for number, statement in enumerate(_LOAD):
        await sql.execute(statement, *([cases] if number == 0 else []), timeout=600)
    await sql.close()


async def _compare(ground: Ground, figures: Figures, names: dict[int, str], rounds: int) -> None:
    opened = {cases: _database(ground, name) for cases, name in names.items()}
    places = {cases: await _place(_url(ground, name)) for cases, name in names.items()}
    for measured in (_work_list, _stream_batch):
        name = measured.__name__.removeprefix("_")
        for database, place in ((opened[c], places[c]) for c in names):
            await _cost_s(database, measured, place)
        for _ in range(rounds):
            few = await _cost_s(opened[FEW], measured, places[FEW])
            many = await _cost_s(opened[MANY], measured, places[MANY])
            figures.ratio(f"{name}_1m_vs_1k", many / few)
            figures.absolute(f"{name}_with_1k_cases_ms", few * 1000)
            figures.absolute(f"{name}_with_1m_cases_ms", many * 1000)
    for database in opened.values():
        await database.close()


Measured = Callable[[Tx, Position], Awaitable[int]]


async def _work_list(tx: Tx, _: Position) -> int:
    viewer, desks = Viewer(_CLERK, list(case_kinds())), [Desk(_CLERK.party)]
    rows = await work_list(tx, viewer, desks, Wanted(), after=None, rows=_PAGE)
    await work_counts(tx, viewer, desks)
    return len(rows)


async def _stream_batch(tx: Tx, place: Position) -> int:
    events = await read_after(tx, place, rows=_BATCH)
    viewer = Viewer(_CLERK, list(case_kinds()))
    return len(await kinds_of_visible(tx, {e.case_id for e in events}, viewer))


async def _cost_s(database: Database, measured: Measured, place: Position) -> float:
    """The median time of a call. Raises AssertionError when it does not read what it should."""
    took = []
    for _ in range(_CALLS):
        began = time.perf_counter()
        async with database.reading() as tx:
            read = await measured(tx, place)
        took.append(time.perf_counter() - began)
        if read not in (_PAGE, _BATCH):
            raise AssertionError(f"{measured} read {read} rows")
    return median(took)


async def _place(url: str) -> Position:
    """The place in the log after which one batch is left."""
    sql = await asyncpg.connect(url)
    row = await sql.fetchrow(_END, _BATCH)
    await sql.close()
    if row is None:
        raise AssertionError("the log is shorter than a batch")
    return Position(row["xid"], row["position"])


def _url(ground: Ground, name: str) -> str:
    server = ground.endpoints.database_url.rpartition("/")[0]
    return f"{server}/{name}"


def _database(ground: Ground, name: str) -> Database:
    address = urlsplit(ground.endpoints.database_url)
    role = role_of("window")
    bare = f"postgresql://{address.hostname}:{address.port}/{name}"
    secrets = settings_of(ground.home).secrets
    return Database(secrets.database_url(bare, role), role=role, pool_size=1)
