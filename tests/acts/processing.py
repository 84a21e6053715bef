"""Acts of a factory, and of the officer who reads its book."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from tests.acts.asked import Asked, Builder
from tests.acts.carrying import Follows, carried_to, noted, waiting
from tests.acts.secondmarket import CASHEWS, by_factory, factory_of
from tests.support.asleep import Asleep
from tests.support.factory import Factory, P, pass_gate
from tests.support.on_file import officer_filed
from tests.support.one_day import today

KERNELS: Final = "08013200"


async def goods_dispatched(asleep: Asleep) -> Asked:
    plant, lot_id = await factory_of(asleep), await asleep.released()
    purchase_id = await plant.buy(lot_id)
    await pass_gate(asleep.harbour.window, lot_id, asleep.harbour.gate)
    body, other = {"seal_no": "S-0001", "vehicle_plate": "桂P12345"}, {"seal_no": "S-0002"}
    return by_factory(
        plant, f"{P}/purchases/{purchase_id}/movement", body, other, "GoodsDispatched"
    )


async def on_its_way(asleep: Asleep) -> tuple[Factory, str, str]:
    """A factory, a purchase that is under way to it, and its open book."""
    plant = await factory_of(asleep)
    purchase_id = await plant.buy(await asleep.released())
    await plant.dispatch(purchase_id, asleep.harbour.gate)
    return plant, purchase_id, await plant.open_book()


async def goods_received(asleep: Asleep) -> Asked:
    plant, purchase_id, book_id = await on_its_way(asleep)
    body = {"purchase_id": purchase_id, "book_id": book_id, "received_kg": "100.000"}
    return by_factory(
        *(plant, f"{P}/receipts", body, {"received_kg": "99.900"}),
        *("GoodsReceived", "GoodsReceived"),
    )


async def goods_received_short(asleep: Asleep) -> Asked:
    plant, purchase_id, book_id = await on_its_way(asleep)
    body = {"purchase_id": purchase_id, "book_id": book_id, "received_kg": "50.000"}
    return by_factory(
        *(plant, f"{P}/receipts", body, {"received_kg": "50.001"}),
        *("GoodsReceived", "GoodsReceived", "AlertRaised"),
    )


async def book_opened(asleep: Asleep) -> Asked:
    """For a period that is over: its case has something to say at once."""
    body = {
        "period_from": (today() - timedelta(days=40)).isoformat(),
        "period_to": (today() - timedelta(days=1)).isoformat(),
    }
    other = {"period_to": today().isoformat()}
    asked = by_factory(await factory_of(asleep), f"{P}/books", body, other, "BookOpened")
    return replace(asked, follows=period_ran_out(asked.party))


def period_ran_out(party: str) -> Follows:
    """The one book of a factory is said to be open beyond its period."""

    async def until(asleep: Asleep) -> object:
        factory = asleep.harbour.window.parties.act_as("enterprise", party)
        (book,) = (await factory.get(f"{P}/books"))["items"]
        return await noted(book["book_id"], "PeriodRanOut")(asleep)

    return until


async def stocked(asleep: Asleep) -> tuple[Factory, str]:
    """A factory, and its book with a hundred kilograms of cashew nuts in it."""
    plant, purchase_id, book_id = await on_its_way(asleep)
    assert (await plant.receive(purchase_id, book_id, "100")).status_code == 201
    return plant, book_id


async def consumption_declared(asleep: Asleep) -> Asked:
    plant, book_id = await stocked(asleep)
    body = {"product_hs": KERNELS, "material_hs": CASHEWS, "net": "3.40", "loss_rate": "0.15"}
    path = f"books/{book_id}/unit-consumptions"
    return by_factory(plant, f"{P}/{path}", body, {"net": "3.50"}, "ConsumptionDeclared")


async def output_reported(asleep: Asleep) -> Asked:
    plant, book_id = await stocked(asleep)
    assert (await plant.declare(book_id)).status_code == 201
    body = {"product_hs": KERNELS, "product_kg": "10.000", "produced_on": today().isoformat()}
    path = f"books/{book_id}/outputs"
    return by_factory(plant, f"{P}/{path}", body, {"product_kg": "11.000"}, "ProductionReported")


async def scrap_reported(asleep: Asleep) -> Asked:
    plant, book_id = await stocked(asleep)
    body = {"material_hs": CASHEWS, "scrap_kg": "2.000", "produced_on": today().isoformat()}
    return by_factory(
        plant, f"{P}/books/{book_id}/scrap", body, {"scrap_kg": "3.000"}, "ScrapReported"
    )


async def output_reversed(asleep: Asleep) -> Asked:
    plant, book_id = await stocked(asleep)
    assert (await plant.declare(book_id)).status_code == 201
    reported = await plant.produce(book_id, "10.000")
    path = f"books/{book_id}/outputs/{reported.json()['output_id']}/reversal"
    said = ({"grounds": "entered twice"}, {"grounds": "a day too early"})
    return by_factory(plant, f"{P}/{path}", *said, "OutputReversed")


async def correction_asked(asleep: Asleep) -> Asked:
    plant, book_id = await stocked(asleep)
    assert (await plant.declare(book_id)).status_code == 201
    body = {
        "kind": "CONSUMPTION",
        "grounds": "a nought too many",
        "product_hs": KERNELS,
        "material_hs": CASHEWS,
        "net": "3.30",
        "loss_rate": "0.15",
    }
    path = f"books/{book_id}/corrections"
    return by_factory(plant, f"{P}/{path}", body, {"net": "3.20"}, "CorrectionAsked")


def correction_decided(decision: str, other: str, event: str) -> Builder:
    """An officer's word on a period that is to end a day later."""

    async def asked(asleep: Asleep) -> Asked:
        plant, book_id = await stocked(asleep)
        body = {
            "kind": "PERIOD",
            "grounds": "a day more",
            "period_to": (today() + timedelta(days=41)).isoformat(),
        }
        correction = await plant.party.post(f"{P}/books/{book_id}/corrections", body)
        port = asleep.harbour.port
        return Asked(
            *("officer", f"officer:{await officer_filed(asleep.sql, port)}"),
            f"{P}/corrections/{correction['correction_id']}/decision",
            {"decision": decision, "reason": "seen in the papers"},
            {"decision": other, "reason": "seen in the papers"},
            (event,),
            port=port,
        )

    return asked


def loss_decided(decision: str, other: str, *events: str) -> Builder:
    """An officer's word on a load that is lost on its way."""

    async def asked(asleep: Asleep) -> Asked:
        plant, purchase_id, book_id = await on_its_way(asleep)
        body = {"kind": "LOSS", "grounds": "burnt out on the road", "purchase_id": purchase_id}
        correction = await plant.party.post(f"{P}/books/{book_id}/corrections", body)
        port = asleep.harbour.port
        return Asked(
            *("officer", f"officer:{await officer_filed(asleep.sql, port)}"),
            f"{P}/corrections/{correction['correction_id']}/decision",
            {"decision": decision, "reason": "seen in the police's report"},
            {"decision": other, "reason": "seen in the police's report"},
            events,
            port=port,
        )

    return asked


def load_found(decision: str, other: str, *events: str) -> Builder:
    """An officer's word on a load that was written off as lost and has turned up."""

    async def asked(asleep: Asleep) -> Asked:
        plant, purchase_id, book_id = await on_its_way(asleep)
        port = asleep.harbour.port
        officer = await officer_filed(asleep.sql, port)
        signing = asleep.harbour.officer(officer)
        word = {"decision": "CONSENT", "reason": "seen in the police's report"}
        paths = []
        for kind in ("LOSS", "FOUND"):
            body = {"kind": kind, "grounds": "stolen, and found", "purchase_id": purchase_id}
            correction = await plant.party.post(f"{P}/books/{book_id}/corrections", body)
            paths.append(f"{P}/corrections/{correction['correction_id']}/decision")
            if kind == "LOSS":
                await signing.post(paths[0], word)
        reason = "the truck stands at the police's yard, its seal whole"
        body, changed = ({"decision": said, "reason": reason} for said in (decision, other))
        return Asked("officer", f"officer:{officer}", paths[1], body, changed, events, port=port)

    return asked


async def book_closed(asleep: Asleep) -> Asked:
    plant, book_id = await stocked(asleep)
    await waiting(asleep, book_id, "OPEN")
    asked = by_factory(
        *(plant, f"{P}/books/{book_id}/closing"),
        *({"closing_kg": {CASHEWS: "100.000"}}, {"closing_kg": {CASHEWS: "99.900"}}),
        *("StockCounted", "BookClosed"),
    )
    return replace(asked, follows=carried_to(book_id, "CLOSED"))


async def book_counted_short(asleep: Asleep) -> Asked:
    """Then it waits for an officer, and its case for the end of its period."""
    plant, book_id = await worked(asleep)
    return by_factory(
        *(plant, f"{P}/books/{book_id}/closing"),
        *({"closing_kg": {CASHEWS: "0.200"}}, {"closing_kg": {CASHEWS: "0.300"}}),
        *("StockCounted", "AlertRaised"),
    )


async def worked(asleep: Asleep) -> tuple[Factory, str]:
    """A factory, and its book after 98 of a hundred kilograms went into kernels (W23)."""
    plant, book_id = await stocked(asleep)
    assert (await plant.declare(book_id)).status_code == 201
    assert (await plant.produce(book_id, "24.500")).status_code == 201
    return plant, book_id


def alert_closed(resolution: str, other: str, event: str, *, then: str | None = None) -> Builder:
    """An officer's word on the one alert that a count has raised; ``then`` its case goes on."""

    async def asked(asleep: Asleep) -> Asked:
        plant, book_id = await worked(asleep)
        counted = (await plant.close(book_id, "0.200")).json()
        (alert_id,) = counted["alerts"]
        if then is not None:
            await waiting(asleep, book_id, "ALERTED")
        port = asleep.harbour.port
        reason = "moisture lost on the way, weighed twice"
        return Asked(
            *("officer", f"officer:{await officer_filed(asleep.sql, port)}"),
            f"{P}/alerts/{alert_id}/closing",
            {"resolution": resolution, "reason": reason},
            {"resolution": other, "reason": reason},
            ("AlertClosed", event),
            port=port,
            follows=None if then is None else carried_to(book_id, then),
        )

    return asked


ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    f"POST {P}/purchases/{{purchase_id}}/movement": (goods_dispatched,),
    f"POST {P}/receipts": (goods_received, goods_received_short),
    f"POST {P}/books": (book_opened,),
    f"POST {P}/books/{{book_id}}/unit-consumptions": (consumption_declared,),
    f"POST {P}/books/{{book_id}}/outputs": (output_reported,),
    f"POST {P}/books/{{book_id}}/scrap": (scrap_reported,),
    f"POST {P}/books/{{book_id}}/outputs/{{output_id}}/reversal": (output_reversed,),
    f"POST {P}/books/{{book_id}}/corrections": (correction_asked,),
    f"POST {P}/corrections/{{correction_id}}/decision": (
        correction_decided("CONSENT", "REFUSE", "BookCorrected"),
        correction_decided("REFUSE", "CONSENT", "CorrectionRefused"),
        loss_decided("CONSENT", "REFUSE", "BookCorrected", "GoodsLost"),
        load_found("CONSENT", "REFUSE", "BookCorrected", "GoodsFound"),
    ),
    f"POST {P}/books/{{book_id}}/closing": (book_closed, book_counted_short),
    f"POST {P}/alerts/{{alert_id}}/closing": (
        alert_closed("ACCEPT", "REOPEN", "BookClosed", then="CLOSED"),
        alert_closed("REOPEN", "ACCEPT", "BookReopened"),
    ),
}
