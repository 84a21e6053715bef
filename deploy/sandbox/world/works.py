"""The two factories: their orders and books, what they make, and their accreditation."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from deploy.sandbox.certification import all_met, applied, certified
from deploy.sandbox.world import cast
from deploy.sandbox.world.stage import Stage
from services.kernel.clock import business_day

_BOOKS: Final = "/processing/v1/books"


async def factories_order(stage: Stage) -> None:
    """Each factory opens an e-book period and orders its material."""
    today = business_day(stage.began)
    period = {
        "period_from": today.isoformat(),
        "period_to": (today + timedelta(days=30)).isoformat(),
    }
    for made in cast.FACTORIES:
        factory = stage.factory(made.code)
        book = await factory.post(_BOOKS, period)
        order = {
            "reference": f"SAMPLE-{made.material}",
            "hs_code": made.material,
            "wanted_kg": "60000",
            "unit_price": made.price,
            "currency": "CNY",
        }
        answer = await factory.post("/secondmarket/v1/orders", order)
        stage.mark.learn("books", {made.code: book["book_id"]})
        stage.mark.learn("factory_orders", {made.code: answer["order_id"]})


async def nuts_shelled(stage: Stage) -> None:
    """The factory of nuts declares its unit consumption, and has made something already."""
    made, factory = cast.NUTS, stage.factory(cast.NUTS.code)
    path = f"{_BOOKS}/{stage.known('books')[made.code]}"
    consumption = {
        "product_hs": made.product,
        "material_hs": made.material,
        "net": made.net,
        "loss_rate": made.loss,
    }
    await factory.post(f"{path}/unit-consumptions", consumption)
    output = {
        "product_hs": made.product,
        "product_kg": "80",
        "produced_on": business_day(stage.began).isoformat(),
    }
    await factory.post(f"{path}/outputs", output)


async def accredited(stage: Stage) -> None:
    """The factory of nuts applies, is examined and certified."""
    factory = stage.factory(cast.NUTS.code)
    ids = stage.known("officers")
    officers = [ids[o.badge] for o in cast.CERTIFYING]
    case = await applied(factory, stage.badge(cast.CERTIFYING[0].badge))
    marks = await all_met(factory, "PROCESSING")
    await certified(case, officers, lambda o: stage.officer(o, cast.DONGXING.code), marks)


async def applying(stage: Stage) -> None:
    """The factory of coffee has applied; two examiners are drawn and have not been there yet."""
    factory = stage.factory(cast.COFFEE.code)
    case = await applied(factory, stage.badge(cast.CERTIFYING[0].badge))
    stage.roll.waits(f"officer:{case['examiners'][0]}", "on_site_report")
