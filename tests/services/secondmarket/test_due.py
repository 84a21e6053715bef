"""Every purchase has a day by which it is received; customs lists what is late, and is alarmed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from deploy.operate.backlog import backlog
from tests.services.processing.conftest import Factories
from tests.services.processing.test_book_alerts import officer
from tests.services.risk.test_call_in import called_in
from tests.support.factory import M, P, factory_filed, released
from tests.support.harbour import PASSED, SMUGGLED, Harbour
from tests.support.one_day import today
from tests.support.window import Group, Window


async def test_what_is_not_received_by_its_day_is_listed_and_alarmed_for_customs(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    lot_id = await released(window, group)
    purchase_id = await plant.buy(lot_id)
    shown = await plant.party.get(f"{M}/purchases/{purchase_id}")
    due = (today() + timedelta(days=14)).isoformat()
    assert (shown["due_on"], shown["overdue"]) == (due, False)
    customs, _ = await officer(window)
    await window.sql.execute(
        "UPDATE purchases SET due_on = $2 WHERE purchase_id = $1",
        UUID(hex=purchase_id[4:]),
        today() - timedelta(days=1),
    )
    late = (await customs.get(f"{M}/purchases", overdue=True))["items"]
    assert {item["purchase_id"]: item["overdue_days"] for item in late}[purchase_id] == 1
    relay, reading = window.assembly.database("relay"), window.assembly.database("window")
    assert (await backlog(relay, reading))["overdue_purchase"] > 0
    book_id = await plant.open_book()
    coming = (await plant.party.get(f"{P}/books/{book_id}"))["in_transit"]
    assert [(c["purchase_id"], c["overdue"]) for c in coming] == [(purchase_id, True)]
    await plant.dispatch(purchase_id)
    (coming,) = (await plant.party.get(f"{P}/books/{book_id}"))["in_transit"]
    assert coming["dispatched_at"] is not None
    assert (await plant.receive(purchase_id, book_id, "100")).status_code == 201
    assert (await plant.party.get(f"{P}/books/{book_id}"))["in_transit"] == []
    assert (await customs.get(f"{M}/purchases/{purchase_id}"))["overdue_days"] == 0
    late = (await customs.get(f"{M}/purchases", overdue=True))["items"]
    assert purchase_id not in {item["purchase_id"] for item in late}


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (SMUGGLED, "SEIZED"),
        ({**PASSED, "results": ["NAME"], "disposal": "RETURN"}, "RETURNED"),
        (None, "CANCELLED"),
    ],
)
async def test_goods_that_customs_called_in_after_their_sale_are_waited_for_by_nobody(
    harbour: Harbour, found: dict[str, Any] | None, state: str
) -> None:
    group, plant = await harbour.group(1), await factory_filed(harbour.window, port=harbour.port)
    lot_id = await harbour.released(group)
    purchase_id = await plant.buy(lot_id)
    order_id = (await called_in(harbour, lot_id))["order_id"]
    if found is None:
        await harbour.let_go(order_id)
    else:
        await harbour.dispose(order_id, {**found, "method": "FULL"})
    await harbour.until(group.clerk, lot_id, state)
    sql = harbour.window.sql
    waits = await sql.fetch("SELECT code FROM case_waits WHERE case_id = $1", UUID(hex=lot_id[4:]))
    assert waits == []
    await sql.execute(
        "UPDATE purchases SET due_on = $2 WHERE purchase_id = $1",
        UUID(hex=purchase_id[4:]),
        today() - timedelta(days=1),
    )
    shown = await plant.party.get(f"{M}/purchases/{purchase_id}")
    assert (shown["state"], shown["overdue"], shown["overdue_days"]) == ("VOID", False, 0)
    assert (await plant.party.get(f"{M}/purchases", overdue=True))["items"] == []
    book_id = await plant.open_book()
    assert (await plant.party.get(f"{P}/books/{book_id}"))["in_transit"] == []
    phone = await harbour.window.phone(group.residents[0])
    assert (await phone.get(f"{M}/incomes"))["items"] == []


async def test_officers_read_orders_and_purchases_of_their_port_and_auditors_all(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    order_id = await plant.order()
    purchase_id = await plant.buy(await released(window, group), order_id)
    customs, _ = await officer(window)
    elsewhere, _ = await officer(window, port="RUILI")
    auditor = window.parties.act_as("auditor", "auditor:audit-1")
    for reader in (customs, auditor):
        assert (await reader.get(f"{M}/purchases/{purchase_id}"))["purchase_id"] == purchase_id
        assert (await reader.get(f"{M}/orders/{order_id}"))["order_id"] == order_id
        listed = (await reader.get(f"{M}/purchases", order_id=order_id))["items"]
        assert [item["purchase_id"] for item in listed] == [purchase_id]
    assert (await elsewhere.get(f"{M}/purchases", order_id=order_id))["items"] == []
    headers = {"Authorization": f"Bearer {elsewhere.bearer}"}
    unseen = await elsewhere.http.get(f"{M}/orders/{order_id}", headers=headers)
    assert unseen.status_code == 404
