"""A control reaches a lot by the factory that is to buy it, while the goods are still inside."""

from __future__ import annotations

import httpx2

from tests.services.risk.test_reach import control
from tests.support.asleep import Asleep
from tests.support.factory import Factory, M, factory_filed
from tests.support.harbour import PASSED
from tests.support.on_file import officers_as
from tests.support.plates import own_plate
from tests.support.window import codes


async def a_factory(place: Asleep) -> Factory:
    """A factory of the port that may process what the lots bring."""
    return await factory_filed(place.harbour.window, port=place.harbour.port)


async def offered(place: Asleep, factory: Factory, plate: str) -> tuple[str, dict[str, str]]:
    """A released lot, and its group's offer of it to a factory's order."""
    lot_id = await place.released(vehicle_plate=plate)
    order_id = await factory.order()
    assert (await factory.try_offer(order_id, lot_id)).status_code == 201
    return lot_id, {"order_id": order_id, "lot_id": lot_id}


async def leaves(place: Asleep, lot_id: str, plate: str) -> httpx2.Response:
    """Its truck stands at the gate."""
    seen = {"vehicle_plate": plate, "gross_kg": "110"}
    return await place.harbour.gate.try_post(f"/gate/v1/lots/{lot_id}/passes", seen)


async def opened_whole(place: Asleep, lot_id: str) -> None:
    """An officer calls it in, and two find nothing in it."""
    harbour = place.harbour
    officer = harbour.officer(await harbour.hire())
    asked = {"lane": "RED", "grounds": "a control is not answered"}
    called = await officer.post(f"/risk/v1/lots/{lot_id}/call-ins", asked)
    for case in (lot_id, called["order_id"]):
        await place.attended(case)
    await harbour.dispose(called["order_id"], {**PASSED, "method": "FULL"})
    await place.attended(lot_id)


async def test_what_is_offered_to_a_factory_under_control_is_opened_before_it_leaves_or_is_sold(
    asleep: Asleep,
) -> None:
    factory, plate = await a_factory(asleep), own_plate()
    await control(asleep, "party", f"enterprise:{factory.code}")
    lot_id, sale = await offered(asleep, factory, plate)
    assert codes(await leaves(asleep, lot_id, plate)) == ["KEPT_BY_CUSTOMS"]
    bought = await factory.party.try_post(f"{M}/purchases", sale)
    assert (bought.status_code, codes(bought)) == (409, ["KEPT_BY_CUSTOMS"])
    assert bought.json()["errors"][0]["rule"] == "SMK-05"
    assert factory.code not in bought.text
    await opened_whole(asleep, lot_id)
    assert (await factory.party.try_post(f"{M}/purchases", sale)).status_code == 201
    assert (await leaves(asleep, lot_id, plate)).status_code == 201


async def test_what_is_offered_to_it_no_more_is_not_its_lot(asleep: Asleep) -> None:
    factory, plate = await a_factory(asleep), own_plate()
    await control(asleep, "party", f"enterprise:{factory.code}")
    lot_id, sale = await offered(asleep, factory, plate)
    group = (await asleep.harbour.lot(lot_id))["group_code"]
    clerk = asleep.harbour.window.parties.act_as("clerk", f"group:{group}")
    await clerk.post(f"{M}/offers/withdrawal", sale)
    assert (await leaves(asleep, lot_id, plate)).status_code == 201


async def test_what_it_has_bought_before_the_control_was_set_does_not_leave(
    asleep: Asleep,
) -> None:
    factory, plate = await a_factory(asleep), own_plate()
    lot_id, sale = await offered(asleep, factory, plate)
    await factory.party.post(f"{M}/purchases", sale)
    await control(asleep, "party", f"enterprise:{factory.code}")
    assert codes(await leaves(asleep, lot_id, plate)) == ["KEPT_BY_CUSTOMS"]


async def test_a_factory_that_the_residents_offered_nothing_reads_nothing_of_customs(
    asleep: Asleep,
) -> None:
    factory, plate = await a_factory(asleep), own_plate()
    lot_id = await asleep.released(vehicle_plate=plate)
    await control(asleep, "vehicle_plate", plate)
    sale = {"order_id": await factory.order(), "lot_id": lot_id}
    assert codes(await factory.party.try_post(f"{M}/purchases", sale)) == ["NOT_OFFERED"]


async def test_goods_that_have_left_are_not_offered_to_it_for_nobody_can_see_them_any_more(
    asleep: Asleep,
) -> None:
    factory, plate = await a_factory(asleep), own_plate()
    lot_id = await asleep.released(vehicle_plate=plate)
    assert (await leaves(asleep, lot_id, plate)).status_code == 201
    await control(asleep, "party", f"enterprise:{factory.code}")
    refused = await factory.try_offer(await factory.order(), lot_id)
    assert (refused.status_code, codes(refused)) == (409, ["KEPT_BY_CUSTOMS"])
    assert refused.json()["errors"][0]["rule"] == "SMK-06"
    assert factory.code not in refused.text
    other = await a_factory(asleep)
    await other.buy(lot_id)


async def test_nor_does_it_buy_what_was_offered_and_left_before_the_control_was_set(
    asleep: Asleep,
) -> None:
    factory, plate = await a_factory(asleep), own_plate()
    lot_id, sale = await offered(asleep, factory, plate)
    assert (await leaves(asleep, lot_id, plate)).status_code == 201
    listed = await control(asleep, "party", f"enterprise:{factory.code}")
    refused = await factory.party.try_post(f"{M}/purchases", sale)
    assert (codes(refused), refused.json()["errors"][0]["rule"]) == (["KEPT_BY_CUSTOMS"], "SMK-06")
    second, _ = await officers_as(
        asleep.harbour.window.parties, asleep.harbour.window.sql, "risk_officer"
    )
    await second.post(f"/risk/v1/controls/{listed}/lift")
    assert (await factory.party.try_post(f"{M}/purchases", sale)).status_code == 201
