"""Acts on one lot or one order at once: whoever comes second sees what the first did."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from uuid import UUID

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.service import RPCError

from tests.services.processing.conftest import Factories, M, pass_gate, released
from tests.services.window.test_work import waiting
from tests.support.patience import LOOKS
from tests.support.tells import delivered
from tests.support.window import Group, Window, codes

# A case that has done this has looked at the record and waits.
_SHOWN = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


def uuid(case: str) -> UUID:
    return UUID(hex=case[4:])


@asynccontextmanager
async def held(window: Window, *statements: str, until_waiting: int) -> AsyncIterator[None]:
    """Somebody holds what the statements lock until so many others wait for locks."""
    async with window.sql.acquire() as connection, connection.transaction():
        for statement in statements:
            await connection.execute(statement)
        yield
        await queued(window, until_waiting)


# What other databases of the server wait for is of other tests.
_QUEUED = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
)


async def queued(window: Window, many: int) -> None:
    """So many wait for locks."""
    for _ in range(LOOKS):
        found = await window.sql.fetchval(_QUEUED)
        if found >= many:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{found} wait for a lock, not {many}")


def turn(lot_id: str) -> str:
    """The statement that takes a lot's turn."""
    return f"SELECT lock_case('{uuid(lot_id)}', NULL)"


async def at_rest(window: Window, lot_id: str) -> None:
    """The lot's case has looked at the record and waits: only a tell makes it look again."""
    handle = window.assembly.temporal.get_workflow_handle(lot_id)
    for _ in range(LOOKS):
        with contextlib.suppress(RPCError):
            events = (await handle.fetch_history()).events
            if any(event.event_type == _SHOWN for event in events):
                return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{lot_id} is not at rest")


async def test_of_a_purchase_and_a_withdrawal_at_once_one_is_refused(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    clerk = window.parties.act_as("clerk", f"group:{group.code}")
    for number in group.residents[:6]:
        order, lot_id = await buyer.order(), await released(window, group, residents=[number])
        assert (await buyer.try_offer(order, lot_id)).status_code == 201
        wanted = {"order_id": order, "lot_id": lot_id}
        async with held(window, turn(lot_id), until_waiting=2):
            buys = asyncio.create_task(buyer.party.try_post(f"{M}/purchases", wanted))
            takes_back = asyncio.create_task(clerk.try_post(f"{M}/offers/withdrawal", wanted))
        bought, withdrawn = await buys, await takes_back
        assert (bought.status_code, withdrawn.status_code) in ((201, 409), (409, 200))
        refused = withdrawn if bought.status_code == 201 else bought
        assert codes(refused) in (["ALREADY_SOLD"], ["NOT_OFFERED"])


@pytest.mark.parametrize("first", ["gate", "sale", "both at once"])
async def test_whoever_is_last_of_gate_and_sale_has_the_lot_sold(
    window: Window, group: Group, factory: Factories, first: str
) -> None:
    buyer = await factory()
    order, lot_id = await buyer.order(), await released(window, group)
    await buyer.try_offer(order, lot_id)
    await at_rest(window, lot_id)
    sale = {"order_id": order, "lot_id": lot_id}
    if first == "gate":
        await pass_gate(window, lot_id)
    if first == "both at once":
        async with held(window, turn(lot_id), until_waiting=2):
            out = asyncio.create_task(pass_gate(window, lot_id))
            sold = asyncio.create_task(buyer.party.post(f"{M}/purchases", sale))
        await out
        await sold
    else:
        await buyer.party.post(f"{M}/purchases", sale)
    if first == "sale":
        await pass_gate(window, lot_id)
    assert await becomes(window, group, lot_id, "SOLD")


async def becomes(window: Window, group: Group, lot_id: str, state: str) -> bool:
    """Whether the lot comes into a state by itself."""
    for _ in range(LOOKS):
        lot = await group.clerk.get(f"/declaration/v1/lots/{lot_id}")
        if lot["state"] == state:
            return True
        await asyncio.sleep(0.05)
    raise AssertionError(f"the lot did not become {state}: {lot}")


async def test_a_sale_before_the_gate_tells_nobody(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    order, lot_id = await buyer.order(), await released(window, group)
    await buyer.try_offer(order, lot_id)
    await buyer.party.post(f"{M}/purchases", {"order_id": order, "lot_id": lot_id})
    await delivered(window.sql, lot_id)
    history = await window.assembly.temporal.get_workflow_handle(lot_id).fetch_history()
    signalled = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    assert [e for e in history.events if e.event_type == signalled] == []


async def test_purchases_of_one_order_do_not_wait_for_each_other(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    order = await buyer.order()
    slow, quick = [
        await released(window, group, residents=[number]) for number in group.residents[:2]
    ]
    for lot_id in (slow, quick):
        await buyer.try_offer(order, lot_id)
    async with held(window, turn(slow), until_waiting=1):
        sale = {"order_id": order, "lot_id": slow}
        waits = asyncio.create_task(buyer.party.try_post(f"{M}/purchases", sale))
        await buyer.party.post(f"{M}/purchases", {"order_id": order, "lot_id": quick})
    assert (await waits).status_code == 201
    shown = await buyer.party.get(f"{M}/orders/{order}")
    assert Decimal(shown["bought_kg"]) == 200


async def test_of_many_lots_at_once_an_order_takes_what_fills_it_and_no_more(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    order = await buyer.order(wanted_kg="150")
    # No more than the service has sessions: one more would wait for a session and for no lock.
    at_once = window.assembly.settings.pool_size
    lots = [await released(window, group, residents=[n]) for n in group.residents[:at_once]]
    for lot_id in lots:
        assert (await buyer.try_offer(order, lot_id)).status_code == 201
    sales = [{"order_id": order, "lot_id": lot_id} for lot_id in lots]
    # Held so that all of them have read the order before any of them is booked on it.
    order_row = f"SELECT FROM factory_orders WHERE order_id = '{uuid(order)}' FOR NO KEY UPDATE"
    async with held(window, order_row, until_waiting=len(lots)):
        buying = [
            asyncio.create_task(buyer.party.try_post(f"{M}/purchases", sale)) for sale in sales
        ]
    answers = [await one for one in buying]
    assert sorted(a.status_code for a in answers) == [201] * 2 + [409] * (at_once - 2)
    assert {tuple(codes(a)) for a in answers if a.status_code == 409} == {("ORDER_FILLED",)}
    shown = await buyer.party.get(f"{M}/orders/{order}")
    assert (Decimal(shown["bought_kg"]), shown["filled"]) == (Decimal(200), True)


async def test_two_factories_at_once_and_the_second_is_told_that_it_is_sold(
    window: Window, group: Group, factory: Factories
) -> None:
    buyers = [await factory(), await factory()]
    lot_id = await released(window, group)
    sales = []
    for buyer in buyers:
        order = await buyer.order()
        await buyer.try_offer(order, lot_id)
        sales.append({"order_id": order, "lot_id": lot_id})
    async with held(window, turn(lot_id), until_waiting=2):
        buying = [
            asyncio.create_task(b.party.try_post(f"{M}/purchases", s))
            for b, s in zip(buyers, sales, strict=True)
        ]
    answers = [await one for one in buying]
    assert sorted(a.status_code for a in answers) == [201, 409]
    (refused,) = (a for a in answers if a.status_code == 409)
    assert codes(refused) == ["ALREADY_SOLD"]


async def test_an_offer_made_while_its_order_is_taken_back_is_refused_and_no_factory_waits(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    order = await buyer.order()
    offered, late = [
        await released(window, group, residents=[number]) for number in group.residents[:2]
    ]
    assert (await buyer.try_offer(order, offered)).status_code == 201
    await at_rest(window, offered)
    await at_rest(window, late)
    # Its offers have lapsed and it is not yet on record.
    header = f"SELECT lock_case(NULL, '{uuid(offered)}')"
    async with held(window, header, until_waiting=2):
        path = f"{M}/orders/{order}/cancellation"
        taken = asyncio.create_task(buyer.party.try_post(path, {}))
        await queued(window, 1)
        offer = asyncio.create_task(buyer.try_offer(order, late))
    assert (await taken).status_code == 200
    refused = await offer
    assert (refused.status_code, codes(refused)) == (409, ["ORDER_CANCELLED"])
    assert await waiting(buyer.party, late) == []


async def test_an_order_offered_to_while_it_is_taken_back_lapses_that_offer_too(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    order, lot_id = await buyer.order(), await released(window, group)
    await at_rest(window, lot_id)
    header = f"SELECT lock_case(NULL, '{uuid(lot_id)}')"
    async with held(window, header, until_waiting=2):
        offer = asyncio.create_task(buyer.try_offer(order, lot_id))
        await queued(window, 1)
        path = f"{M}/orders/{order}/cancellation"
        taken = asyncio.create_task(buyer.party.try_post(path, {}))
    assert [(await one).status_code for one in (offer, taken)] == [201, 200]
    assert await waiting(buyer.party, lot_id) == []
    clerk = window.parties.act_as("clerk", f"group:{group.code}")
    assert (lot_id, "SALE") in await waiting(clerk, lot_id)


async def test_of_two_clerks_who_offer_one_lot_at_once_the_second_is_told_that_it_is_offered(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    order, lot_id = await buyer.order(), await released(window, group)
    async with held(window, turn(lot_id), until_waiting=2):
        offers = [asyncio.create_task(buyer.try_offer(order, lot_id)) for _ in range(2)]
    answers = [await one for one in offers]
    assert sorted(a.status_code for a in answers) == [201, 409]
    assert [codes(a) for a in answers if a.status_code == 409] == [["ALREADY_OFFERED"]]
