"""The gate: one field for a plate or a code; in, or a whole screen that says yes or no to out."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.visit import Visit, acting

_CHECKED: Final = f"{HOME}paper/"
_PAPER: Final = re.compile(rf"(?:.*{_CHECKED})?([0-9A-Fa-f-]{{32,48}})")
"""A signed pass by its number, or by its own code, which says where anybody may check it."""
_LOTS: Final = 100


async def gate(visit: Visit) -> Response:
    """Everything on a truck that is still inside, and whether it may leave."""
    # A lot that was to leave stays on the screen, whatever plate was typed of it.
    leaving = visit.request.path_params.get("lot_id")
    asked = leaving or visit.query("q") or visit.form.get("vehicle_plate") or ""
    plate = await _plate_of(visit, asked)
    lots: list[dict[str, Any]] = []
    if plate:
        lots = (await visit.sought("/gate/v1/lots", plate=plate, limit=_LOTS))["items"]
    mistakes = visit.mistakes(("vehicle_plate", "gross_kg", "filing_no"))
    return visit.page(
        "gate.html",
        plate=plate,
        no_pass=plate is None,
        lots=lots,
        may_leave=bool(lots) and all(lot["may_leave"] for lot in lots),
        leaving=leaving,
        found=mistakes,
    )


async def _plate_of(visit: Visit, typed: str) -> str | None:
    """What was typed is a plate, what was scanned the code of a pass: then its truck's plate. None
    of a code that no lot has."""
    asked = typed.strip()
    if paper := _PAPER.fullmatch(asked):
        found = await visit.calls.maybe(f"/documents/v1/papers/{quote(paper[1], safe='')}/lot")
        if found is None:
            return None
        asked = str(found["lot_id"])
    elif _CHECKED in asked:
        return None
    if not asked.startswith("lot_"):
        return asked
    lot = await visit.calls.maybe(f"/declaration/v1/lots/{quote(asked, safe='')}")
    return None if lot is None else str(lot["vehicle_plate"])


async def entered(visit: Visit) -> Response:
    """A truck comes in, or a resident on foot."""
    body = visit.filled_in(("vehicle_plate", "filing_no"))
    made = await visit.act("/gate/v1/entries", body)
    return visit.turn(HOME, said="same_entry" if made.get("same_until") else "done")


async def passed(visit: Visit) -> Response:
    """A released lot leaves on its truck, as the weighbridge saw it."""
    body = visit.typed_in(("vehicle_plate", "gross_kg"))
    await visit.act(f"/gate/v1/lots/{visit.path('lot_id')}/passes", body, versioned=True)
    return visit.turn(HOME, said="done")


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}gate/entries", acting(entered, page=gate), methods=["POST"]),
    Route(f"{HOME}gate/{{lot_id}}/pass", acting(passed, page=gate), methods=["POST"]),
]
