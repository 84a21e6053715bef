"""A moment by which something is decided, moved by hand: verify names it."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kernel.identifiers import case_uuid
from tests.support.tampering import found, unchecked

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("of", "table", "column", "key"),
    [
        ("ins", "inspection_orders", "concluded_at", "order_id"),
        ("call_ins", "call_ins", "called_at", "lot_id"),
        ("ctl", "risk_controls", "set_at", "control_id"),
        ("scn", "screening_entries", "added_at", "entry_id"),
        ("imp", "register_changes", "decided_at", "change_id"),
        ("purchases", "gate_passes", "passed_at", "lot_id"),
    ],
)
@pytest.mark.parametrize("moved", ["- interval '9 days'", "+ interval '1 second'"])
async def test_a_moment_by_which_is_decided_moved_by_hand_is_named(
    told: dict[str, str],
    by_hand: AsyncConnection,
    of: str,
    table: str,
    column: str,
    key: str,
    moved: str,
) -> None:
    where = f"{key} = '{case_uuid(told[of])}'"
    await unchecked(by_hand, table)
    await by_hand.execute(text(f"UPDATE {table} SET {column} = {column} {moved} WHERE {where}"))
    named = str(await found(by_hand, told[of]))
    assert f"{table}.{column} is not what" in named


async def test_a_milder_way_of_inspection_than_was_ordered_is_named(
    told: dict[str, str], by_hand: AsyncConnection
) -> None:
    of = f"order_id = '{case_uuid(told['ins'])}'"
    await by_hand.execute(
        text(f"UPDATE inspection_orders SET method_ordered = 'DOCUMENT' WHERE {of}")
    )
    assert await found(by_hand, told["ins"]) == [
        "inspection_orders.method_ordered is not what InspectionOrdered says"
    ]
