"""A truck that may carry so much, and the lots that are declared of what it brings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from deploy.operate.verify.loads import differing_loads
from services.kernel.canonical import plate_key
from tests.support.harbour import Harbour
from tests.support.window import Group

LOTS: Final = "/declaration/v1/lots"
FULL: Final = [("OVER_RATED_LOAD", "/gross_kg")]
RATED: Final = 20_000


class Truck:
    """A truck that is rated for 20 t, and the lots that a group declares of it."""

    def __init__(self, place: Harbour, group: Group, own: str, foreign: str) -> None:
        self.place, self.group, self.own, self.foreign = place, group, own, foreign
        self.lots: list[str] = []

    async def declared(self, gross_kg: str, **changes: Any) -> list[tuple[str, str]]:
        """What stands against a lot of it; nothing when it is accepted."""
        now = datetime.now(UTC).isoformat()
        lot = {"vehicle_plate": self.own, "values": ["10.00"], "gross_kg": gross_kg}
        body = {"port": self.place.port, "entered_at": now, **lot, **changes}
        answer = await self.place.window.lot(self.group, **body)
        if answer.status_code == 201:
            self.lots.append(answer.json()["lot_id"])
        return [(e["code"], e["pointer"]) for e in answer.json().get("errors", [])]

    async def came_in(self, by: str | None = None) -> str:
        """The gate sees it come in; when."""
        seen = {"vehicle_plate": by or self.own}
        return str((await self.place.gate.post("/gate/v1/entries", seen))["entered_at"])

    async def withdrawn(self, lot_id: str) -> None:
        """The lot is cancelled by its declarant."""
        await self.group.clerk.post(f"{LOTS}/{lot_id}/cancellation", {"reason": "given up"})

    async def lodged(self, total_kg: str = "20000") -> str:
        """Its carrier lodges a manifest; the number."""
        number = f"M{uuid4().hex[:10]}"
        body = {"manifest_no": number, "port": self.place.port, "vehicle_plate": self.own}
        await self.place.carrier.post("/declaration/v1/manifests", {**body, "total_kg": total_kg})
        return number

    async def released(self, lot_id: str) -> None:
        """The lot is confirmed and released."""
        clerk, path = self.group.clerk, f"{LOTS}/{lot_id}/confirmations"
        await clerk.post(path, {"by_mandate": True}, **{"If-Match": '"1"'})
        await self.place.until(clerk, lot_id, "RELEASED")

    async def leaves(self, lot_id: str, gross_kg: str) -> list[tuple[str, str]]:
        """How the gate answers to a released lot: nothing when it is out."""
        seen = {"vehicle_plate": self.own, "gross_kg": gross_kg}
        answer = await self.place.gate.try_post(f"/gate/v1/lots/{lot_id}/passes", seen)
        return [(e["code"], e["rule"]) for e in answer.json().get("errors", [])]

    async def out(self, lot_id: str, gross_kg: str) -> None:
        """The lot is confirmed, released, and passes the gate."""
        await self.released(lot_id)
        assert await self.leaves(lot_id, gross_kg) == []

    async def weighs(self) -> list[tuple[int, int]]:
        """What is kept of its loads, in their order: under its carrier's manifest, and without."""
        rows = await self.place.window.sql.fetch(
            "SELECT loaded_kg, unnamed_kg FROM truck_loads WHERE port = $1"
            " AND plate_key = $2 ORDER BY entered_at",
            *(self.place.port, plate_key(self.own)),
        )
        return [(int(row["loaded_kg"]), int(row["unnamed_kg"])) for row in rows]


async def nothing_differs(truck: Truck) -> bool:
    """Whether what is kept of the port's loads is what its lots weigh."""
    async with truck.place.window.assembly.database("window").transaction() as tx:
        found = [where async for where, _ in differing_loads(tx)]
    return [where for where in found if f" at {truck.place.port}," in where] == []
