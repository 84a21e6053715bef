"""What becomes of released goods: the gate, the sale, and the way to the factory."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from deploy.sandbox.parties import Unexpected
from deploy.sandbox.world import cast
from deploy.sandbox.world.control import released
from deploy.sandbox.world.lots import Lot, gate_of
from deploy.sandbox.world.stage import Stage

_MARKET: Final = "/secondmarket/v1"
_PROCESSING: Final = "/processing/v1"


def buyer(stage: Stage) -> cast.Factory:
    """The factory that processes the scene's goods."""
    return next(f for f in cast.FACTORIES if f.material == stage.taken.goods.hs_code)


async def at_the_gate(stage: Stage) -> None:
    """Released; the truck waits for its pass."""
    await released(stage)


async def turned_back(stage: Stage) -> None:
    """Released, but the scale shows more than was declared: the gate does not let it out."""
    lot = await released(stage)
    weighed = str(Decimal(lot.body["gross_kg"]) * 2)
    passing = {"vehicle_plate": lot.body["vehicle_plate"], "gross_kg": weighed}
    answer = await gate_of(stage).try_post(f"/gate/v1/lots/{lot.lot_id}/passes", passing)
    if answer.is_success:
        raise Unexpected(f"{lot.lot_id} passed the gate at twice its weight")


async def let_out(stage: Stage, lot: Lot) -> None:
    """The gate lets the truck out."""
    passing = {key: lot.body[key] for key in ("vehicle_plate", "gross_kg")}
    await gate_of(stage).post(f"/gate/v1/lots/{lot.lot_id}/passes", passing)


async def out(stage: Stage) -> Lot:
    """The goods are out, and neither sold nor paid."""
    lot = await released(stage)
    await let_out(stage, lot)
    return lot


async def offered(stage: Stage, lot: Lot) -> dict[str, str]:
    """The clerk offers a lot to the factory's order; what the factory would buy."""
    factory = buyer(stage)
    wanted = {"order_id": stage.known("factory_orders")[factory.code], "lot_id": lot.lot_id}
    await stage.clerk.post(f"{_MARKET}/offers", {**wanted, "unit_price": factory.price})
    return wanted


async def on_offer(stage: Stage) -> None:
    """Released and on sale."""
    await offered(stage, await released(stage))


async def out_and_on_offer(stage: Stage) -> None:
    """Out of the gate and on sale."""
    await offered(stage, await out(stage))


async def bought(stage: Stage, lot: Lot) -> dict[str, Any]:
    """The residents' side offers a lot, and the factory buys it."""
    wanted = await offered(stage, lot)
    return await stage.factory(buyer(stage).code).post(f"{_MARKET}/purchases", wanted)


async def bought_inside(stage: Stage) -> None:
    """Bought while the truck still stands inside."""
    await bought(stage, await released(stage))


async def sold(stage: Stage) -> Lot:
    """Out and bought; the goods have not left for the factory."""
    lot = await out(stage)
    await bought(stage, lot)
    return lot


async def sent(stage: Stage, lot: Lot, purchase: dict[str, Any]) -> None:
    """The goods leave for the factory under seal."""
    movement = {
        "seal_no": f"SAMPLE-{stage.taken.number}",
        "vehicle_plate": lot.body["vehicle_plate"],
    }
    path = f"{_PROCESSING}/purchases/{purchase['purchase_id']}/movement"
    await stage.factory(buyer(stage).code).post(path, movement)


async def under_way(stage: Stage) -> None:
    """Bought and on the way: the factory is to weigh it in."""
    lot = await out(stage)
    await sent(stage, lot, await bought(stage, lot))
    stage.roll.waits(f"enterprise:{buyer(stage).code}", "receive")


async def weighed_in(stage: Stage, lot: Lot, *, share: str = "1") -> dict[str, Any]:
    """The factory buys a lot that is out, has it brought and weighs it; ``share`` of it comes."""
    purchase = await bought(stage, lot)
    await sent(stage, lot, purchase)
    code = buyer(stage).code
    received = {
        "purchase_id": purchase["purchase_id"],
        "book_id": stage.known("books")[code],
        "received_kg": str((Decimal(purchase["net_kg"]) * Decimal(share)).quantize(Decimal("0.1"))),
    }
    return await stage.factory(code).post(f"{_PROCESSING}/receipts", received)


async def received_short(stage: Stage) -> None:
    """Less arrives at the factory than left the gate: its book raises an alert."""
    receipt = await weighed_in(stage, await out(stage), share="0.9")
    if not receipt["alerts"]:
        raise Unexpected("a receipt of nine tenths raised no alert")
    stage.roll.waits(f"enterprise:{buyer(stage).code}", "read_alert")
