"""Whether a submit takes longer when much is stored."""

from __future__ import annotations

import asyncio
from typing import Final

import asyncpg

from deploy.bench.figures import Figures
from deploy.bench.ground import PEOPLE, Ground
from deploy.bench.intake import submits
from deploy.bench.processes import intake
from deploy.local.stack import DATABASE

FEW: Final = 10_000
MANY: Final = 1_000_000
_SMALL_DATABASE: Final = "bench_small"
_TICKETS_PER_LOT: Final = 25
_WARM_UP: Final = 200
_SUBMITS: Final = 400

# Lots of past days, 25 tickets each, a ticket per resident and day, so that there are as many
# quota rows as tickets. Keys are made for moments of the last three weeks, as time makes them.
_PEOPLE = """
CREATE TEMP TABLE people AS
SELECT row_number() OVER (ORDER BY resident_id) - 1 AS n, resident_id FROM residents
"""
_LOTS_OF_PAST = """
CREATE TEMP TABLE past AS
SELECT n, uuidv7(-interval '20 days' * random()) AS lot_id,
    $1::date - 1 - (n * $2 / $3)::int AS business_on, 'group:SP-G00' || (1 + n % 8) AS party
FROM generate_series($4::bigint, $5::bigint - 1) AS n
"""
_LOAD = (
    """
    INSERT INTO lots (lot_id, reference, reference_key, submitted_by, group_code, port,
        customs_office, direction, vehicle_plate, plate_key, origin, shipped_from, seller,
        seller_key, seller_bank_bic, hs_code, goods_name,
        perishable, purpose, net_kg, gross_kg, pieces, value_minor, currency, ticket_count,
        entered_at, business_on, state, lane, submitted_at, clock_started_at, release_due_at,
        released_at)
    SELECT lot_id, 'P-' || n, 'p-' || n, party, split_part(party, ':', 2), 'DONGXING', '7208', 'I',
        '桂P12345', '桂P12345', 'VN', 'VN', 'Sample Mong Cai 1', 'samplemongcai1', 'BFTVVNVX',
        '08013100', '带壳腰果', false, 'RESALE', 25, 25, 1, 25000, 'CNY', 25, business_on,
        business_on, 'RELEASED', 'GREEN', business_on, business_on, business_on + 2, business_on
    FROM past
    """,
    """
    INSERT INTO tickets (lot_id, line_no, ticket_id, resident_id, net_kg, value_minor, currency,
        confirmed_at)
    SELECT p.lot_id, line, uuidv7(), r.resident_id, 1, 1000, 'CNY', p.business_on
    FROM past AS p CROSS JOIN generate_series(1, 25) AS line
    JOIN people AS r ON r.n = (p.n * 25 + line - 1) % (SELECT count(*) FROM people)
    """,
    """
    INSERT INTO quota_days (resident_id, business_on, limit_minor, reserved_minor, consumed_minor,
        tickets)
    SELECT t.resident_id, p.business_on, 800000, 0, 1000, 1
    FROM past AS p JOIN tickets AS t USING (lot_id)
    """,
    """
    INSERT INTO stored_answers (receipt, role, fingerprint, status, body)
    SELECT sha256(convert_to(party || lot_id::text, 'UTF8')), 'tw_declaration', repeat('0', 64),
        201, repeat('x', 600)
    FROM past
    """,
    """
    SELECT count(append_event(lot_id, 'lot', type, step, '{"party":"past"}', repeat('x', 300),
        business_on::timestamptz, jsonb_build_object('state', state, 'holder', holder, 'reference',
        'P-' || n, 'port', 'DONGXING', 'lot', lot_id, 'readers', ARRAY[party, 'gates:DONGXING'])))
    FROM past CROSS JOIN (VALUES
        ('LotSubmitted', 'submit', 'SUBMITTED', 'members'),
        ('LotReleased', 'release', 'RELEASED', 'carrier')
    ) AS e (type, step, state, holder)
    """,
    "VACUUM ANALYZE",
)


def growth_1m_vs_10k(ground: Ground, figures: Figures, rounds: int) -> None:
    """The median submit, one at a time, on two databases of one server that take turns."""
    asyncio.run(_store(ground, 0, FEW))
    ground.stack.sql(f'CREATE DATABASE "{_SMALL_DATABASE}" TEMPLATE "{DATABASE}"')
    asyncio.run(_store(ground, FEW, MANY))
    with intake(ground.stack, _SMALL_DATABASE) as small, intake(ground.stack) as large:
        asyncio.run(_growth(ground, figures, small, large, rounds))


async def _growth(ground: Ground, figures: Figures, small: int, large: int, rounds: int) -> None:
    for port in (small, large):
        await submits(ground, [port], _WARM_UP, connections=1)
    for _ in range(rounds):
        few = (await submits(ground, [small], _SUBMITS, connections=1)).quantile(0.5)
        many = (await submits(ground, [large], _SUBMITS, connections=1)).quantile(0.5)
        figures.ratio("growth_1m_vs_10k", many / few)
        figures.absolute("submit_with_10k_tickets_ms", few * 1000)
        figures.absolute("submit_with_1m_tickets_ms", many * 1000)


async def _store(ground: Ground, stored: int, wanted: int) -> None:
    """Bring the tickets stored from one number to another, straight into the tables."""
    sql = await asyncpg.connect(ground.endpoints.database_url)
    first, last = stored // _TICKETS_PER_LOT, wanted // _TICKETS_PER_LOT
    await sql.execute(_PEOPLE)
    people = len(ground.residents)
    await sql.execute(_LOTS_OF_PAST, PEOPLE.on, _TICKETS_PER_LOT, people, first, last)
    for statement in _LOAD:
        await sql.execute(statement, timeout=600)
    await sql.close()
