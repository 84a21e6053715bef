"""A table changed by hand, each deciding column in turn: verify names it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from deploy.operate.data_directory import Endpoints
from deploy.operate.verify_records import KEPT, Kept, differing_records, not_compared
from migrations.apply import deciding_tables
from services.declaration.domain.declared import COLUMNS
from services.kernel.identifiers import case_uuid
from tests.support.cases import OPEN
from tests.support.harbour import PASSED, Harbour
from tests.support.on_file import officers_as

BELOW: Final = {
    ("lots", "value"): "value_minor",
    ("settlement_instructions", "amount"): "amount_minor",
    ("settlement_instructions", "paid"): "paid_minor",
    ("risk_rules", "retired"): "retired_by",
}
"""Columns that a view shows in another form than the table keeps them."""
OTHERWISE: Final = {
    "boolean": "NOT coalesce({0}, false)",
    "uuid": "gen_random_uuid()",
    "date": "{0} + 1",
    "timestamp with time zone": "CASE WHEN {0} IS NULL THEN now() END",
    "jsonb": "'\"tampered\"'",
    "ARRAY": "array_append({0}, 'TAMPERED')",
    "character": "'ZZ'",
    "text": "'tampered'",
}
DIGEST: Final = "lots or tickets say otherwise than was declared: their digest is another one"
TICKET: Final = ("resident_id", "net_kg", "value_minor", "line_no")


def columns() -> Iterator[tuple[Kept, str, str]]:
    """Each deciding column, by the event that vouches for it in the cases of these tests."""
    for kept in KEPT:
        for type_, says in kept.says.items():
            if type_ == "InspectionUnstaffed":
                continue
            for column in says:
                yield kept, type_, column.name


@pytest.fixture(scope="module")
async def told(harbour: Harbour) -> dict[str, str]:
    """A case of each kind whose rows decide, by its prefix."""
    window = harbour.window
    number = await harbour.manifest("500")
    lot = await harbour.inspected(await harbour.group(), values=["10.00"], manifest_no=number)
    await harbour.dispose(lot["order_id"], PASSED)
    await harbour.until(harbour.auditor, lot["lot_id"], "RELEASED")
    payment = await OPEN["stl"](harbour)
    risk, second = await officers_as(window.parties, window.sql, "risk_officer")
    control = {"kind": "vehicle_plate", "value": uuid4().hex[:8], "lane": "RED", "grounds": "t"}
    days = {"effective_from": "2020-01-01", "effective_to": "2020-01-02"}
    set_ = await risk.post("/risk/v1/controls", {**control, **days})
    await second.post(f"/risk/v1/controls/{set_['control_id']}/lift")
    policy, other = await officers_as(window.parties, window.sql, "policy_officer")
    proposal = {"key": "gate.weight_tolerance", "scope": uuid4().hex, "value": "0.05"}
    proposed = await policy.post(
        "/law/v1/policy", {**proposal, "authority": "test", "effective_from": "2020-01-01"}
    )
    await other.post(f"/law/v1/policy/{proposed['policy_id']}/approval")
    rule_id: UUID = await window.sql.fetchval("SELECT rule_id FROM risk_rules LIMIT 1")
    manifest_id: UUID = await window.sql.fetchval(
        "SELECT manifest_id FROM manifests WHERE manifest_no = $1", number
    )
    return {
        "lot": lot["lot_id"],
        "ins": lot["order_id"],
        "stl": payment,
        "ctl": set_["control_id"],
        "pol": proposed["policy_id"],
        "rul": f"rul_{rule_id.hex}",
        "man": f"man_{manifest_id.hex}",
    }


@pytest.fixture
async def by_hand(stack: Endpoints) -> AsyncIterator[AsyncConnection]:
    """As whoever has the database's own password works in it; undone in the end."""
    url = stack.database_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        await connection.rollback()
    await engine.dispose()


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
    other = OTHERWISE.get(str(kind), "coalesce({0}, 0) + 1").format(column)
    done = await connection.execute(text(f"UPDATE {table} SET {column} = {other} WHERE {where}"))
    assert done.rowcount >= 1


async def test_what_nobody_touched_says_what_the_log_says(
    told: dict[str, str], by_hand: AsyncConnection
) -> None:
    assert {kind: await found(by_hand, case) for kind, case in told.items()} == {
        kind: [] for kind in told
    }


@pytest.mark.parametrize(
    ("kept", "type_", "column"),
    tuple(columns()),
    ids=lambda v: v.table if isinstance(v, Kept) else str(v),
)
async def test_a_deciding_column_changed_by_hand_is_named(
    told: dict[str, str], by_hand: AsyncConnection, kept: Kept, type_: str, column: str
) -> None:
    case = told[kept.kind]
    where = f"{kept.key} = '{case_uuid(case)}'"
    await change(by_hand, kept.table, BELOW.get((kept.table, column), column), where)
    # By the last of its events that says it.
    named = [one.partition(" says")[0].split() for one in await found(by_hand, case)]
    said = [one[-1] for one in named if one[0] == f"{kept.table}.{column}"]
    assert said and (said[0] == type_ or column in {c.name for c in kept.says[said[0]]})


@pytest.mark.parametrize("column", COLUMNS)
async def test_what_decides_of_a_lot_beside_its_event_is_vouched_for_by_a_digest(
    told: dict[str, str], by_hand: AsyncConnection, column: str
) -> None:
    await change(by_hand, "lots", column, f"lot_id = '{case_uuid(told['lot'])}'")
    assert await found(by_hand, told["lot"]) == [DIGEST]


@pytest.mark.parametrize("column", TICKET)
async def test_a_ticket_changed_by_hand_is_found_by_the_digest_of_its_lot(
    told: dict[str, str], by_hand: AsyncConnection, column: str
) -> None:
    await change(by_hand, "tickets", column, f"lot_id = '{case_uuid(told['lot'])}'")
    assert await found(by_hand, told["lot"]) == [DIGEST]


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.table)
async def test_a_row_that_is_gone_is_missed(
    told: dict[str, str], by_hand: AsyncConnection, kept: Kept
) -> None:
    case = told[kept.kind]
    await by_hand.execute(text(f"DELETE FROM {kept.table} WHERE {kept.key} = '{case_uuid(case)}'"))
    gone = [what for what in await found(by_hand, case) if f"{kept.table} has no row" in what]
    assert gone


def test_a_table_of_which_nothing_is_compared_is_named() -> None:
    tables = deciding_tables()
    named = not_compared(tables)
    assert {"officers", "sellers", "quota_days"} <= set(named)
    assert {"policy_parameters.effective_to", "risk_rules.effective_to"} <= set(named)
    assert not {kept.table for kept in KEPT} & set(named)
    assert {kept.table for kept in KEPT} <= set(tables)
