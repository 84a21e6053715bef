"""Whom acts tell: until it is delivered, and copied to where no relay takes it away."""

from __future__ import annotations

from typing import Final

import asyncpg
from temporalio.client import Client

from tests.support.patience import sooner_or_later

# Another window of the same database may have a relay that empties the outbox meanwhile. A schema
# of their own, for the migrations manage all that stands in ``public``.
_COPIED: Final = (
    "CREATE SCHEMA IF NOT EXISTS tests",
    "CREATE TABLE IF NOT EXISTS tests.told (outbox_id bigint, told text, opens boolean)",
    "DELETE FROM tests.told",
    """CREATE OR REPLACE FUNCTION tests.copy_told() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        INSERT INTO tests.told VALUES (NEW.outbox_id, NEW.told, NEW.opens);
        RETURN NULL;
    END $$""",
    "CREATE OR REPLACE TRIGGER copied AFTER INSERT ON outbox FOR EACH ROW EXECUTE"
    " FUNCTION tests.copy_told()",
)
_RESTING: Final = (
    """CREATE OR REPLACE FUNCTION tests.rest_told() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.due_at := NEW.due_at + interval '1 day';
        RETURN NEW;
    END $$""",
    "CREATE OR REPLACE TRIGGER rests BEFORE INSERT ON outbox FOR EACH ROW EXECUTE"
    " FUNCTION tests.rest_told()",
)


async def tells_rest(sql: asyncpg.Pool) -> None:
    """From now on no relay of any window of this database delivers what is told. It is copied; what
    was copied before is forgotten."""
    async with sql.acquire() as connection, connection.transaction():
        for statement in (*_COPIED, *_RESTING):
            await connection.execute(statement)


async def tells_go_out(sql: asyncpg.Pool) -> None:
    """What rested is due, and whatever is told from now on."""
    async with sql.acquire() as connection, connection.transaction():
        await connection.execute("DROP TRIGGER IF EXISTS rests ON outbox")
        await connection.execute("UPDATE outbox SET due_at = now() WHERE due_at > now()")


async def copied_tells(sql: asyncpg.Pool) -> list[tuple[str, bool]]:
    """Whom acts have told since, in order, and whether a case is to be opened."""
    rows = await sql.fetch("SELECT told, opens FROM tests.told ORDER BY outbox_id")
    return [(row["told"], row["opens"]) for row in rows]


async def delivered(sql: asyncpg.Pool, case: str) -> None:
    """Whatever was to be told to a case has been told."""

    async def nothing_left() -> bool:
        return not await sql.fetchval("SELECT count(*) FROM outbox WHERE told = $1", case)

    await sooner_or_later(nothing_left)


async def at_rest(sql: asyncpg.Pool, engine: Client, case: str) -> None:
    """Whatever was to be told to a case has been told, and it has looked because of it."""
    await delivered(sql, case)

    async def has_looked() -> bool:
        described = await engine.get_workflow_handle(case).describe()
        return not described.raw_description.HasField("pending_workflow_task")

    await sooner_or_later(has_looked)
