"""A table changed by hand, by whoever has the database's own password, and what verify says."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.operate.verify_records import differing_records
from services.kernel.identifiers import case_uuid

OTHERWISE: Final = {
    "boolean": "NOT coalesce({0}, false)",
    "uuid": "gen_random_uuid()",
    "date": "coalesce({0}, DATE '2198-01-01') + 1",
    "timestamp with time zone": "CASE WHEN {0} IS NULL THEN now() END",
    "jsonb": "'\"tampered\"'",
    "ARRAY": "array_append({0}, 'TAMPERED')",
    "character": "'ZZ'",
    "text": "'tampered'",
    "bytea": "CAST('tampered' AS bytea)",
}


async def found(connection: AsyncConnection, case: str) -> list[str]:
    """What verify says of a case."""
    case_id = case_uuid(case)
    events = await connection.execute(
        text("SELECT * FROM events WHERE case_id = :case_id ORDER BY seq"), {"case_id": case_id}
    )
    # Any connection runs the same statements, and its rows have the same names.
    by: Any = connection
    chains: Any = {case_id: (case[:3], events.all())}
    return (await differing_records(by, chains)).get(case_id, [])


async def change(connection: AsyncConnection, table: str, column: str, where: str) -> None:
    """Change a column to something else, whatever the table's own checks say."""
    checks = await connection.execute(
        text("SELECT conname FROM pg_constraint WHERE conrelid = :t ::regclass AND contype = 'c'"),
        {"t": table},
    )
    for name in checks.scalars().all():
        await connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    kind = await connection.scalar(
        text(
            "SELECT data_type FROM information_schema.columns"
            " WHERE table_name = :t AND column_name = :c AND table_schema = 'public'"
        ),
        {"t": table, "c": column},
    )
    if kind == "timestamp with time zone":
        await connection.execute(text(f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL"))
    other = OTHERWISE.get(str(kind), "coalesce({0}, 0) + 1").format(column)
    done = await connection.execute(text(f"UPDATE {table} SET {column} = {other} WHERE {where}"))
    assert done.rowcount >= 1
