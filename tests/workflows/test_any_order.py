"""Officers, clerk, gate and strangers act on a lot in any order; what holds, holds at every moment.

Each walk is drawn from its seed and runs over the living window; a failure names the seed and what
was done until then.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from deploy.operate.data_directory import Endpoints
from deploy.operate.verify import verify
from services.kernel.identifiers import new_id
from services.kernel.messages import LOOK
from tests.support import servers
from tests.support.facts import told
from tests.support.harbour import (
    GREEN_GOODS,
    PASSED,
    RED_GOODS,
    SMUGGLED,
    YELLOW_GOODS,
    Harbour,
    approve_rules,
    open_port,
)
from tests.support.patience import sooner_or_later
from tests.support.window import Group, Window, opened

LOTS: Final = "/declaration/v1/lots"
ORDERS: Final = "/inspection/v1/orders"
STEPS: Final = 24
pytestmark = pytest.mark.xdist_group("walks")
LEFT: Final = ("RELEASED", "GATE_OUT", "SOLD", "SETTLED", "CLOSED")
USED_UP: Final = (*LEFT, "SEIZED")
GIVEN_BACK: Final = ("CANCELLED", "REJECTED", "RETURNED")


@pytest.fixture(scope="module")
async def walked(stack: Endpoints, stack_home: Path) -> AsyncIterator[Window]:
    """A window where nothing is done but walks, so that all of its record can be judged."""
    async with opened(servers.beside(stack, "walked"), stack_home) as window:
        await approve_rules(window)
        yield window


@dataclass
class Walk:
    """One lot, everybody who may act on it, and what was done so far."""

    harbour: Harbour
    client: Client
    group: Group
    lot_id: str
    chance: random.Random
    done: list[str] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)

    async def lot(self) -> dict[str, Any]:
        return await self.harbour.lot(self.lot_id)

    async def order_id(self) -> str:
        """The lot's order as screening wrote it; an unknown one while there is none."""
        row = await self.harbour.window.sql.fetchval(
            "SELECT order_id FROM screenings WHERE lot_id = $1", UUID(hex=self.lot_id[4:])
        )
        return new_id("ins") if row is None else f"ins_{row.hex}"

    async def one_of_the_officers(self) -> Any:
        """Any officer of the port, mostly a drawn one."""
        drawn = await self.harbour.window.sql.fetchval(
            "SELECT officers FROM inspection_orders WHERE lot_id = $1", UUID(hex=self.lot_id[4:])
        )
        some = list(drawn or ()) * 4 + await self.harbour.on_duty()
        return self.harbour.officer(self.chance.choice(some))

    async def confirm(self) -> Any:
        path = f"{LOTS}/{self.lot_id}/confirmations"
        return await self.group.clerk.try_post(path, {"by_mandate": True})

    async def find(self) -> Any:
        officer, order = await self.one_of_the_officers(), await self.order_id()
        lane = (await self.lot())["lane"]
        found = {**PASSED, "method": "DOCUMENT"} if lane == "YELLOW" else PASSED
        found = self.chance.choice([found, found, {**found, **SMUGGLED, "method": found["method"]}])
        return await officer.try_post(f"{ORDERS}/{order}/findings", found)

    async def sign(self) -> Any:
        officer, order = await self.one_of_the_officers(), await self.order_id()
        return await officer.try_post(f"{ORDERS}/{order}/countersignature", {"agree": True})

    async def send_back(self) -> Any:
        officer, order = await self.one_of_the_officers(), await self.order_id()
        body = {"agree": False, "remark": "not so"}
        return await officer.try_post(f"{ORDERS}/{order}/countersignature", body)

    async def redraw(self) -> Any:
        """A drawn officer has left; a new one is hired, so that there are enough to draw from."""
        drawn = await self.harbour.window.sql.fetchval(
            "SELECT officers FROM inspection_orders WHERE lot_id = $1", UUID(hex=self.lot_id[4:])
        )
        if drawn and self.chance.random() < 0.5:
            await self.harbour.dismiss(self.chance.choice(drawn))
            await self.harbour.hire()
        officer, order = await self.one_of_the_officers(), await self.order_id()
        return await officer.try_post(f"{ORDERS}/{order}/redraw", {"grounds": "left"})

    async def cancel(self) -> Any:
        if self.chance.random() < 0.7:
            return None
        path = f"{LOTS}/{self.lot_id}/cancellation"
        return await self.group.clerk.try_post(path, {"reason": "left"})

    async def let_go(self) -> Any:
        if self.chance.random() < 0.5:
            return None
        officer, order = await self.one_of_the_officers(), await self.order_id()
        path = f"{ORDERS}/{order}/withdrawal"
        return await officer.try_post(path, {"grounds": "the buyer left"})

    async def gate(self) -> Any:
        truck = {"vehicle_plate": "桂P12345", "gross_kg": self.chance.choice(["110", "500"])}
        return await self.harbour.gate.try_post(f"/gate/v1/lots/{self.lot_id}/passes", truck)

    async def tell(self) -> Any:
        await told(self.harbour.window.sql, self.lot_id, times=self.chance.randint(1, 3))

    async def forge(self) -> Any:
        """A stranger has the lot's case and its order's look, with words of his own."""
        for case in (self.lot_id, await self.order_id()):
            words = self.chance.choice(((), ("RELEASE",), ({"disposal": "RELEASE"},)))
            try:
                await self.client.get_workflow_handle(case).signal(LOOK, args=words)
            except RPCError:
                continue

    async def holds(self) -> None:
        """Nothing that must never be is so."""
        lot = await self.lot()
        await self._rises(self.lot_id, lot["version"])
        await self._left_by_right(lot)
        await self._quota_is_conserved(lot)

    async def _rises(self, case: str, version: int) -> None:
        assert version >= self.versions.get(case, 0)
        self.versions[case] = version

    async def _left_by_right(self, lot: dict[str, Any]) -> None:
        if lot["state"] not in LEFT or lot["lane"] == "GREEN":
            return
        order = await self.harbour.order(lot["order_id"])
        found = order["findings"]
        assert order["disposal"] == "RELEASE"
        assert found["agreed"] is True
        assert {found["author"], found["signer"]} == set(order["officers"])
        assert found["author"] != found["signer"]

    async def _quota_is_conserved(self, lot: dict[str, Any]) -> None:
        quota = await self.harbour.quota(self.group.residents[0])
        sums = {name: Decimal(amount) for name, amount in quota.items()}
        assert sum(sums.values()) == Decimal(8000)
        # The lot may have moved on between two readings: judged only if it stands still.
        if (await self.lot())["version"] != lot["version"]:
            return
        ten = Decimal(10)
        held = (Decimal(0), ten) if lot["state"] in USED_UP else (ten, Decimal(0))
        if lot["state"] in GIVEN_BACK:
            held = (Decimal(0), Decimal(0))
        assert (sums["reserved"], sums["consumed"]) == held


ACTS: Final[list[Callable[[Walk], Awaitable[Any]]]] = [
    Walk.confirm,
    Walk.find,
    Walk.find,
    Walk.sign,
    Walk.sign,
    Walk.send_back,
    Walk.redraw,
    Walk.cancel,
    Walk.let_go,
    Walk.gate,
    Walk.tell,
    Walk.forge,
]


@pytest.mark.slow
@pytest.mark.proof(keep=4)
@pytest.mark.parametrize("seed", range(10))
async def test_in_whatever_order_they_act_a_lot_leaves_by_right_alone(
    walked: Window, seed: int
) -> None:
    chance = random.Random(seed)
    place = Harbour(walked, await open_port(walked))
    client = await walked.assembly.connected()
    group = await place.group(1)
    goods = chance.choice([RED_GOODS, RED_GOODS, YELLOW_GOODS, GREEN_GOODS])
    lot_id = await place.accepted(group, values=["10.00"], hs_code=goods)
    walk = Walk(place, client, group, lot_id, chance)
    await walk.holds()
    try:
        for _ in range(STEPS):
            act = chance.choice(ACTS)
            answer = await act(walk)
            walk.done.append(f"{act.__name__} {getattr(answer, 'status_code', '')}")
            assert answer is None or answer.status_code < 500, answer.text
            await walk.holds()
        await carried_out(walk)
        await walk.holds()
    except AssertionError as error:
        error.add_note(f"{lot_id}: {walk.done}")
        raise


async def carried_out(walk: Walk) -> None:
    """Nothing that was signed is still to be done."""

    async def nothing_left() -> bool:
        lot = await walk.lot()
        return lot["carrying_out"] is None

    await sooner_or_later(nothing_left)


async def test_after_all_of_it_every_case_verifies(walked: Window) -> None:
    report = await verify(walked.assembly.database("window"))
    assert report.broken == 0, report.named
    assert report.cases > 0
