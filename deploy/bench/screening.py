"""Whether screening takes longer when control lists much."""

from __future__ import annotations

import asyncio
import time
from statistics import median
from typing import Final
from urllib.parse import urlsplit

import asyncpg

from deploy.bench.figures import Figures
from deploy.bench.ground import Ground
from deploy.bench.load import Lines
from deploy.bench.processes import intake
from deploy.bench.trade import lot_declared
from deploy.local.stack import DATABASE
from deploy.operate.assembly import Assembly
from deploy.operate.settings import settings_of
from services.kernel.messages import Case
from services.platform.database import Database
from services.platform.settings import role_of
from services.risk.activities import ScreeningActivities

CONTROLS: Final = 10_000
_NONE: Final = "bench_controls_none"
_MANY: Final = "bench_controls_many"
_SHARES: Final = 10
_WARM_UP: Final = 30
_LOTS: Final = 100

# Of every kind that a lot is looked for by, and none that reaches a lot of the bench: parties and
# trucks like its own, lines of its own chapter and of others.
LOAD: Final = (
    """
    INSERT INTO risk_controls (control_id, kind, value, lane, grounds, effective_from, set_by,
        set_at)
    SELECT uuidv7(), k.kind, k.value, 'RED', 'bench', '2020-01-01', 'officer:bench', now()
    FROM generate_series(1, $1::integer) AS n CROSS JOIN LATERAL (
        SELECT * FROM (VALUES
            (0, 'party', 'resident:res_' || replace(gen_random_uuid()::text, '-', '')),
            (1, 'party', 'group:SP-X' || n),
            (2, 'party', 'carrier:C' || n),
            (3, 'party', 'enterprise:' || (4506000000 + n)),
            (4, 'vehicle_plate', '桂P' || 'X' || n),
            (5, 'vehicle_plate', '14C-X' || n),
            (6, 'seller', 'Sample Mong Cai X' || n),
            (7, 'seller', 'S-X' || n),
            (8, 'hs_code', '08' || lpad((200000 + n)::text, 6, '0')),
            (9, 'hs_prefix', (20 + n % 70)::text || lpad((n % 10000)::text, 4, '0'))
        ) AS v (place, kind, value) WHERE v.place = n % 10
    ) AS k
    """,
    """
    INSERT INTO control_reach (kind, key, control_id)
    SELECT CASE WHEN kind IN ('hs_code', 'hs_prefix') THEN 'goods' ELSE kind END,
        reach_key(value), control_id
    FROM risk_controls WHERE set_by = 'officer:bench'
    """,
    "VACUUM ANALYZE",
)


def screening_10k_vs_none(ground: Ground, figures: Figures, rounds: int) -> None:
    """The step that decides a lot's lane, on two databases of one server, lot by lot in turns.

    The lots are the same in both: submitted and confirmed, and never told to anybody.
    """
    ground.stack.sql(f'CREATE DATABASE "{_NONE}" TEMPLATE "{DATABASE}"')
    try:
        with intake(ground.stack, _NONE) as port:
            lots = asyncio.run(_declared(ground, port, _WARM_UP + rounds * _LOTS))
        ground.stack.sql(f'CREATE DATABASE "{_MANY}" TEMPLATE "{_NONE}"')
        for name in (_NONE, _MANY):
            # Waiting for the disk is the same beside any number of controls, and would hide it.
            ground.stack.sql(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        asyncio.run(_list(ground))
        asyncio.run(_compare(ground, figures, lots))
    finally:
        for name in (_MANY, _NONE):
            ground.stack.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _declared(ground: Ground, port: int, number: int) -> list[str]:
    members = ground.members()
    shares = [members[n * _SHARES % len(members) :][:_SHARES] for n in range(number)]
    async with Lines.open(port, connections=1) as lines:
        return [await lot_declared(lines, ground, buyers) for buyers in shares]


async def _list(ground: Ground) -> None:
    """Controls straight into the tables, as an officer's act leaves them; both are vacuumed."""
    for name, listed in ((_NONE, 0), (_MANY, CONTROLS)):
        sql = await asyncpg.connect(_url(ground, name))
        for number, statement in enumerate(LOAD):
            await sql.execute(statement, *([listed] if number == 0 else []))
        await sql.close()


async def _compare(ground: Ground, figures: Figures, lots: list[str]) -> None:
    vault = Assembly.create(settings_of(ground.home)).vault
    databases = [_database(ground, name) for name in (_NONE, _MANY)]
    none, many = (ScreeningActivities(database, vault=vault) for database in databases)
    for lot_id in lots[:_WARM_UP]:
        await _seconds(none, lot_id)
        await _seconds(many, lot_id)
    for first in range(_WARM_UP, len(lots), _LOTS):
        of_none, of_many = [], []
        for lot_id in lots[first : first + _LOTS]:
            of_none.append(await _seconds(none, lot_id))
            of_many.append(await _seconds(many, lot_id))
        figures.ratio("screening_10k_vs_none", median(of_many) / median(of_none))
        figures.absolute("screening_with_no_controls_ms", median(of_none) * 1000)
        figures.absolute("screening_with_10k_controls_ms", median(of_many) * 1000)
    for database in databases:
        await database.close()


async def _seconds(screening: ScreeningActivities, lot_id: str) -> float:
    began = time.perf_counter()
    await screening.screen_lot(Case(case_id=lot_id))
    return time.perf_counter() - began


def _url(ground: Ground, name: str) -> str:
    return f"{ground.endpoints.database_url.rpartition('/')[0]}/{name}"


def _database(ground: Ground, name: str) -> Database:
    address = urlsplit(ground.endpoints.database_url)
    role = role_of("risk")
    bare = f"postgresql://{address.hostname}:{address.port}/{name}"
    secrets = settings_of(ground.home).secrets
    return Database(secrets.database_url(bare, role), role=role, pool_size=1)
