"""Month partitions of tables keyed by UUIDv7: the key's first 48 bits are its creation time.

What a month is called and where it begins is said once, in the schema (``0014_upkeep``): the
running window makes the coming months by the same functions as a migration run.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

KEYS: Final = {"events": "case_id", "tickets": "lot_id"}
"""Each partitioned table and the key that it is partitioned by."""

_GATHERED: Final = text("SELECT month FROM months_gathered(:table) AS month ORDER BY month")
_PREPARE: Final = text("SELECT months_prepare()")


async def bring_up(connection: AsyncConnection) -> None:
    """Make sure of the partitions of this month and the next six; safe to repeat.

    Rows of a month that had none have gathered in the default partition and are brought into the
    month's own. Keys far outside (a clock far off) stay in the default partition: never lost.
    """
    for table in KEYS:
        months = (await connection.execute(_GATHERED, {"table": table})).scalars().all()
        await connection.commit()
        for month in months:
            await _bring_home(connection, table, month)
            await connection.commit()
    await connection.execute(_PREPARE)


async def _bring_home(connection: AsyncConnection, table: str, month: date) -> None:
    """Make one month's partition with its rows in it, in the caller's transaction.

    The log's rows are neither updatable nor deletable, and that is never switched off. The default
    partition is detached instead, which leaves the trigger behind and keeps everybody else out
    until the commit; its rows are copied as they are, hashes and places included, and deleted
    from what is at that moment not the log. Back in, it is under the trigger again. If any step
    fails, or not exactly the copied rows are deleted, nothing has happened.
    """
    default, key = f"{table}_default", KEYS[table]
    name = (
        await connection.execute(text("SELECT month_name(:t, :m)"), {"t": table, "m": month})
    ).scalar_one()
    of_month = (
        f"{key} >= first_uuid(date '{month}')"
        f" AND {key} < first_uuid(CAST(date '{month}' + interval '1 month' AS date))"
    )
    await connection.exec_driver_sql(f"ALTER TABLE {table} DETACH PARTITION {default}")
    await connection.execute(text("SELECT month_make(:t, :m)"), {"t": table, "m": month})
    copied = await connection.exec_driver_sql(
        f"INSERT INTO {name} OVERRIDING SYSTEM VALUE SELECT * FROM {default} WHERE {of_month}"
    )
    deleted = await connection.exec_driver_sql(f"DELETE FROM {default} WHERE {of_month}")
    if copied.rowcount != deleted.rowcount:
        raise RuntimeError(f"{copied.rowcount} rows copied, {deleted.rowcount} deleted: {name}")
    await connection.exec_driver_sql(f"ALTER TABLE {table} ATTACH PARTITION {default} DEFAULT")
