"""A table changed by hand, by whoever has the database's own password, and what verify says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.operate.verify.records import differing_records
from services.kernel.identifiers import case_uuid
from services.platform.database import metadata

OTHERWISE: Final = {
    "boolean": "NOT coalesce({0}, false)",
    "uuid": "gen_random_uuid()",
    "date": "coalesce({0}, DATE '2198-01-01') + 1",
    "timestamp with time zone": "CASE WHEN {0} IS NULL THEN now() END",
    "jsonb": "'\"tampered\"'",
    "_text": "array_append({0}, 'TAMPERED')",
    "_numeric": "array_append({0}, 1)",
    "_bool": "array_append({0}, true)",
    "_timestamptz": "array_append({0}, now())",
    "character": "CASE length({0}) WHEN 1 THEN 'Z' ELSE 'ZZ' END",
    "text": "'tampered'",
    "bytea": "CAST('tampered' AS bytea)",
}


async def found(connection: AsyncConnection, case: str) -> list[str]:
    """What verify says of a case."""
    return (await found_of(connection, [case])).get(case, [])


async def found_of(connection: AsyncConnection, cases: Sequence[str]) -> dict[str, list[str]]:
    """What verify says of cases, of those of which it says anything."""
    of = {case_uuid(case): case for case in cases}
    events = await connection.execute(
        text("SELECT * FROM events WHERE case_id = ANY(:cases) ORDER BY case_id, seq"),
        {"cases": list(of)},
    )
    rows: dict[UUID, list[Any]] = {case_id: [] for case_id in of}
    for event in events:
        rows[event.case_id].append(event)
    # Any connection runs the same statements, and its rows have the same names.
    by: Any = connection
    chains: Any = {case_id: (case[:3], rows[case_id]) for case_id, case in of.items()}
    differing = await differing_records(by, chains)
    return {of[case_id]: said for case_id, said in differing.items() if said}


async def unchecked(connection: AsyncConnection, table: str) -> None:
    """A table takes whatever is written into it."""
    checks = await connection.execute(
        text("SELECT conname FROM pg_constraint WHERE conrelid = :t ::regclass AND contype = 'c'"),
        {"t": table},
    )
    for name in checks.scalars().all():
        await connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))


async def copied(connection: AsyncConnection, table: str, where: str, **other: str) -> None:
    """One of these rows once more, with other values (SQL), whatever keys the table has."""
    await unchecked(connection, table)
    kept = [c.name for c in metadata.tables[table].columns if c.computed is None]
    constraints = await connection.execute(
        text(
            "SELECT conname FROM pg_constraint WHERE conrelid = :t ::regclass"
            " AND contype IN ('u', 'x', 'p')"
        ),
        {"t": table},
    )
    for name in constraints.scalars().all():
        await connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE"))
    unique = await connection.execute(
        text(
            "SELECT CAST(indexrelid AS regclass)::text FROM pg_index"
            " WHERE indrelid = :t ::regclass AND indisunique"
        ),
        {"t": table},
    )
    for name in unique.scalars().all():
        await connection.execute(text(f"DROP INDEX {name}"))
    values = ", ".join(other.get(name, name) for name in kept)
    await connection.execute(
        text(
            f"INSERT INTO {table} ({', '.join(kept)})"
            f" SELECT {values} FROM {table} WHERE {where} LIMIT 1"
        )
    )


async def change(
    connection: AsyncConnection, table: str, column: str, where: str, *, undone: bool = False
) -> None:
    """Change a column to something else, whatever the table's own checks say.

    ``undone``: of a day or a person that says that something was done, to nothing.
    """
    await unchecked(connection, table)
    kind = await connection.scalar(
        text(
            "SELECT CASE data_type WHEN 'ARRAY' THEN udt_name ELSE data_type END"
            " FROM information_schema.columns"
            " WHERE table_name = :t AND column_name = :c AND table_schema = 'public'"
        ),
        {"t": table, "c": column},
    )
    alter = f"ALTER TABLE {table} ALTER COLUMN {column}"
    await connection.execute(text(f"{alter} DROP EXPRESSION IF EXISTS"))
    if kind == "timestamp with time zone":
        await connection.execute(text(f"{alter} DROP NOT NULL"))
    other = OTHERWISE.get(str(kind), "coalesce({0}, 0) + 1").format(column)
    if undone and kind in ("date", "text"):
        other = f"CASE WHEN {column} IS NULL THEN {other} END"
    done = await connection.execute(text(f"UPDATE {table} SET {column} = {other} WHERE {where}"))
    assert done.rowcount >= 1
