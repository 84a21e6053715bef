"""The factory of a day: orders, buys, receives by weight, produces, closes its period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Any, Final

from deploy.demo.day import Day
from deploy.demo.filing import FACTORY
from deploy.demo.lots import LotRun
from deploy.sandbox.parties import Parties, Unexpected
from services.kernel.clock import BEIJING

#: Material -> product, net consumption and process loss of what this factory makes (W23).
RECIPES: Final = {
    "08013100": ("08013200", "3.40", "0.15"),
    "09011100": ("09012100", "1.14", "0.05"),
    "09041100": ("09041200", "1.02", "0.02"),
}
MARGIN: Final = Decimal("1.05")


@dataclass(frozen=True)
class Book:
    """The factory's open period and its orders by commodity."""

    book_id: str
    orders: Mapping[str, str]
    prices: Mapping[str, str]
    on: str
    received: dict[str, Decimal] = field(default_factory=dict)


async def open_book(parties: Parties, day: Day, port: str) -> Book:
    """Open a period and order every commodity of the day, a little above its dearest price."""
    factory = parties.act_as("enterprise", f"enterprise:{FACTORY}", port=port)
    today = datetime.now(BEIJING).date()
    period = {
        "period_from": today.isoformat(),
        "period_to": (today + timedelta(days=30)).isoformat(),
    }
    book = await factory.post("/processing/v1/books", period)
    orders, prices = {}, {}
    for hs_code, price in _dearest_prices(day).items():
        order = {
            "reference": f"ORDER-{hs_code}",
            "hs_code": hs_code,
            "wanted_kg": "90000000",
            "unit_price": str(price),
            "currency": "CNY",
        }
        answer = await factory.post("/secondmarket/v1/orders", order)
        orders[hs_code], prices[hs_code] = str(answer["order_id"]), str(price)
    return Book(str(book["book_id"]), orders, prices, today.isoformat())


def _dearest_prices(day: Day) -> dict[str, Decimal]:
    """Per commodity, the highest price per kg at which residents bought, plus their margin."""
    prices: dict[str, Decimal] = {}
    for lot in day.lots:
        price = Decimal(lot["value"]) / Decimal(lot["net_kg"]) * MARGIN
        rounded = price.quantize(Decimal("0.01"), rounding=ROUND_UP)
        prices[lot["hs_code"]] = max(prices.get(lot["hs_code"], rounded), rounded)
    return prices


async def buy_and_receive(parties: Parties, book: Book, run: LotRun) -> None:
    """The group offers its lot; the factory buys it, moves it under seal, and weighs it in."""
    clerk = parties.act_as("clerk", f"group:{run.row['group_code']}")
    factory = parties.act_as("enterprise", f"enterprise:{FACTORY}")
    hs_code = run.row["hs_code"]
    wanted = {"order_id": book.orders[hs_code], "lot_id": run.lot_id}
    await clerk.post("/secondmarket/v1/offers", {**wanted, "unit_price": book.prices[hs_code]})
    purchase = await factory.post("/secondmarket/v1/purchases", wanted)
    purchase_id = purchase["purchase_id"]
    movement = {"seal_no": f"S{run.row['lot_ref']}", "vehicle_plate": run.row["vehicle_plate"]}
    await factory.post(f"/processing/v1/purchases/{purchase_id}/movement", movement)
    weighed = {
        "purchase_id": purchase_id,
        "book_id": book.book_id,
        "received_kg": purchase["net_kg"],
    }
    await factory.post("/processing/v1/receipts", weighed)
    received = book.received.get(hs_code, Decimal(0)) + Decimal(purchase["net_kg"])
    book.received[hs_code] = received


async def close_book(parties: Parties, book: Book) -> dict[str, Any]:
    """Declare consumption, report what was made, count what is left, and close the period."""
    factory = parties.act_as("enterprise", f"enterprise:{FACTORY}")
    path = f"/processing/v1/books/{book.book_id}"
    left = dict(book.received)
    made = Decimal(0)
    for material in sorted(book.received.keys() & RECIPES.keys()):
        product, net, loss = RECIPES[material]
        declared = {
            "product_hs": product,
            "material_hs": material,
            "net": net,
            "loss_rate": loss,
        }
        unit = Decimal((await factory.post(f"{path}/unit-consumptions", declared))["unit"])
        product_kg = (left[material] / unit).quantize(Decimal(1), rounding=ROUND_DOWN)
        if product_kg == 0:
            continue
        output = {"product_hs": product, "product_kg": str(product_kg), "produced_on": book.on}
        reported = await factory.post(f"{path}/outputs", output)
        left[material] -= Decimal(reported["consumed_kg"][material])
        made += product_kg
    count = {"closing_kg": {material: str(kg) for material, kg in left.items()}}
    closed = await factory.post(f"{path}/closing", count)
    if closed["state"] != "CLOSED":
        raise Unexpected(f"the factory's period did not balance: {closed}")
    received = sum(book.received.values(), Decimal(0))
    return {"state": closed["state"], "received_kg": str(received), "products_kg": str(made)}
