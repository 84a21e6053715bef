"""The log as the schema's owner may write it: events of any service, for tests of readers."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from secrets import token_bytes

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.declaration.domain.events import LotReleased
from services.declaration.domain.states import LOT, LotState
from services.kernel.events import Event, canonical_json
from services.kernel.header import Header, Mark
from services.kernel.identifiers import case_uuid
from services.kernel.messages import SYSTEM, Actor
from tests.support.acts import who_says

Sql = asyncpg.Pool | asyncpg.Connection | PoolConnectionProxy


async def events_of(sql: Sql, case: str) -> list[str]:
    """The types of a case's events, in order."""
    rows = await sql.fetch(
        "SELECT type FROM events WHERE case_id = $1 ORDER BY seq", case_uuid(case)
    )
    return [row["type"] for row in rows]


async def log_stands(sql: Sql) -> None:
    """Until no transaction of the server is older than the newest event: then whoever follows the
    log is shown all of it. What another database of the server has not committed holds it, too."""
    newest = "SELECT coalesce(max(xid), '3') < pg_snapshot_xmin(pg_current_snapshot()) FROM events"
    async with asyncio.timeout(30):
        while not await sql.fetchval(newest):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)


async def say(
    sql: Sql,
    case: str,
    event: Event,
    *,
    step: str,
    actor: Actor | None = None,
    at: datetime | None = None,
    header: Header | None = None,
) -> int:
    """Append an event to a case, whoever would say it; its number.

    A person's carries the receipt of a request that is answered, as every act of a person's does.
    """
    actor = actor or who_says(event)
    known = actor.model_dump(exclude_none=True)
    if actor != SYSTEM:
        receipt = token_bytes(32)
        known["receipt"] = receipt.hex()
        await sql.execute(
            "INSERT INTO stored_answers (receipt, role, fingerprint, status, body)"
            " SELECT $1, coalesce(t.role, k.role), '', CASE WHEN t.role IS NULL THEN 409 ELSE 200"
            " END, '{}' FROM event_types AS t LEFT JOIN case_kinds AS k ON k.kind = $3"
            " WHERE t.type = $2",
            receipt,
            type(event).__name__,
            case[:3],
        )
    number: int = await sql.fetchval(
        "SELECT append_event($1, $2, $3, $4, $5, $6, $7, $8)",
        case_uuid(case),
        case[:3],
        type(event).__name__,
        step,
        canonical_json(known),
        event.body(),
        at or datetime.now(UTC),
        None if header is None else json.dumps(header.as_json()),
    )
    return number


async def moved(sql: Sql, lot_id: str, state: LotState) -> None:
    """A lot comes to another state: its owner's row, and an event that says so in its header."""
    await sql.execute(
        "UPDATE lots SET state = $2, released_at = CASE WHEN $2 = 'RELEASED' THEN now()"
        " ELSE released_at END WHERE lot_id = $1",
        case_uuid(lot_id),
        state,
    )
    header = Header(state, LOT.holder(state))
    await say(sql, lot_id, LotReleased(lane="GREEN", in_time=True), step=state, header=header)
    left = Mark()
    left.brought(LOT.passes(state))
    await mark(sql, (lot_id, left))


async def mark(sql: Sql, *cases: tuple[str, Mark]) -> None:
    """Add to cases what whoever tells them would: waits, links, readers."""
    marks = json.dumps([mark.as_json(case) for case, mark in cases])
    await sql.execute("SELECT mark_cases($1, now())", marks)
