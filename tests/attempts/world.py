"""The one world in which everything is tried: a port, its people, and what they do every day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import httpx2

from deploy.sandbox.parties import Party
from services.kernel.identifiers import new_uuid
from tests.support.bench import Bench
from tests.support.factory import Factory, factory_filed
from tests.support.harbour import Harbour, open_port
from tests.support.on_file import officers_as
from tests.support.plates import own_plate
from tests.support.window import Group, lot_body

LOTS: Final = "/declaration/v1/lots"
MANIFESTS: Final = "/declaration/v1/manifests"
ORDERS: Final = "/inspection/v1/orders"
SMALL: Final[Mapping[str, Any]] = {"values": ["10.00"], "kg_each": "10"}


@dataclass
class World(Harbour):
    """A port where chance inspects nobody, so that what is inspected was selected."""

    bench: Bench
    """The banks' counters; the lots paid there are the bench's own."""

    async def declares(self, group: Group, **changes: Any) -> httpx2.Response:
        """The group's clerk declares a lot, which may be refused."""
        body = lot_body(group, **{"port": self.port, **changes})
        return await group.clerk.try_post(LOTS, body)

    async def lane_of(self, group: Group, **changes: Any) -> str:
        """Where a confirmed lot is sent."""
        lot_id = await self.confirmed(group, **{**SMALL, **changes})
        lot = await self.until(group.clerk, lot_id, "RELEASED", "IN_INSPECTION")
        return str(lot["lane"])

    async def live(self) -> World:
        """The same world at a port that plays no day of the past."""
        return await self.elsewhere(replays=False)

    async def elsewhere(self, **how: Any) -> World:
        """The same world at a port of one's own, whose officers one may dismiss."""
        return World(self.window, await open_port(self.window, **how), self.bench)

    async def enters(self, members: int = 1, **changes: Any) -> tuple[Group, str]:
        """A group, and a lot of it that enters now and waits for its members."""
        group = await self.group(members)
        how = {"values": ["10.00"] * members, "entered_at": datetime.now(UTC).isoformat()}
        return group, await self.accepted(group, **how, **changes)

    async def kept_back(self) -> tuple[Group, dict[str, Any]]:
        """A group, and a lot of it that is inspected."""
        group = await self.group()
        return group, await self.inspected(group)

    async def under_control(self, kind: str, value: str) -> None:
        """A risk officer puts a party, a truck or goods under control."""
        (officer, _) = await officers_as(self.window.parties, self.window.sql, "risk_officer")
        body = {"kind": kind, "value": value, "lane": "RED", "grounds": "attempt"}
        await officer.post("/risk/v1/controls", {**body, "effective_from": "2020-01-01"})

    async def inside(self, **changes: Any) -> tuple[str, str]:
        """A released lot that came in now and has not left, and its truck."""
        plate, now = own_plate(), datetime.now(UTC).isoformat()
        how = {"values": ["10.00"], "vehicle_plate": plate, "entered_at": now, **changes}
        return await self.released(await self.group(), **how), plate

    async def leaves(self, lot_id: str, plate: str) -> httpx2.Response:
        """A lot's truck stands at the gate."""
        seen = {"vehicle_plate": plate, "gross_kg": "110"}
        return await self.gate.try_post(f"/gate/v1/lots/{lot_id}/passes", seen)

    async def levelled(self, party: str, level: str) -> None:
        """Customs has given a party a level."""
        await self.window.sql.execute(
            "INSERT INTO credit_decisions (credit_id, party, level, label, grounds, facts, state,"
            " author, signer, proposed_at, decided_at, effective_from) VALUES ($1, $2, $3, $3, 'x',"
            " '{}', 'IN_FORCE', 'a', 'b', now(), now(), '2026-01-01')",
            new_uuid(),
            party,
            level,
        )

    async def processor(self) -> Factory:
        """A factory of this port that may process cashews."""
        return await factory_filed(self.window, port=self.port)

    async def reads(self, party: Party, path: str) -> httpx2.Response:
        """What somebody reads, or why not."""
        return await party.http.get(path, headers={"Authorization": f"Bearer {party.bearer}"})

    def acting(self, role: str, party: str, **more: Any) -> Party:
        """Somebody with a token that says so."""
        return self.window.parties.act_as(role, party, **more)


def a_name() -> str:
    """A seller that nobody else has."""
    return f"Công ty Vịnh Phát {uuid4().hex[:6]}a"
