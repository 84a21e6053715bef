"""A filed factory, residents' lots that customs released, and the acts between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2

from deploy.sandbox.parties import Party
from services.declaration.domain.states import LotState
from tests.support.log import moved
from tests.support.numbers import credit_code, customs_code
from tests.support.one_day import today
from tests.support.window import PORT, Group, Window

M: Final = "/secondmarket/v1"
P: Final = "/processing/v1"


@dataclass
class Factory:
    """A processing enterprise, as it acts on the window."""

    code: str
    party: Party
    window: Window

    async def order(self, **changes: Any) -> str:
        """An order for cashew nuts in shell at 75 yuan a kilogram; its id."""
        body = {
            "reference": f"O-{uuid4().hex[:12]}",
            "hs_code": "08013100",
            "wanted_kg": "100000",
            "unit_price": "75.00",
        }
        answer = await self.party.post(f"{M}/orders", {**body, **changes})
        return str(answer["order_id"])

    async def try_offer(
        self, order_id: str, lot_id: str, *, price: str = "75.00", party: str | None = None
    ) -> httpx2.Response:
        """Let the lot's group, or another party, offer it to an order."""
        group = await self.window.sql.fetchval(
            "SELECT group_code FROM lots WHERE lot_id = $1", UUID(hex=lot_id.removeprefix("lot_"))
        )
        seller = self.window.parties.act_as("clerk", party or f"group:{group}")
        body = {"order_id": order_id, "lot_id": lot_id, "unit_price": price}
        return await seller.try_post(f"{M}/offers", body)

    async def try_buy(self, order_id: str, lot_id: str) -> httpx2.Response:
        """Buy a lot that its group offers as soon as it may."""
        await self.try_offer(order_id, lot_id)
        return await self.party.try_post(f"{M}/purchases", {"order_id": order_id, "lot_id": lot_id})

    async def buy(self, lot_id: str, order_id: str | None = None) -> str:
        """Buy a lot under an order of its own; the purchase's id."""
        answer = await self.try_buy(order_id or await self.order(), lot_id)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["purchase_id"])

    async def dispatch(self, purchase_id: str, gate: Party | None = None) -> None:
        """Let the lot's truck out of the gate and send it to the factory under seal."""
        shown = await self.party.get(f"{M}/purchases/{purchase_id}")
        await pass_gate(self.window, shown["lot_id"], gate)
        movement = {"seal_no": "S-0001", "vehicle_plate": "桂P12345"}
        await self.party.post(f"{P}/purchases/{purchase_id}/movement", movement)

    async def open_book(self, **changes: Any) -> str:
        """A book over this month and the next; its id."""
        body = {
            "period_from": today().isoformat(),
            "period_to": (today() + timedelta(days=40)).isoformat(),
        }
        answer = await self.party.post(f"{P}/books", {**body, **changes})
        return str(answer["book_id"])

    async def carried(self, book_id: str, *materials: str, kg: int = 1000) -> None:
        """Stock of materials as if it had been left in the period before."""
        for material in materials:
            await self.window.sql.execute(
                "INSERT INTO book_materials (book_id, material_hs, opening_kg) VALUES ($1, $2, $3)",
                UUID(hex=book_id.removeprefix("bok_")),
                material,
                kg,
            )

    async def receive(self, purchase_id: str, book_id: str, kg: str, **more: Any) -> Any:
        """Receive a purchase that is on its way; the answer."""
        body = {"purchase_id": purchase_id, "book_id": book_id, "received_kg": kg, **more}
        return await self.party.try_post(f"{P}/receipts", body)

    async def declare(self, book_id: str, **changes: Any) -> httpx2.Response:
        """Declare W23's unit consumption: net 3.40, loss 15 %."""
        body = {
            "product_hs": "08013200",
            "material_hs": "08013100",
            "net": "3.40",
            "loss_rate": "0.15",
        }
        return await self.party.try_post(
            f"{P}/books/{book_id}/unit-consumptions", {**body, **changes}
        )

    async def produce(self, book_id: str, kg: str, **changes: Any) -> httpx2.Response:
        """Report products of today."""
        body = {"product_hs": "08013200", "product_kg": kg, "produced_on": today().isoformat()}
        return await self.party.try_post(f"{P}/books/{book_id}/outputs", {**body, **changes})

    async def close(self, book_id: str, kg: str, **headers: str) -> httpx2.Response:
        """Count what is left of the cashew nuts and close."""
        body = {"closing_kg": {"08013100": kg}}
        return await self.party.try_post(f"{P}/books/{book_id}/closing", body, **headers)

    async def stocked_book(self, group: Group, kg: str = "10000") -> str:
        """A book into which one lot of this weight was received and W23 is declared."""
        book_id = await self.open_book()
        purchase_id = await self.buy(await released(self.window, group, kg_each=kg))
        await self.dispatch(purchase_id)
        assert (await self.receive(purchase_id, book_id, kg)).status_code == 201
        assert (await self.declare(book_id)).status_code == 201
        return book_id


async def factory_filed(
    window: Window, *, port: str = PORT, hs_prefix: str = "080131", capacity: str = "5000000"
) -> Factory:
    """A fresh factory, filed to process a commodity: nobody shares its capacity or its books."""
    code = customs_code()
    enterprise = {
        "enterprise_code": code,
        "credit_code": credit_code(),
        "name": "测试加工厂",
        "port": port,
    }
    filing = {
        "enterprise_code": code,
        "hs_prefix": hs_prefix,
        "filed_from": "2025-01-01",
        "yearly_capacity_kg": capacity,
        "filing_no": "T-1",
    }
    await window.registrar.post("/registry/v1/enterprises", {"rows": [enterprise]})
    await window.on_file("processing-filings", filing)
    party = window.parties.act_as("enterprise", f"enterprise:{code}")
    return Factory(code, party, window)


async def released(window: Window, group: Group, **changes: Any) -> str:
    """A submitted lot, with customs' release written straight into its row and its log.

    Who is inspected is drawn at random and decided elsewhere; these tests begin after it.
    """
    lot_id = await window.accepted(group, **changes)
    await moved(window.sql, lot_id, LotState.RELEASED)
    return lot_id


async def pass_gate(window: Window, lot_id: str, gate: Party | None = None) -> None:
    """The lot's truck leaves the supervised place."""
    row = await window.sql.fetchrow(
        "SELECT vehicle_plate, gross_kg FROM lots WHERE lot_id = $1",
        UUID(hex=lot_id.removeprefix("lot_")),
    )
    assert row is not None
    body = {"vehicle_plate": row["vehicle_plate"], "gross_kg": str(row["gross_kg"])}
    await (gate or window.gate).post(f"/gate/v1/lots/{lot_id}/passes", body)
