"""The gate: one field for a plate or a code; in, or a whole screen that says yes or no to out."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.visit import HOME, Visit, acting

_INSIDE: Final = ("SUBMITTED", "IDENTITY_OK", "IN_INSPECTION", "RELEASED")


async def gate(visit: Visit) -> Response:
    """Everything on a truck that is still inside, and whether it may leave."""
    plate = await _plate_of(visit, visit.query("q") or visit.form.get("vehicle_plate") or "")
    lots: list[dict[str, Any]] = []
    if plate:
        found = await visit.calls.get("/declaration/v1/lots", plate=plate, order="newest", limit=20)
        lots = [lot for lot in found["items"] if lot["state"] in _INSIDE]
    return visit.page(
        "gate.html",
        plate=plate,
        lots=lots,
        may_leave=bool(lots) and all(lot["state"] == "RELEASED" for lot in lots),
        found=visit.mistakes(("vehicle_plate", "gross_kg", "filing_no")),
    )


async def _plate_of(visit: Visit, typed: str) -> str:
    """What was typed is a plate, what was scanned the code of a pass: then its truck's plate."""
    asked = typed.strip()
    if not asked.startswith("lot_"):
        return asked
    lot = await visit.calls.maybe(f"/declaration/v1/lots/{quote(asked, safe='')}")
    return asked if lot is None else str(lot["vehicle_plate"])


async def entered(visit: Visit) -> Response:
    """A truck comes in, or a resident on foot."""
    body = {
        name: text
        for name in ("vehicle_plate", "filing_no")
        if (text := visit.form.get(name, "").strip())
    }
    await visit.act("/gate/v1/entries", body)
    return visit.turn(HOME, said="done")


async def passed(visit: Visit) -> Response:
    """A released lot leaves on its truck, as the weighbridge saw it."""
    body = {
        "vehicle_plate": visit.form.get("vehicle_plate", "").strip(),
        "gross_kg": visit.form.get("gross_kg", "").strip(),
    }
    await visit.act(f"/gate/v1/lots/{visit.path('lot_id')}/passes", body, versioned=True)
    return visit.turn(HOME, said="done")


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}gate/entries", acting(entered, page=gate), methods=["POST"]),
    Route(f"{HOME}gate/{{lot_id}}/pass", acting(passed, page=gate), methods=["POST"]),
]
