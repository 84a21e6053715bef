"""A port of the tests' own, where chance inspects nobody and three kinds of goods have a lane."""

from __future__ import annotations

import asyncio
import random
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import pytest
from temporalio.client import Client

from deploy.sandbox.parties import Party
from services.kernel.identifiers import show, uuid_of
from services.platform.temporal import connect
from tests.support.drawn import drawn_for
from tests.support.log import events_of
from tests.support.on_file import (
    enterprise_filed,
    line_filed,
    officer_filed,
    officers_as,
    replayed,
    rule_approved,
    truck_filed,
)
from tests.support.patience import LOOKS
from tests.support.reading import Reader
from tests.support.window import ENTERED_AT, Group, Window, decree

GREEN_GOODS: Final = "08013100"
RED_GOODS: Final = "96190000"
RED_FRUIT: Final = "96170000"
"""Perishable by its line, and inspected."""
YELLOW_GOODS: Final = "96180000"
PASSED: Final = {
    "method": "SAMPLE",
    "results": ["NO_DIFFERENCE"],
    "disposal": "RELEASE",
    "found_kg": "100.000",
}
SMUGGLED: Final = {**PASSED, "results": ["SMUGGLED"], "disposal": "SEIZE"}


@dataclass
class Harbour:
    """The window at one port."""

    window: Window
    port: str
    staff: frozenset[str] = field(default=frozenset(), kw_only=True)
    """Officers whom everybody's orders here are drawn among: no test's own to dismiss."""

    async def group(self, members: int = 1, *, mandated: bool = True) -> Group:
        """A fresh group at this port."""
        return await self.window.group(members, mandated=mandated, port=self.port)

    async def accepted(self, group: Group, **changes: Any) -> str:
        """A lot that waits for its members; its id."""
        return await self.window.accepted(group, **{"port": self.port, **changes})

    async def confirmed(self, group: Group, **changes: Any) -> str:
        """A lot whose members have confirmed; its id."""
        return await self.window.confirmed(group, **{"port": self.port, **changes})

    async def released(self, group: Group, **changes: Any) -> str:
        """A lot that went through the green lane; its id."""
        lot_id = await self.confirmed(group, **changes)
        await self.until(group.clerk, lot_id, "RELEASED")
        return lot_id

    async def inspected(self, group: Group, **changes: Any) -> dict[str, Any]:
        """A lot whose order has its officers, as its clerk sees it."""
        lot_id = await self.confirmed(group, **{"hs_code": RED_GOODS, **changes})
        lot = await self.until(group.clerk, lot_id, "IN_INSPECTION")
        await drawn_for(self.window.sql, lot["order_id"])
        return lot

    async def lot(self, lot_id: str) -> dict[str, Any]:
        """The lot as an auditor sees it."""
        return await self.auditor.get(f"/declaration/v1/lots/{lot_id}")

    async def order(self, order_id: str) -> dict[str, Any]:
        """The order as an auditor sees it."""
        return await self.auditor.get(f"/inspection/v1/orders/{order_id}")

    async def until(self, party: Party, lot_id: str, *states: str, **also: Any) -> dict[str, Any]:
        """The lot as soon as it is in one of the states."""
        for _ in range(LOOKS):
            lot = await party.get(f"/declaration/v1/lots/{lot_id}")
            if lot["state"] in states and all(lot[n] == v for n, v in also.items()):
                return lot
            await asyncio.sleep(0.05)
        raise AssertionError(f"the lot did not become {states} {also}: {lot}")

    async def officers(self, order_id: str) -> tuple[Reader, Reader]:
        """The two officers drawn for an order; its case draws them, soon after it is opened."""
        await drawn_for(self.window.sql, order_id)
        one, other = (await self.order(order_id))["officers"]
        return self.officer(one), self.officer(other)

    def officer(self, officer_id: str) -> Reader:
        return self.window.parties.act_as("officer", f"officer:{officer_id}", port=self.port)

    async def hire(self, *skills: str) -> str:
        """A new officer of this port, who may be drawn for anything; the id."""
        skills = skills or ("document", "inspection", "aeo")
        return await officer_filed(self.window.sql, self.port, skills)

    async def on_duty(self) -> list[str]:
        """The officers of this port who may be drawn."""
        rows = await self.window.sql.fetch(
            "SELECT officer_id FROM officers WHERE port = $1 AND active AND skills <> '{}'",
            self.port,
        )
        return [show("ofc", row["officer_id"]) for row in rows]

    async def dismiss(self, officer_id: str) -> None:
        """An officer leaves the service."""
        assert officer_id not in self.staff, "other tests need them: open a port of your own"
        uuid = uuid_of(officer_id, "ofc")
        await self.window.sql.execute(
            "UPDATE officers SET active = false WHERE officer_id = $1", uuid
        )

    async def factory(self) -> Party:
        """A fresh enterprise of this port that may process cashews."""
        code = await enterprise_filed(self.window.sql, self.port)
        filing = {
            "enterprise_code": code,
            "hs_prefix": "080131",
            "filed_from": "2025-01-01",
            "yearly_capacity_kg": "5000000",
            "filing_no": "T-1",
        }
        await self.window.on_file("processing-filings", filing)
        return self.window.parties.act_as("enterprise", f"enterprise:{code}")

    @property
    def auditor(self) -> Party:
        return self.window.parties.act_as("auditor", "auditor:A1")

    @property
    def gate(self) -> Party:
        return self.window.parties.act_as("gate", "gate:G1", port=self.port)

    async def dispose(self, order_id: str, findings: dict[str, Any]) -> None:
        """Both officers sign what the first found."""
        one, other = await self.officers(order_id)
        path = f"/inspection/v1/orders/{order_id}"
        await one.post(f"{path}/findings", findings)
        await other.post(f"{path}/countersignature", {"agree": True})

    async def let_go(self, order_id: str) -> None:
        """Both officers let the lot of an order be withdrawn."""
        for officer in await self.officers(order_id):
            path = f"/inspection/v1/orders/{order_id}/withdrawal"
            await officer.post(path, {"grounds": "the buyer left"})

    async def events(self, case: str) -> list[str]:
        """The types of a case's events, in order."""
        return await events_of(self.window.sql, case)

    async def quota(self, number: str, day: str = "2026-11-18") -> dict[str, str]:
        """A resident's quota of a day as the own phone shows it."""
        resident = await self.window.resident_id(number)
        phone = self.window.parties.act_as("resident", f"resident:{resident}")
        answer = await phone.get(f"/declaration/v1/residents/{resident}/quota", day=day)
        return {name: answer[name]["amount"] for name in ("reserved", "consumed", "left")}

    async def truck(self, plate: str = "桂P12345", **how: Any) -> None:
        """Declare a truck at this port, in force now and when the tests' lots enter."""
        moments = (datetime.fromisoformat(ENTERED_AT), datetime.now(UTC))
        if plate == "桂P12345":  # It carries everybody's goods, and comes in but once.
            how = {"rated_load_kg": 9_000_000, **how}
        await truck_filed(self.window.sql, plate, self.port, *moments, **how)

    async def manifest(self, total_kg: str) -> str:
        """A truck's manifest, lodged by its carrier."""
        await self.truck()
        number = f"M-{uuid4().hex[:12]}"
        body = {
            "manifest_no": number,
            "port": self.port,
            "vehicle_plate": "桂P12345",
            "total_kg": total_kg,
        }
        await self.carrier.post("/declaration/v1/manifests", body)
        return number

    async def weight_left(self, manifest_no: str) -> str:
        """What a manifest still carries undeclared, in kg."""
        found = await self.carrier.get(f"/declaration/v1/manifests/{manifest_no}")
        return str(found["left_kg"])

    @property
    def carrier(self) -> Party:
        return self.window.parties.act_as("carrier", "carrier:C1")


async def open_port(
    window: Window, *, officers: int = 4, replays: bool = True, inherited_days: str = "0"
) -> str:
    """A fresh port for Vietnamese goods, with officers and a random rate of nought.

    It plays the tests' own day, or, if it does not replay, takes what enters now. One truck carries
    everybody's goods there: what is inherited, tests of that say.
    """
    port = "H" + "".join(random.choices(string.ascii_uppercase, k=12))
    sql = window.sql
    await sql.execute(
        "INSERT INTO ports (port, name_zh, name_en, customs_office) VALUES ($1, $1, $1, '7208')",
        port,
    )
    await sql.execute(
        "INSERT INTO port_origins (port, country, effective_from, authority)"
        " VALUES ($1, 'VN', '1996-04-01', 'test')",
        port,
    )
    await decree(window, "inspection.base_rate", port, "0")
    await decree(window, "inspection.selection_inherited_days", port, inherited_days)
    if replays:
        await replayed(sql, port)
    for _ in range(officers):
        await Harbour(window, port).hire()
    return port


async def approve_rules(window: Window) -> None:
    """Two risk officers put a rule book in force: two commodities are red, one is yellow."""
    author, approver = await officers_as(window.parties, window.sql, "risk_officer")
    for lane, goods in (("RED", RED_GOODS), ("RED", RED_FRUIT), ("YELLOW", YELLOW_GOODS)):
        await line_filed(window.sql, goods, perishable=goods == RED_FRUIT)
        code = f"HARBOUR_{goods}"
        await rule_approved(author, approver, code=code, lane=lane, goods=goods)


@pytest.fixture(scope="session")
async def harbour(window: Window) -> Harbour:
    await approve_rules(window)
    port = await open_port(window)
    return Harbour(window, port, staff=frozenset(await Harbour(window, port).on_duty()))


@pytest.fixture(scope="session")
async def client(window: Window) -> Client:
    """The engine that carries the window's cases."""
    settings = window.assembly.settings
    return await connect(settings.temporal_address, settings.temporal_namespace)
