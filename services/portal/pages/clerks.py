"""A clerk's desk: a lot in many members' names, its sale and its payment."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.interface import Problem
from services.portal.pages.residents import FIELDS, at_beijing
from services.portal.split import evenly
from services.portal.visit import HOME, Visit, acting, reading

_OF_THE_LOT: Final = tuple(f for f in FIELDS if f != "resident_no")
_OPTIONAL: Final = ("foreign_plate", "manifest_no")
SHARES_MAX: Final = 1_000


async def new_lot(visit: Visit) -> Response:
    """A lot by form; the shares one a line, or split evenly over a list of numbers."""
    ports, lots = await asyncio.gather(
        visit.calls.get("/registry/v1/ports", limit=50),
        visit.calls.get("/declaration/v1/lots", order="newest", limit=1),
    )
    found = visit.mistakes((*_OF_THE_LOT, "tickets"))
    return visit.page(
        "new_lot.html",
        ports=[p for p in ports["items"] if p["active"]],
        last=next(iter(lots["items"]), None),
        found=found,
        by_ticket=_by_ticket(visit.problem),
    )


def _by_ticket(problem: Problem | None) -> list[tuple[int, str]]:
    """The sentences about single shares, by their line."""
    found = []
    for error in problem.errors if problem is not None else []:
        parts = str(error.get("pointer", "")).strip("/").split("/")
        if parts[0] == "tickets" and len(parts) > 1 and parts[1].isdigit():
            found.append((int(parts[1]) + 1, str(error["detail"])))
    return found


async def declared(visit: Visit) -> Response:
    """Send the lot; refused, everything that was typed is still there."""
    form = visit.form
    text = {name: form.get(name, "").strip() for name in _OF_THE_LOT}
    pieces = text["pieces"]
    body: dict[str, Any] = {
        **text,
        **{name: text[name] or None for name in _OPTIONAL},
        "entered_at": at_beijing(text["entered_at"]),
        "purpose": text["purpose"] or "RESALE",
        "pieces": int(pieces) if pieces.isascii() and pieces.isdigit() else pieces,
        "group_code": visit.party_code,
        "tickets": shares(form.get("tickets", ""), text["net_kg"], text["value"]),
    }
    lot = await visit.act("/declaration/v1/lots", body)
    return visit.turn(f"{HOME}lots/{lot['lot_id']}", said="sent")


def shares(lines: str, net_kg: str, value: str) -> list[dict[str, str]]:
    """The shares as typed, one a line: a number alone, or number, weight, value.

    Where all lines are numbers alone, weight (grams) and value (fen) are split evenly, and what
    does not divide goes, one unit each, to the first ones: the shares sum to the lot.
    """
    rows = [line.replace(",", " ").replace("\t", " ").split() for line in lines.splitlines()]
    rows = [row for row in rows if row][:SHARES_MAX]
    if rows and all(len(row) == 1 for row in rows):
        weights = evenly(net_kg, 3, len(rows))
        values = evenly(value, 2, len(rows))
        return [
            {"resident_no": row[0], "net_kg": kg, "value": yuan}
            for row, kg, yuan in zip(rows, weights, values, strict=True)
        ]
    names = ("resident_no", "net_kg", "value")
    return [dict(zip(names, [*row, "", ""][:3], strict=True)) for row in rows]


async def sale(visit: Visit) -> Response:
    """Offer a lot that is out to a factory's order, and pay its seller."""
    lot_id = visit.path("lot_id")
    lot, payments = await asyncio.gather(
        visit.calls.get(f"/declaration/v1/lots/{lot_id}"),
        visit.calls.get("/settlement/v1/instructions", lot_id=lot_id, limit=20),
    )
    return visit.page(
        "sale.html",
        lot=lot,
        payments=payments["items"],
        found=visit.mistakes(
            ("order_id", "unit_price", "amount", "pay_currency", "client_reference")
        ),
    )


async def offered(visit: Visit) -> Response:
    """Offer the whole lot to an order, at the order's price."""
    lot_id = visit.path("lot_id")
    body = {
        "lot_id": lot_id,
        "order_id": visit.form.get("order_id", "").strip(),
        "unit_price": visit.form.get("unit_price", "").strip(),
    }
    await visit.act("/secondmarket/v1/offers", body)
    return visit.turn(f"{HOME}lots/{lot_id}", said="done")


async def paid(visit: Visit) -> Response:
    """Pay the seller of a released lot, in the seller's currency."""
    lot_id = visit.path("lot_id")
    body = {
        "lot_id": lot_id,
        "client_reference": visit.form.get("client_reference", "").strip(),
        "amount": visit.form.get("amount", "").strip(),
        "pay_currency": visit.form.get("pay_currency", "").strip(),
    }
    payment = await visit.act("/settlement/v1/instructions", body)
    return visit.turn(f"{HOME}payments/{payment['instruction_id']}", said="done")


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}lots/new", reading(new_lot)),
    Route(f"{HOME}lots/new", acting(declared, page=new_lot), methods=["POST"]),
    Route(f"{HOME}lots/{{lot_id}}/sale", reading(sale)),
    Route(f"{HOME}lots/{{lot_id}}/offer", acting(offered, page=sale), methods=["POST"]),
    Route(f"{HOME}lots/{{lot_id}}/payment", acting(paid, page=sale), methods=["POST"]),
]
