"""An order is opened by inspection's own function, as its state table and events have it."""

from __future__ import annotations

import json
from uuid import UUID

import asyncpg
import pytest

from deploy.operate.settings import settings_of
from migrations.grants import services
from services.folders import role_of
from services.inspection.domain.events import InspectionOrdered
from services.inspection.domain.states import ORDER, OrderState
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.platform.visibility import customs
from tests.support.asleep import Asleep
from tests.support.harbour import RED_GOODS


async def screened(asleep: Asleep) -> tuple[str, UUID]:
    """A red lot whose order's case has not looked yet, and the order."""
    group = await asleep.harbour.group(1)
    lot_id = await asleep.harbour.confirmed(group, hs_code=RED_GOODS, values=["10.00"])
    await asleep.screened(lot_id)
    order = await asleep.sql.fetchval(
        "SELECT order_id FROM inspection_orders WHERE lot_id = $1", uuid_of(lot_id, "lot")
    )
    return lot_id, order


async def test_an_order_opens_as_its_state_table_says(asleep: Asleep) -> None:
    lot_id, order = await screened(asleep)
    lot = await asleep.harbour.lot(lot_id)
    header = await asleep.sql.fetchrow("SELECT * FROM cases WHERE case_id = $1", order)
    waits = await asleep.sql.fetch("SELECT * FROM case_waits WHERE case_id = $1", order)
    links = await asleep.sql.fetch("SELECT linked_id FROM case_links WHERE case_id = $1", order)
    state = OrderState.UNSTAFFED
    port = asleep.harbour.port

    assert header is not None
    assert (header["state"], header["holder"]) == (state, ORDER.holder(state))
    assert (header["port"], header["lot_id"]) == (port, uuid_of(lot_id, "lot"))
    assert header["readers"] == [f"group:{lot['group_code']}", customs(port)]
    desks = {"port": customs(port)}
    wanted = [(wait.code, desks[str(wait.desk)]) for wait in ORDER.waits(state)]
    assert [(wait["code"], wait["desk"]) for wait in waits] == wanted
    assert [link["linked_id"] for link in links] == [uuid_of(lot_id, "lot")]


async def test_its_first_event_is_the_one_that_inspection_states(asleep: Asleep) -> None:
    lot_id, order = await screened(asleep)
    row = await asleep.sql.fetchrow("SELECT * FROM inspection_orders WHERE order_id = $1", order)
    event = await asleep.sql.fetchrow("SELECT * FROM events WHERE case_id = $1", order)
    assert row is not None and event is not None
    said = InspectionOrdered(
        lot_id=lot_id,
        port=asleep.harbour.port,
        lane=row["lane"],
        method=row["method_ordered"],
        perishable=row["perishable"],
    )

    assert (event["type"], event["step"], event["body"]) == (
        "InspectionOrdered",
        "open",
        said.body(),
    )


async def test_its_case_is_started_by_a_tell(asleep: Asleep) -> None:
    _, order = await screened(asleep)
    case = show("ins", order)
    told = await asleep.sql.fetchrow("SELECT * FROM outbox WHERE told = $1", case)

    assert told is not None
    assert (told["opens"], told["source"], told["place"]) == (True, case, 1)
    assert json.loads(told["attributes"]) == {
        "CaseType": "inspection",
        "Port": asleep.harbour.port,
        "Lane": "RED",
        "CaseState": "UNSTAFFED",
    }


@pytest.mark.parametrize("service", [s for s in services() if s != "risk"])
async def test_nobody_but_risk_opens_an_order(asleep: Asleep, service: str) -> None:
    lot_id, _ = await screened(asleep)
    settings = settings_of(asleep.harbour.window.home, endpoints=asleep.endpoints)
    session = await asyncpg.connect(settings.database_url_for(role_of(service)))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await session.execute(
            "SELECT inspection_order_open($1, $2, 'RED', 'FULL', '{}', now())",
            new_uuid(),
            uuid_of(lot_id, "lot"),
        )
    await session.close()


async def test_a_lot_has_one_order_whoever_asks_again(asleep: Asleep) -> None:
    lot_id, _ = await screened(asleep)
    settings = settings_of(asleep.harbour.window.home, endpoints=asleep.endpoints)
    session = await asyncpg.connect(settings.database_url_for(role_of("risk")))
    with pytest.raises(asyncpg.UniqueViolationError):
        await session.execute(
            "SELECT inspection_order_open($1, $2, 'RED', 'FULL', '{}', now())",
            new_uuid(),
            uuid_of(lot_id, "lot"),
        )
    await session.close()
