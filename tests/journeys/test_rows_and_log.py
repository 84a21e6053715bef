"""A row put in, or exchanged with another by hand, in every table that is compared.

That a row is gone, and that a column was changed, has tests of its own beside this one.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.operate.evidence import vouched
from deploy.operate.verify.kept import Kept
from deploy.operate.verify.records import KEPT, caseless_records
from services.kernel.identifiers import case_uuid, show
from services.platform.database import metadata
from tests.support.tampering import copied, found

pytestmark = pytest.mark.slow

VOUCHED: Final = vouched()
TABLES: Final = {kept.table: kept for kept in KEPT if kept.spoken}
EVERY: Final = pytest.mark.parametrize(
    ("table", "kept"), sorted(TABLES.items()), ids=sorted(TABLES)
)
OF_ANOTHER: Final = {"movements", "lot_amendments"}
"""Seen beside the row that they are of, and nothing without it."""
BESIDE: Final = {"credit_decisions": "state = 'PROPOSED'"}
"""Which of its rows have a case of their own."""
PERSON: Final = {"compliance_signatures": ("person",)}
"""What is another in one more row of a case, where that is not its key."""
NEW: Final = {"UUID": "gen_random_uuid()", "CHAR(32)": "gen_random_uuid()", "INTEGER": "{0} + 1"}


def rows_of(kept: Kept, case: str) -> str:
    """The rows of a case in a table."""
    if kept.table == "movements":
        bought = f"SELECT purchase_id FROM purchases WHERE lot_id = '{case_uuid(case)}'"
        return f"purchase_id IN ({bought})"
    return f"{kept.key} = '{case_uuid(case)}'"


def renamed(table: str, *columns: str) -> dict[str, str]:
    """Other values of columns that name a row."""
    kinds = {name: str(metadata.tables[table].columns[name].type) for name in columns}
    return {name: NEW.get(kind, "{0} || 'X'").format(name) for name, kind in kinds.items()}


@EVERY
async def test_one_more_row_of_a_case_is_named(
    told: dict[str, str], by_hand: AsyncConnection, table: str, kept: Kept
) -> None:
    """One more finding, load or word than the log says."""
    names = PERSON.get(table) or tuple(
        column.name for column in metadata.tables[table].primary_key if column.name != kept.key
    )
    if not names or table in OF_ANOTHER:
        return
    case = told.get(table) or told[kept.kind]
    await copied(by_hand, table, rows_of(kept, case), **renamed(table, *names))
    assert table in str(await found(by_hand, case))


@EVERY
async def test_a_row_of_which_the_log_says_nothing_is_named(
    told: dict[str, str], by_hand: AsyncConnection, table: str, kept: Kept
) -> None:
    """With a case that has none, and without any case."""
    case, tx = told.get(table) or told[kept.kind], by_hand
    if table in OF_ANOTHER:
        return
    where = rows_of(kept, case)
    other = renamed(table, *(c.name for c in metadata.tables[table].primary_key))
    nobodys = {kept.key: "gen_random_uuid()"}
    if table in BESIDE:
        nobodys |= {"state": "'PROPOSED'"}
    any_: Any = tx
    before = {row async for row in caseless_records(any_)}
    await copied(by_hand, table, where, **other | nobodys)
    named = {row async for row in caseless_records(any_)} - before
    assert f"{table} has a row of which the log has no case" in {
        row.partition(": ")[2] for row in named
    }
    # Nor has it had one that a neighbour has taken away since.
    empty = await by_hand.scalar(
        text(
            f"SELECT case_id FROM cases AS c WHERE kind = :kind AND case_id NOT IN"
            f" (SELECT {kept.key} FROM {table} WHERE {kept.key} IS NOT NULL) AND NOT EXISTS"
            " (SELECT FROM events AS e WHERE e.case_id = c.case_id AND e.type = ANY(:says))"
            " LIMIT 1"
        ),
        {"kind": kept.kind, "says": list(kept.says)},
    )
    if empty is not None:
        await copied(by_hand, table, where, **other | {kept.key: f"'{empty}'"})
        assert f"{table} has a row of which the log says nothing" in await found(
            by_hand, show(kept.kind, UUID(str(empty)))
        )


@EVERY
async def test_what_two_cases_have_exchanged_is_named(
    told: dict[str, str], by_hand: AsyncConnection, table: str, kept: Kept
) -> None:
    """As far as they differ in anything that decides: with each other case that is there."""
    if table in OF_ANOTHER:
        return
    case = told.get(table) or told[kept.kind]
    decides = ", ".join(name for of, name in VOUCHED if of == table and name != kept.key)
    ours = f"SELECT {decides} FROM {table} WHERE {rows_of(kept, case)}"
    neighbours = await by_hand.execute(
        text(
            f"SELECT {kept.key} FROM {table} WHERE {kept.key} <> '{case_uuid(case)}'"
            f" AND ROW({decides}) NOT IN ({ours}) LIMIT 3"
        )
    )
    await copied(by_hand, table, "false")
    for other in neighbours.scalars().all():
        async with by_hand.begin_nested() as undone:
            one, two = f"'{case_uuid(case)}'", f"'{other}'"
            exchange = f"CASE {kept.key} WHEN {one} THEN {two}::uuid ELSE {one}::uuid END"
            which = f"WHERE {kept.key} IN ({one}, {two})"
            await by_hand.execute(text(f"UPDATE {table} SET {kept.key} = {exchange} {which}"))
            assert table in str(await found(by_hand, case))
            await undone.rollback()
