"""A factory's desk: orders, purchases to receive by weight, and the book with its balance."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.names import call_by_name, call_goods
from services.portal.pages.cases import of_case
from services.portal.visit import Visit, acting, reading

_ORDERED: Final = ("reference", "hs_code", "wanted_kg", "unit_price")
_MOVED: Final = ("seal_no", "vehicle_plate", "received_kg", "seal_intact", "book_id")
"""What is filled in of a load that leaves or arrives."""
_ENTRIES: Final = {
    "unit-consumptions": ("product_hs", "material_hs", "net", "loss_rate"),
    "outputs": ("product_hs", "product_kg", "produced_on", "reference", "grounds"),
    "scrap": ("material_hs", "scrap_kg", "produced_on", "reference"),
}
"""What can be entered in a book, and with which fields."""


async def orders(visit: Visit) -> Response:
    """The factory's orders, how far they are filled, what is offered to them, what was bought."""
    ordered, offers, bought = await asyncio.gather(
        visit.calls.get("/secondmarket/v1/orders", limit=50, cursor=visit.query("cursor")),
        visit.listed("offers", "/secondmarket/v1/offers", limit=50),
        visit.listed("bought", "/secondmarket/v1/purchases", limit=50),
    )
    shown = (*ordered["items"], *offers, *bought)
    await asyncio.gather(
        call_by_name(visit, [one["offered_by"] for one in offers]),
        call_goods(visit, [one["hs_code"] for one in shown]),
    )
    return visit.page(
        "orders.html",
        orders=ordered,
        offers=offers,
        purchases=bought,
        found=visit.mistakes(_ORDERED),
    )


async def ordered(visit: Visit) -> Response:
    """Order goods of a code at a price per kilogram."""
    body = visit.typed_in(_ORDERED)
    await visit.act("/secondmarket/v1/orders", body)
    return visit.turn(f"{HOME}factory-orders", said="done")


async def taken_back(visit: Visit) -> Response:
    """Take an order back; what was bought under it stays bought."""
    await visit.act(f"/secondmarket/v1/orders/{visit.path('order_id')}/cancellation", {})
    return visit.turn(f"{HOME}factory-orders", said="done")


async def bought(visit: Visit) -> Response:
    """Buy a whole lot that its residents have offered to the order."""
    body = {"order_id": visit.path("order_id"), "lot_id": visit.form.get("lot_id", "")}
    made = await visit.act("/secondmarket/v1/purchases", body)
    return visit.turn(f"{HOME}purchases/{made['purchase_id']}", said="done")


async def lot(visit: Visit) -> Response:
    """A lot on a factory's desk: its purchase, or else the offers, among which it is bought."""
    found = await visit.calls.get(
        "/secondmarket/v1/purchases", lot_id=visit.path("lot_id"), limit=1
    )
    for one in found["items"]:
        return visit.turn(f"{HOME}purchases/{one['purchase_id']}")
    return visit.turn(f"{HOME}factory-orders")


async def purchase(visit: Visit) -> Response:
    """One purchase: on its way, or to be received by weight into a book that has begun."""
    one, *books = await asyncio.gather(
        visit.calls.get(f"/secondmarket/v1/purchases/{visit.path('purchase_id')}"),
        visit.calls.whole("/processing/v1/books", state="OPEN"),
        visit.calls.whole("/processing/v1/books", state="ALERTED"),
    )
    await call_goods(visit, [one["hs_code"]])
    return visit.page(
        "purchase.html",
        purchase=one,
        books=[book for found in books for book in found if book["begun"]],
        to_come=[book for found in books for book in found if not book["begun"]],
        found=visit.mistakes(_MOVED),
    )


async def dispatched(visit: Visit) -> Response:
    """The goods leave for the factory under seal."""
    purchase_id = visit.path("purchase_id")
    body = visit.typed_in(("seal_no", "vehicle_plate"))
    await visit.act(f"/processing/v1/purchases/{purchase_id}/movement", body)
    return visit.turn(f"{HOME}purchases/{purchase_id}", said="done")


async def received(visit: Visit) -> Response:
    """What the factory's scale showed, and how the seal was: where nothing is said of it, the
    interface asks, for neither may be taken for granted."""
    purchase_id = visit.path("purchase_id")
    said = {"yes": True, "no": False}
    body = {
        "purchase_id": purchase_id,
        "book_id": visit.form.get("book_id", ""),
        "received_kg": visit.typed("received_kg"),
        "seal_intact": said.get(visit.form.get("seal_intact", "")),
    }
    await visit.act("/processing/v1/receipts", body)
    return visit.turn(f"{HOME}purchases/{purchase_id}", said="done")


async def books(visit: Visit) -> Response:
    """The factory's periods, and a new one."""
    found, alerts = await asyncio.gather(
        visit.listed("books", "/processing/v1/books", limit=50),
        visit.listed("alerts", "/processing/v1/alerts", state="RAISED", limit=50),
    )
    await asyncio.gather(
        call_by_name(visit, [f"enterprise:{one['enterprise_code']}" for one in found]),
        call_goods(visit, [one["hs_code"] for one in alerts]),
    )
    return visit.page(
        "books.html",
        books=found,
        alerts=alerts,
        found=visit.mistakes(("period_from", "period_to")),
    )


async def opened(visit: Visit) -> Response:
    """Open a period, both days included."""
    body = visit.typed_in(("period_from", "period_to"))
    book = await visit.act("/processing/v1/books", body)
    return visit.turn(f"{HOME}books/{book['book_id']}", said="done")


async def book(visit: Visit) -> Response:
    """A period's balance as it adds up now, what is on its way into it, and what may be entered."""
    book_id = visit.path("book_id")
    found, timeline, alerts, corrections = await asyncio.gather(
        visit.calls.get(f"/processing/v1/books/{book_id}"),
        visit.listed("timeline", f"/window/v1/cases/{book_id}/timeline", limit=200),
        visit.listed("alerts", "/processing/v1/alerts", book_id=book_id, limit=50),
        visit.calls.get("/processing/v1/corrections", book_id=book_id, state="ASKED", limit=50),
    )
    await asyncio.gather(
        call_by_name(visit, [f"enterprise:{found['enterprise_code']}"], [book_id]),
        call_goods(visit, (*goods_of(found), *(one["hs_code"] for one in alerts))),
    )
    fields = {name for names in _ENTRIES.values() for name in names} | {"closing_kg", "reason"}
    return visit.page(
        "book.html",
        book=found,
        timeline=timeline,
        alerts=alerts,
        corrections=len(corrections["items"]),
        found=visit.mistakes(fields),
    )


def goods_of(book: Mapping[str, Any]) -> list[str]:
    """The codes of all goods that a book names."""
    rows = ("materials", "products", "unit_consumptions", "in_transit", "lost")
    named = [row for name in rows for row in book[name]]
    return [row[name] for row in named for name in ("material_hs", "product_hs") if name in row]


async def entered(visit: Visit) -> Response:
    """An entry in the book: unit consumption, production or scrap."""
    book_id, kind = visit.path("book_id"), visit.path("kind")
    names = _ENTRIES.get(kind, ())
    body = visit.filled_in(names)
    await visit.act(f"/processing/v1/books/{book_id}/{kind}", body)
    return visit.turn(f"{HOME}books/{book_id}", said="done")


async def counted(visit: Visit) -> Response:
    """Count the stock and close the period."""
    book_id = visit.path("book_id")
    left: dict[str, Any] = {
        name.removeprefix("closing_kg."): visit.typed(name)
        for name in visit.form
        if name.startswith("closing_kg.")
    }
    await visit.act(f"/processing/v1/books/{book_id}/closing", {"closing_kg": left}, versioned=True)
    return visit.turn(f"{HOME}books/{book_id}", said="done")


async def alert_closed(visit: Visit) -> Response:
    """A book officer's word on an alert."""
    body = {
        "resolution": visit.form.get("resolution", ""),
        "reason": visit.form.get("reason", ""),
    }
    await visit.act(f"/processing/v1/alerts/{visit.path('alert_id')}/closing", body, versioned=True)
    return visit.turn(f"{HOME}books/{visit.path('book_id')}", said="signed")


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}factory-orders", reading(orders)),
    Route(f"{HOME}factory-orders", acting(ordered, page=orders), methods=["POST"]),
    Route(
        f"{HOME}factory-orders/{{order_id}}/cancellation",
        acting(taken_back, page=orders),
        methods=["POST"],
    ),
    Route(
        f"{HOME}factory-orders/{{order_id}}/purchase",
        acting(bought, page=orders),
        methods=["POST"],
    ),
    Route(f"{HOME}purchases/{{purchase_id}}", reading(purchase)),
    Route(
        f"{HOME}purchases/{{purchase_id}}/movement",
        acting(dispatched, page=purchase),
        methods=["POST"],
    ),
    Route(
        f"{HOME}purchases/{{purchase_id}}/receipt",
        acting(received, page=purchase),
        methods=["POST"],
    ),
    Route(f"{HOME}books", reading(books)),
    Route(f"{HOME}books", acting(opened, page=books), methods=["POST"]),
    Route(f"{HOME}books/{{book_id}}", reading(of_case("book_id", book))),
    Route(f"{HOME}books/{{book_id}}/closing", acting(counted, page=book), methods=["POST"]),
    Route(
        f"{HOME}books/{{book_id}}/alerts/{{alert_id}}",
        acting(alert_closed, page=book),
        methods=["POST"],
    ),
    Route(
        f"{HOME}books/{{book_id}}/entries/{{kind}}", acting(entered, page=book), methods=["POST"]
    ),
]
