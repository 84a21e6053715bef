"""What was mistyped in a lot is put right, before the first member has answered."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.counts import counted
from services.portal.pages import lots
from services.portal.split import evenly
from services.portal.visit import Visit, acting

_TEXTS: Final = (
    *("vehicle_plate", "foreign_plate", "manifest_no", "seller", "seller_bank_bic", "gross_kg"),
)
_SHARED: Final = {"net_kg": 3, "value": 2}
"""What the shares add up to, with its decimals."""


async def amended(visit: Visit) -> Response:
    """Send what differs from the lot as it stands; of a total that does, the shares are split
    evenly anew. Everybody is asked again."""
    lot_id = visit.path("lot_id")
    path = f"/declaration/v1/lots/{lot_id}"
    lot, tickets = await asyncio.gather(visit.calls.get(path), visit.calls.whole(f"{path}/tickets"))
    typed = visit.typed_in((*_TEXTS, *_SHARED, "pieces"))
    stands = {**lot, "value": lot["value"]["amount"]}
    body: dict[str, Any] = {
        name: typed[name] or None
        for name in (*_TEXTS, *_SHARED)
        if typed[name] != str(stands[name] or "")
    }
    if typed["pieces"] != str(lot["pieces"]):
        body["pieces"] = counted(typed["pieces"])
    lines = sorted(ticket["line_no"] for ticket in tickets)
    shares: dict[int, dict[str, Any]] = {line: {"line_no": line} for line in lines}
    for name, places in _SHARED.items():
        if body.get(name):
            for line, part in zip(lines, evenly(body[name], places, len(lines)), strict=True):
                shares[line][name] = part
    body["tickets"] = [share for share in shares.values() if len(share) > 1]
    await visit.act(f"{path}/amendments", body, versioned=True)
    return visit.turn(f"{HOME}lots/{lot_id}", said="done")


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}lots/{{lot_id}}/amendment", acting(amended, page=lots.one), methods=["POST"]),
]
