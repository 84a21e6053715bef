"""Goods come in and are declared: truck, entry, manifest, lot, and the members' word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from deploy.sandbox.parties import Party
from deploy.sandbox.world import cast
from deploy.sandbox.world.stage import Seat, Stage

LOTS: Final = "/declaration/v1/lots"
_TARE_KG: Final = "9000"
_RATED_KG: Final = "30000"
_PACKED: Final = Decimal("1.04")
_WITH_TRUCK_KG: Final = 40


@dataclass(frozen=True)
class Lot:
    """A lot as it was declared, and its id."""

    lot_id: str
    body: dict[str, Any]

    @property
    def path(self) -> str:
        """Where it is read and acted on."""
        return f"{LOTS}/{self.lot_id}"


async def declared(
    stage: Stage,
    *,
    days_ago: int = 0,
    by_themselves: tuple[int, ...] = (),
    goods: cast.Goods | None = None,
    **changes: Any,
) -> Lot:
    """The truck comes in, its carrier lodges the manifest, and the clerk declares the goods.

    ``by_themselves``: members without a mandate who have a share, too, by their place.
    """
    seat, entered_at = stage.taken, stage.began - timedelta(days=days_ago)
    goods = goods or seat.goods
    holders = [seat.group.residents[place] for place in by_themselves] + list(seat.holders)
    body = _body(stage, goods, [h.number for h in holders], entered_at)
    body |= {"group_code": seat.group.code, **changes}
    await _comes_in(stage, body, entered_at)
    return await _submitted(stage, stage.clerk, body)


async def own_goods(stage: Stage, place: int, value: str, kg: str) -> Lot:
    """A resident's own goods, declared by the own phone: nobody else's word is needed."""
    seat = stage.taken
    resident = seat.group.residents[place]
    body = _body(stage, seat.goods, [resident.number], stage.began)
    share = {"resident_no": resident.number, "net_kg": kg, "value": value}
    gross = str((Decimal(kg) * _PACKED).quantize(Decimal("0.01")))
    body |= {"net_kg": kg, "gross_kg": gross, "value": value, "tickets": [share], "pieces": 4}
    await _comes_in(stage, body, stage.began)
    return await _submitted(stage, stage.resident(seat.group.code, place), body)


async def _submitted(stage: Stage, by: Party, body: dict[str, Any]) -> Lot:
    answer = await by.post(LOTS, body)
    lot_id = str(answer["lot_id"])
    stage.mark.learn("lots", {stage.name: lot_id})
    return Lot(lot_id, body)


def _body(
    stage: Stage, goods: cast.Goods, numbers: list[str], entered_at: datetime
) -> dict[str, Any]:
    """What is declared: as many shares alike, each well within a day's quota."""
    seat, seller = stage.taken, goods.seller
    net = Decimal(goods.kg) * len(numbers)
    value = (Decimal(goods.kg) * Decimal(goods.price)).quantize(Decimal("0.01"))
    gross = (net * _PACKED).quantize(Decimal("0.01"))
    return {
        "reference": f"SAMPLE-{seat.number:04d}",
        "port": seat.port.code,
        "customs_office": seat.port.customs_office,
        "vehicle_plate": f"{_letters(seat)}{10_000 + seat.number}",
        "foreign_plate": f"{_foreign(seat)}-{20_000 + seat.number}",
        "manifest_no": f"SAMPLE{seat.number:05d}",
        "entered_at": entered_at.isoformat(),
        "origin": seat.port.country,
        "shipped_from": seat.port.country,
        "seller": seller.name,
        "seller_bank_bic": seller.declared_at or seller.bank,
        "hs_code": goods.hs_code,
        "goods_name": goods.name,
        "perishable": goods.perishable,
        "net_kg": str(net),
        "gross_kg": str(gross),
        "pieces": int(net // 20) or 1,
        "value": str(value * len(numbers)),
        "tickets": [{"resident_no": n, "net_kg": goods.kg, "value": str(value)} for n in numbers],
    }


def _letters(seat: Seat) -> str:
    return "桂P" if seat.port is cast.DONGXING else "云N"


def _foreign(seat: Seat) -> str:
    return "14C" if seat.port is cast.DONGXING else "MM2"


async def _comes_in(stage: Stage, body: dict[str, Any], entered_at: datetime) -> None:
    """It is filed whose truck it is, the carrier lodges its manifest, and the gate sees it come in.

    Of a day of the past no gate has seen anything.
    """
    port, plate = stage.taken.port, body["vehicle_plate"]
    carriers = [code for code, (_, _, at) in cast.CARRIERS.items() if at is port]
    carrier = carriers[stage.taken.number % len(carriers)]
    truck = {
        "domestic_plate": plate,
        "foreign_plate": body["foreign_plate"],
        "port": port.code,
        "rated_load_kg": _RATED_KG,
        "tare_kg": _TARE_KG,
        "carrier": carrier,
    }
    moments = {stage.began - timedelta(minutes=5), entered_at - timedelta(minutes=5)}
    rows = [{**truck, "declared_at": at.isoformat()} for at in sorted(moments)]
    await stage.registrar().file("/gate/v1/vehicles", rows)
    manifest = {
        "manifest_no": body["manifest_no"],
        "port": port.code,
        "vehicle_plate": plate,
        "foreign_plate": body["foreign_plate"],
        "total_kg": str(Decimal(body["gross_kg"]) + _WITH_TRUCK_KG),
    }
    await stage.carrier(carrier).post("/declaration/v1/manifests", manifest)
    if entered_at == stage.began:
        await gate_of(stage).post("/gate/v1/entries", {"vehicle_plate": plate})


def gate_of(stage: Stage) -> Party:
    """The gate through which the scene's truck goes."""
    port = stage.taken.port
    gates = [code for code, (_, at) in cast.GATES.items() if at is port]
    return stage.gate(gates[stage.taken.number % len(gates)], port.code)


async def confirmed(stage: Stage, **changes: Any) -> Lot:
    """A lot that the clerk has confirmed for all its members."""
    lot = await declared(stage, **changes)
    await stage.clerk.sign(lot.path, "confirmations", {"by_mandate": True})
    return lot


async def became(stage: Stage, lot: Lot, *states: str) -> dict[str, Any]:
    """The lot as soon as it is in one of these states and nothing of it is being carried out."""
    return await stage.until(
        lot.path, lambda seen: seen["state"] in states and seen["carrying_out"] is None
    )
