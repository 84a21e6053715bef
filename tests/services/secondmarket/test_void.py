"""Goods that customs keeps after their sale: what their purchase took is given back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from deploy.operate.verify.headers import differing_headers
from migrations.voided import void_purchases_given_back
from services.declaration.domain.states import LotState
from services.kernel.clock import business_day
from services.kernel.identifiers import case_uuid
from services.kernel.states import NOBODY
from tests.services.secondmarket.test_taking_back import cancellation
from tests.services.window.test_work import waiting
from tests.support.asleep import Asleep
from tests.support.factory import Factory, M, factory_filed
from tests.support.harbour import PASSED, SMUGGLED
from tests.support.log import moved
from tests.support.one_day import today
from tests.support.tampering import found
from tests.support.window import codes

RETURNED = {**PASSED, "results": ["NAME"], "disposal": "RETURN"}


async def kept_inside(asleep: Asleep, lot_id: str, findings: dict[str, Any] | None) -> None:
    """Customs calls a released lot in; two officers sign what was found, or let it go back."""
    harbour = asleep.harbour
    officer = harbour.officer(await harbour.hire())
    called_in = await officer.post(f"/risk/v1/lots/{lot_id}/call-ins", {"grounds": "the seal"})
    order_id = called_in["order_id"]
    await asleep.attended(lot_id)
    await asleep.attended(order_id)
    if findings is None:
        await harbour.let_go(order_id)
    else:
        await harbour.dispose(order_id, {**findings, "method": "FULL"})
    await asleep.attended(lot_id)


async def factory_of(asleep: Asleep, capacity: str) -> Factory:
    return await factory_filed(asleep.harbour.window, port=asleep.harbour.port, capacity=capacity)


async def bought_of_the_year(asleep: Asleep, plant: Factory) -> dict[str, Decimal]:
    rows = await asleep.sql.fetch(
        "SELECT hs_prefix, bought_kg FROM capacity_years WHERE enterprise_code = $1", plant.code
    )
    return {row["hs_prefix"]: row["bought_kg"] for row in rows}


@asynccontextmanager
async def as_owner(asleep: Asleep) -> AsyncIterator[AsyncConnection]:
    """A connection of the database's own."""
    url = asleep.endpoints.database_url.replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        yield connection
    await engine.dispose()


async def unlike_the_log(asleep: Asleep, case: str) -> list[str]:
    """What verify says of a case's rows and of its header."""
    async with as_owner(asleep) as connection:
        records = await found(connection, case)
    async with asleep.harbour.window.assembly.database("window").reading() as tx:
        headers = await differing_headers(tx, {case_uuid(case): []})
    return [*records, *headers.get(case_uuid(case), ())]


@pytest.mark.parametrize(
    ("findings", "state"),
    [(SMUGGLED, "SEIZED"), (RETURNED, "RETURNED"), (None, "CANCELLED")],
)
async def test_a_void_purchase_fills_no_order_and_takes_nothing_of_the_year(
    asleep: Asleep, findings: dict[str, Any] | None, state: str
) -> None:
    plant = await factory_of(asleep, "100")
    order_id = await plant.order(wanted_kg="100")
    lot_id = await asleep.released()
    purchase_id = await plant.buy(lot_id, order_id)
    filled = await plant.party.get(f"{M}/orders/{order_id}")
    assert (filled["filled"], filled["bought_kg"]) == (True, "100.000")
    next_lot = await asleep.released()
    full = await plant.try_buy(await plant.order(), next_lot)
    assert codes(full) == ["CAPACITY_EXCEEDED"]

    await kept_inside(asleep, lot_id, findings)
    assert (await asleep.harbour.lot(lot_id))["state"] == state
    void = await plant.party.get(f"{M}/purchases/{purchase_id}")
    assert (void["state"], void["voided_at"] is None) == ("VOID", False)
    emptied = await plant.party.get(f"{M}/orders/{order_id}")
    assert (emptied["filled"], emptied["bought_kg"]) == (False, "0.000")
    assert await waiting(plant.party, order_id) == [(order_id, "LOTS")]
    case = await plant.party.get(f"/window/v1/cases/{order_id}")
    assert (case["state"], case["holder"]) == ("OPEN", "enterprise")
    for chain in (lot_id, order_id):
        assert (await asleep.harbour.events(chain)).count("PurchaseVoided") == 1
    assert [await unlike_the_log(asleep, about) for about in (order_id, lot_id)] == [[], []]

    await plant.buy(next_lot, order_id)
    assert (await plant.party.get(f"{M}/orders/{order_id}"))["filled"]
    assert await waiting(plant.party, order_id) == []
    assert await bought_of_the_year(asleep, plant) == {"080131": Decimal(100)}


async def test_an_order_that_is_not_full_yet_or_taken_back_stays_so(asleep: Asleep) -> None:
    plant = await factory_of(asleep, "1000")
    one, other = await plant.order(wanted_kg="150"), await plant.order(wanted_kg="150")
    lots = {order_id: await asleep.released() for order_id in (one, other)}
    for order_id, lot_id in lots.items():
        await plant.buy(lot_id, order_id)
    assert (await plant.party.try_post(cancellation(other), {})).status_code == 200
    for lot_id in lots.values():
        await kept_inside(asleep, lot_id, RETURNED)
    states = {}
    for order_id in lots:
        case = await plant.party.get(f"/window/v1/cases/{order_id}")
        states[order_id] = case["state"], case["holder"]
        assert await unlike_the_log(asleep, order_id) == []
    assert states == {one: ("OPEN", "enterprise"), other: ("CANCELLED", NOBODY)}
    assert await waiting(plant.party, one, other) == [(one, "LOTS")]
    assert await bought_of_the_year(asleep, plant) == {"080131": Decimal(0)}


async def test_the_year_gets_back_what_was_counted_under_the_code_of_then(asleep: Asleep) -> None:
    plant = await factory_of(asleep, "1000")
    first, second = await asleep.released(), await asleep.released()
    await plant.buy(first)
    narrower = {
        "enterprise_code": plant.code,
        "hs_prefix": "08013100",
        "filed_from": f"{today()}",
        "yearly_capacity_kg": "1000",
        "filing_no": "T-2",
    }
    await asleep.harbour.window.on_file("processing-filings", narrower)
    await plant.buy(second)
    assert await bought_of_the_year(asleep, plant) == dict.fromkeys(
        ("080131", "08013100"), Decimal(100)
    )
    await kept_inside(asleep, first, RETURNED)
    assert await bought_of_the_year(asleep, plant) == {
        "080131": Decimal(0),
        "08013100": Decimal(100),
    }


async def test_of_two_void_purchases_and_a_new_one_at_once_the_sums_hold(asleep: Asleep) -> None:
    plant = await factory_of(asleep, "300")
    order_id = await plant.order(wanted_kg="1000")
    kept, coming = [await asleep.released() for _ in range(2)], await asleep.released()
    for lot_id in kept:
        await plant.buy(lot_id, order_id)
    await plant.try_offer(order_id, coming)
    wanted = {"order_id": order_id, "lot_id": coming}
    bought, *_ = await asyncio.gather(
        plant.party.try_post(f"{M}/purchases", wanted),
        kept_inside(asleep, kept[0], RETURNED),
        kept_inside(asleep, kept[1], RETURNED),
    )
    assert bought.status_code == 201, bought.text
    assert (await plant.party.get(f"{M}/orders/{order_id}"))["bought_kg"] == "100.000"
    assert await bought_of_the_year(asleep, plant) == {"080131": Decimal(100)}
    assert await unlike_the_log(asleep, order_id) == []


async def test_what_a_version_before_has_left_counted_is_given_back_once(asleep: Asleep) -> None:
    plant = await factory_of(asleep, "1000")
    order_id, lot_id = await plant.order(wanted_kg="100"), await asleep.released()
    await plant.buy(lot_id, order_id)
    lot = UUID(hex=lot_id[4:])
    # Nor did it keep under which code the factory was filed.
    await asleep.sql.execute("UPDATE purchases SET hs_prefix = NULL WHERE lot_id = $1", lot)
    await moved(asleep.sql, lot_id, LotState.RETURNED)
    await asleep.sql.execute("UPDATE lots SET ended_at = now() WHERE lot_id = $1", lot)
    for _ in range(2):
        async with as_owner(asleep) as connection:
            await void_purchases_given_back(connection)
    assert await bought_of_the_year(asleep, plant) == {"080131": Decimal(0)}
    assert not (await plant.party.get(f"{M}/orders/{order_id}"))["filled"]
    row = await asleep.sql.fetchrow(
        "SELECT actor::jsonb ->> 'role' AS role, occurred_at FROM events"
        " WHERE case_id = $1 AND type = 'PurchaseVoided'",
        UUID(hex=order_id[4:]),
    )
    assert row is not None
    assert (row["role"], business_day(row["occurred_at"])) == ("system", today())


async def test_what_is_not_ended_or_has_left_is_given_back_by_nobody(asleep: Asleep) -> None:
    plant = await factory_of(asleep, "1000")
    lot_id = await asleep.released()
    await plant.buy(lot_id)
    called = 'SELECT purchase_void($1, \'{"role": "system"}\', now())'
    assert await asleep.sql.fetchval(called, UUID(hex=lot_id[4:])) is False
    assert await bought_of_the_year(asleep, plant) == {"080131": Decimal(100)}
