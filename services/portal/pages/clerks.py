"""A clerk's desk: a lot in many members' names, its sale and its payment."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.counts import counted
from services.portal.interface import Problem
from services.portal.names import call_by_name, call_goods, parties_to
from services.portal.offered import only
from services.portal.pages.residents import FIELDS
from services.portal.share_lines import shares
from services.portal.visit import Visit, acting, reading

_OF_THE_LOT: Final = tuple(f for f in FIELDS if f != "resident_no")
_OPTIONAL: Final = ("foreign_plate", "manifest_no")
_ORDERS_SHOWN: Final = 100
_PAYMENTS: Final = 30
_QUOTES: Final = 20


async def new_lot(visit: Visit) -> Response:
    """A lot by form; the shares one a line, or split evenly over a list of numbers."""
    ports, lots = await asyncio.gather(
        visit.calls.whole("/registry/v1/ports"),
        visit.calls.get("/declaration/v1/lots", order="newest", limit=1),
    )
    found = visit.mistakes((*_OF_THE_LOT, "tickets"))
    return visit.page(
        "new_lot.html",
        ports=[p for p in ports if p["active"]],
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
    text = visit.typed_in(_OF_THE_LOT)
    body: dict[str, Any] = {
        **text,
        **{name: text[name] or None for name in _OPTIONAL},
        "entered_at": visit.moment("entered_at"),
        "purpose": text["purpose"] or "RESALE",
        "pieces": counted(text["pieces"]),
        "group_code": visit.party_code,
        "tickets": shares(
            visit.form.get("tickets", ""), text["net_kg"], text["value"], visit.language
        ),
    }
    lot = await visit.act("/declaration/v1/lots", body)
    return visit.turn(f"{HOME}lots/{lot['lot_id']}", said="sent")


async def sale(visit: Visit) -> Response:
    """Offer a released lot to one of the factories' orders for its goods, and pay its seller; once
    it is sold, to whom and for how much."""
    lot_id = visit.path("lot_id")
    lot, sold, orders, payments, payable, quotes = await asyncio.gather(
        visit.calls.get(f"/declaration/v1/lots/{lot_id}"),
        visit.calls.maybe(f"/secondmarket/v1/lots/{lot_id}/purchase"),
        visit.calls.maybe(f"/secondmarket/v1/lots/{lot_id}/orders", limit=_ORDERS_SHOWN),
        visit.calls.whole("/settlement/v1/instructions", lot_id=lot_id),
        visit.calls.maybe(f"/settlement/v1/lots/{lot_id}/payable"),
        _quotes(visit),
    )
    wanted = (orders or {}).get("items", [])
    buyers = [one["enterprise_code"] for one in ([sold] if sold else wanted)]
    parties = [f"enterprise:{code}" for code in buyers] + [f"bank:{q['bank_bic']}" for q in quotes]
    await asyncio.gather(
        call_by_name(visit, parties, [lot_id]),
        call_goods(visit, [one["hs_code"] for one in wanted]),
    )
    return visit.page(
        "sale.html",
        lot=lot,
        sold=sold,
        orders=wanted,
        payments=payments,
        payable=payable,
        quotes=[one for one in quotes if _serves(one, payable)],
        found=visit.mistakes(
            (
                "order_id",
                "unit_price",
                "amount",
                "currency",
                "pay_currency",
                "purpose_code",
                "client_reference",
                "firm_quote_id",
            )
        ),
    )


def _serves(quote: dict[str, Any], payable: dict[str, Any] | None) -> bool:
    """Whether a price that was locked is of a sum that may be paid of the lot now."""
    if payable is None or not payable["payable"]:
        return False
    gives, left = quote["gives"], payable["left"]
    same = bool(gives["currency"] == left["currency"])
    return same and Decimal(gives["amount"]) <= Decimal(left["amount"])


async def _quotes(visit: Visit) -> list[dict[str, Any]]:
    """Prices that were locked for the own party, and at which a payment can still be made."""
    found = await visit.calls.maybe("/settlement/v1/firm-quotes", usable=True, limit=_QUOTES)
    return [] if found is None else found["items"]


async def offered(visit: Visit) -> Response:
    """Offer the whole lot to an order, at the order's price."""
    lot_id = visit.path("lot_id")
    body = {
        "lot_id": lot_id,
        "order_id": visit.typed("order_id"),
        "unit_price": visit.typed("unit_price"),
    }
    await visit.act("/secondmarket/v1/offers", body)
    return visit.turn(f"{HOME}lots/{lot_id}", said="done")


async def offer_ended(visit: Visit) -> Response:
    """Take the offer of a lot back before the factory has bought it."""
    lot_id = visit.path("lot_id")
    body = {"lot_id": lot_id, "order_id": visit.typed("order_id")}
    await visit.act("/secondmarket/v1/offers/withdrawal", body)
    return visit.turn(f"{HOME}lots/{lot_id}/sale", said="done")


async def payments(visit: Visit) -> Response:
    """The own payments, the newest first, by state and reference."""
    asked = {name: visit.query(name) for name in ("state", "client_reference")}
    found = await visit.sought(
        "/settlement/v1/instructions", **asked, cursor=visit.query("cursor"), limit=_PAYMENTS
    )
    quotes = await _quotes(visit)
    parties = [f"bank:{one['bank_bic']}" for one in quotes]
    parties += [party for one in found["items"] for party in parties_to(one)]
    await call_by_name(visit, parties, (one["instruction_id"] for one in found["items"]))
    return visit.page(
        "payments.html",
        payments=found,
        quotes=quotes,
        asked=asked,
        found=visit.mistakes(()),
    )


async def priced(visit: Visit) -> Response:
    """Lock the price for a sum, at which the seller can be paid in the own currency."""
    wanted = visit.typed_in(("amount", "currency", "pay_currency"))
    await visit.act("/settlement/v1/firm-quotes", wanted)
    return visit.turn(f"{HOME}lots/{visit.path('lot_id')}/sale", said="done")


async def paid(visit: Visit) -> Response:
    """Pay the seller of a released lot: in the lot's currency, or at a price that was locked."""
    body = {"lot_id": visit.path("lot_id")}
    body |= visit.typed_in(
        ("client_reference", "amount", "currency", "pay_currency", "purpose_code")
    )
    body |= visit.filled_in(("firm_quote_id",))
    payment = await visit.act("/settlement/v1/instructions", body)
    return visit.turn(f"{HOME}payments/{payment['instruction_id']}", said="done")


_new_lot: Final = only(new_lot, "declaration:lot:submit", of="group")
ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}lots/new", reading(_new_lot)),
    Route(f"{HOME}lots/new", acting(declared, page=_new_lot), methods=["POST"]),
    Route(f"{HOME}lots/{{lot_id}}/sale", reading(sale)),
    Route(f"{HOME}lots/{{lot_id}}/offer", acting(offered, page=sale), methods=["POST"]),
    Route(f"{HOME}lots/{{lot_id}}/offer/end", acting(offer_ended, page=sale), methods=["POST"]),
    Route(f"{HOME}payments", reading(payments)),
    Route(f"{HOME}lots/{{lot_id}}/price", acting(priced, page=sale), methods=["POST"]),
    Route(f"{HOME}lots/{{lot_id}}/payment", acting(paid, page=sale), methods=["POST"]),
]
