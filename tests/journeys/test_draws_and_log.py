"""What was drawn, among whom and under which commitment stands in the log too: a row of a draw that
is changed or gone is named, though its seed be secret yet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from deploy.local.stack import Endpoints
from deploy.operate.verify.draws import draws_unlike_the_log, secret_seeds
from services.kernel.identifiers import case_uuid, show
from tests.support.harbour import Harbour, open_port


@pytest.fixture(scope="module")
async def order(harbour: Harbour) -> str:
    """An order with its officers and its bay, drawn under a seed of an open day; at a port of its
    own, whose bays are all free."""
    own = Harbour(harbour.window, await open_port(harbour.window))
    lot = await own.inspected(await own.group(1), values=["10.00"])
    return str(lot["order_id"])


@pytest.fixture
async def by_hand(stack: Endpoints) -> AsyncIterator[AsyncConnection]:
    """As whoever has the database's own password works in it; undone in the end."""
    engine = create_async_engine(
        stack.database_url.replace("postgresql:", "postgresql+asyncpg:", 1)
    )
    async with engine.connect() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        await connection.rollback()
    await engine.dispose()


async def named(connection: AsyncConnection, case: str) -> list[str]:
    """What verify says of the draws of a case, or of a seed."""
    case_id = case_uuid(case)
    events = await connection.execute(
        text("SELECT * FROM events WHERE case_id = :case_id ORDER BY seq"), {"case_id": case_id}
    )
    by: Any = connection
    chains: Any = {case_id: (case[:3], events.all())}
    return (await draws_unlike_the_log(by, chains)).get(case_id, [])


async def seed_of(connection: AsyncConnection, order: str) -> str:
    of = {"order": order}
    seed = await connection.scalar(
        text("SELECT seed_id FROM case_draws WHERE case_id = :order LIMIT 1"), of
    )
    return show("sed", seed)


async def test_what_nobody_touched_is_what_the_log_says(
    order: str, by_hand: AsyncConnection
) -> None:
    assert await named(by_hand, order) == []
    assert await named(by_hand, await seed_of(by_hand, order)) == []
    by: Any = by_hand
    assert await secret_seeds(by) >= 1, "whose draws are compared, and cannot be computed yet"


@pytest.mark.parametrize("purpose", ["officers", "bay"])
@pytest.mark.parametrize(
    ("done", "says"),
    [
        ("DELETE FROM case_draws", "has no row"),
        ("UPDATE case_draws SET eligible = drawn", "eligible"),
        ("UPDATE case_draws SET eligible = eligible || '{ofc_friend}'", "eligible"),
        (
            "UPDATE case_draws SET eligible = eligible || '{ofc_friend}', drawn = '{ofc_friend}'",
            "drawn",
        ),
    ],
)
async def test_a_draw_changed_by_hand_is_named(
    order: str, by_hand: AsyncConnection, purpose: str, done: str, says: str
) -> None:
    where = "WHERE case_id = :order AND purpose = :purpose"
    await by_hand.execute(text(f"{done} {where}"), {"order": order, "purpose": purpose})
    assert [what for what in await named(by_hand, order) if says in what]


@pytest.mark.parametrize("column", ["commitment", "port", "business_on", "round"])
async def test_a_commitment_changed_by_hand_is_named(
    order: str, by_hand: AsyncConnection, column: str
) -> None:
    seed = await seed_of(by_hand, order)
    other = {
        "commitment": "sha256(commitment)",
        "port": "'ELSEWHERE'",
        "business_on": "business_on + 400",
        "round": "round + 40",
    }[column]
    await by_hand.execute(
        text(f"UPDATE draw_seeds SET {column} = {other} WHERE seed_id = :seed"),
        {"seed": case_uuid(seed)},
    )
    assert await named(by_hand, seed) == [
        f"draw_seeds.{column} says otherwise than DrawSeedCommitted"
    ]
    await by_hand.execute(
        text("DELETE FROM draw_seeds WHERE seed_id = :seed"), {"seed": case_uuid(seed)}
    )
    assert await named(by_hand, seed) == ["draw_seeds has no row, which DrawSeedCommitted says"]
