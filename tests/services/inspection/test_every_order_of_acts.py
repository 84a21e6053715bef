"""In whatever order they act on a selected lot, it leaves by two officers' word alone.

Eight things that people do, four of them one after the other, all 4,096 orders of them (of which
an ordinary run takes a sample); after each the window has done what is due. Walks of any length
over the living engine are in ``tests/workflows/test_any_order.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final
from uuid import UUID

import httpx2
import pytest

from deploy.sandbox.parties import Party
from services.kernel.identifiers import uuid_of
from tests.support.asleep import Asleep
from tests.support.harbour import PASSED, SMUGGLED, Harbour, open_port
from tests.support.on_file import officers_as

LOTS: Final = "/declaration/v1/lots"
TRUCK: Final = {"vehicle_plate": "桂P12345", "gross_kg": "110"}
LEFT: Final = ("RELEASED", "GATE_OUT")
_KEPT: Final = ("author", "method", "results", "disposal", "found_kg")
"""What stands in findings and is never changed."""


@dataclass
class Play:
    """A selected lot, its order, and what was seen of them so far."""

    place: Asleep
    lot_id: str
    order_id: str
    finding: dict[str, Any]
    findings: dict[int, dict[str, Any]] = field(default_factory=dict)
    state: str = "IN_INSPECTION"
    kept_in: bool = False
    """Whether a control was set that the inspection, concluded before, has not answered."""

    @property
    def harbour(self) -> Harbour:
        return self.place.harbour

    async def order(self) -> dict[str, Any]:
        return await self.harbour.order(self.order_id)

    async def drawn(self, *, author: bool) -> Party:
        """The drawn officer whose findings are waited on, or the other one."""
        order = await self.order()
        one, other = order["officers"]
        wrote = (order["findings"] or {}).get("author")
        first = wrote if wrote in (one, other) else one
        return self.harbour.officer(first if author else other if first == one else one)

    async def asked(self, party: Party, what: str, body: dict[str, Any]) -> httpx2.Response:
        return await party.try_post(f"/inspection/v1/orders/{self.order_id}/{what}", body)


async def finding(play: Play) -> httpx2.Response:
    return await play.asked(await play.drawn(author=True), "findings", play.finding)


async def countersignature(play: Play) -> httpx2.Response:
    return await play.asked(
        await play.drawn(author=False), "countersignature", {"agree": True, "remark": ""}
    )


async def send_back(play: Play) -> httpx2.Response:
    body = {"agree": False, "remark": "not so"}
    return await play.asked(await play.drawn(author=False), "countersignature", body)


async def redraw(play: Play) -> httpx2.Response:
    return await play.asked(await play.drawn(author=False), "redraw", {"grounds": "left"})


async def leave(play: Play) -> None:
    """Who found something leaves the service, and another officer is hired."""
    order = await play.order()
    await play.harbour.dismiss((order["findings"] or {}).get("author") or order["officers"][0])
    await play.harbour.hire()


async def cancellation(play: Play) -> httpx2.Response:
    group = (await play.harbour.lot(play.lot_id))["group_code"]
    clerk = play.harbour.window.parties.act_as("clerk", f"group:{group}")
    return await clerk.try_post(f"{LOTS}/{play.lot_id}/cancellation", {"reason": "left"})


async def control(play: Play) -> httpx2.Response:
    window = play.harbour.window
    officer, _ = await officers_as(window.parties, window.sql, "risk_officer")
    group = (await play.harbour.lot(play.lot_id))["group_code"]
    play.kept_in = play.kept_in or play.state == "RELEASED"
    body = {"kind": "party", "value": f"group:{group}", "grounds": "tip-off"}
    return await officer.try_post("/risk/v1/controls", {**body, "effective_from": "2020-01-01"})


async def gate(play: Play) -> httpx2.Response:
    return await play.harbour.gate.try_post(f"/gate/v1/lots/{play.lot_id}/passes", TRUCK)


ACTS: Final[dict[str, Callable[[Play], Awaitable[httpx2.Response | None]]]] = {
    act.__name__: act
    for act in (finding, countersignature, send_back, redraw, leave, cancellation, control, gate)
}


@pytest.mark.proof(keep=16)
@pytest.mark.parametrize(
    "acts", [pytest.param(acts, id="-".join(acts)) for acts in product(ACTS, repeat=4)]
)
async def test_a_selected_lot_leaves_by_two_signatures_and_nothing_found_is_lost(
    asleep: Asleep, acts: tuple[str, ...]
) -> None:
    place = asleep.at(await open_port(asleep.harbour.window))
    lot_id, order_id = await place.inspected()
    smuggled = sum(map(list(ACTS).index, acts)) % 2 == 0
    play = Play(place, lot_id, order_id, SMUGGLED if smuggled else PASSED)
    for act in acts:
        answer = await ACTS[act](play)
        assert answer is None or answer.status_code in (200, 201, 403, 409), answer.text
        assert act != "cancellation" or answer is None or answer.status_code == 409
        await place.attended(order_id)
        await place.attended(lot_id)
        await holds(play)


async def holds(play: Play) -> None:
    """Nothing that must never be is so."""
    rows = await play.place.sql.fetch(
        "SELECT * FROM findings WHERE order_id = $1", uuid_of(play.order_id, "ins")
    )
    _nothing_is_lost(play, {row["round"]: dict(row) for row in rows})
    state = (await play.harbour.lot(play.lot_id))["state"]
    agreed = [row for row in rows if row["agreed"]]
    assert len(agreed) <= 1
    if not agreed:
        assert state == "IN_INSPECTION"
    else:
        (signed,) = agreed
        assert signed["author"] != signed["signer"]
        assert await _persons(play.place, play.order_id) == 2
        expected = LEFT if signed["disposal"] == "RELEASE" else ("SEIZED",)
        assert state in expected
    assert not (play.kept_in and play.state == "RELEASED" and state == "GATE_OUT")
    play.state = state


def _nothing_is_lost(play: Play, findings: dict[int, dict[str, Any]]) -> None:
    """What was found stands as it was found, and what was signed stays signed."""
    for round_, before in play.findings.items():
        after = findings[round_]
        assert {name: after[name] for name in _KEPT} == {name: before[name] for name in _KEPT}
        if before["signer"] is not None:
            assert after == before
    play.findings = findings


async def _persons(place: Asleep, order_id: str) -> int:
    """How many persons wrote and signed what was concluded, as the log has them."""
    return int(
        await place.sql.fetchval(
            "SELECT count(DISTINCT f.actor::jsonb ->> 'subject') FROM events AS f"
            " WHERE f.case_id = $1 AND f.type IN ('FindingsRecorded', 'InspectionConcluded')"
            " AND (f.type = 'InspectionConcluded' OR f.step = ("
            "   SELECT 'findings:' || (c.body::jsonb ->> 'round') FROM events AS c"
            "   WHERE c.case_id = f.case_id AND c.type = 'InspectionConcluded'))",
            UUID(hex=order_id[4:]),
        )
    )
