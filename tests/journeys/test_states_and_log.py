"""A state changed by hand, in the owner's row and in the case's header: verify names it."""

from __future__ import annotations

from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.operate.verify.headers import CASES, differing_headers
from deploy.operate.verify.states import BECOMES, CONFIRMED, MOVES, SAID
from migrations.apply import event_types
from services.kernel.identifiers import case_uuid
from tests.support.cases import OPEN
from tests.support.factory import factory_filed
from tests.support.harbour import PASSED, RED_GOODS, Harbour
from tests.support.tampering import unchecked

slow = pytest.mark.slow
OWNERS: Final = {
    "lot": "UPDATE lots SET state = '{1}' WHERE lot_id = '{0}'",
    "ins": "UPDATE inspection_orders SET state = '{1}' WHERE order_id = '{0}'",
    "aeo": "UPDATE accreditations SET state = '{1}' WHERE aeo_id = '{0}'",
    "stl": "UPDATE settlement_instructions SET state = '{1}' WHERE instruction_id = '{0}'",
    "bok": "UPDATE books SET state = '{1}' WHERE book_id = '{0}'",
    "ord": "UPDATE factory_orders SET cancelled_at = now() WHERE order_id = '{0}'",
}
OTHERWISE: Final = {
    **{"lot": "RELEASED", "ins": "CONCLUDED", "aeo": "CERTIFIED", "stl": "SETTLED"},
    **{"bok": "CLOSED", "ord": "CANCELLED"},
}
"""What whoever changes a state by hand may wish that it were."""


@pytest.fixture(scope="module")
async def told(harbour: Harbour) -> dict[str, str]:
    """An open case of each kind, and a lot whose goods were released, with its order."""
    red = await harbour.inspected(await harbour.group(), hs_code=RED_GOODS)
    await harbour.dispose(str(red["order_id"]), PASSED)
    await harbour.until(harbour.auditor, red["lot_id"], "RELEASED")
    return {
        **{kind: await open_(harbour) for kind, open_ in OPEN.items()},
        "ord": await (await factory_filed(harbour.window)).order(),
        "released": red["lot_id"],
        "concluded": str(red["order_id"]),
    }


async def said(connection: AsyncConnection, case: str) -> list[str]:
    """What verify says of a case's header."""
    events = text("SELECT * FROM events WHERE case_id = :case_id ORDER BY seq")
    chain = await connection.execute(events, {"case_id": case_uuid(case)})
    # Any connection runs the same statements, and its rows have the same names.
    by: Any = connection
    rows: Any = chain.all()
    found = await differing_headers(by, {case_uuid(case): rows})
    return found.get(case_uuid(case), [])


@slow
async def test_of_a_case_that_nobody_touched_nothing_is_said(
    told: dict[str, str], by_hand: AsyncConnection
) -> None:
    assert {of: await said(by_hand, case) for of, case in told.items()} == {of: [] for of in told}


@slow
@pytest.mark.parametrize("kind", OWNERS)
async def test_a_state_changed_in_row_and_header_is_not_where_the_events_brought_the_case(
    told: dict[str, str], by_hand: AsyncConnection, kind: str
) -> None:
    case, state = case_uuid(told[kind]), OTHERWISE[kind]
    for table in (OWNERS[kind].split()[1], "cases"):
        await unchecked(by_hand, table)
    await by_hand.execute(text(f"DELETE FROM case_waits WHERE case_id = '{case}'"))
    await by_hand.execute(text(OWNERS[kind].format(case, state)))
    header = "UPDATE cases SET state = :state, holder = :holder WHERE case_id = :case_id"
    holder = CASES[kind].states.holder_of(state, [])
    await by_hand.execute(text(header), {"state": state, "holder": holder, "case_id": case})
    (named,) = await said(by_hand, told[kind])
    assert named.startswith(f"it is {state}, and by its events it is ")


@pytest.mark.parametrize("kind", CASES)
def test_some_event_brings_a_case_into_each_of_its_states(kind: str) -> None:
    states = CASES[kind].states
    moves = {act for acts in MOVES.get(kind, {}).values() for act in acts}
    brought = {
        *(state for found in BECOMES[kind].values() for state in found),
        *(str(after) for (_, act), after in states.moves.items() if act in moves),
    }
    by_word = {"REJECTED", "RETURNED", "SEIZED", "CLOSED"} if kind == "lot" else set()
    assert {*brought, *by_word} == {str(state) for state in states.held}


def test_every_event_that_brings_a_case_somewhere_is_one() -> None:
    named = {event for of in (*BECOMES.values(), *MOVES.values()) for event in of}
    assert {*named, *SAID, CONFIRMED[0]} <= set(event_types())
