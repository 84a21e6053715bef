"""How long a selection is inherited stands beside it, so that no history of it is read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

from services.kernel.identifiers import uuid_of
from services.platform.draws.seeds import GUARD
from services.risk.queries.screening import BEFORE, SAME_GOODS
from tests.services.risk.test_selected_stays import called_in, strict, truck, unknown
from tests.services.secondmarket.test_buying_at_once import queued
from tests.support.asleep import Asleep
from tests.support.harbour import PASSED, RED_GOODS, SMUGGLED

__all__ = ["strict"]


async def test_until_when_a_selection_is_inherited_is_kept_as_its_lot_moves(strict: Asleep) -> None:
    lot_id, order_id = await strict.inspected(**truck())
    assert await until(strict, lot_id) == {("infinity", "IN_INSPECTION")}
    await strict.harbour.dispose(order_id, PASSED)
    await strict.attended(lot_id)
    assert await until(strict, lot_id) == {("-infinity", "RELEASED")}
    called = str(await called_in(strict, lot_id))
    for case in (lot_id, called):
        await strict.attended(case)
    assert await until(strict, lot_id) == {("infinity", "IN_INSPECTION")}
    await strict.harbour.dispose(called, {**SMUGGLED, "method": "FULL"})
    await strict.attended(lot_id)
    assert await until(strict, lot_id) == {("its end", "SEIZED")}


async def test_a_lot_that_is_given_up_while_it_is_screened_was_selected_and_has_ended(
    strict: Asleep,
) -> None:
    lot_id = await strict.harbour.confirmed(
        await strict.harbour.group(1), values=["10.00"], **truck(), hs_code=RED_GOODS
    )
    entered = await strict.sql.fetchval(
        "SELECT business_on FROM lots WHERE lot_id = $1", uuid_of(lot_id, "lot")
    )
    await strict.released()  # so that the day's seed is committed
    # Screening has read where the lot stands when it waits for the draw day.
    day = GUARD.format(port=f"'{strict.harbour.port}'", day=f"'{entered}'")
    async with strict.sql.acquire() as connection, connection.transaction():
        await connection.execute(f"SELECT pg_advisory_xact_lock({day})")
        screening = asyncio.create_task(strict.screened(lot_id))
        await queued(strict.harbour.window, 1)
        await strict.withdrawn(lot_id)
    await screening
    assert await until(strict, lot_id) == {("its end", "CANCELLED")}


async def until(place: Asleep, lot_id: str) -> set[tuple[str, str]]:
    """Until when a lot's selection is inherited, by each of its keys, and where it stands."""
    rows = await place.sql.fetch(
        "SELECT CASE WHEN s.ended_at = l.ended_at THEN 'its end' ELSE CAST(s.ended_at AS text) END,"
        " l.state FROM selections AS s JOIN lots AS l USING (lot_id) WHERE lot_id = $1",
        uuid_of(lot_id, "lot"),
    )
    return {(row[0], row[1]) for row in rows}


async def test_of_however_many_that_were_selected_by_a_key_no_more_is_read(strict: Asleep) -> None:
    """Of a thousand lots of one seller, and of a truck, that ended, wait or were released."""
    goods = {"seller": (await unknown(strict))["seller"], "hs_code": RED_GOODS}
    lot_id = await strict.harbour.confirmed(
        await strict.harbour.group(1), values=["10.00"], **truck(), **goods
    )
    lot = uuid_of(lot_id, "lot")
    read = []
    async with strict.sql.acquire() as connection:
        many = connection.transaction()
        await many.start()
        # As in a large table: one of a few pages is read whole faster than by an index.
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_bitmapscan = off")
        for _ in range(2):
            await connection.execute(
                "INSERT INTO selections (key, lot_id, lane, ended_at) SELECT key,"
                " gen_random_uuid(), CASE n % 2 WHEN 0 THEN 'RED' ELSE 'YELLOW' END,"
                " CASE n % 5 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity'"
                " ELSE now() - n * '1 minute'::interval END FROM generate_series(1, 1000) AS n,"
                f" v_lots AS l CROSS JOIN LATERAL unnest({SAME_GOODS}) AS k (key)"
                " WHERE l.lot_id = $1",
                lot,
            )
            await connection.execute("ANALYZE selections")
            plan = await connection.fetchval(
                "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) SELECT b.* FROM v_lots AS l CROSS JOIN"
                f" LATERAL (SELECT {SAME_GOODS} AS goods OFFSET 0) AS same CROSS JOIN LATERAL"
                f" ({BEFORE}) AS b WHERE l.lot_id = $1",
                lot,
            )
            read.append(sum(read_of(json.loads(plan)[0]["Plan"], "selections")))
        await many.rollback()
    keys = 3  # truck, seller, declarant; a group's own beside
    assert 0 < read[0] == read[1] <= 2 * 10 * 2 * keys


def read_of(plan: dict[str, Any], table: str) -> Iterator[float]:
    """How many rows of a table each step of a plan has read."""
    if plan.get("Relation Name") == table:
        passed_over = plan.get("Rows Removed by Filter", 0) + plan.get(
            "Rows Removed by Index Recheck", 0
        )
        yield (plan["Actual Rows"] + passed_over) * plan["Actual Loops"]
    for step in plan.get("Plans", []):
        yield from read_of(step, table)
