"""One lot from declaration to closing, each act by the party whose act it is.

Ten acts when it is inspected, with each officer's reading of the order before he signs, eight when
it is green, and the bank's fetching of its message.
Who waits is told by the window's stream, so what is measured meanwhile holds no questions of ours.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

import httpx2

from deploy.bench.bank import InstantBanks
from deploy.bench.ground import GREEN_GOODS, PORT, RED_GOODS, Goods, Ground, Resident, lot_body
from deploy.bench.watch import Watch
from deploy.demo.filing import FACTORY
from deploy.sandbox.parties import Parties, Party, upon

COUNTERSIGN: Final = "countersignature"
_SHARES: Final = 10
_PRICE: Final = "11.00"
"""Yuan a kilogram, for which residents sell what they bought at ten."""


@dataclass(frozen=True)
class Flow:
    """The cases of one flow that has ended."""

    lot_id: str
    instruction_id: str
    order_id: str | None = None
    officers: tuple[Party, ...] = ()
    """Who signed in the order."""

    @property
    def cases(self) -> list[str]:
        """Each of them a workflow of its own."""
        return [case for case in (self.lot_id, self.order_id, self.instruction_id) if case]


@dataclass(frozen=True)
class Inspected:
    """A lot whose officers have been drawn and have not decided yet."""

    lot: Mapping[str, Any]
    order_id: str
    first: Party
    second: Party
    method: str


@dataclass
class Trade:
    """Everybody who takes part, and the factory's orders by commodity."""

    ground: Ground
    parties: Parties
    watch: Watch
    banks: InstantBanks
    orders: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._turns = itertools.cycle(range(len(self.ground.day.groups)))
        self._members: dict[str, Iterator[Resident]] = {}
        self.factory = self.parties.act_as("enterprise", f"enterprise:{FACTORY}", port=PORT)
        self.gate = self.parties.act_as("gate", "gate:1", port=PORT)

    async def inspected(self) -> Flow:
        """A lot that a rule sends to two officers, through to its closing."""
        inspected = await self.staffed()
        await self.find(inspected)
        await inspected.second.sign(order_at(inspected.order_id), COUNTERSIGN, {"agree": True})
        lot_id = inspected.lot["lot_id"]
        await self.watch.happened(lot_id, "LotReleased")
        instruction_id = await self._sold_and_paid(inspected.lot)
        officers = (inspected.first, inspected.second)
        return Flow(lot_id, instruction_id, inspected.order_id, officers)

    async def orders_read(self, flow: Flow) -> None:
        """The order is read again by each who signed in it, as he read it before."""
        if flow.order_id is not None:
            for officer in flow.officers:
                await officer.get(order_at(flow.order_id))

    async def green(self) -> Flow:
        """A lot that nobody looks at, through to its closing."""
        lot = await self.released()
        return Flow(lot["lot_id"], await self._sold_and_paid(lot))

    async def released(self) -> Mapping[str, Any]:
        """A green lot that may leave."""
        lot = await self._declared(GREEN_GOODS)
        await self.watch.happened(lot["lot_id"], "LotReleased")
        return lot

    async def staffed(self) -> Inspected:
        """A lot whose two officers are drawn."""
        lot = await self._declared(RED_GOODS)
        ordered = await self.watch.happened(lot["lot_id"], "InspectionOrdered")
        staffed = await self.watch.happened(ordered.case_id, "InspectionStaffed")
        first, second = (
            self.parties.act_as("officer", f"officer:{one}", port=PORT)
            for one in staffed.data["officers"][:2]
        )
        return Inspected(lot, ordered.case_id, first, second, ordered.data["method"])

    async def find(self, inspected: Inspected) -> None:
        """The first officer finds no difference."""
        findings = {
            "method": inspected.method,
            "results": ["NO_DIFFERENCE"],
            "disposal": "RELEASE",
            "found_kg": inspected.lot["net_kg"],
        }
        await inspected.first.sign(order_at(inspected.order_id), "findings", findings)

    async def paid(self, lot: Mapping[str, Any]) -> str:
        """The clerk locks a price and instructs; the bank pays at once; the instruction's id."""
        instruction_id = await self._instructed(lot)
        await self.banks.pay(instruction_id)
        await self.watch.happened(instruction_id, "PaymentSettled")
        return instruction_id

    async def _sold_and_paid(self, lot: Mapping[str, Any]) -> str:
        """Gate, offer, purchase, payment: what is left of a released lot's way."""
        lot_id = lot["lot_id"]
        passed = {"vehicle_plate": lot["vehicle_plate"], "gross_kg": lot["gross_kg"]}
        await self.gate.post(f"/gate/v1/lots/{lot_id}/passes", passed)
        wanted = {"order_id": self.orders[lot["hs_code"]], "lot_id": lot_id}
        clerk = self._clerk(lot)
        await clerk.post("/secondmarket/v1/offers", {**wanted, "unit_price": _PRICE})
        await self.factory.post("/secondmarket/v1/purchases", wanted)
        instruction_id = await self._instructed(lot)
        await self.banks.pay(instruction_id)
        await self.watch.happened(lot_id, "LotClosed")
        return instruction_id

    async def _instructed(self, lot: Mapping[str, Any]) -> str:
        clerk = self._clerk(lot)
        wish = {"amount": lot["value"], "currency": "CNY", "pay_currency": "VND"}
        quote = await clerk.post("/settlement/v1/firm-quotes", wish)
        order = {
            **wish,
            "client_reference": f"PAY-{uuid4().hex}",
            "lot_id": lot["lot_id"],
            "purpose_code": "GOD",
            "firm_quote_id": quote["quote_id"],
        }
        instructed = await clerk.post("/settlement/v1/instructions", order)
        return str(instructed["instruction_id"])

    async def _declared(self, goods: Goods) -> Mapping[str, Any]:
        """A clerk declares a lot and confirms its shares by mandate."""
        body = lot_body(self._buyers(), by_phone=False, goods=goods)
        clerk = self._clerk(body)
        lot = await clerk.post("/declaration/v1/lots", body)
        path = f"/declaration/v1/lots/{lot['lot_id']}/confirmations"
        await clerk.post(path, {"by_mandate": True}, **upon(lot))
        return {**body, "lot_id": lot["lot_id"]}

    def _clerk(self, lot: Mapping[str, Any]) -> Party:
        party = f"group:{lot['group_code']}"
        return Party(self.parties.http, self.ground.bearer("clerk", party))

    def _buyers(self) -> list[Resident]:
        """The next members of the next group, so that no two lots at work share a resident."""
        group = next(self._turns)
        code = self.ground.day.groups[group]["group_code"]
        if code not in self._members:
            self._members[code] = itertools.cycle(self.ground.members(group))
        return list(itertools.islice(self._members[code], _SHARES))


def order_at(order_id: str) -> str:
    """Where an officer reads an order before he signs."""
    return f"/inspection/v1/orders/{order_id}"


@asynccontextmanager
async def trading(ground: Ground, port: int) -> AsyncIterator[Trade]:
    """Parties of a running window: banks have quoted, the factory has ordered."""
    limits = httpx2.Limits(max_connections=40)
    address = f"http://127.0.0.1:{port}"
    async with httpx2.AsyncClient(base_url=address, timeout=60, limits=limits) as http:
        parties = Parties(http, ground.key)
        async with Watch.kept(parties.act_as("auditor", "auditor:bench")) as watch:
            banks = InstantBanks.of(parties, ground.bank_keys, watch)
            await banks.quote()
            trade = Trade(ground, parties, watch, banks)
            for goods in (GREEN_GOODS, RED_GOODS):
                trade.orders[goods.hs_code] = await _ordered(trade.factory, goods)
            yield trade


async def _ordered(factory: Party, goods: Goods) -> str:
    order = {
        "reference": f"ORDER-{uuid4().hex}",
        "hs_code": goods.hs_code,
        "wanted_kg": "9000000",
        "unit_price": str(Decimal(_PRICE)),
        "currency": "CNY",
    }
    return str((await factory.post("/secondmarket/v1/orders", order))["order_id"])
