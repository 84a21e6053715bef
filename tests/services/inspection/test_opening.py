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
from tests.support.window import lot_body


async def screened(asleep: Asleep, *, alone: bool = False) -> tuple[str, UUID]:
    """A red lot, of a group or of a resident alone, whose order's case has not looked yet, and the
    order."""
    group = await asleep.harbour.group(1)
    if alone:
        phone = await asleep.harbour.window.phone(group.residents[0])
        body = lot_body(group, values=["10.00"], port=asleep.harbour.port, hs_code=RED_GOODS)
        declared = await phone.post("/declaration/v1/lots", {**body, "group_code": None})
        lot_id = str(declared["lot_id"])
    else:
        lot_id = await asleep.harbour.confirmed(group, hs_code=RED_GOODS, values=["10.00"])
    await asleep.screened(lot_id)
    order = await asleep.sql.fetchval(
        "SELECT order_id FROM inspection_orders WHERE lot_id = $1", uuid_of(lot_id, "lot")
    )
    return lot_id, order


@pytest.mark.parametrize("alone", [False, True], ids=["group", "resident"])
async def test_an_order_opens_as_its_state_table_says(asleep: Asleep, alone: bool) -> None:
    lot_id, order = await screened(asleep, alone=alone)
    row = await asleep.sql.fetchrow(
        "SELECT submitted_by, release_due_at FROM lots WHERE lot_id = $1", uuid_of(lot_id, "lot")
    )
    assert row is not None and row["release_due_at"] is not None
    lot = await asleep.harbour.lot(lot_id)
    header = await asleep.sql.fetchrow("SELECT * FROM cases WHERE case_id = $1", order)
    waits = await asleep.sql.fetch("SELECT * FROM case_waits WHERE case_id = $1", order)
    links = await asleep.sql.fetch("SELECT linked_id FROM case_links WHERE case_id = $1", order)
    state = OrderState.UNSTAFFED
    port = asleep.harbour.port

    assert header is not None
    assert (header["state"], header["holder"]) == (state, ORDER.holder(state))
    assert (header["port"], header["lot_id"]) == (port, uuid_of(lot_id, "lot"))
    side = row["submitted_by"] if alone else f"group:{lot['group_code']}"
    assert header["readers"] == [side, customs(port)]
    desks = {"port": customs(port)}
    wanted = [(wait.code, desks[str(wait.desk)]) for wait in ORDER.waits(state)]
    assert [(wait["code"], wait["desk"]) for wait in waits] == wanted
    assert [wait["due_at"] for wait in waits] == [row["release_due_at"]]
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
            "SELECT inspection_order_open($1, $2, 'FULL', '{}', now())",
            new_uuid(),
            uuid_of(lot_id, "lot"),
        )
    await session.close()


async def test_an_order_that_no_screening_asks_for_is_opened_by_nobody(asleep: Asleep) -> None:
    lot_id, order = await screened(asleep)
    settings = settings_of(asleep.harbour.window.home, endpoints=asleep.endpoints)
    session = await asyncpg.connect(settings.database_url_for(role_of("risk")))
    ask = "SELECT inspection_order_open($1, $2, 'FULL', '{}', now())"
    with pytest.raises(asyncpg.NoDataFoundError):
        await session.execute(ask, new_uuid(), uuid_of(lot_id, "lot"))
    with pytest.raises(asyncpg.UniqueViolationError):
        await session.execute(ask, order, uuid_of(lot_id, "lot"))
    await session.close()
